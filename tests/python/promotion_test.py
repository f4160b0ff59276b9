"""The dtype in which operands meet: a 0-d tensor is weak within its kind, a number weaker still."""

import itertools

import pytest

import mycel as mc
from comparisons import COMPARISONS
from wraps import wraps

DTYPES = {
    "b": mc.bool,
    "u8": mc.uint8,
    "i8": mc.int8,
    "i16": mc.int16,
    "i32": mc.int32,
    "i64": mc.int64,
    "f16": mc.float16,
    "bf16": mc.bfloat16,
    "f32": mc.float32,
    "f64": mc.float64,
}
# torch.result_type of the row's dtype and each of DTYPES: both with dims, or both 0-d.
EQUALS = """
b     b    u8   i8   i16  i32  i64  f16  bf16 f32  f64
u8    u8   u8   i16  i16  i32  i64  f16  bf16 f32  f64
i8    i8   i16  i8   i16  i32  i64  f16  bf16 f32  f64
i16   i16  i16  i16  i16  i32  i64  f16  bf16 f32  f64
i32   i32  i32  i32  i32  i32  i64  f16  bf16 f32  f64
i64   i64  i64  i64  i64  i64  i64  f16  bf16 f32  f64
f16   f16  f16  f16  f16  f16  f16  f16  f32  f32  f64
bf16  bf16 bf16 bf16 bf16 bf16 bf16 f32  bf16 f32  f64
f32   f32  f32  f32  f32  f32  f32  f32  f32  f32  f64
f64   f64  f64  f64  f64  f64  f64  f64  f64  f64  f64
"""
# The row's with dims, the column's 0-d.
BESIDE_0D = """
b     b    u8   i8   i16  i32  i64  f16  bf16 f32  f64
u8    u8   u8   u8   u8   u8   u8   f16  bf16 f32  f64
i8    i8   i8   i8   i8   i8   i8   f16  bf16 f32  f64
i16   i16  i16  i16  i16  i16  i16  f16  bf16 f32  f64
i32   i32  i32  i32  i32  i32  i32  f16  bf16 f32  f64
i64   i64  i64  i64  i64  i64  i64  f16  bf16 f32  f64
f16   f16  f16  f16  f16  f16  f16  f16  f16  f16  f16
bf16  bf16 bf16 bf16 bf16 bf16 bf16 bf16 bf16 bf16 bf16
f32   f32  f32  f32  f32  f32  f32  f32  f32  f32  f32
f64   f64  f64  f64  f64  f64  f64  f64  f64  f64  f64
"""
# The row's, with any dims, beside True, 1 and 1.5.
BESIDE_NUMBERS = """
b     b    i64  f32
u8    u8   u8   f32
i8    i8   i8   f32
i16   i16  i16  f32
i32   i32  i32  f32
i64   i64  i64  f32
f16   f16  f16  f16
bf16  bf16 bf16 bf16
f32   f32  f32  f32
f64   f64  f64  f64
"""


def rows(table):
    """The dtype of a row and the results in it."""
    for line in table.split("\n")[1:-1]:
        first, *results = line.split()
        yield DTYPES[first], [DTYPES[name] for name in results]


def one(dtype, *shape):
    return mc.ones(shape, dtype=dtype)


@pytest.mark.parametrize(
    ("table", "shape", "other_shape"),
    [(EQUALS, (1, 2), (2,)), (EQUALS, (), ()), (BESIDE_0D, (2,), ())],
    ids=["with dims", "0-d", "one 0-d"],
)
def test_tensors_meet_where_they_do_in_pytorch(table, shape, other_shape) -> None:
    condition = mc.tensor([True, False])

    def meet(x, others):
        pairs = [(x, y) for y in others] + [(y, x) for y in others]
        return [x + y for x, y in pairs], [mc.where(condition, x, y) for x, y in pairs]

    others = [one(dtype, *other_shape) for dtype in DTYPES.values()]
    for dtype, results in rows(table):
        x = one(dtype, *shape)
        assert [(x + y).dtype for y in others] == results, dtype
        for found in mc.jit(meet)(x, others):
            assert [z.dtype for z in found] == results * 2, dtype


@wraps
def test_numbers_are_weaker_than_0d_tensors(wrap) -> None:
    for dtype, results in rows(BESIDE_NUMBERS):
        for shape in ((2,), ()):
            found = wrap(lambda x: (x + True, x + 1, x + 1.5))(one(dtype, *shape))
            assert [x.dtype for x in found] == results
    # torch.result_type(f32 0-d, 1.5) is f32, whatever the kind of those with dims.
    clip = wrap(lambda x, low: mc.clip(x, low, 1.5))
    assert clip(one(mc.int8, 2), one(mc.float16)).dtype == mc.float16
    assert clip(one(mc.float16, 2), one(mc.float64)).dtype == mc.float16
    assert clip(one(mc.int8, 2), one(mc.int64)).dtype == mc.float32


@wraps
def test_a_0d_tensor_does_not_change_the_dtype_in_place(wrap) -> None:
    def scale(x, y):
        x = x * 1
        x += y
        x.mul_(y)
        return x

    for dtype, other in (
        (mc.float16, mc.float32),
        (mc.float32, mc.float64),
        (mc.int8, mc.int64),
        (mc.uint8, mc.int32),
    ):
        x = wrap(scale)(one(dtype, 3), one(other) * 2)
        assert x.dtype == dtype
        assert x.tolist() == [6] * 3


@wraps
def test_the_gradient_of_a_0d_factor_has_its_dtype(wrap) -> None:
    def f(x, scale):
        return (x * scale).sum()

    x = mc.tensor([1.5, 2.5], dtype=mc.float16)
    of_x, of_scale = wrap(mc.grad(f, argnums=(0, 1)))(x, mc.tensor(3.0))
    assert (of_x.dtype, of_x.tolist()) == (mc.float16, [3, 3])
    assert (of_scale.dtype, of_scale.tolist()) == (mc.float32, 4)


@wraps
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_of_integers_with_a_0d_tensor_are_of_the_numbers(wrap, name) -> None:
    compare = COMPARISONS[name]
    f = wrap(lambda x, y: (compare(x, y), compare(y, x)))
    for dtype in (mc.uint8, mc.int8, mc.uint64):
        for number in (-1, 3, 300):
            x, y = mc.tensor([0, 3, 100], dtype=dtype), mc.tensor(number)
            left, right = f(x, y)
            assert left.tolist() == [compare(i, number) for i in (0, 3, 100)]
            assert right.tolist() == [compare(number, i) for i in (0, 3, 100)]


@wraps
def test_comparisons_of_floats_with_a_0d_tensor_are_in_the_dtype_of_the_dims(wrap) -> None:
    # As in PyTorch: 0.1 has another value in float32.
    x = mc.tensor([0.1], dtype=mc.float16)
    assert wrap(lambda x, y: x == y)(x, mc.tensor(0.1)).tolist() == [True]
    assert wrap(lambda x, y: x == y)(x, mc.tensor([0.1])).tolist() == [False]


@wraps
def test_tensors_with_dims_are_joined_in_their_common_dtype(wrap) -> None:
    x, y = one(mc.float16, 2), one(mc.float32, 1)
    assert wrap(lambda x, y: mc.concatenate([x, y]))(x, y).dtype == mc.float32
    scalars = one(mc.float16), one(mc.float32)
    assert wrap(lambda x, y: mc.stack([x, y]))(*scalars).dtype == mc.float32


@wraps
def test_the_gradient_of_a_mean_of_many_float16_is_not_lost(wrap) -> None:
    # Their number is above what float16 holds.
    x = mc.ones(2, 100_000, dtype=mc.float16)
    g = wrap(mc.grad(lambda x: (x.mean(dim=1) * 1000).sum()))(x)
    assert g.min().item() == pytest.approx(0.01, rel=1e-3)
    v = wrap(mc.grad(lambda x: (x.var(dim=1) * 1000).sum()))(
        mc.concatenate([x[:, :1] * 3, x[:, 1:]], dim=1)
    )
    assert v[:, 0].tolist() == pytest.approx([0.04, 0.04], rel=1e-3)


@wraps
def test_integers_are_divided_with_their_whole_values(wrap) -> None:
    divide = wrap(lambda x, y: (x / y, y / x))
    cases = ((mc.uint8, 300), (mc.uint8, -1), (mc.int8, -129), (mc.int32, 2**40))
    for (dtype, number), other in itertools.product(cases, (mc.tensor, int)):
        x = mc.tensor([1, 100], dtype=dtype)
        quotient, inverse = divide(x, other(number))
        assert quotient.dtype == inverse.dtype == mc.float32
        assert quotient.tolist() == pytest.approx([1 / number, 100 / number])
        assert inverse.tolist() == pytest.approx([number / 1, number / 100])


@wraps
def test_what_is_true_does_not_depend_on_the_other_operand(wrap) -> None:
    x, tiny = mc.tensor([1.0, 0.0], dtype=mc.float16), mc.tensor(1e-10)
    both = wrap(lambda x, y: (mc.logical_and(x, y), mc.logical_or(x, y)))
    assert [each.tolist() for each in both(x, tiny)] == [[True, False], [True, True]]
