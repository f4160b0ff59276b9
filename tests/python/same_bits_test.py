"""A value has the same bits in eager mode and compiled, and is rounded once."""

import math
from fractions import Fraction

import numpy as np
import pytest

import mycel as mc
from bits import drawn, same_bits
from comparisons import COMPARISONS

SPECIAL = [0.0, -0.0, 1.0, -1.0, 3.0, 0.1, math.inf, -math.inf, math.nan, 1e-45, 3e38]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_maximum_of_a_product_that_is_computed_in_two_places_keeps_its_gradient(dtype):
    def f(a, b, c):
        v = a @ b
        m = v.amax(1, keepdim=True)
        w = c * v.unsqueeze(-1)
        return (m * m).sum() + (w * w).sum()

    arguments = [drawn(16, 24, dtype=dtype), drawn(24, 16, dtype=dtype)]
    arguments.append(drawn(16, 16, 2, dtype=dtype))
    for argnums in ((0, 1), (0, 2), (0, 1, 2)):
        eager = mc.grad(f, argnums=argnums)(*arguments)
        compiled = mc.jit(mc.grad(f, argnums=argnums))(*arguments)
        for e, c in zip(eager, compiled, strict=True):
            tolerance = 1e-4 if dtype == np.float32 else 1e-11
            np.testing.assert_allclose(c.numpy(), e.numpy(), rtol=tolerance, atol=tolerance)


def test_a_sum_that_several_shapes_read_is_computed_once():
    @mc.jit
    def f(x, y, z):
        s = (x * x).sum(-1)
        return s, s.amax(0), y + s.unsqueeze(-1), z * s.unsqueeze(-1), (s == s.amax(0)).sum()

    for size in (4, 16, 33):
        results = f(drawn(size, 50), drawn(size, 3), drawn(size, 7))
        s = results[0].numpy()
        assert results[1].item() == s.max()
        assert results[4].item() >= 1


@pytest.mark.parametrize("dtype", [mc.float32, mc.float64, mc.float16, mc.bfloat16])
def test_compiled_algebra_keeps_the_signs_of_zeros(dtype):
    def f(x, y):
        return (
            0 - x,
            x + 0,
            x - 0,
            x * -1,
            -(x - y),
            x + -y,
            x - -y,
            x**2,
            x**-1,
            x**1,
            x / 4,
            mc.maximum(mc.maximum(x, y), y),
            mc.maximum(y, mc.maximum(y, x)),
            x.sum(-1, keepdim=True),
        )

    n = len(SPECIAL)
    x = mc.tensor(SPECIAL).to(dtype).reshape(n, 1)
    y = mc.tensor(SPECIAL).to(dtype).reshape(1, n)
    for e, c in zip(f(x, y), mc.jit(f)(x, y), strict=True):
        assert same_bits(e.to(mc.float64), c.to(mc.float64))


def test_a_quotient_of_negated_integers_is_not_that_of_the_integers():
    x = mc.tensor([1, 200, 3], dtype=mc.uint8)
    y = mc.tensor([7, 3, 250], dtype=mc.uint8)
    assert same_bits((-x) / (-y), mc.jit(lambda x, y: (-x) / (-y))(x, y))


def exact_half(value, dtype):
    """The nearest 16-bit float, ties to even, by exact arithmetic."""
    bits, least = (11, -24) if dtype == "float16" else (8, -133)
    if value == 0 or not math.isfinite(value):
        return value
    exact = Fraction(value)
    exponent = max(math.frexp(float(value))[1] - bits, least)
    unit = Fraction(2) ** exponent
    rounded = round(exact / unit) * unit  # Python rounds halves of Fractions to even
    return float(rounded)


def between_halves(dtype):
    """Numbers a hair beside the middle of two neighbours, where rounding twice goes wrong."""
    bits = 11 if dtype == "float16" else 8
    out = []
    for exponent in (-20, -14, -3, 0, 5, 12):
        for mantissa in (1, 1 + 2.0 ** (1 - bits), 2 - 2.0 ** (1 - bits)):
            middle = (mantissa + 2.0**-bits) * 2.0**exponent
            for hair in (0.0, 2.0**-35, -(2.0**-35)):
                out += [middle * (1 + hair), -middle * (1 + hair)]
    return out


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_float64_is_rounded_once_to_a_16_bit_float(dtype):
    values = [*between_halves(dtype), 0.0, -0.0, math.inf, 1e300, -1e-300, 5e-324]
    half = getattr(mc, dtype)
    expected = [exact_half(v, dtype) for v in values]
    expected[-3:] = [math.inf, -0.0, 0.0]
    x = mc.tensor(values, dtype=mc.float64)
    assert x.to(half).to(mc.float64).tolist() == expected
    assert mc.jit(lambda x: x.to(half))(x).to(mc.float64).tolist() == expected
    assert mc.tensor(values, dtype=half).to(mc.float64).tolist() == expected
    for value, nearest in zip(values, expected, strict=True):
        assert mc.full((), value, dtype=half).item() == nearest
        assert (
            mc.jit(lambda v=value: mc.full((2,), v, dtype=mc.float64).to(half))()[0].item()
            == nearest
        )
    tensor = mc.tensor([1 + 2**-11 + 2**-30], dtype=mc.float64)
    assert tensor.to(mc.float16).item() == 1.0009765625


@pytest.mark.parametrize("source", ["int32", "uint32", "int64", "uint64"])
@pytest.mark.parametrize("target", ["float16", "bfloat16", "float32"])
def test_integers_are_rounded_once(source, target):
    top = np.iinfo(source).max
    values = [0, 1, 2049, 65519, 65520, 2**24 + 1, 2**30 + 2**22 + 1, 2**30 + 2**22 - 1]
    values += [2**30 + 3 * 2**22 - 1, 2**61 + 2**53 + 1, 2**61 + 2**53 - 1, 2**40 + 2**32 + 1]
    values += [2**61 + 2**37 + 1, 2**62 + 2**38 - 1, top, top - 1]
    values = [v for v in values if v <= top]
    if source[0] == "i":
        values += [-v for v in values]

    def nearest(value):
        if target == "float32":
            return float(np.float32(value)) if abs(value) < 2**53 else exact_float32(value)
        if target == "float16" and abs(value) >= 65520:
            return math.copysign(math.inf, value)
        return exact_half(value, target)

    x = mc.tensor(values, dtype=getattr(mc, source))
    for convert in (
        lambda x: x.to(getattr(mc, target)),
        mc.jit(lambda x: x.to(getattr(mc, target))),
    ):
        assert convert(x).to(mc.float64).tolist() == [nearest(v) for v in values]


def exact_float32(value):
    unit = 1 << max(abs(value).bit_length() - 24, 0)
    return float(round(Fraction(value, unit)) * unit)


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("signed", ["int8", "int16", "int32", "int64"])
def test_uint64_compares_with_signed_integers_by_value(name, signed):
    limits = np.iinfo(signed)
    left = [0, 1, limits.max, limits.max + 1, 2**63 - 1, 2**63, 2**64 - 1]
    right = [0, 1, -1, limits.max, limits.max - 1, limits.min]
    a = mc.tensor(left, dtype=mc.uint64).reshape(-1, 1)
    b = mc.tensor(right, dtype=getattr(mc, signed))
    f = COMPARISONS[name]
    assert f(a, b).tolist() == [[f(x, y) for y in right] for x in left]
    assert f(b, a).tolist() == [[f(y, x) for y in right] for x in left]
    assert mc.jit(f)(a, b).tolist() == f(a, b).tolist()
    function = mc.eq if name == "equal" else getattr(mc, name)
    assert function(a, b).tolist() == f(a, b).tolist()


def test_uint64_with_a_signed_integer_gives_float64_as_in_numpy():
    a, b = mc.tensor([2**64 - 1], dtype=mc.uint64), mc.tensor([1])
    assert (a > b).tolist() == [True]
    assert (a + b).dtype == mc.float64
    assert (a + b).item() == float(2**64)
    assert mc.where(mc.tensor([True]), a, b).item() == float(2**64 - 1)


def test_sums_of_uint64_are_uint64():
    x = mc.tensor([2**63, 5], dtype=mc.uint64)
    for f in (lambda x: x.sum(), lambda x: mc.cumsum(x, 0)[-1]):
        for g in (f, mc.jit(f)):
            assert g(x).item() == 2**63 + 5


@pytest.mark.parametrize("dtype", [mc.float32, mc.bfloat16])
def test_a_long_prefix_sum_does_not_stop_growing(dtype):
    x = mc.ones(2**25, dtype=dtype)
    for f in (lambda x: mc.cumsum(x, 0)[-1], mc.jit(lambda x: mc.cumsum(x, 0)[-1])):
        assert f(x).item() == 2**25


@pytest.mark.parametrize("dtype", [mc.float32, mc.bfloat16])
def test_sums_of_long_rows_do_not_stop_growing(dtype):
    n = 2**25
    one = mc.ones(1, dtype=dtype)
    functions = [
        lambda: one.expand(n).sum(),
        lambda: one.expand(n).sum(0, keepdim=True).reshape([]),
        lambda: one.expand(n, 2).sum(0)[1],
        lambda: one.expand(2, n).sum(1)[1],
        lambda: one.expand(n // 4, 2, 4).sum([0, 2])[0],
        lambda: one.expand(n).mean() * n,
        lambda: (one.expand(n) * one).sum(),
        lambda: mc.ones(2 * n, dtype=dtype)[::2].sum(),
        lambda: mc.ones(n, dtype=mc.bool).sum(dtype=dtype),
    ]
    for i, f in enumerate(functions):
        assert f().item() == n, i
        assert mc.jit(f)().item() == n, i
