"""Elementwise mathematics at its edges: special values, dtypes, shapes, slopes at kinks."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F

INF, NAN = math.inf, math.nan
FLOATS = (mc.float32, mc.float64)

# Below, at and between the special points of every function; and the ends of float32.
EDGES = [-INF, -3.4e38, -1e10, -30.0, -1.5, -1.0, -0.6, -1e-3, -1e-30, -0.0]
EDGES += [0.0, 1e-30, 1e-3, 0.3, 0.5, 1.0, 1.25, 2.0, 8.0, 30.0, 88.9, 1e10, 3.4e38, INF, NAN]


def tolerance(dtype: mc.dtype) -> float:
    return 1e-6 if dtype == mc.float32 else 1e-13


def expect(result: mc.Tensor, expected: Any, rtol: float = 0.0) -> None:
    array = result.numpy()
    wanted = np.asarray(expected, array.dtype)
    assert array.shape == wanted.shape
    np.testing.assert_allclose(array, wanted, rtol=rtol, atol=0)
    if array.dtype.kind == "f" and rtol == 0:
        known = ~np.isnan(wanted)
        np.testing.assert_array_equal(np.signbit(array[known]), np.signbit(wanted[known]))


UNARY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "exp2": (mc.exp2, np.exp2),
    "log2": (mc.log2, np.log2),
    "log10": (mc.log10, np.log10),
    "square": (mc.square, np.square),
    "reciprocal": (mc.reciprocal, np.reciprocal),
    "asin": (mc.asin, np.arcsin),
    "acos": (mc.acos, np.arccos),
    "atan": (mc.atan, np.arctan),
    "sinh": (mc.sinh, np.sinh),
    "cosh": (mc.cosh, np.cosh),
    "asinh": (mc.asinh, np.arcsinh),
    "acosh": (mc.acosh, np.arccosh),
    "atanh": (mc.atanh, np.arctanh),
    "erfc": (mc.erfc, np.vectorize(math.erfc, otypes=[float])),
    "deg2rad": (mc.deg2rad, np.deg2rad),
    "rad2deg": (mc.rad2deg, np.rad2deg),
    "trunc": (mc.fix, np.trunc),
}


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("name", UNARY)
def test_unary_functions_are_accurate_at_their_edges(name: str, dtype: mc.dtype) -> None:
    ours, theirs = UNARY[name]
    x = mc.tensor(EDGES, dtype=dtype)
    with np.errstate(all="ignore"):
        exact = theirs(x.numpy().astype(np.float64))
        expect(ours(x), exact.astype(x.numpy().dtype), tolerance(dtype))


def test_hyperbolic_functions_reach_the_ends_of_the_range() -> None:
    for x in (89.0, 89.4):  # exp overflows float32, the result does not
        expect(mc.sinh(mc.tensor(x)), math.sinh(x), 1e-5)
        expect(mc.cosh(mc.tensor(-x)), math.cosh(x), 1e-5)
    huge = mc.tensor([1.7e308, -1.7e308], dtype=mc.float64)
    expect(mc.asinh(huge), np.arcsinh(huge.numpy()), 1e-15)
    expect(mc.acosh(huge[0]), np.arccosh(1.7e308), 1e-15)


def test_tangents_near_a_pole() -> None:
    x = mc.tensor([1.5, -1.57, 3.0, 1e-40], dtype=mc.float64)
    expect(mc.tan(x), np.tan(x.numpy()), 1e-14)


def test_powers_of_the_base_have_exact_logarithms() -> None:
    exponents = np.arange(-149, 128)
    powers = np.exp2(exponents).astype(np.float32)
    expect(mc.log2(mc.tensor(powers)), exponents)
    expect(mc.exp2(mc.tensor(exponents.astype(np.float32))), powers)
    expect(mc.log10(mc.tensor([1.0, 10.0, 1000.0, 1e10])), [0, 1, 3, 10])


def test_signs_and_special_values() -> None:
    x = mc.tensor([-INF, -1.5, -0.0, 0.0, 2.5, INF, NAN])
    assert mc.isfinite(x).tolist() == [False, True, True, True, True, False, False]
    assert mc.isinf(x).tolist() == [True, False, False, False, False, True, False]
    assert mc.isposinf(x).tolist() == [False] * 5 + [True, False]
    assert mc.isneginf(x).tolist() == [True] + [False] * 6
    assert mc.signbit(x).tolist() == [True, True, True, False, False, False, False]
    assert mc.signbit(mc.tensor([-NAN])).tolist() == np.signbit(np.float32([-NAN])).tolist()
    expect(mc.frac(x[1:5]), [-0.5, 0.0, 0.0, 0.5])
    expect(mc.sgn(x), [-1, -1, 0, 0, 1, 1, NAN])
    for dtype in (mc.uint8, mc.int32, mc.bool):
        whole = mc.tensor([0, 1], dtype=dtype)
        assert mc.isfinite(whole).tolist() == [True, True]
        for never in (mc.isinf, mc.isposinf, mc.isneginf, mc.isnan, mc.signbit):
            assert never(whole).tolist() == [False, False]
            assert never(whole).dtype == mc.bool
    assert mc.signbit(mc.tensor([-3, 3])).tolist() == [True, False]


def test_nan_to_num_uses_the_largest_numbers_of_the_dtype() -> None:
    for dtype in (mc.float16, mc.bfloat16, mc.float32, mc.float64):
        x = mc.tensor([NAN, INF, -INF, 1.0], dtype=dtype)
        result = mc.nan_to_num(x)
        assert result.dtype == dtype
        assert mc.isfinite(result).all()
        zero, most, least, one = result.tolist()
        assert (zero, one, least) == (0, 1, -most)
        assert mc.isinf(mc.tensor([most], dtype=dtype) * 1.01).all()
        assert mc.nan_to_num(x, 7, 8, -9).tolist() == [7, 8, -9, 1]
    assert mc.nan_to_num(mc.tensor([1, 2])).dtype == mc.int64
    x = mc.tensor([NAN, 1.0], requires_grad=True)
    mc.nan_to_num(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 1]


def test_round_to_decimals() -> None:
    x = mc.tensor([1.2345, -1.235, 1250.0, INF, NAN], dtype=mc.float64)
    expect(mc.round(x, decimals=2), np.round(x.numpy(), 2))
    expect(x.round(decimals=-2), np.round(x.numpy(), -2))
    assert mc.round(mc.tensor([5])).tolist() == [5]
    with pytest.raises(TypeError, match=r"\[round\] expects floats to round to decimals, got i64"):
        mc.round(mc.tensor([5]), decimals=1)


def test_logit_is_exact_at_the_middle_and_the_ends() -> None:
    x = mc.tensor([-0.5, 0.0, 1e-30, 0.25, 0.5, 0.50001, 1.0, 1.5, NAN], dtype=mc.float64)
    with np.errstate(all="ignore"):
        exact = np.log(x.numpy()) - np.log1p(-x.numpy())
    result = mc.logit(x)
    expect(result[:4], exact[:4], 1e-13)
    expect(result[4:6], [0.0, 2 * math.atanh(2 * 0.50001 - 1)], 1e-15)
    expect(result[6:], [INF, NAN, NAN])
    expect(mc.logit(x, eps=0.25)[[0, 3, 7]], [-math.log(3), -math.log(3), math.log(3)], 1e-14)


def test_sinc_at_zero_and_at_integers() -> None:
    x = mc.tensor([0.0, -0.0, 0.5, 1e-200], dtype=mc.float64, requires_grad=True)
    expect(mc.sinc(x).detach(), np.sinc(x.detach().numpy()), 1e-15)
    slope = mc.grad(lambda x: mc.sinc(x).sum())
    assert slope(x).tolist()[:2] == [0, 0]
    assert mc.isfinite(mc.grad(lambda x: slope(x).sum())(x[:3].detach())).all()


BINARY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "atan2": (mc.atan2, np.arctan2),
    "hypot": (mc.hypot, np.hypot),
    "copysign": (mc.copysign, np.copysign),
    "fmod": (mc.fmod, np.fmod),
    "fmax": (mc.fmax, np.fmax),
    "fmin": (mc.fmin, np.fmin),
    "logaddexp": (mc.logaddexp, np.logaddexp),
    "logaddexp2": (mc.logaddexp2, np.logaddexp2),
}


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("name", BINARY)
def test_binary_functions_at_all_pairs_of_edges(name: str, dtype: mc.dtype) -> None:
    ours, theirs = BINARY[name]
    x, y = mc.tensor(EDGES, dtype=dtype)[:, None], mc.tensor(EDGES, dtype=dtype)
    with np.errstate(all="ignore"):
        if name == "fmod":
            exact = theirs(x.numpy(), y.numpy())
        else:
            exact = theirs(x.numpy().astype(float), y.numpy().astype(float))
        exact = exact.astype(x.numpy().dtype)
    result = ours(x, y).numpy()
    # A sum that cancels has the error of its terms.
    atol = tolerance(dtype) if name.startswith("log") else 1e-44
    np.testing.assert_allclose(result, exact, rtol=2 * tolerance(dtype), atol=atol)
    if name in ("atan2", "copysign", "fmod"):
        known = ~np.isnan(exact)
        np.testing.assert_array_equal(np.signbit(result[known]), np.signbit(exact[known]))


def test_xlogy_and_heaviside() -> None:
    x = mc.tensor([0.0, 0.0, 0.0, 2.0, 2.0, NAN, INF])
    y = mc.tensor([0.0, -1.0, NAN, 0.0, -1.0, 1.0, INF])
    expect(mc.xlogy(x, y), [0, 0, NAN, -INF, NAN, NAN, INF])
    expect(mc.xlogy(mc.tensor([3, 0]), 2), [3 * math.log(2), 0], 1e-6)
    expect(mc.heaviside(mc.tensor([-1.0, -0.0, 0.0, 2.0, NAN]), 0.5), [0, 0.5, 0.5, 1, 0])
    assert mc.heaviside(mc.tensor([-1, 0, 2]), mc.tensor(7)).tolist() == [0, 7, 1]


def test_fmod_of_integers_has_the_sign_of_the_dividend() -> None:
    for dtype in (np.int8, np.int32, np.int64, np.uint8):
        x = np.array([7, 0, 120, 3, 100]).astype(dtype)
        x = x if dtype == np.uint8 else np.concatenate([x, -x]).astype(dtype)
        for divisor in (3, 5) if dtype == np.uint8 else (3, -3, -1, 5):
            y = np.array([divisor]).astype(dtype)
            assert mc.fmod(mc.tensor(x), mc.tensor(y)).tolist() == np.fmod(x, y).tolist()
    assert mc.fmod(mc.tensor([7, -7]), 0).tolist() == [0, 0]


def test_bits_of_integers_and_bools() -> None:
    for dtype in (np.int8, np.uint8, np.int32, np.int64):
        x, y = np.array([0, 1, 6, 127], dtype), np.array([3, 5, 127, 1], dtype)
        ours, theirs = (mc.tensor(x), mc.tensor(y)), (x, y)
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
            result = getattr(mc, name)(*ours)
            assert result.tolist() == getattr(np, name)(*theirs).tolist()
            assert result.dtype == ours[0].dtype
        assert mc.bitwise_not(ours[0]).tolist() == np.bitwise_not(x).tolist()
    flags, others = mc.tensor([True, False, True]), mc.tensor([True, True, False])
    assert mc.bitwise_and(flags, others).tolist() == [True, False, False]
    assert mc.bitwise_or(flags, others).tolist() == [True, True, True]
    assert mc.bitwise_xor(flags, others).tolist() == [False, True, True]
    assert mc.bitwise_not(flags).tolist() == [False, True, False]
    for function in (mc.bitwise_not, lambda x: mc.bitwise_and(x, 1), lambda x: x.left_shift(1)):
        with pytest.raises(TypeError, match="expects an integer"):
            function(mc.ones(2))


def test_operators_of_bits() -> None:
    x = mc.tensor([0, 5, -3])
    assert (x & 6).tolist() == [0, 4, 4]
    assert (1 | x).tolist() == [1, 5, -3]
    assert (x ^ mc.tensor([1, 1, 1])).tolist() == [1, 4, -4]
    assert (~x).tolist() == [-1, -6, 2]
    assert (x << 2).tolist() == [0, 20, -12]
    assert (x >> 1).tolist() == [0, 2, -2]
    assert (~(x > 0) & (x < 0)).tolist() == [False, False, True]
    x <<= 1
    x |= 1
    assert x.tolist() == [1, 11, -5]
    assert mc.jit(lambda x: x & 3 | ~x)(x).tolist() == [-1, -9, 7]


def test_shifts_beyond_the_width() -> None:
    x = mc.tensor([1, -1, 5], dtype=mc.int8)
    assert mc.bitwise_left_shift(x, 7).tolist() == [-128, -128, -128]
    assert mc.left_shift(x, mc.tensor([8, -1, 100], dtype=mc.int8)).tolist() == [0, 0, 0]
    assert mc.bitwise_right_shift(x, 1).tolist() == [0, -1, 2]
    assert mc.right_shift(x, 8).tolist() == [0, -1, 0]
    assert mc.right_shift(mc.tensor([200], dtype=mc.uint8), 1).tolist() == [100]


def test_nextafter_visits_every_number() -> None:
    for name in ("float32", "float64"):
        x = np.array([*EDGES, np.finfo(name).max, np.finfo(name).tiny, 5e-324], name)
        pairs = mc.tensor(x)[:, None], mc.tensor(x)
        with np.errstate(all="ignore"):
            expect(mc.nextafter(*pairs), np.nextafter(x[:, None], x))
    x = mc.tensor([0.0, 1.0, -1.0, INF], dtype=mc.bfloat16)
    least, above, below, largest = mc.nextafter(x, mc.tensor(2.0, dtype=mc.bfloat16)).tolist()
    assert (least, above, below) == (2.0**-133, 1 + 2.0**-7, -1 + 2.0**-8)
    assert largest == 2.0**128 - 2.0**120
    assert mc.nextafter(mc.tensor(0.0), mc.tensor(-1.0)).item() == -(2.0**-149)


def test_closeness() -> None:
    x = mc.tensor([1.0, 1.0, INF, INF, NAN, 0.0])
    y = mc.tensor([1.000001, 1.1, INF, -INF, NAN, 1e-9])
    assert mc.isclose(x, y).tolist() == [True, False, True, False, False, True]
    assert mc.isclose(x, y, equal_nan=True).tolist()[4] is True
    assert mc.isclose(x, y, rtol=0, atol=0).tolist() == [False, False, True, False, False, False]
    assert mc.isclose(mc.tensor([10]), mc.tensor([11]), rtol=0.1).tolist() == [True]
    assert mc.isclose(mc.tensor([2**60]), mc.tensor([2**60 + 1]), rtol=0).tolist() == [True]
    assert mc.allclose(x[:1], y[:1]) is True
    assert x.allclose(y) is False
    assert mc.allclose(mc.zeros(0), mc.zeros(0)) is True
    assert mc.jit(mc.allclose)(x[:1], y[:1]).item() is True
    with pytest.raises(TypeError, match=r"\[allclose\] expects other to be a tensor, got float"):
        mc.allclose(x, 1.0)


def test_lerp_reaches_both_ends() -> None:
    x, y = mc.tensor([0.1, 1e10]), mc.tensor([0.7, 1.0])
    assert mc.lerp(x, y, 1.0).tolist() == y.tolist()
    assert mc.lerp(x, y, 0).tolist() == x.tolist()
    expect(x.lerp(y, mc.tensor([[0.5], [2.0]])), [[0.4, 5e9], [1.3, -1e10]], 1e-6)
    assert mc.lerp(x.half(), x.half(), 0.3).dtype == mc.float16


def test_scaled_products_and_quotients() -> None:
    x, a, b = mc.tensor([1.0, 2.0]), mc.tensor([[3.0], [4.0]]), mc.tensor([5.0, 0.0])
    expect(mc.addcmul(x, a, b, value=2), [[31, 2], [41, 2]])
    expect(mc.addcdiv(x, a, b, value=-1), [[0.4, -INF], [0.2, -INF]], 1e-6)
    assert mc.addcmul(mc.tensor([1]), mc.tensor([2]), mc.tensor([3])).tolist() == [7]
    x.addcmul_(x, x)
    assert x.tolist() == [2, 6]
    with pytest.raises(TypeError):
        mc.addcdiv(mc.tensor([1]), mc.tensor([2]), mc.tensor([3]))


def test_alpha_scales_the_second_operand() -> None:
    x, y = mc.tensor([1.0, 2.0]), mc.tensor([[3.0], [4.0]], requires_grad=True)
    assert mc.add(x, y, alpha=10).tolist() == [[31, 32], [41, 42]]
    assert x.sub(y, alpha=0.5).tolist() == [[-0.5, 0.5], [-1, 0]]
    mc.sub(x, y, alpha=3).sum().backward()
    assert y.grad is not None
    assert y.grad.tolist() == [[-6], [-6]]
    same = x
    x.add_(mc.ones(2), alpha=-0.5)
    x.sub_(1, alpha=2)
    assert same.tolist() == [-1.5, -0.5]
    assert mc.add(mc.tensor([1]), mc.tensor([2]), alpha=3).tolist() == [7]
    assert mc.jit(lambda x: mc.add(x, x, alpha=2))(x).tolist() == [-4.5, -1.5]
    half = mc.tensor([1.0], dtype=mc.float16)
    assert mc.add(half, 1.0, alpha=3).dtype == mc.float16
    with pytest.raises(TypeError, match=r"\[add\] expects an integer alpha for integers, got 0.5"):
        mc.add(mc.tensor([1]), mc.tensor([2]), alpha=0.5)


def test_divide_rounds() -> None:
    x = mc.tensor([7, -7, 6, 0])
    assert mc.div(x, 2, rounding_mode="trunc").tolist() == [3, -3, 3, 0]
    assert mc.divide(x, 2, rounding_mode="floor").tolist() == [3, -4, 3, 0]
    assert x.div(2, rounding_mode=None).tolist() == [3.5, -3.5, 3, 0]
    assert mc.div(x, -2.5, rounding_mode="floor").tolist() == [-3, 2, -3, 0]
    assert mc.div(x, 0, rounding_mode="trunc").tolist() == [0] * 4
    x.div_(4, rounding_mode="trunc")
    assert x.tolist() == [1, -1, 1, 0]
    with pytest.raises(ValueError, match="trunc"):
        mc.div(x, 2, rounding_mode="up")


def test_masked_fill_keeps_the_dtype() -> None:
    mask = mc.tensor([[True], [False]])
    result = mc.tensor([1, 2]).masked_fill(mask, 7.9)
    assert result.dtype == mc.int64
    assert result.tolist() == [[7, 7], [1, 2]]
    x = mc.zeros(2, 2, dtype=mc.bfloat16)
    assert x.masked_fill_(mask, -INF) is x
    assert x.tolist() == [[-INF, -INF], [0, 0]]
    x = mc.tensor([1.0, NAN], requires_grad=True)
    value = mc.tensor(3.0, requires_grad=True)
    mc.masked_fill(x, mc.isnan(x), value).sum().backward()
    assert x.grad is not None
    assert value.grad is not None
    assert (x.grad.tolist(), value.grad.item()) == ([1, 0], 1)


def test_clamps_with_one_bound() -> None:
    assert mc.clamp_min(mc.tensor([1, 5]), 3).tolist() == [3, 5]
    assert mc.clamp_max(mc.tensor([1.0, NAN]), 0.5).tolist()[0] == 0.5
    assert mc.clamp_min(mc.tensor([1, 5]), 1.5).tolist() == [1.5, 5]


def slopes(function: Callable[[mc.Tensor], mc.Tensor], at: list[float]) -> list[float]:
    x = mc.tensor(at, dtype=mc.float64, requires_grad=True)
    function(x).sum().backward()
    assert x.grad is not None
    return x.grad.tolist()


def test_slopes_at_kinks() -> None:
    for function, at, expected in (
        (F.relu6, [-1, 0, 3, 6, 7, NAN], [0, 0, 1, 0, 0, 1]),
        (F.hardtanh, [-1, 0, 1, NAN], [0, 1, 0, 1]),
        (F.hardsigmoid, [-3, 0, 3, NAN], [0, 1 / 6, 0, 0]),
        (F.hardswish, [-3, 0, 3, INF, NAN], [0, 0.5, 1, 1, 1]),
        (F.softshrink, [-0.5, 0, 0.5, 1, NAN], [0, 0, 0, 1, 1]),
        (F.hardshrink, [-0.5, 0, 0.5, -1, NAN], [0, 0, 0, 1, 1]),
        (F.leaky_relu, [-1, 0, 1, NAN], [0.01, 0.01, 1, 0.01]),
        (F.elu, [-INF, 0, 1, NAN], [0, 1, 1, 1]),
        (lambda x: F.elu(x, 2), [0, 1000], [2, 1]),
        (F.celu, [-INF, 0, 1, NAN], [0, 1, 1, 1]),
        (lambda x: F.threshold(x, 1, 9), [0, 1, 2, NAN], [0, 0, 1, 1]),
        (F.softplus, [-1000, 0, 25, INF], [0, 0.5, 1, 1]),
        (F.logsigmoid, [-INF, 0, INF], [1, 0.5, 0]),
        (F.softsign, [0, 1, -1], [1, 0.25, 0.25]),
        (lambda x: F.prelu(x, mc.tensor(0.25)), [-1, 0, 1], [0.25, 0.25, 1]),
        (lambda x: mc.atan2(x, x), [0], [0]),
        (lambda x: mc.fmax(x, 1), [0, 1, 2, NAN], [0, 0.5, 1, 0]),
        (lambda x: mc.fmin(x, 1), [0, 1, 2, NAN], [1, 0.5, 0, 0]),
        (lambda x: mc.copysign(x, -1), [-2, 0, 2], [1, 0, -1]),
        (lambda x: mc.xlogy(x, 0), [0], [0]),
        (lambda x: mc.logit(x, 0.25), [0, 0.25, 0.5, 1], [0, 16 / 3, 4, 0]),
        (mc.round, [0.5, 2], [0, 0]),
        (mc.frac, [0.5, 2], [1, 1]),
    ):
        np.testing.assert_allclose(slopes(function, at), expected, rtol=1e-14)


def test_activations_of_special_values() -> None:
    x = mc.tensor([-INF, -1000.0, -0.0, 1000.0, INF, NAN])
    for function, expected in (
        (F.silu, [NAN, -0.0, -0.0, 1000, INF, NAN]),
        (F.mish, [NAN, -0.0, -0.0, 1000, INF, NAN]),
        (F.softplus, [0, 0, math.log(2), 1000, INF, NAN]),
        (F.logsigmoid, [-INF, -1000, -math.log(2), 0, 0, NAN]),
        (F.softsign, [NAN, -1000 / 1001, -0.0, 1000 / 1001, NAN, NAN]),
        (F.elu, [-1, -1, -0.0, 1000, INF, NAN]),
        (F.hardsigmoid, [0, 0, 0.5, 1, 1, NAN]),
        (F.relu6, [0, 0, 0, 6, 6, NAN]),
        (F.softshrink, [-INF, -999.5, 0, 999.5, INF, NAN]),
        (F.hardshrink, [-INF, -1000, 0, 1000, INF, NAN]),
        (F.tanhshrink, [-INF, -999, 0, 999, INF, NAN]),
    ):
        expect(function(x) + 0, np.array(expected) + 0, 1e-6)
    assert F.relu6(mc.tensor([-1, 9])).tolist() == [0, 6]
    assert F.threshold(mc.tensor([1, 9]), 1, 5).tolist() == [5, 9]
    small = mc.tensor([0, 1, 200], dtype=mc.uint8)
    assert F.hardtanh(small, -1, 300).tolist() == [0, 1, 200]
    assert F.threshold(small, -1, 5).tolist() == [0, 1, 200]


def test_glu_and_softmin() -> None:
    x = mc.tensor([[1.0, 2.0, 0.0, 100.0]])
    expect(F.glu(x), [[0.5, 2.0]])
    assert F.glu(x.T, dim=0).shape == (2, 1)
    with pytest.raises(ValueError, match=r"\[glu\] expects an even extent of dim 0"):
        F.glu(mc.ones(3), 0)
    assert F.softmin(mc.tensor([True, True]), 0, mc.float32).tolist() == [0.5, 0.5]
    expect(F.softmin(x, dim=1), np.exp(-x.numpy()) / np.exp(-x.numpy()).sum(), 1e-6)


EVERY_UNARY = [*(ours for ours, _ in UNARY.values()), mc.tan, mc.sinc, mc.logit]


@pytest.mark.parametrize("function", EVERY_UNARY, ids=lambda function: function.__name__)
def test_dtypes_and_shapes_of_unary_functions(function: Callable[..., mc.Tensor]) -> None:
    keeps = function in (mc.square, mc.fix)
    for dtype in (mc.bool, mc.uint8, mc.int32, mc.int64):
        if keeps and dtype == mc.bool:
            continue
        x = mc.tensor([1, 0], dtype=dtype)
        assert function(x).dtype == (dtype if keeps else mc.float32)
        expect(function(x).float(), function(x.float()).numpy())
    for dtype in (mc.float16, mc.bfloat16):
        x = mc.tensor([0.3, 0.7], dtype=dtype)
        expect(function(x).float(), function(x.float()).to(dtype).float().numpy())
    assert function(mc.zeros(0, 3)).shape == (0, 3)
    assert function(mc.tensor(0.5)).shape == ()


def test_integers_give_floats_in_binary_functions() -> None:
    for function in (mc.atan2, mc.hypot, mc.copysign, mc.xlogy, mc.logaddexp, mc.logaddexp2):
        assert function(mc.tensor([1, 2]), mc.tensor([1, 2])).dtype == mc.float32
        assert function(mc.tensor([1, 2], dtype=mc.uint8), 2).dtype == mc.float32
        assert function(mc.tensor([1.0], dtype=mc.bfloat16), 2.5).dtype == mc.bfloat16
        assert function(mc.ones(2, 0), mc.ones(1)).shape == (2, 0)
    for function in (mc.fmax, mc.fmin, mc.fmod):
        assert function(mc.tensor([1, 2]), mc.tensor([1, 2])).dtype == mc.int64
        assert function(mc.tensor([1, 2]), 1.5).dtype == mc.float32


def test_results_replace_the_operand_in_place() -> None:
    x = mc.tensor([0.25, 0.5])
    assert x.square_() is x
    x.exp2_().atan2_(mc.ones(2)).fmod_(0.5)
    np.testing.assert_allclose(
        x.numpy(), np.fmod(np.arctan2(np.exp2([0.0625, 0.25]), 1), 0.5), rtol=1e-6
    )
