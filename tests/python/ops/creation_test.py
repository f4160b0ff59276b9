"""Ranges: their lengths, ends and dtypes."""

import numpy as np
import pytest

import mycel as mc


def test_a_range_of_ints_is_as_long_as_pythons() -> None:
    for args in (
        (0, 10**17 + 1, 10**16),
        (0, 2**62, 2**61 - 1),
        (5,),
        (5, -6, -3),
        (3, 3),
        (1, 9, 4),
    ):
        assert mc.arange(*args).tolist() == list(range(*args)), args


@pytest.mark.parametrize(
    "bounds", [(0, 10, 5), (0, 1, 7), (-10, 0, 5), (3, 3, 4), (7, -9, 4), (2, 9, 1), (0, 5, 0)]
)
def test_linspace_of_integers_takes_the_integer_part_of_each_number(bounds) -> None:
    start, end, steps = bounds
    expected = np.trunc(np.linspace(start, end, steps)).astype(np.int64).tolist()
    assert mc.linspace(*bounds, dtype=mc.int64).tolist() == expected
    assert mc.jit(lambda: mc.linspace(*bounds, dtype=mc.int64))().tolist() == expected


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_linspace_ends_exactly_where_it_should(dtype) -> None:
    for steps in range(2, 60):
        numbers = mc.linspace(-0.1, 0.7, steps, dtype=dtype).tolist()
        assert numbers[0] == np.array(-0.1, dtype).item()
        assert numbers[-1] == np.array(0.7, dtype).item()


def test_mistaken_ranges_raise() -> None:
    with pytest.raises(ValueError, match="steps of at least 0, got -1"):
        mc.linspace(0, 1, -1)
    with pytest.raises(TypeError, match="steps to be an int"):
        mc.linspace(0, 1, 2.5)
    with pytest.raises(TypeError, match="end to be a number"):
        mc.arange("3")
    with pytest.raises(ValueError, match="finite"):
        mc.arange(0, float("inf"))
