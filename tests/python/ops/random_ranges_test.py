"""Random numbers lie where their documentation says, in every dtype; mistaken parameters raise."""

import pytest

import mycel as mc
import mycel.nn.functional as F
from wraps import wraps

FLOATS = (mc.float16, mc.bfloat16, mc.float32, mc.float64)
dtypes = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.name)


@wraps
@dtypes
@pytest.mark.parametrize(
    "bounds", [(1, 2), (-1, 1), (0.1, 0.3), (-5, -4.75), (0, 1e-6), (100, 101)]
)
def test_uniform_stays_below_its_upper_bound(wrap, dtype, bounds) -> None:
    low, high = bounds
    x = wrap(lambda: mc.uniform(low, high, (200_000,), dtype=dtype))().to(mc.float64)
    assert x.min().item() >= low
    assert x.max().item() < high
    y = mc.zeros(200_000, dtype=dtype).uniform_(low, high).to(mc.float64)
    assert y.min().item() >= low
    assert y.max().item() < high


@dtypes
def test_rand_lies_in_0_to_1(dtype) -> None:
    x = mc.rand(400_000, dtype=dtype)
    assert x.min().item() >= 0
    assert x.max().item() < 1
    assert mc.isnan(mc.randn(400_000, dtype=dtype)).any().item() is False


def test_uniform_between_equal_bounds_is_that_number() -> None:
    assert mc.uniform(2, 2, (3,)).tolist() == [2, 2, 2]


def test_a_range_that_float16_spans_only_in_float32_is_drawn() -> None:
    x = mc.uniform(-30000, 30000, (1000,), dtype=mc.float16).to(mc.float32)
    assert x.abs().max().item() < 30000
    assert x.var().item() > 10000**2


MISTAKES = {
    "normal": (lambda: mc.normal(0, -1, (2,)), r"\[normal\] expects std of at least 0, got -1"),
    "normal_": (lambda: mc.zeros(2).normal_(0, -1), r"\[normal_\] expects std"),
    "normal of NaN": (lambda: mc.normal(0, float("nan"), (2,)), "std of at least 0"),
    "uniform": (
        lambda: mc.uniform(2, 1, (2,)),
        r"\[uniform\] expects low at most high, got 2 and 1",
    ),
    "uniform_": (lambda: mc.zeros(2).uniform_(2, 1), r"\[uniform_\] expects low"),
    "uniform of NaN": (lambda: mc.uniform(float("nan"), 1, (2,)), "low at most high"),
    "uniform too far": (lambda: mc.uniform(0, 1e6, (2,), dtype=mc.float16), "float16"),
    "uniform of infinity": (lambda: mc.uniform(0, float("inf"), (2,)), "float32"),
    "uniform from far": (lambda: mc.uniform(-1e39, -1e39, (2,)), "numbers of float32"),
    "uniform beyond": (lambda: mc.uniform(1e5, 1e5 + 1, (2,), dtype=mc.float16), "numbers of"),
    "uniform between two values": (
        lambda: mc.uniform(2049.1, 2049.9, (2,), dtype=mc.float16),
        r"\[uniform\] expects a number of float16 in \[low, high\), got 2049.1 and 2049.9",
    ),
    "uniform between two floats": (lambda: mc.uniform(1 + 1e-9, 1 + 2e-9, (2,)), "float32 in"),
    "uniform_ between two values": (
        lambda: mc.zeros(2, dtype=mc.float16).uniform_(2049.1, 2049.9),
        r"\[uniform_\] expects a number of float16 in",
    ),
    "randint": (lambda: mc.randint(5, 5, (2,)), "low below high"),
    "randint of a narrow dtype": (lambda: mc.randint(0, 300, (2,), dtype=mc.uint8), "uint8"),
    "randperm": (lambda: mc.randperm(-1), r"\[randperm\] expects n of at least 0, got -1"),
    "dropout": (lambda: F.dropout(mc.ones(2), 1.5), r"p in \[0, 1\], got 1.5"),
    "dropout at rest": (lambda: F.dropout(mc.ones(2), -0.5, training=False), "p in"),
}
# Generators are made and seeded outside of compiled functions.
MISTAKEN_SEEDS = {
    "manual_seed": lambda: mc.manual_seed(2**70),
    "Generator": lambda: mc.Generator(-(2**63) - 1),
    "Generator.manual_seed": lambda: mc.Generator().manual_seed(2**64),
}


@wraps
@pytest.mark.parametrize("name", MISTAKES)
def test_mistaken_parameters_raise(wrap, name) -> None:
    draw, message = MISTAKES[name]
    with pytest.raises(ValueError, match=message):
        wrap(draw)()


@pytest.mark.parametrize("name", MISTAKEN_SEEDS)
def test_mistaken_seeds_raise(name) -> None:
    with pytest.raises(ValueError, match="expects a seed"):
        MISTAKEN_SEEDS[name]()


def test_a_negative_seed_counts_from_2_to_the_64() -> None:
    mc.manual_seed(-3)
    x = mc.rand(3)
    mc.manual_seed(2**64 - 3)
    assert mc.equal(x, mc.rand(3))
    mc.manual_seed(0)
