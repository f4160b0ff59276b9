"""mc.grad, mc.value_and_grad, mc.grad_all: arguments, results, mistakes."""

from collections import namedtuple

import numpy as np
import pytest

import mycel as mc
from mycel import nn
from wraps import wraps

Point = namedtuple("Point", ["x", "y"])
F64 = mc.float64


def scalar(value):
    return mc.tensor(float(value), dtype=F64)


def cubed(x):
    return x * x * x


@wraps
def test_the_gradient_has_the_shape_and_dtype_of_the_argument(wrap):
    x = mc.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=F64)
    gradient = wrap(mc.grad(lambda x: (x**2).sum()))(x)
    assert gradient.dtype == F64 and gradient.tolist() == [[2, 4], [6, 8]]


@wraps
def test_value_and_grad_returns_both(wrap):
    value, gradient = wrap(mc.value_and_grad(cubed))(scalar(2))
    assert (value.item(), gradient.item()) == (8, 12)
    assert not value.requires_grad and not gradient.requires_grad


@wraps
def test_argnums_choose_the_arguments(wrap):
    def f(x, y, z):
        return x * y + z

    x, y, z = scalar(2), scalar(3), scalar(4)
    assert wrap(mc.grad(f))(x, y, z).item() == 3
    assert wrap(mc.grad(f, 1))(x, y, z).item() == 2
    assert wrap(mc.grad(f, -1))(x, y, z).item() == 1
    assert [g.item() for g in wrap(mc.grad(f, argnums=(1, 0)))(x, y, z)] == [2, 3]
    assert [g.item() for g in wrap(mc.grad(f, (2,)))(x, y, z)] == [1]


@wraps
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


@wraps
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


@wraps
def test_grad_all_is_the_gradient_of_every_differentiable_argument(wrap):
    def f(x, n, y, label):
        return x * n * y["y"]

    gradients = wrap(mc.grad_all(f))(scalar(2), 3, {"y": scalar(5)}, "label")
    assert len(gradients) == 2
    assert gradients[0].item() == 15 and gradients[1]["y"].item() == 6


def test_keyword_arguments_are_passed_on():
    assert mc.grad(lambda x, *, scale: x * scale)(scalar(2), scale=7).item() == 7


@wraps
def test_an_argument_without_part_has_a_gradient_of_zeros(wrap):
    x, y = mc.ones(2), mc.ones(3)
    gradients = wrap(mc.grad(lambda x, y: x.sum(), (0, 1)))(x, y)
    assert [g.tolist() for g in gradients] == [[1, 1], [0, 0, 0]]
    assert wrap(mc.grad(lambda x: mc.ones(())))(x).tolist() == [0, 0]


@wraps
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
