"""Tensors without elements, and without dims, at operations along a dim."""

import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import nn
from wraps import wraps

ONE = mc.tensor(1.0)

JOINS = (
    ValueError,
    r"\[(concatenate|cat)\] expects tensors of at least 1 dim, got f32\[\] as number",
)
NO_DIM = (IndexError, "expects a tensor of at least 1 dim, got 0-d")
# Without values, the ranks are found to differ first.
NO_POSITION = ((IndexError, ValueError), "at least 1 dim, got 0-d|input and index of the same rank")


def no_such_dim(operation, dim):
    return IndexError, rf"\[{operation}\] expects dim in \[-1, 0\], got {dim}"


REFUSED = {
    "concatenate": (lambda x: mc.concatenate([x, x]), *JOINS),
    "concatenate of one": (lambda x: mc.cat([x]), *JOINS),
    "concatenate from the end": (lambda x: mc.cat([x, x], -1), *JOINS),
    "concatenate with a vector": (lambda x: mc.cat([mc.ones(2), x]), *JOINS),
    "gather": (lambda x: mc.gather(x, 0, mc.tensor(0)), *NO_POSITION),
    "scatter_add": (lambda x: mc.scatter_add(x, 0, mc.tensor(0), x), *NO_POSITION),
    "permute": (lambda x: x.permute(0), *NO_DIM),
    "size": (lambda x: x.size(0), *NO_DIM),
    "sum along dim 1": (lambda x: x.sum(1), *no_such_dim("sum", 1)),
    "softmax along dim 1": (lambda x: mc.softmax(x, 1), *no_such_dim("softmax", 1)),
    "sort along dim 1": (lambda x: mc.sort(x, 1), *no_such_dim("sort", 1)),
    "cumsum along dim -2": (lambda x: mc.cumsum(x, -2), *no_such_dim("cumsum", -2)),
    "flip dim 1": (lambda x: mc.flip(x, 1), *no_such_dim("flip", 1)),
    "transpose dims 0 and 1": (lambda x: x.transpose(0, 1), *no_such_dim("transpose", 1)),
    "argmax along dim 1": (lambda x: mc.argmax(x, 1), *no_such_dim("argmax", 1)),
    "squeeze dim 1": (lambda x: x.squeeze(1), *no_such_dim("squeeze", 1)),
    "unsqueeze dim 1": (lambda x: x.unsqueeze(1), *no_such_dim("unsqueeze", 1)),
    "index": (lambda x: x[0], IndexError, r"\[index\] expects at most 0 indices"),
}


@wraps
@pytest.mark.parametrize("name", REFUSED)
def test_a_dim_that_a_0d_tensor_does_not_have_is_refused(wrap, name) -> None:
    function, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        wrap(function)(ONE)


SAME = {
    "sum": lambda x: x.sum(0),
    "amax": lambda x: x.amax(-1),
    "max": lambda x: x.max(0).values,
    "sort": lambda x: mc.sort(x, 0).values,
    "cumsum": lambda x: mc.cumsum(x, -1),
    "softmax": lambda x: mc.softmax(x, 0),
    "flip": lambda x: mc.flip(x, 0),
    "transpose": lambda x: x.transpose(0, -1),
    "squeeze": lambda x: x.squeeze(0),
    "permute": lambda x: x.permute(()),
    "flatten": lambda x: x.flatten()[0],
}


@wraps
@pytest.mark.parametrize("name", SAME)
def test_a_0d_tensor_has_one_dim_to_what_goes_along_it(wrap, name) -> None:
    assert wrap(SAME[name])(ONE).shape == ()
    assert wrap(SAME[name])(ONE).item() == 1
    assert wrap(mc.grad(SAME[name]))(ONE).item() == (0 if name == "softmax" else 1)


@wraps
def test_joining_skips_empty_vectors(wrap) -> None:
    x = mc.arange(6.0).reshape(2, 3)
    nothing = mc.zeros(0)
    for parts in ([nothing, x], [x, nothing], [nothing, x, nothing]):
        assert mc.equal(wrap(lambda parts=parts: mc.cat(parts, 1))(), x)
    assert wrap(lambda: mc.cat([nothing, x, x], -1))().shape == (2, 6)
    assert wrap(lambda: mc.cat([nothing, nothing]))().shape == (0,)
    assert mc.cat([nothing, mc.tensor([1])]).dtype == mc.float32
    of_nothing, of_x = wrap(mc.grad(lambda n, x: (mc.cat([n, x, x]) * 2).sum(), argnums=(0, 1)))(
        nothing, x
    )
    assert of_nothing.shape == (0,)
    assert of_x.tolist() == [[4, 4, 4], [4, 4, 4]]


def test_tensors_that_differ_elsewhere_do_not_join() -> None:
    with pytest.raises(ValueError, match="differ only along dim"):
        mc.cat([mc.zeros(0, 2), mc.zeros(2, 3)])
    with pytest.raises(ValueError, match="at least 1 dim, got f32\\[\\] as number 1"):
        mc.cat([mc.zeros(1), mc.tensor(2.0)])


@wraps
@pytest.mark.parametrize("shape", [(0, 2, 4, 4), (3, 2, 0, 4)])
def test_a_batch_without_elements_leaves_running_statistics(wrap, shape) -> None:
    layer = nn.BatchNorm2d(2)
    out = wrap(lambda x: layer(x))(mc.zeros(*shape))
    assert out.shape == shape
    assert layer.running_mean.tolist() == [0, 0]
    assert layer.running_var.tolist() == [1, 1]
    x = mc.randn(4, 2, 3, 3)
    layer(x)
    assert not mc.isnan(layer.running_mean).any()


@wraps
def test_gradients_through_a_batch_without_elements_are_zero(wrap) -> None:
    layer = nn.BatchNorm2d(2)

    def step(x):
        layer.zero_grad()
        layer(x).sum().backward()

    wrap(step)(mc.zeros(0, 2, 4, 4))
    assert layer.weight.grad.tolist() == [0, 0]
    assert layer.bias.grad.tolist() == [0, 0]
    weight, bias = mc.ones(3), mc.zeros(3)
    of_weight = wrap(mc.grad(lambda w: F.layer_norm(mc.zeros(0, 3), (3,), w, bias).sum()))(weight)
    assert of_weight.tolist() == [0, 0, 0]


@wraps
def test_moments_of_nothing_are_nan_and_its_sum_is_0(wrap) -> None:
    x = mc.zeros(0, 3)
    assert mc.isnan(wrap(lambda x: x.mean(0))(x)).all()
    assert mc.isnan(wrap(lambda x: x.var(0))(x)).all()
    assert wrap(lambda x: x.sum(0))(x).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="at least one element"):
        wrap(lambda x: x.amax(0))(x)
