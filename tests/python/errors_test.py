"""Mistakes with tensors and operators: each has its type, its whole message and the user's line."""

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from mistakes import check

x = mc.ones(2, 3)
image = mc.ones(8, 3, 32, 32)
whole = mc.tensor([1, 2, 3])
logits = mc.ones(2, 3, requires_grad=True)

SHAPES = {
    "matmul": (
        lambda: x @ mc.ones(4, 5),
        ValueError,
        "[matmul] expects tensors of at least 1 dim, the last dim of input as long as the second "
        "to last (or only) dim of other, got input f32[2,3] and other f32[4,5]",
    ),
    "broadcast": (
        lambda: x + mc.ones(4),
        ValueError,
        "[add] expects shapes that broadcast: aligned at the right, each pair of dims is equal or "
        "one of them is 1; got [2, 3] and [4]",
    ),
    "conv2d channels": (
        lambda: F.conv2d(image, mc.ones(6, 1, 5, 5)),
        ValueError,
        "[conv2d] expects the channels of input and weight to agree: input is f32[8,3,32,32], "
        "weight is f32[6,1,5,5] with groups=1, so input needs 1 channel(s)",
    ),
    "conv2d window": (
        lambda: F.conv2d(mc.ones(1, 1, 3, 3), mc.ones(6, 1, 5, 5)),
        ValueError,
        "[conv2d] expects a window that fits into the padded input: input is f32[1,1,3,3], weight "
        "is f32[6,1,5,5], padding=[0, 0, 0, 0], dilation=[1, 1]",
    ),
    "linear": (
        lambda: F.linear(x, mc.ones(4, 5)),
        ValueError,
        "[linear] expects input (..., in), weight (out, in) and bias (out), got input f32[2,3], "
        "weight f32[4,5] and bias none",
    ),
    "reshape": (
        lambda: x.reshape(4, 2),
        ValueError,
        "[reshape] expects a shape of 6 elements, as input f32[2,3] has, got [4, 2]",
    ),
    "view": (
        lambda: x.view(7),
        ValueError,
        "[view] expects a shape of 6 elements, as input f32[2,3] has, got [7]",
    ),
    "two unknown extents": (
        lambda: x.reshape(-1, -1),
        ValueError,
        "[reshape] expects at most one -1 in the shape, got [-1, -1]",
    ),
    "concatenate": (
        lambda: mc.concatenate([x, mc.ones(2, 4)]),
        ValueError,
        "[concatenate] expects tensors that differ only along dim 0, got f32[2,3] and f32[2,4]",
    ),
    "stack": (
        lambda: mc.stack([mc.ones(2), mc.ones(3)]),
        ValueError,
        "[stack] expects tensors of one shape, got f32[2] and f32[3]",
    ),
    "expand": (
        lambda: x.expand(3, 3),
        ValueError,
        "[expand] expects a shape in which only dims of extent 1 change, got input f32[2,3] and "
        "shape [3, 3]",
    ),
    "cross_entropy": (
        lambda: F.cross_entropy(logits, mc.tensor([0, 1, 2])),
        ValueError,
        "[cross_entropy] expects a target of classes of shape [2] for input f32[2,3], got i64[3]",
    ),
    "classes as floats": (
        lambda: F.cross_entropy(logits, mc.tensor([0.0, 1.0])),
        ValueError,
        "[cross_entropy] expects a target of probabilities (classes are integers) of shape [2, 3] "
        "for input f32[2,3], got f32[2]",
    ),
    "mse_loss": (
        lambda: F.mse_loss(x, mc.ones(4)),
        ValueError,
        "[mse_loss] expects shapes that broadcast: aligned at the right, each pair of dims is "
        "equal or one of them is 1; got [2, 3] and [4]",
    ),
    "assignment": (
        lambda: mc.ones(3).__setitem__(0, mc.ones(2)),
        ValueError,
        "[index] expects a value that broadcasts to [], got f32[2]",
    ),
    "in-place result": (
        lambda: mc.ones(2).add_(mc.ones(3, 2)),
        ValueError,
        "[add_] expects a result of the tensor's own type f32[2], got f32[3,2]",
    ),
    "negative size": (
        lambda: mc.zeros(2, -3),
        ValueError,
        "[zeros] expects extents of at least 0, got shape [2, -3]",
    ),
    "nothing to reduce": (
        lambda: mc.zeros(0).max(),
        ValueError,
        "[max] expects at least one element along dim 0, got input f32[0]",
    ),
}

DTYPES = {
    "float index": (
        lambda: x[1.5],
        TypeError,
        "[index] expects ints, slices, None, ..., and integer or boolean tensors, got float",
    ),
    "float tensor index": (
        lambda: x[mc.tensor([0.5])],
        IndexError,
        "[index] expects integer or boolean tensors, got f32[1]",
    ),
    "float slice": (
        lambda: x[0:1.5],
        TypeError,
        "[index] expects slices of ints, got float",
    ),
    "integers that require gradients": (
        lambda: mc.tensor([1, 2], requires_grad=True),
        RuntimeError,
        "[tensor] expects a floating-point dtype for requires_grad=True, got i64[2]",
    ),
    "bitwise on floats": (
        lambda: x & x,
        TypeError,
        "[&] expects bool or integer tensors, got f32[2,3]",
    ),
    "bitwise on an integer and a float": (
        lambda: whole | 1.5,
        TypeError,
        "[|] expects bool or integer tensors, got float",
    ),
    "not of floats": (lambda: ~x, TypeError, "[~] expects bool or integer tensors, got f32[2,3]"),
    "mean of integers": (
        lambda: whole.mean(),
        TypeError,
        "[mean] expects a floating-point input, or dtype=mc.float32, got input i64[3]",
    ),
    "minus of bools": (
        lambda: -mc.tensor([True]),
        TypeError,
        "[neg] expects a numeric dtype for input, got bool[1]",
    ),
    "condition": (
        lambda: mc.where(x, 1, 2),
        TypeError,
        "[where] expects the dtype bool for condition, got f32[2,3]",
    ),
    "log-probabilities": (
        lambda: F.nll_loss(mc.ones(2, 3, dtype=mc.int64), mc.tensor([0, 1])),
        TypeError,
        "[nll_loss] expects a floating-point dtype for input, got i64[2,3]",
    ),
    "unknown dtype": (
        lambda: mc.zeros(2, dtype="float31"),
        TypeError,
        "[zeros] expects dtype to be one of Mycel's (mc.float32, mc.int64, ...), got 'float31'",
    ),
    "a dtype that Mycel has not": (
        lambda: mc.tensor(np.ones(2, dtype=np.complex64)),
        TypeError,
        "[tensor] expects an array of a dtype that Mycel has, got complex64",
    ),
    "random integers by rand": (
        lambda: mc.rand(2, dtype=mc.int64),
        TypeError,
        "[rand] expects a floating-point dtype, got int64",
    ),
    "an in-place result of another dtype": (
        lambda: mc.tensor([1]).add_(0.5),
        TypeError,
        "[add_] expects a result that int64 holds, got f32[1]; write x = x ... instead",
    ),
}

DIMS = {
    "out of range": (lambda: x.sum(dim=2), IndexError, "[sum] expects dim in [-2, 1], got 2"),
    "negative": (lambda: x.max(dim=-3), IndexError, "[max] expects dim in [-2, 1], got -3"),
    "twice": (
        lambda: x.sum(dim=(0, -2)),
        ValueError,
        "[sum] expects every dim once, got dim 0 twice in [0, -2]",
    ),
    "permute": (
        lambda: x.permute(0, 0),
        ValueError,
        "[permute] expects every dim once, got dim 0 twice in [0, 0]",
    ),
    "of stack": (
        lambda: mc.stack([x, x], dim=3),
        IndexError,
        "[stack] expects dim in [-3, 2], got 3",
    ),
    "of softmax": (lambda: mc.softmax(x, 2), IndexError, "[softmax] expects dim in [-2, 1], got 2"),
    "number": (
        lambda: x[2],
        IndexError,
        "[index] expects an index in [-2, 2) for dim 0, got 2",
    ),
    "too many": (
        lambda: x[0, 0, 0],
        IndexError,
        "[index] expects at most 2 indices for a tensor of shape [2, 3], got 3",
    ),
    "array": (
        lambda: x[mc.tensor([0, 5])],
        IndexError,
        "[index] expects indices in [-2, 2), got 5",
    ),
    "mask": (
        lambda: x[mc.tensor([True])],
        IndexError,
        "[index] expects a mask of shape [2], got bool[1]",
    ),
    "class": (
        lambda: F.cross_entropy(logits, mc.tensor([0, 3])),
        IndexError,
        "[cross_entropy] expects indices in [0, 3), got 3",
    ),
    "gather": (
        lambda: mc.gather(whole, 0, mc.tensor([3])),
        IndexError,
        "[gather] expects indices in [0, 3), got 3",
    ),
    "one_hot": (
        lambda: F.one_hot(whole, 3),
        IndexError,
        "[one_hot] expects indices in [0, 3), got 3",
    ),
    "embedding": (
        lambda: F.embedding(whole, x),
        IndexError,
        "[embedding] expects indices in [0, 2), got 2",
    ),
}

GROUPS = {"shapes": SHAPES, "dtypes": DTYPES, "dims": DIMS}
CASES = {
    f"{group}: {name}": case for group, cases in GROUPS.items() for name, case in cases.items()
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_mistake(case):
    check(*case)


def test_infinities_are_no_mistakes():
    """Division by zero is NumPy's: no error, and zeros for integers."""
    assert (mc.tensor([1.0]) / 0).tolist() == [float("inf")]
    assert (whole // 0).tolist() == [0, 0, 0]
