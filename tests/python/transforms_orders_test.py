"""mc.grad at higher orders, inside itself, inside mc.jit and in other modes."""

import math

import numpy as np
import pytest

import mycel as mc
from mycel import nn
from wraps import wraps

F64 = mc.float64


def scalar(value):
    return mc.tensor(float(value), dtype=F64)


def cubed(x):
    return x * x * x


@wraps
def test_higher_orders(wrap):
    f = mc.sin
    for expected in (math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x), math.sin):
        f = mc.grad(f)
        assert wrap(f)(scalar(0.7)).item() == pytest.approx(expected(0.7), rel=1e-14)


def test_the_function_is_compiled_at_every_level():
    f = cubed
    for expected in (12, 12, 6, 0):
        f = mc.jit(mc.grad(mc.jit(f)))
        assert f(scalar(2)).item() == expected
        assert f(scalar(2)).item() == expected


@wraps
def test_gradients_of_compiled_functions(wrap):
    compiled = mc.jit(lambda x, y: (x * y).tanh().sum())
    x, y = mc.tensor([0.5, 1.0], dtype=F64), mc.tensor([2.0, 3.0], dtype=F64)
    slope = 1 - np.tanh([1.0, 3.0]) ** 2
    found = wrap(mc.grad(compiled, (0, 1)))(x, y)
    np.testing.assert_allclose(found[0].numpy(), slope * [2.0, 3.0], rtol=1e-12)
    np.testing.assert_allclose(found[1].numpy(), slope * [0.5, 1.0], rtol=1e-12)
    second = wrap(mc.grad(lambda x: (mc.grad(compiled)(x, y)).sum()))(x)
    expected = -2 * np.tanh([1.0, 3.0]) * slope * np.array([4.0, 9.0])
    np.testing.assert_allclose(second.numpy(), expected, rtol=1e-10)


@wraps
def test_levels_do_not_mix(wrap):
    """Siskind and Pearlmutter 2005: the inner derivative of x + y is 1, whatever x is."""

    def f(x):
        return x * mc.grad(lambda y: x + y)(scalar(1))

    assert wrap(mc.grad(f))(scalar(1)).item() == 1


@wraps
def test_an_inner_gradient_depends_on_outer_variables(wrap):
    def f(x):
        return mc.grad(lambda y: x * x * y * y)(scalar(3))  # 2 x^2 y

    assert wrap(mc.grad(f))(scalar(2)).item() == 24
    assert wrap(mc.grad(mc.grad(f)))(scalar(2)).item() == 12


def test_an_inner_gradient_that_depends_on_nothing_outside_is_plain():
    def f(x):
        inner = mc.grad(cubed)(scalar(2))
        assert not inner.requires_grad
        return x * inner.item()

    assert mc.grad(f)(scalar(1)).item() == 12


@wraps
def test_the_same_variable_at_two_levels(wrap):
    # d/dx (x * d/dx x^3) = 9 x^2
    assert wrap(mc.grad(lambda x: x * mc.grad(cubed)(x)))(scalar(2)).item() == 36


def test_mixed_second_derivatives():
    f = mc.grad(mc.grad(lambda x, y: x**2 * y**3, 0), 1)  # 2 x * 3 y^2
    assert f(scalar(2), scalar(3)).item() == 108


def test_a_hessian_vector_product():
    a = mc.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=F64)
    v = mc.tensor([1.0, -1.0], dtype=F64)

    def form(x):
        return (x @ a @ x) / 2

    product = mc.grad(lambda x: (mc.grad(form)(x) * v).sum())(mc.ones(2, dtype=F64))
    np.testing.assert_allclose(product.numpy(), (a @ v).numpy(), rtol=1e-14)


def test_second_order_of_a_module():
    """The gradient of the squared norm of a gradient (Gulrajani et al. 2017)."""
    model = nn.Linear(2, 1, bias=False)

    def penalty(model):
        return (mc.grad(lambda x: (model(x) ** 2).sum())(mc.tensor([[1.0, 2.0]])) ** 2).sum()

    # f = (w x)^2, grad_x = 2 (w x) w; penalty = 4 (w x)^2 |w|^2
    w, x = model.weight.detach().numpy()[0].astype(np.float64), np.array([1.0, 2.0])
    expected = 8 * (w @ x) * (w @ w) * x + 8 * (w @ x) ** 2 * w
    np.testing.assert_allclose(mc.grad(penalty)(model)["weight"].numpy()[0], expected, rtol=1e-4)


def test_the_tape_outside_records_a_gradient():
    w = mc.tensor(3.0, dtype=F64, requires_grad=True)
    value, gradient = mc.value_and_grad(lambda x: w * x * x)(scalar(2))
    assert value.requires_grad and gradient.requires_grad
    gradient.backward(retain_graph=True)  # d/dw 2 w x
    assert w.grad.item() == 4
    value.backward()
    assert w.grad.item() == 8


def test_grad_records_where_the_caller_does_not():
    with mc.no_grad():
        assert mc.grad(cubed)(scalar(2)).item() == 12
        assert mc.grad(mc.grad(cubed))(scalar(2)).item() == 12
        assert not mc.is_grad_enabled()


@wraps
def test_detach_and_no_grad_inside_hold(wrap):
    assert wrap(mc.grad(lambda x: x * x.detach()))(scalar(3)).item() == 3

    def f(x):
        with mc.no_grad():
            constant = x * 2
        return x * constant

    assert wrap(mc.grad(f))(scalar(3)).item() == 6


def test_an_exception_leaves_no_trace():
    model = nn.Linear(1, 1)

    def fails(model):
        raise KeyError("mine")

    with mc.no_grad(), pytest.raises(KeyError, match="mine"):
        mc.grad(fails)(model)
    assert mc.is_grad_enabled() and model.weight.is_leaf
    model(mc.ones(1, 1)).sum().backward()
    assert model.weight.grad.item() == 1


def test_gradients_in_a_jitted_training_step():
    model = nn.Linear(3, 1)
    x, y = mc.randn(8, 3), mc.randn(8, 1)

    @mc.jit
    def step(x, y):
        loss, gradients = mc.value_and_grad(lambda m: ((m(x) - y) ** 2).mean())(model)
        with mc.no_grad():
            for name, parameter in model.named_parameters():
                parameter -= 0.1 * gradients[name]
        return loss

    losses = [step(x, y).item() for _ in range(5)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < losses[0]
    assert step.compilations == 1


def detaches(x):
    return (x.detach() * x * x).sum()


def computes_without_gradient(x):
    with mc.no_grad():
        y = x * x
    return (y * x).sum()


def writes_data(x):
    y = x * 2
    y.data.mul_(3)
    return (y * y).sum()


def takes_a_gradient(x):
    return (mc.grad(lambda x: (x * x * x).sum())(x) * x.detach()).sum()


@pytest.mark.parametrize(
    "function", [detaches, computes_without_gradient, writes_data, takes_a_gradient]
)
def test_gradients_of_gradients_of_a_compiled_function_stop_where_it_stops_them(function):
    def first(f):
        return lambda x: mc.grad(f)(x).sum()

    x = mc.tensor([1.0, 3.0])
    compiled = mc.jit(function)
    assert mc.grad(compiled)(x).tolist() == mc.grad(function)(x).tolist()
    assert first(compiled)(x).item() == first(function)(x).item()
    assert mc.grad(first(compiled))(x).tolist() == mc.grad(first(function))(x).tolist()
