"""Python's operators on tensors, and methods that write in place."""

import operator

import numpy as np
import pytest

import mycel as mc

ARITHMETIC = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"]
COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"]


@pytest.mark.parametrize("name", ARITHMETIC + COMPARISONS)
def test_binary_operators_on_tensors_and_numbers(name):
    function = getattr(operator, name)
    a, b = np.array([1.0, 4.0, 9.0]), np.array([2.0, 4.0, 3.0])
    x, y = mc.tensor(a), mc.tensor(b)
    for result, expected in (
        (function(x, y), function(a, b)),
        (function(x, 2), function(a, 2)),
        (function(2.0, y), function(2.0, b)),
        (function(np.float64(2), y), function(2.0, b)),
    ):
        np.testing.assert_allclose(result.numpy(), expected, rtol=1e-14)


def test_numbers_are_weak():
    small = mc.tensor([1, 2], dtype=mc.int8)
    assert (small + 1).dtype == mc.int8
    assert (small + 1.5).dtype == mc.float32
    assert (mc.ones(2, dtype=mc.float16) * 2.5).dtype == mc.float16
    assert (mc.tensor([True]) + 1).dtype == mc.int64
    assert (mc.ones(2) + mc.ones(2, dtype=mc.int64)).dtype == mc.float32
    assert mc.where(mc.tensor([True, False]), 1.0, 0.0).dtype == mc.float32


def test_unary_and_logical_operators():
    x = mc.tensor([1.0, -2.0])
    assert (-x).tolist() == [-1, 2]
    assert abs(x).tolist() == [1, 2]
    assert +x is x
    mask = x > 0
    assert (~mask).tolist() == [False, True]
    assert (mask & True).tolist() == [True, False]
    assert (mask | ~mask).tolist() == [True, True]
    assert (mask ^ mask).tolist() == [False, False]
    assert [part.tolist() for part in divmod(mc.tensor([7, -7]), 2)] == [[3, -4], [1, 1]]


def test_matmul():
    x = mc.arange(6).reshape(2, 3).float()
    np.testing.assert_array_equal((x @ x.T).numpy(), x.numpy() @ x.numpy().T)


def test_in_place_operators_replace_the_value_for_every_name():
    x = mc.ones(2)
    y = x
    x += 1
    x *= 3
    assert y is x
    assert y.tolist() == [6, 6]
    x /= 4
    x -= 0.5
    x **= 2
    assert y.tolist() == [1, 1]


def test_logical_operators_in_place():
    x = mc.tensor([True, True, False])
    y = x
    x &= mc.tensor([True, False, False])
    assert y is x and y.tolist() == [True, False, False]
    x |= mc.tensor([False, False, True])
    x ^= True
    assert y.tolist() == [False, True, False]
    with pytest.raises(TypeError, match=r"\[bitwise_and\] expects a result that bool holds"):
        x &= mc.tensor(1)


def test_in_place_operators_keep_the_dtype():
    x = mc.tensor([1.0, 2.0])
    x += mc.tensor([1, 1])
    assert x.dtype == mc.float32
    n = mc.tensor([1, 2])
    with pytest.raises(TypeError, match=r"\[add\] expects a result that int64 holds"):
        n += 0.5


def test_methods_that_write():
    x = mc.zeros(2, 2)
    assert x.fill_(3) is x
    assert x.add_(1).tolist() == [[4, 4], [4, 4]]
    assert x.mul_(mc.tensor([1.0, 2.0])).tolist() == [[4, 8], [4, 8]]
    assert x.copy_(mc.tensor([1, 2])).tolist() == [[1, 2], [1, 2]]
    assert x.zero_().sum().item() == 0
    assert x.clamp_(min=1).sum().item() == 4
    x.uniform_(5, 6)
    assert (x >= 5).all()


def test_operators_with_foreign_objects():
    with pytest.raises(TypeError):
        mc.ones(2) + "a"
    with pytest.raises(TypeError):
        mc.add(mc.ones(2), np.ones(2))
    assert (mc.ones(2) == None) is False  # noqa: E711
    assert (mc.ones(2) != "a") is True


def test_axis_is_another_spelling_of_dim():
    x = mc.arange(6).reshape(2, 3)
    assert x.sum(axis=0).tolist() == x.sum(dim=0).tolist() == x.sum(0).tolist()
    assert mc.sum(x, axis=1, keepdims=True).shape == (2, 1)


def test_functions_know_their_signatures():
    import inspect

    assert str(inspect.signature(mc.add)) == "(input, other, *, alpha=1)"
    assert str(inspect.signature(mc.Tensor.sum)) == "(self, dim=None, keepdim=False, dtype=None)"
    assert mc.add.__name__ == "add"
    assert mc.add.__doc__.startswith("input + other")
    assert "Example:" in mc.add.__doc__


def test_several_results_have_names():
    values, indices = found = mc.tensor([[1.0, 3.0], [4.0, 2.0]]).max(1)
    assert found.values is values
    assert found.indices is indices
    assert indices.tolist() == [1, 0]
