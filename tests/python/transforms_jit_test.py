"""Gradients by transforms of compiled functions and in them, with respect to modules."""

import pytest

import mycel as mc
from mycel import nn
from wraps import wraps


class Scale(nn.Module):
    def __init__(self) -> None:
        self.weight = nn.Parameter(mc.tensor([0.5, 0.5]))


def square(model: Scale, x: mc.Tensor) -> mc.Tensor:
    return ((model.weight * x) ** 2).sum()


def square_of_view(model: Scale, x: mc.Tensor) -> mc.Tensor:
    return ((model.weight.view(2, 1)[:, 0] * x) ** 2).sum()


def inside(wrap, function, model):
    """The transform is in the compiled function."""
    return wrap(lambda x: mc.value_and_grad(function)(model, x))


def given(wrap, function, model):
    """The compiled function gets the module."""
    transformed = mc.value_and_grad(wrap(function))
    return lambda x: transformed(model, x)


def captured(wrap, function, model):
    """The compiled function captures the module."""
    compiled = wrap(lambda x: function(model, x))
    transformed = mc.value_and_grad(lambda model, x: compiled(x))
    return lambda x: transformed(model, x)


places = pytest.mark.parametrize("place", [inside, given, captured])


@wraps
@places
@pytest.mark.parametrize("function", [square, square_of_view])
def test_each_call_reads_the_parameters(wrap, place, function):
    model = Scale()
    step = place(wrap, function, model)
    for factor in (1, 2, 3):
        with mc.no_grad():
            model.weight.fill_(float(factor))
        value, gradient = step(mc.tensor([1.0, 2.0]))
        assert value.item() == 5 * factor**2
        assert gradient["weight"].tolist() == [2 * factor, 8 * factor]
    assert model.weight.grad is None


@wraps
@places
@pytest.mark.parametrize("function", [square, square_of_view])
def test_a_parameter_that_the_function_overwrites_has_a_gradient(wrap, place, function):
    def overwrites(model, x):
        with mc.no_grad():
            model.weight.copy_(x * 2)
        return function(model, x)

    model = Scale()
    value, gradient = place(wrap, overwrites, model)(mc.tensor([1.0, 2.0]))
    assert value.item() == 2**2 + 8**2
    assert gradient["weight"].tolist() == [4, 32]
    assert model.weight.tolist() == [2, 4]


@wraps
@places
def test_a_view_that_was_made_and_read_before(wrap, place):
    model = Scale()
    view = model.weight[:]

    def function(model, x):
        before = view.sum().detach()
        total = (view * x).sum()
        return total * before

    step = place(wrap, function, model)
    for _ in range(2):
        value, gradient = step(mc.tensor([1.0, 2.0]))
        assert value.item() == 1.5
        assert gradient["weight"].tolist() == [1, 2]


@wraps
def test_a_view_that_was_read_before_the_transform(wrap):
    model = Scale()
    outer = model.weight[:]

    @wrap
    def step(x: mc.Tensor) -> mc.Tensor:
        own = model.weight[:]
        before = outer.sum() + own.sum()
        gradient = mc.grad(lambda model: ((outer + own + model.weight) * x).sum())(model)
        return gradient["weight"] + 0 * before + 0 * (outer * own).sum()

    result = step(mc.tensor([1.0, 2.0]))
    assert result.tolist() == [3, 6]
    (result * (outer + 1)).sum().backward()
    assert model.weight.grad.tolist() == [3, 6]
