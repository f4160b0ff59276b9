"""Every operator that NumPy has too gives NumPy's values, eagerly and compiled.

Sizes, layouts and edges included: empty, 0-d, strided, reversed, NaN, infinities, integer division
by zero, overflow. One test per row of the table and dtype.
"""

import numpy as np
import pytest

import mycel as mc
from ops.numpy_inputs import ALL, FLOATS, INTEGERS, ordinary
from ops.numpy_table import FLOAT, SAME, SUM, TABLE

# Units in the last place of one rounding step; half-width results are rounded once more.
ULPS = {"float16": 1, "float32": 4, "float64": 4}
CASES = [(row, dtype) for row in TABLE for dtype in row.dtypes]


def result_dtype(row, dtype):
    if row.result == FLOAT:
        return dtype if dtype in FLOATS else "float32"
    if row.result == SUM:
        return "uint64" if dtype == "uint64" else "int64"
    return dtype if row.result == SAME else row.result


def reference(row, arrays, dtype):
    """NumPy's values, of float16 and float32 computed in float64 and rounded once at the end."""
    if row.result == FLOAT and dtype not in FLOATS:
        arrays = [array.astype("float32") for array in arrays]
    if arrays[0].dtype.kind == "f":
        arrays = [array.astype("float64") for array in arrays]
    with np.errstate(all="ignore"):
        return np.asarray(row.numpy(*arrays)).astype(result_dtype(row, dtype))


def check(got, expected, arrays, terms):
    got = got.numpy()
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(got, expected)
        return
    limits = np.finfo(expected.dtype)
    unit = ULPS[str(expected.dtype)] * limits.eps
    largest = max((np.max(np.abs(a), initial=0, where=np.isfinite(a)) for a in arrays), default=0)
    rounding = terms * limits.eps * float(largest) ** 2 if terms else 0.0
    absolute = rounding + 4 * float(limits.smallest_subnormal)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(
            got.astype("float64"), expected.astype("float64"), rtol=unit, atol=absolute
        )


def views_of(operands):
    """The operands as tensors and as arrays."""
    arrays = [operand.of(operand.base) for operand in operands]
    return [operand.of(mc.tensor(operand.base)) for operand in operands], arrays


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:Mean of empty slice")
@pytest.mark.parametrize("mode", ["eager", "jit"])
@pytest.mark.parametrize("row, dtype", CASES, ids=[f"{row.name}-{dtype}" for row, dtype in CASES])
def test_equals_numpy(row, dtype, mode):
    for operands in row.inputs(dtype):
        # Compiled anew for each: many shapes of one function would warn of recompilation.
        run = mc.jit(row.ours) if mode == "jit" else row.ours
        tensors, arrays = views_of(operands)
        check(run(*tensors), reference(row, arrays, dtype), arrays, row.terms)


@pytest.mark.parametrize("target", ALL)
@pytest.mark.parametrize("source", ALL)
def test_cast_equals_numpy(source, target):
    array = ordinary(source, 3, 5)
    if source not in INTEGERS and target not in FLOATS:
        array = np.abs(array)  # a negative float has no unsigned value
    got = mc.tensor(array).to(getattr(mc, target))
    np.testing.assert_array_equal(got.numpy(), array.astype(target), strict=True)


CREATED = {
    "zeros": (lambda: mc.zeros(2, 3), lambda: np.zeros((2, 3), "float32")),
    "ones": (lambda: mc.ones((0, 2), dtype=mc.int16), lambda: np.ones((0, 2), "int16")),
    "full": (lambda: mc.full((2,), 7.5), lambda: np.full((2,), 7.5, "float32")),
    "full of integers": (lambda: mc.full((), 7), lambda: np.full((), 7)),
    "arange": (lambda: mc.arange(5), lambda: np.arange(5)),
    "arange from": (lambda: mc.arange(2, 9, 3), lambda: np.arange(2, 9, 3)),
    "arange down": (lambda: mc.arange(5, 0, -2), lambda: np.arange(5, 0, -2)),
    "arange of floats": (
        lambda: mc.arange(0, 1, 0.25),
        lambda: np.arange(0, 1, 0.25, dtype="float32"),
    ),
    "arange of none": (lambda: mc.arange(3, 3), lambda: np.arange(3, 3)),
    "eye": (lambda: mc.eye(3), lambda: np.eye(3, dtype="float32")),
    "eye, not square": (lambda: mc.eye(2, 4), lambda: np.eye(2, 4, dtype="float32")),
    "one_hot": (
        lambda: mc.nn.functional.one_hot(mc.tensor([2, 0]), 4),
        lambda: np.eye(4, dtype="int64")[[2, 0]],
    ),
}


@pytest.mark.parametrize("name", CREATED)
@pytest.mark.parametrize("mode", ["eager", "jit"])
def test_creation_equals_numpy(name, mode):
    ours, theirs = CREATED[name]
    run = mc.jit(ours) if mode == "jit" else ours
    np.testing.assert_array_equal(run().numpy(), theirs(), strict=True)
