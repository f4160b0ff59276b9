"""NumPy's functions and operators on tensors."""

import numpy as np
import pytest

import mycel as mc

ONES = np.ones(3)
X = mc.tensor([1.0, 2.0, 3.0])


def is_tensor_of(value, expected, dtype=mc.float32):
    assert isinstance(value, mc.Tensor)
    assert value.dtype == dtype
    np.testing.assert_allclose(value.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("f", [np.exp, np.negative, np.tanh, np.square, np.expm1])
def test_a_function_of_elements_gives_a_tensor(f, dtype):
    x = X.to(dtype)
    is_tensor_of(f(x), f(x.numpy()), x.dtype)


def test_one_of_integers_gives_what_numpy_computes():
    is_tensor_of(np.exp(mc.tensor([0, 1])), [1, np.e], mc.float64)
    is_tensor_of(np.invert(mc.tensor([1, 2], dtype=mc.uint8)), [254, 253], mc.uint8)
    is_tensor_of(np.left_shift(np.arange(3), mc.tensor([1, 1, 2])), [0, 2, 8], mc.int64)


def test_one_of_bools_gives_bools():
    is_tensor_of(np.isnan(X), [False] * 3, mc.bool)
    is_tensor_of(np.logical_not(X > 1), [True, False, False], mc.bool)


@pytest.mark.parametrize(
    "x", [mc.tensor(2.5), mc.zeros(0), mc.zeros(0, 3), mc.tensor([[1.0, 2.0], [3.0, 4.0]]).T]
)
def test_shapes_stay(x):
    is_tensor_of(np.exp(x), np.exp(x.numpy()))
    is_tensor_of(np.add(x, x), x.numpy() * 2)


def test_several_results_are_tensors():
    whole, part = np.modf(mc.tensor([1.5, -2.25]))
    is_tensor_of(whole, [0.5, -0.25])
    is_tensor_of(part, [1.0, -2.0])
    is_tensor_of(np.divmod(X, 2)[1], [1.0, 0.0, 1.0])


def test_the_methods_of_a_function_give_tensors():
    is_tensor_of(np.add.reduce(X), 6.0)
    is_tensor_of(np.add.accumulate(X), [1.0, 3.0, 6.0])
    is_tensor_of(np.multiply.outer(X, X), np.outer(X.numpy(), X.numpy()))
    is_tensor_of(np.prod(X), 6.0)


def test_a_result_has_the_device_of_the_tensor():
    x = mc.ones(2, device="reference")
    assert np.exp(x).device == x.device


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "@": lambda a, b: a @ b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "divmod": lambda a, b: divmod(a, b)[1],
}


@pytest.mark.parametrize("sign", OPERATORS)
def test_an_operator_takes_arrays_on_either_side(sign):
    f, a = OPERATORS[sign], np.array([3.0, 2.0, 1.0])
    for left, right in ((a, X), (X, a)):
        expected = f(np.asarray(left), np.asarray(right))
        dtype = mc.bool if expected.dtype == bool else mc.float64
        is_tensor_of(f(left, right), expected, dtype)
        is_tensor_of(
            mc.jit(
                lambda x, f=f, left=left, right=right: f(
                    x if left is X else left, x if right is X else right
                )
            )(X),
            expected,
            dtype,
        )


@pytest.mark.parametrize("sign", ["+", "*", "/", "**", "<", "=="])
@pytest.mark.parametrize("number", [np.float32(2), np.float64(2), np.int64(2), np.float16(2)])
def test_a_number_of_numpy_is_weak_on_either_side(sign, number):
    f = OPERATORS[sign]
    for x in (X, X[1], X.T):
        for result, expected in (
            (f(number, x), f(2.0, x.numpy())),
            (f(x, number), f(x.numpy(), 2.0)),
        ):
            is_tensor_of(result, expected, mc.bool if sign in "<==" else mc.float32)


def test_masks_combine_with_arrays():
    mask = np.array([True, False, True])
    is_tensor_of(mask & (X > 1), [False, False, True], mc.bool)
    is_tensor_of(mask | (X > 1), [True, True, True], mc.bool)
    is_tensor_of(mask ^ (X > 1), [True, True, False], mc.bool)


def test_an_operator_with_an_array_is_recorded_and_traced():
    x = mc.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (np.array([3.0, 2.0, 1.0], np.float32) * x).sum().backward()
    assert x.grad.tolist() == [3.0, 2.0, 1.0]
    gradient = mc.jit(mc.grad(lambda x: (np.float32(2) * x - ONES).sum()))
    assert gradient(X).tolist() == [2.0, 2.0, 2.0]


def test_an_array_takes_a_tensor_in_place():
    a = np.ones(3)
    same = a
    a += X
    a *= X
    assert same is a
    assert a.tolist() == [2.0, 6.0, 12.0]


def test_a_result_goes_to_an_array_that_is_given():
    out = np.zeros(3)
    assert np.add(ONES, X, out=out) is out
    assert out.tolist() == [2.0, 3.0, 4.0]
    np.add.at(out, mc.tensor([0, 0]), X[:2])
    assert out.tolist() == [5.0, 3.0, 4.0]
    with pytest.raises(TypeError, match=r"\[numpy\] expects out of exp to be a NumPy array"):
        np.exp(X, out=mc.zeros(3))


def test_a_gradient_is_not_lost_in_numpy():
    x = mc.tensor([1.0], requires_grad=True)
    for f in (np.exp, np.asarray, np.add.reduce, lambda x: np.add(ONES, x, out=np.ones(3))):
        with pytest.raises(RuntimeError, match=r"\[numpy\] expects a tensor without gradient"):
            f(x)
    is_tensor_of(np.exp(x.detach()), [np.e])


def test_a_traced_tensor_is_not_for_numpy():
    for f in (np.exp, np.asarray, np.add.reduce):
        with pytest.raises(mc.CompileError, match=r"\[numpy\] expects a tensor with a value"):
            mc.jit(f)(X)


def test_numpy_has_no_bfloat16():
    with pytest.raises(TypeError, match=r"\[numpy\] expects a dtype that NumPy has, got bfloat16"):
        np.exp(X.to(mc.bfloat16))


def test_functions_of_arrays_take_tensors():
    assert np.asarray(X).dtype == np.float32
    assert np.sum(X).item() == np.max(X).item() + 3 == 6.0
    assert np.concatenate([X, X]).tolist() == [1, 2, 3, 1, 2, 3]
    assert np.stack([X, ONES]).shape == (2, 3)
    assert np.where(X > 1, X, 0).tolist() == [0, 2, 3]
    np.testing.assert_allclose(X, [1, 2, 3])
    np.testing.assert_array_equal(X, X)
