"""mc.grad, mc.value_and_grad, mc.grad_all: arguments, orders, levels, with jit."""

import math
from collections import namedtuple

import numpy as np
import pytest

import mycel as mc
from mycel import nn

Point = namedtuple("Point", ["x", "y"])
F64 = mc.float64


def scalar(value):
    return mc.tensor(float(value), dtype=F64)


def cubed(x):
    return x * x * x


def plain(function):
    return function


# Every test that takes `wrap` holds for the function itself and for the compiled one.
both = pytest.mark.parametrize("wrap", [plain, mc.jit], ids=["eager", "jit"])


# --- arguments ----------------------------------------------------------------------------------


@both
def test_the_gradient_has_the_shape_and_dtype_of_the_argument(wrap):
    x = mc.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=F64)
    gradient = wrap(mc.grad(lambda x: (x**2).sum()))(x)
    assert gradient.dtype == F64 and gradient.tolist() == [[2, 4], [6, 8]]


@both
def test_value_and_grad_returns_both(wrap):
    value, gradient = wrap(mc.value_and_grad(cubed))(scalar(2))
    assert (value.item(), gradient.item()) == (8, 12)
    assert not value.requires_grad and not gradient.requires_grad


@both
def test_argnums_choose_the_arguments(wrap):
    def f(x, y, z):
        return x * y + z

    x, y, z = scalar(2), scalar(3), scalar(4)
    assert wrap(mc.grad(f))(x, y, z).item() == 3
    assert wrap(mc.grad(f, 1))(x, y, z).item() == 2
    assert wrap(mc.grad(f, -1))(x, y, z).item() == 1
    assert [g.item() for g in wrap(mc.grad(f, argnums=(1, 0)))(x, y, z)] == [2, 3]
    assert [g.item() for g in wrap(mc.grad(f, (2,)))(x, y, z)] == [1]


@both
def test_containers_come_back_in_their_form(wrap):
    def f(tree):
        return tree["a"] * tree["b"][0] + tree["b"][1].y ** 2

    tree = {"a": scalar(2), "b": [scalar(5), Point(None, scalar(3))]}
    gradient = wrap(mc.grad(f))(tree)
    assert set(gradient) == {"a", "b"}
    assert gradient["a"].item() == 5 and gradient["b"][0].item() == 2
    assert isinstance(gradient["b"][1], Point)
    assert gradient["b"][1].x is None and gradient["b"][1].y.item() == 6


def test_what_has_no_derivative_in_a_container_has_none_in_its_gradient():
    gradient = mc.grad(lambda tree: tree["x"] * tree["n"])(
        {"x": scalar(2), "n": mc.tensor(3), "name": "text"}
    )
    assert gradient["x"].item() == 3
    assert gradient["n"] is None and gradient["name"] is None


@both
def test_the_gradient_of_a_module_is_a_dict_by_parameter_name(wrap):
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    x = mc.tensor([[1.0, 2.0]])

    def loss(model, x):
        return model(x).sum()

    gradient = wrap(mc.grad(loss))(model, x)
    assert list(gradient) == [name for name, _ in model.named_parameters()]
    loss(model, x).backward()
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(gradient[name].numpy(), parameter.grad.numpy(), rtol=1e-6)


def test_a_module_keeps_its_own_gradients_and_stays_trainable():
    model = nn.Linear(2, 1)
    mc.grad(lambda model: model(mc.ones(1, 2)).sum())(model)
    assert model.weight.grad is None and model.weight.is_leaf
    model(mc.ones(1, 2)).sum().backward()
    assert model.weight.grad.tolist() == [[1, 1]]


def test_a_frozen_parameter_has_no_entry():
    model = nn.Linear(1, 1)
    model.bias.requires_grad_(False)
    assert list(mc.grad(lambda model: model(mc.ones(1, 1)).sum())(model)) == ["weight"]


def test_a_module_and_a_tensor_at_once():
    model = nn.Linear(1, 1, bias=False)
    of_model, of_x = mc.grad_all(lambda model, x: model(x).sum())(model, mc.tensor([[3.0]]))
    assert of_model["weight"].item() == 3
    assert of_x.item() == model.weight.item()


@both
def test_grad_all_is_the_gradient_of_every_differentiable_argument(wrap):
    def f(x, n, y, label):
        return x * n * y["y"]

    gradients = wrap(mc.grad_all(f))(scalar(2), 3, {"y": scalar(5)}, "label")
    assert len(gradients) == 2
    assert gradients[0].item() == 15 and gradients[1]["y"].item() == 6


def test_keyword_arguments_are_passed_on():
    assert mc.grad(lambda x, *, scale: x * scale)(scalar(2), scale=7).item() == 7


@both
def test_an_argument_without_part_has_a_gradient_of_zeros(wrap):
    x, y = mc.ones(2), mc.ones(3)
    gradients = wrap(mc.grad(lambda x, y: x.sum(), (0, 1)))(x, y)
    assert [g.tolist() for g in gradients] == [[1, 1], [0, 0, 0]]
    assert wrap(mc.grad(lambda x: mc.ones(())))(x).tolist() == [0, 0]


@both
def test_auxiliary_results(wrap):
    def f(x):
        return x**2, {"twice": x * 2, "text": "kept"}

    gradient, aux = wrap(mc.grad(f, has_aux=True))(scalar(3))
    assert gradient.item() == 6
    assert aux["twice"].item() == 6 and aux["text"] == "kept"
    (value, aux), gradient = wrap(mc.value_and_grad(f, has_aux=True))(scalar(3))
    assert (value.item(), aux["twice"].item(), gradient.item()) == (9, 6, 6)
    assert not aux["twice"].requires_grad


def test_the_arguments_stay_as_they_were():
    x = mc.ones(2, requires_grad=True)

    def f(x):
        x *= 2
        return x.sum()

    assert mc.grad(f)(x).tolist() == [2, 2]
    assert x.tolist() == [1, 1] and x.grad is None and x.is_leaf


# --- orders and levels --------------------------------------------------------------------------


@both
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


@both
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


@both
def test_levels_do_not_mix(wrap):
    """Siskind and Pearlmutter 2005: the inner derivative of x + y is 1, whatever x is."""

    def f(x):
        return x * mc.grad(lambda y: x + y)(scalar(1))

    assert wrap(mc.grad(f))(scalar(1)).item() == 1


@both
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


@both
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


# --- modes --------------------------------------------------------------------------------------


def test_grad_records_where_the_caller_does_not():
    with mc.no_grad():
        assert mc.grad(cubed)(scalar(2)).item() == 12
        assert mc.grad(mc.grad(cubed))(scalar(2)).item() == 12
        assert not mc.is_grad_enabled()


@both
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


# --- the functions themselves, and mistakes -----------------------------------------------------


def test_names_and_documentation_are_those_of_the_function():
    def documented(x):
        """What it does."""
        return x * x

    for transform in (mc.grad, mc.value_and_grad, mc.grad_all):
        assert transform(documented).__name__ == "documented"
        assert transform(documented).__doc__ == "What it does."


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: mc.grad(cubed)(3), TypeError, r"\[grad\] expects argument 0 .* got int"),
        (lambda: mc.grad(cubed)(mc.tensor(3)), TypeError, "got a tensor of dtype int64"),
        (lambda: mc.grad(cubed, 1)(scalar(1)), ValueError, "argnums among 1 positional .* got 1"),
        (lambda: mc.grad(cubed, "x")(scalar(1)), TypeError, r"\[grad\] expects argnums"),
        (
            lambda: mc.grad(lambda x, y: x * y, argnums=(0, 0))(scalar(3), scalar(5)),
            ValueError,
            r"each argument once in argnums, got \(0, 0\)",
        ),
        (
            lambda: mc.value_and_grad(lambda x, y: x * y, argnums=(1, -1))(scalar(3), scalar(5)),
            ValueError,
            r"each argument once in argnums, got \(1, -1\) for 2 arguments",
        ),
        (lambda: mc.grad(cubed)(mc.ones(2)), ValueError, r"one number, got shape \(2,\)"),
        (lambda: mc.grad(lambda x: 3.0)(scalar(1)), TypeError, "return a tensor, got float"),
        (lambda: mc.grad(lambda x: x.long())(scalar(1)), TypeError, "floating-point.* int64"),
        (lambda: mc.grad(cubed, has_aux=True)(scalar(1)), TypeError, r"\(value, aux\)"),
        (lambda: mc.grad(3), TypeError, r"\[grad\] expects a function, got int"),
    ],
)
def test_mistakes_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_mistake_in_one_argument_leaves_the_module_before_it_as_it_was():
    model = nn.Linear(2, 1)
    with pytest.raises(TypeError, match="argument 1 to be a floating-point tensor"):
        mc.grad(lambda model, n: model(mc.ones(1, 2)).sum() * n, (0, 1))(model, 3)
    model(mc.ones(1, 2)).sum().backward()
    assert model.weight.grad.tolist() == [[1, 1]]


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
