"""Mistakes in what functions are given: type, whole message and the user's line of each."""

import pytest

import mycel as mc
import mycel.nn.functional as F
from mistakes import check

x = mc.ones(2, 3)
image = mc.ones(8, 3, 32, 32)
logits = mc.ones(2, 3, requires_grad=True)

ARGUMENTS = {
    "unknown keyword": (
        lambda: x.sum(keepdims_=True),
        TypeError,
        "[sum] got an unexpected argument keepdims_: it takes input, dim, keepdim, dtype",
    ),
    "missing operand": (
        lambda: mc.add(x),
        TypeError,
        "[add] expects other: it takes input, other",
    ),
    "missing attribute": (
        lambda: F.max_pool2d(image),
        TypeError,
        "[max_pool2d] expects kernel_size: it takes input, kernel_size, stride, padding, dilation, "
        "ceil_mode, return_indices",
    ),
    "too many": (
        lambda: mc.exp(x, x),
        TypeError,
        "[exp] expects at most 1 positional arguments, got 2: it takes input",
    ),
    "twice": (lambda: mc.sum(x, dim=0, axis=0), TypeError, "[sum] got two values for dim"),
    "text for a number": (
        lambda: F.dropout(x, p="half"),
        TypeError,
        "[dropout] expects p to be a number, got 'half'",
    ),
    "a list for a tensor": (
        lambda: mc.exp([1.0, 2.0]),
        TypeError,
        "[exp] expects input to be a tensor, got list; mc.tensor(...) makes one of it",
    ),
    "tensors without a list": (
        lambda: mc.cat(x, x),
        TypeError,
        "[cat] expects tensors to be a list or tuple of tensors, got mycel.Tensor",
    ),
    "unknown choice": (
        lambda: F.cross_entropy(logits, mc.tensor([0, 1]), reduction="avg"),
        ValueError,
        '[cross_entropy] expects reduction to be one of "mean", "sum", "none", got \'avg\'',
    ),
    "adding text": (
        lambda: x + "1",
        TypeError,
        "[add] expects tensors and numbers, got str",
    ),
    "size": (
        lambda: mc.zeros(2.5),
        TypeError,
        "[zeros] expects its size to be an int or a sequence of ints, got 2.5",
    ),
    "no tensor to be like": (
        lambda: mc.zeros_like([1, 2]),
        TypeError,
        "[zeros_like] expects input to be a tensor, got list",
    ),
    "step": (lambda: mc.arange(0, 3, 0), ValueError, "[arange] expects a step other than 0, got 0"),
    "device": (
        lambda: mc.zeros(2, device="gpu"),
        ValueError,
        "[zeros] expects a device of cpu, reference, null, cuda, plugin, optionally with a number "
        'as in "cuda:1", got "gpu"',
    ),
    "bounds": (lambda: x.clamp(), ValueError, "[clamp] expects min, max or both, got none"),
    "Tensor of a number": (
        lambda: mc.Tensor(2.5),
        TypeError,
        "[Tensor] expects data (a sequence, an array, a tensor), or ints for a shape, got float; "
        "mc.tensor(2.5) makes a tensor of a number",
    ),
}

DATA = {
    "ragged list": (
        lambda: mc.tensor([[1, 2], [3]]),
        ValueError,
        "[tensor] expects nested sequences of equal lengths, got different ones at depth 1",
    ),
    "list of different tensors": (
        lambda: mc.tensor([mc.ones(2), mc.ones(3)]),
        ValueError,
        "[tensor] expects arrays of one shape in a list, got different shapes",
    ),
    "list with text": (
        lambda: mc.tensor([1, "a"]),
        TypeError,
        "[tensor] expects numbers, arrays or tensors in a list, got str",
    ),
    "none": (
        lambda: mc.tensor(None),
        TypeError,
        "[tensor] expects numbers, nested sequences of numbers, an array or a tensor, got NoneType",
    ),
    "too large": (
        lambda: mc.tensor([300], dtype=mc.uint8),
        ValueError,
        "[tensor] expects numbers that uint8 holds, got 300",
    ),
    "unknown keyword": (
        lambda: mc.tensor([1], dtyp=mc.int8),
        TypeError,
        "tensor() got an unexpected keyword argument 'dtyp'",
    ),
    "item of many": (
        lambda: x.item(),
        ValueError,
        "[item] expects a tensor of one element, got f32[2,3]",
    ),
    "ambiguous truth": (
        lambda: bool(x == x),
        ValueError,
        "[bool] expects a tensor of one element, got bool[2,3]; reduce it first, with .any() or "
        ".all()",
    ),
    "length of a number": (
        lambda: len(mc.tensor(1)),
        TypeError,
        "[len] expects a tensor of at least 1 dim, got 0-d",
    ),
    "loop over a number": (
        lambda: list(mc.tensor(1)),
        TypeError,
        "[iter] expects a tensor of at least 1 dim, got 0-d",
    ),
    "index of a list": (
        lambda: [1, 2][mc.tensor(1.0)],
        TypeError,
        "[index] expects a 0-d integer tensor where Python needs an int, got f32[]",
    ),
    "format": (
        lambda: f"{x:.2f}",
        TypeError,
        "[format] expects a 0-d tensor for the format '.2f', got shape (2, 3)",
    ),
    "array with gradient": (
        lambda: logits.numpy(),
        RuntimeError,
        "[numpy] expects a tensor without gradient, as the array would lose it, got f32[2,3] with "
        "requires_grad=True; write x.detach().numpy()",
    ),
}

GROUPS = {"arguments": ARGUMENTS, "data": DATA}
CASES = {
    f"{group}: {name}": case for group, cases in GROUPS.items() for name, case in cases.items()
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_mistake(case):
    check(*case)


def test_foreign_operands_may_have_operators_of_their_own():
    class Unit:
        def __radd__(self, other):
            return "mine"

    assert x + Unit() == "mine"
    assert [0] * mc.tensor(2) == [0, 0]
