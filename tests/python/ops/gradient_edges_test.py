"""Gradients where a function has an edge: repeated positions, NaN, zeros, ties."""

import math

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from wraps import wraps

NAN = float("nan")
F64 = mc.float64


def t(*values):
    return mc.tensor(list(values), dtype=F64)


def number(value):
    return mc.tensor(float(value), dtype=F64)


def nth_gradients(f, x, orders, wrap):
    found = []
    for _ in range(orders):
        f = mc.grad(f)
        found.append(wrap(f)(x).item())
    return found


# Where a position repeats the last value remains, so it alone has a gradient. PyTorch gives one to
# all of them, and calls it undefined.


@wraps
def test_of_repeated_positions_the_last_takes_the_gradient(wrap) -> None:
    def f(v):
        x = mc.zeros(3, dtype=F64)
        x[mc.tensor([0, 0, 2])] = v
        return (x * t(1, 10, 100)).sum()

    assert wrap(mc.grad(f))(t(5, 7, 9)).tolist() == [0, 1, 100]


def test_the_gradient_of_an_assignment_reads_positions_that_were_checked() -> None:
    def f(x, v, at):
        x = x * 1
        x[at] = v
        return (x * x).sum()

    gradient = mc.jit(mc.grad(f, argnums=(0, 1)))
    text = gradient.lower(mc.ones(5), mc.ones(3), mc.tensor([0, 0, 2]))
    reads = [line for line in text.splitlines() if " index(" in line]
    assert len(reads) == 2
    assert all("in_range = true" in line for line in reads)


def test_the_gradient_of_an_assignment_by_mask_needs_no_memory_of_owners() -> None:
    x, mask = mc.ones(500_000, requires_grad=True), mc.arange(500_000) < 3
    v = mc.ones(3, requires_grad=True)
    y = x * 1
    y[mask] = v
    before = mc.memory.allocated()
    mc.memory.release()
    mc.memory.reset_peak()
    y.sum().backward()
    assert v.grad.tolist() == [1, 1, 1]
    # The cotangents of y and of x before and after: 2 MB each. Owners would be 4 MB more.
    assert mc.memory.peak() - before < 8_000_000


def test_an_assignment_by_masks_takes_all_gradients() -> None:
    rows, columns = mc.tensor([True, False, True]), mc.tensor([False, True, True])

    def f(v):
        x = mc.zeros(3, 3, dtype=F64)
        x[rows, columns] = v
        return (x * mc.arange(9).reshape(3, 3)).sum()

    assert mc.grad(f)(t(5, 7)).tolist() == [1, 8]


@wraps
@pytest.mark.parametrize("seed", range(12))
def test_the_gradient_of_an_assignment_is_that_of_differences(wrap, seed) -> None:
    random = np.random.default_rng(seed)
    keys = (
        lambda: (mc.tensor(random.integers(-4, 4, 6)),),
        lambda: (slice(None), mc.tensor(random.integers(0, 3, (2, 4)))),
        lambda: (mc.tensor(random.integers(0, 4, (3, 1))), mc.tensor(random.integers(-3, 3, 5))),
        lambda: (
            mc.tensor(random.integers(0, 4, 5)),
            slice(None),
            mc.tensor(random.integers(0, 2, 5)),
        ),
        lambda: (slice(1, 4), mc.tensor(random.integers(0, 3, 4)), 1),
        lambda: (..., mc.tensor([1, 1])),
    )
    key = keys[seed % len(keys)]()
    weights = mc.tensor(random.standard_normal((4, 3, 2)))
    start = mc.tensor(random.standard_normal((4, 3, 2)))
    values = random.standard_normal(start[key].shape)

    def f(x, v):
        y = x * 1
        y[key] = v
        return (y * y * weights).sum()

    of_x, of_v = wrap(mc.grad(f, argnums=(0, 1)))(start, mc.tensor(values))
    step = 1e-6
    for at in np.ndindex(values.shape):
        moved = values.copy()
        moved[at] += step
        difference = (f(start, mc.tensor(moved)) - f(start, mc.tensor(values))).item() / step
        assert of_v[at].item() == pytest.approx(difference, abs=1e-4)
    y = start.clone()
    y[key] = mc.full(values.shape, NAN, dtype=F64)
    untouched = ~mc.isnan(y)
    expected = mc.where(untouched, 2 * start * weights, 0.0)
    assert mc.equal(of_x, expected)


@wraps
def test_a_second_gradient_goes_through_repeated_positions(wrap) -> None:
    def f(v):
        x = mc.zeros(2, dtype=F64)
        x[mc.tensor([1, 1])] = v
        return (x**3).sum()

    g = mc.grad(lambda v: mc.grad(f)(v).sum())
    assert wrap(g)(t(5, 2)).tolist() == [0, 12]


# A NaN is the extremum of what it is in: it takes the gradient.


@wraps
def test_the_gradient_of_an_extremum_reaches_the_nan(wrap) -> None:
    for f in (mc.max, mc.min, mc.amax, mc.amin):
        assert wrap(mc.grad(lambda x, f=f: f(x)))(t(1, NAN)).tolist() == [0, 1]
        assert wrap(mc.grad(lambda x, f=f: f(x)))(t(NAN, 1, NAN)).tolist() == [0.5, 0, 0.5]
    for f in (mc.max, mc.min, mc.amax, mc.amin):
        of_rows = wrap(mc.grad(lambda x, f=f: _values(f(x, dim=1)).sum()))
        assert of_rows(mc.tensor([[1.0, NAN], [2.0, 2.0 + (f in (mc.max, mc.amax))]])).tolist() == [
            [0, 1],
            [0, 1] if f in (mc.max, mc.amax) else [1, 0] if f is mc.min else [0.5, 0.5],
        ]


def _values(result):
    return result.values if isinstance(result, tuple) else result


@wraps
def test_the_gradient_of_sorting_and_pooling_reaches_the_nan(wrap) -> None:
    weights = t(1, 10, 100)
    assert wrap(mc.grad(lambda x: (mc.sort(x).values * weights).sum()))(t(NAN, 2, 1)).tolist() == [
        100,
        10,
        1,
    ]
    pooled = wrap(mc.grad(lambda x: F.max_pool2d(x, 2).sum()))
    assert pooled(mc.tensor([[[1.0, NAN], [3.0, 4.0]]])).tolist() == [[[0, 1], [0, 0]]]


@wraps
def test_the_larger_of_two_passes_the_gradient_on_where_one_is_nan(wrap) -> None:
    for f in (mc.maximum, mc.minimum):
        g = wrap(mc.grad(lambda x, y, f=f: f(x, y).sum(), argnums=(0, 1)))
        a, b = g(t(1, NAN, 1), t(1, 1, NAN))
        assert a.tolist() == [0.5, 1, 1]
        assert b.tolist() == [0.5, 1, 1]


# Powers at zero: what is masked must not come back in a higher derivative.


@wraps
def test_higher_derivatives_of_a_power_at_zero(wrap) -> None:
    zero = number(0)
    assert nth_gradients(lambda x: x**0, zero, 4, wrap) == [0, 0, 0, 0]
    assert nth_gradients(lambda x: x**1, zero, 4, wrap) == [1, 0, 0, 0]
    assert nth_gradients(lambda x: x**2, zero, 4, wrap) == [0, 2, 0, 0]
    assert nth_gradients(lambda x: x**3, zero, 5, wrap) == [0, 0, 6, 0, 0]
    # PyTorch: NaN from the second on.
    assert nth_gradients(lambda y: number(0) ** y, number(2), 4, wrap) == [0, 0, 0, 0]
    assert nth_gradients(lambda y: 0.0**y, number(2), 3, wrap) == [0, 0, 0]
    two = number(2)
    assert nth_gradients(lambda x: x**two, zero, 4, wrap) == [0, 2, 0, 0]


@wraps
def test_mixed_derivatives_of_a_power(wrap) -> None:
    def mixed(x, y):
        return mc.grad(lambda y: mc.grad(lambda x: x**y)(x))(y)

    def other(x, y):
        return mc.grad(lambda x: mc.grad(lambda y: x**y)(y))(x)

    for x, y in ((2.0, 0.0), (2.0, 3.0), (0.5, 1.0), (0.0, 2.0), (3.0, -1.0)):
        expected = x ** (y - 1) * (1 + y * math.log(x)) if x else 0.0
        for f in (mixed, other):
            assert wrap(f)(number(x), number(y)).item() == pytest.approx(expected)


@wraps
def test_a_power_of_0_has_no_slope_where_the_reciprocal_overflows(wrap) -> None:
    for dtype, base in (
        (mc.float16, 1e-5),
        (mc.bfloat16, 1e-40),
        (mc.float32, 1e-40),
        (mc.float32, -1e-40),
        (mc.float64, 1e-310),
    ):
        x, y = mc.tensor([base, 2.0], dtype=dtype), mc.zeros(2, dtype=dtype)
        of_x, of_y = wrap(mc.grad(lambda x, y: (x**y).sum(), argnums=(0, 1)))(x, y)
        assert of_x.tolist() == [0, 0], dtype
        assert of_y[1].item() == pytest.approx(math.log(2), rel=1e-2)


@wraps
def test_higher_derivatives_of_roots_at_zero_are_infinite(wrap) -> None:
    infinity = math.inf
    assert nth_gradients(mc.sqrt, number(0), 3, wrap) == [infinity, -infinity, infinity]
    assert nth_gradients(mc.rsqrt, number(0), 3, wrap) == [-infinity, infinity, -infinity]
    assert nth_gradients(lambda x: x.abs() * x, number(0), 2, wrap) == [0, 0]


# Kinks, as PyTorch has them.


@wraps
def test_a_bound_that_is_a_tensor_shares_the_gradient_of_a_tie(wrap) -> None:
    low = wrap(mc.grad(lambda x, low: mc.clip(x, low, None).sum(), argnums=(0, 1)))
    assert [g.tolist() for g in low(t(1, 2, 0, NAN), t(1, 1, 1, 1))] == [
        [0.5, 1, 0, 1],
        [0.5, 0, 1, 0],
    ]
    high = wrap(mc.grad(lambda x, high: mc.clip(x, None, high).sum(), argnums=(0, 1)))
    assert [g.tolist() for g in high(t(1, 2, 0), t(1, 1, 1))] == [[0.5, 0, 1], [0.5, 1, 0]]
    two = wrap(mc.grad(lambda x, a, b: mc.clip(x, a, b).sum(), argnums=(0, 1, 2)))
    x = t(0, 1, 2, 1, 1.5, 3, 1)
    a, b = t(1, 1, 1, 1, 1, 2, 2), t(2, 2, 2, 1, 2, 1, 1)
    assert [g.tolist() for g in two(x, a, b)] == [
        [0, 0.5, 0.5, 1, 1, 0, 0],
        [1, 0.5, 0, 0, 0, 0, 0],
        [0, 0, 0.5, 0, 0, 1, 1],
    ]


@wraps
def test_bounds_of_a_tensor_broadcast(wrap) -> None:
    g = wrap(mc.grad(lambda x, low: mc.clip(x, low, 2.0).sum(), argnums=(0, 1)))
    of_x, of_low = g(mc.tensor([[1.0, 2.0], [0.0, 1.5]], dtype=F64), number(1))
    assert of_x.tolist() == [[0.5, 0], [0, 1]]
    assert of_low.item() == 1.5


@wraps
def test_an_element_that_equals_a_number_takes_no_gradient(wrap) -> None:
    x = t(1, 2, 0, 1.5)
    assert wrap(mc.grad(lambda x: mc.clip(x, 1, 2).sum()))(x).tolist() == [0, 0, 0, 1]
    assert wrap(mc.grad(lambda x: mc.clip(x, min=1).sum()))(x).tolist() == [0, 1, 0, 1]
    assert wrap(mc.grad(lambda x: mc.relu(x).sum()))(t(0, 1, -1)).tolist() == [0, 1, 0]
    assert wrap(mc.grad(lambda x: mc.abs(x).sum()))(t(0, 1, -1)).tolist() == [0, 1, -1]
