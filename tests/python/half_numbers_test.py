"""Arithmetic of 16-bit floats with numbers: the number is not rounded to 16 bits first."""

import operator

import pytest

import mycel as mc

DTYPES = [mc.float16, mc.bfloat16]
OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
]
NUMBERS = [1e6, 1e-6, 0.1, 65520.0, 3.4e38, 1e-40, -2.5, 3]


def same(a, b):
    return a.dtype == b.dtype and bool(((a == b) | (a.isnan() & b.isnan())).all())


@pytest.mark.parametrize("jit", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("calculate", OPERATORS, ids=lambda f: f.__name__)
def test_numbers_are_computed_with_in_float32(calculate, dtype, jit):
    x = mc.tensor([1.0, 2.0, 100.0, -7.0]).to(dtype)
    for number in NUMBERS:
        for f in (lambda x, n=number: calculate(x, n), lambda x, n=number: calculate(n, x)):
            expected = f(x.to(mc.float32)).to(dtype)
            got = (mc.jit(f) if jit else f)(x)
            assert same(got, expected), (number, got, expected)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_number_decides_no_dtype_beside_a_0d_tensor(dtype):
    x = mc.tensor(3.0).to(dtype)
    for y in (x * 1e-6, 1e-6 * x, x / 1e6, x + 1, x % 0.1):
        assert y.dtype == dtype
    assert same(x / 1e6, (x.to(mc.float32) / 1e6).to(dtype))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_0d_float32_tensor_is_like_a_number(dtype):
    x, divisor = mc.tensor([1.0, 2.0]).to(dtype), mc.tensor(1e6)
    assert same(x / divisor, x / 1e6)
    assert (x[0] / divisor).dtype == mc.float32


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", ["add_", "sub_", "mul_", "div_"])
def test_in_place_it_is_the_same(dtype, name):
    x = mc.tensor([1.0, 2.0, 100.0]).to(dtype)
    expected = getattr(x, name.rstrip("_"))(1e-6)
    getattr(x, name)(1e-6)
    assert same(x, expected)


@pytest.mark.parametrize("jit", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_gradients_do_not_round_it_either(dtype, jit):
    x = mc.tensor([1.0, 2.0, 100.0]).to(dtype)
    for f in (lambda x: (x / 1e6).sum(), lambda x: (x * 1e-6).sum()):
        gradient = mc.grad(f)
        got = (mc.jit(gradient) if jit else gradient)(x)
        assert same(got, (mc.ones(3) * 1e-6).to(dtype))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_gradient_of_a_0d_divisor_has_its_dtype(dtype):
    x, divisor = mc.tensor([1.0, 2.0]).to(dtype), mc.tensor(4.0, requires_grad=True)
    (x / divisor).sum().backward()
    assert divisor.grad.dtype == mc.float32
    assert divisor.grad.item() == -3 / 16


def test_comparisons_round_the_number_as_the_tensor_is_rounded():
    assert (mc.tensor([0.1]).to(mc.bfloat16) == 0.1).item()
