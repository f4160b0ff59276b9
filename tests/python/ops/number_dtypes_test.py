"""Numbers that become a dtype: their kind decides, NumPy's too, and what does not fit raises."""

import re
from collections.abc import Callable

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from comparisons import COMPARISONS

INTEGERS = (mc.int8, mc.int16, mc.int32, mc.int64, mc.uint8, mc.uint16, mc.uint32, mc.uint64)
NUMBERS = [
    (np.float16(1.5), mc.float32),
    (np.float32(1.5), mc.float32),
    (np.float64(1.5), mc.float32),
    (np.int8(3), mc.int64),
    (np.uint16(3), mc.int64),
    (np.bool_(True), mc.bool),
]


def both(function):
    """The function itself and the compiled one."""
    return function, mc.jit(function)


def limits(dtype):
    info = np.iinfo(dtype.name)
    return int(info.min), int(info.max)


@pytest.mark.parametrize(("number", "dtype"), NUMBERS, ids=repr)
def test_a_numpy_scalar_makes_what_the_python_number_of_its_kind_makes(number, dtype) -> None:
    made = mc.full((2,), number)
    assert made.tolist() == [number.item()] * 2
    assert made.dtype == dtype
    assert mc.zeros(1).new_full((2,), number).tolist() == [float(number)] * 2
    assert mc.full_like(mc.zeros(1), number).tolist() == [float(number)]
    assert mc.zeros(1).fill_(number).tolist() == [float(number)]
    assert mc.arange(number, 5).dtype == mc.arange(number.item(), 5).dtype
    assert mc.arange(number, 5).tolist() == mc.arange(number.item(), 5).tolist()
    assert mc.linspace(0, number, 3).tolist() == mc.linspace(0, float(number), 3).tolist()
    x = mc.tensor([1, 2])
    assert (x * number).dtype == (x * number.item()).dtype
    assert (number * x).tolist() == (number.item() * x).tolist()


def test_a_0d_tensor_is_a_number_where_one_is_expected() -> None:
    assert mc.full((2,), mc.tensor(1.5)).tolist() == [1.5, 1.5]
    assert mc.zeros(mc.tensor(2), 3).shape == (2, 3)
    assert mc.ones((mc.tensor(2), 1)).shape == (2, 1)
    assert mc.zeros(4, 2).reshape(mc.tensor(2), -1).shape == (2, 4)
    assert mc.arange(mc.tensor(3)).tolist() == [0, 1, 2]
    with pytest.raises(TypeError):
        mc.zeros(mc.tensor([2, 3]))
    with pytest.raises(TypeError):
        mc.zeros(mc.tensor(2.0))


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("dtype", INTEGERS, ids=lambda dtype: dtype.name)
def test_a_comparison_with_a_number_that_the_dtype_does_not_hold_is_of_the_numbers(
    dtype, name
) -> None:
    compare = COMPARISONS[name]
    low, high = limits(dtype)
    elements = [low, 0, high]
    x = mc.tensor(np.array(elements, dtype=dtype.name))
    for number in (high + 1, low - 1, 2**70, -(2**70), high, low):
        for f in both(lambda x, number=number: compare(x, number)):
            assert f(x).tolist() == [compare(element, number) for element in elements], number
        for f in both(lambda x, number=number: compare(number, x)):
            assert f(x).tolist() == [compare(number, element) for element in elements], number


ARITHMETIC = {
    "add": lambda x, n: x + n,
    "subtract": lambda x, n: n - x,
    "multiply": lambda x, n: x * n,
    "floor_divide": lambda x, n: x // n,
    "remainder": lambda x, n: x % n,
    "maximum": mc.maximum,
    "minimum": mc.minimum,
    "clip": lambda x, n: mc.clip(x, max=n),
    "where": lambda x, n: mc.where(x > 0, x, n),
}


@pytest.mark.parametrize("name", ARITHMETIC)
@pytest.mark.parametrize(("dtype", "number"), [(mc.uint8, 256), (mc.uint8, -1), (mc.int8, 200)])
def test_arithmetic_with_a_number_that_the_dtype_does_not_hold_names_the_operation(
    name, dtype, number
) -> None:
    for f in both(lambda x: ARITHMETIC[name](x, number)):
        text = re.escape(f"[{name}] expects a number that {dtype.name} holds, got {number}")
        with pytest.raises(ValueError, match=text):
            f(mc.tensor([5], dtype=dtype))


FILLS: dict[str, Callable] = {
    "full": lambda n, d: mc.full((2,), n, dtype=d),
    "full_like": lambda n, d: mc.full_like(mc.zeros(2, dtype=d), n),
    "new_full": lambda n, d: mc.zeros(2, dtype=d).new_full((2,), n),
    "fill_": lambda n, d: mc.zeros(2, dtype=d).fill_(n),
    "copy_": lambda n, d: mc.zeros(2, dtype=d).copy_(n),
    "assignment": lambda n, d: mc.zeros(2, dtype=d).__setitem__(0, n),
    "assignment by mask": lambda n, d: mc.zeros(2, dtype=d).__setitem__(mc.ones(2) > 0, n),
    "pad": lambda n, d: F.pad(mc.zeros(2, dtype=d), (1, 1), value=n),
    "arange": lambda n, d: mc.arange(n, n + 1, dtype=d),
}


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize(
    ("number", "dtype"),
    [(-1, mc.uint8), (300, mc.uint8), (0.5, mc.int64), (float("nan"), mc.int32), (1e30, mc.int64)],
    ids=str,
)
def test_a_number_that_an_integer_dtype_does_not_hold_raises(fill, number, dtype) -> None:
    with pytest.raises(ValueError, match=r"holds, got|finite"):
        FILLS[fill](number, dtype)


def test_whole_floats_become_integers() -> None:
    assert mc.full((1,), 2.0, dtype=mc.int64).tolist() == [2]
    assert F.pad(mc.tensor([1]), (0, 1), value=2.0).tolist() == [1, 2]


def test_a_range_that_leaves_its_dtype_raises() -> None:
    with pytest.raises(ValueError, match="int8 holds, got 299"):
        mc.arange(300, dtype=mc.int8)
    with pytest.raises(ValueError, match="uint8 holds, got -1"):
        mc.arange(3, -2, -1, dtype=mc.uint8)
    with pytest.raises(ValueError, match="whole step"):
        mc.arange(0, 2, 0.5, dtype=mc.int64)
    with pytest.raises(ValueError, match="uint8 holds, got 300"):
        mc.linspace(0, 300, 4, dtype=mc.uint8)


def test_integers_to_a_negative_power_raise() -> None:
    for f in both(lambda x: x**-1):
        with pytest.raises(ValueError, match=r"\[power\] expects an exponent of at least 0"):
            f(mc.tensor([2]))
        assert f(mc.tensor([2.0])).tolist() == [0.5]
    assert (mc.tensor([2]) ** -1.0).tolist() == [0.5]


def test_the_elements_of_a_list_meet_in_one_dtype() -> None:
    one = mc.ones(1)[0]
    assert mc.tensor([one, 2]).dtype == mc.float32
    assert mc.tensor([[one, 2.5], [np.float32(3), True]]).tolist() == [[1, 2.5], [3, 1]]
    assert mc.tensor([one.to(mc.float64), 2.0]).dtype == mc.float64
    assert mc.tensor([np.float16(1), 2.5]).dtype == mc.float32
    assert mc.tensor([np.float64(1), 2]).dtype == mc.float64
    assert mc.tensor([mc.tensor(1, dtype=mc.int8), 2]).dtype == mc.int64
    assert mc.tensor([mc.tensor(1, dtype=mc.int8)]).dtype == mc.int8
    assert mc.tensor([np.uint64(2**64 - 1)]).tolist() == [2**64 - 1]


def fills(dtype):
    """Ways to fill tensors of a dtype with a number."""
    return {
        "full": lambda number: mc.full((2,), number, dtype=dtype),
        "full_like": lambda number: mc.full_like(mc.zeros(2, dtype=dtype), number),
        "new_full": lambda number: mc.zeros(1, dtype=dtype).new_full((2,), number),
        "fill_": lambda number: mc.zeros(2, dtype=dtype).fill_(number),
        "full in a trace": lambda number: mc.jit(lambda x: x + mc.full((2,), number, dtype=dtype))(
            mc.zeros(2, dtype=dtype)
        ),
    }


@pytest.mark.parametrize("name", fills(mc.uint64))
def test_uint64_is_filled_with_all_that_it_holds(name) -> None:
    fill = fills(mc.uint64)[name]
    for number in (2**63, 2**63 + 1, 2**64 - 1, float(2**63), np.uint64(2**63 + 1)):
        assert fill(number).tolist() == [int(number)] * 2
    for number in (2**64, -(2**63) - 1, float(2**64), -1.0):
        with pytest.raises(ValueError, match="expects a number that uint64 holds, got"):
            fill(number)


def test_a_numpy_uint64_beside_a_tensor_is_exact() -> None:
    x, number = mc.tensor([1, 2**63], dtype=mc.uint64), np.uint64(2**63)
    for f in both(lambda x: mc.maximum(x, number)):
        assert f(x).tolist() == [2**63] * 2
    for f in both(lambda x: x == number):
        assert f(x).tolist() == [False, True]
    assert (mc.tensor([1]) < number).tolist() == [True]


@pytest.mark.parametrize("name", fills(mc.float32))
def test_a_float_is_filled_with_an_int_of_any_size(name) -> None:
    for dtype in (mc.float32, mc.float64, mc.bfloat16):
        for number in (2**63, -(2**70)):
            assert fills(dtype)[name](number).tolist() == [float(number)] * 2
    assert fills(mc.float32)[name](-(2**2000)).tolist() == [float("-inf")] * 2
    with pytest.raises(ValueError, match="expects a number that int64 holds, got"):
        fills(mc.int64)[name](2**63)
