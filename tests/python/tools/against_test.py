"""The interval of a median, on which bench/against.py decides."""

import importlib.util
import math
import random
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench"


def load(name):
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCH / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


interval = load("interval")


def test_thirty_values_are_enclosed_by_the_tenth_from_either_end():
    # P(Binomial(30, 1/2) < 10) = 0.0214 (tables of the sign test).
    assert interval.rank(30, 0.95) == 10
    found = interval.median([float(i) for i in range(1, 31)])
    assert (found.value, found.low, found.high) == (15.5, 10.0, 21.0)


def test_six_values_are_the_fewest_that_give_an_interval():
    assert [interval.rank(count, 0.95) for count in (1, 5, 6, 8, 9)] == [0, 0, 1, 1, 2]
    found = interval.median([3.0, 1.0, 2.0])
    assert (found.value, found.low, found.high) == (2.0, -math.inf, math.inf)


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="expects at least one value"):
        interval.median([])


@pytest.mark.parametrize("draw", ["normalvariate", "lognormvariate"])
def test_the_interval_holds_the_true_median_as_often_as_it_says(draw):
    generator = random.Random(1)
    true = {"normalvariate": 0.0, "lognormvariate": 1.0}[draw]
    rounds = 2000
    held = 0
    for _ in range(rounds):
        values = [getattr(generator, draw)(0, 1) for _ in range(30)]
        found = interval.median(values)
        held += found.low <= true <= found.high
    # The exact probability is 0.957; six deviations of 2,000 draws are 0.027.
    assert 0.93 < held / rounds < 0.985


def times_of(against, ratios):
    return against.Times(old=[1.0] * len(ratios), new=list(ratios))


@pytest.fixture
def against(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    return load("against")


def test_only_an_interval_above_the_bar_is_worse(against):
    def verdict(ratios):
        return against.verdict(times_of(against, ratios).ratio())

    assert verdict([1.031] * 30) == "WORSE"
    assert verdict([1.03] * 30) == ""
    assert verdict([1.0] * 10 + [1.2] * 20) == ""  # the tenth smallest is 1.0
    assert verdict([1.0] * 9 + [1.2] * 21) == "WORSE"
    assert verdict([0.9] * 30) == "better"


def test_equal_revisions_on_a_noisy_machine_are_rarely_worse(against):
    # Each block takes up to twice as long, now and then ten times as long.
    generator = random.Random(2)

    def block(_side):
        slow = 10 if generator.random() < 0.1 else 1
        return slow * generator.uniform(1, 2)

    worse = 0
    for _ in range(500):
        times = against.Times()
        times.add(range(30), block)
        worse += against.verdict(times.ratio()) == "WORSE"
    assert worse <= 15


def test_pairs_are_measured_in_turn(against):
    sides = []
    times = against.Times()
    times.add(range(4), lambda side: sides.append(side) or float(len(sides)))
    assert sides == ["old", "new", "new", "old", "old", "new", "new", "old"]
    assert times.old == [1.0, 4.0, 5.0, 8.0]
    assert times.new == [2.0, 3.0, 6.0, 7.0]
