"""Names and calls that mean in Mycel what they mean in PyTorch."""

import collections
import re

import numpy as np
import pytest

import mycel as mc
from wraps import wraps


def test_equal_is_of_whole_tensors() -> None:
    x = mc.tensor([1, 2])
    assert mc.equal(x, mc.tensor([1, 2])) is True
    assert mc.equal(x, mc.tensor([1, 3])) is False
    assert mc.equal(x, mc.tensor([1, 2, 3])) is False
    assert mc.equal(x, mc.tensor([[1, 2]])) is False
    assert x.equal(mc.tensor([1.0, 2.0])) is True
    assert mc.equal(mc.zeros(0), mc.zeros(0)) is True
    assert mc.equal(mc.tensor(float("nan")), mc.tensor(float("nan"))) is False
    assert mc.eq(x, 2).tolist() == (x == 2).tolist() == x.eq(2).tolist() == [False, True]
    with pytest.raises(TypeError, match=r"\[equal\] expects other to be a tensor, got int"):
        mc.equal(x, 2)


def test_equal_of_values_that_are_not_known_yet_is_a_tensor() -> None:
    same = mc.jit(lambda x, y: mc.equal(x, y))
    assert same(mc.tensor([1, 2]), mc.tensor([1, 2])).item() is True
    assert same(mc.tensor([1, 2]), mc.tensor([1, 3])).item() is False
    assert same(mc.tensor([1, 2]), mc.tensor([1])) is False


def test_tensor_makes_float32_of_data_and_zeros_of_a_shape() -> None:
    no_options: dict[str, object] = {}
    for made, shape in (
        (mc.Tensor([1, 2]), (2,)),
        (mc.Tensor(np.array([[1, 2]])), (1, 2)),
        (mc.Tensor(3), (3,)),
        (mc.Tensor(2, 3), (2, 3)),
        (mc.Tensor(), (0,)),
        (mc.Tensor([1.0], **no_options), (1,)),
        (mc.Tensor(np.int64(2), np.int64(1)), (2, 1)),
    ):
        assert made.shape == shape
        assert made.dtype == mc.float32
    assert mc.Tensor([1, 2]).tolist() == [1, 2]
    assert mc.Tensor(mc.tensor([1, 2])).dtype == mc.int64
    for mistake in (lambda: mc.Tensor(2.5), lambda: mc.Tensor([1], dtype=mc.int64)):
        with pytest.raises(TypeError, match=r"\[Tensor\] expects"):
            mistake()


def test_a_uint8_tensor_indexes_as_a_mask() -> None:
    x = mc.arange(4.0)
    mask = mc.tensor([1, 0, 1, 0], dtype=mc.uint8)
    with pytest.warns(UserWarning, match="takes it for a mask"):
        assert x[mask].tolist() == [0, 2]
    with pytest.warns(UserWarning, match="takes it for a mask"):
        x[mask] = -1.0
    assert x.tolist() == [-1, 1, -1, 3]
    with pytest.warns(UserWarning), pytest.raises(IndexError, match="mask"):
        x[mc.tensor([1, 0], dtype=mc.uint8)]
    assert x[mask.long()].tolist() == [1, -1, 1, -1]


@wraps
def test_a_range_indexes(wrap) -> None:
    x = mc.arange(6.0).reshape(3, 2)
    assert mc.equal(wrap(lambda x: x[range(2)])(x), x[:2])
    assert mc.equal(wrap(lambda x: x[range(2, -1, -1), 1])(x), x.flip(0)[:, 1])

    def write(x):
        y = x * 1
        y[range(0, 3, 2)] = 0.0
        return y

    assert wrap(write)(x).tolist() == [[0, 0], [2, 3], [0, 0]]


def test_sequences_of_any_kind_are_data() -> None:
    assert mc.tensor(collections.deque([1, 2])).tolist() == [1, 2]
    assert mc.tensor([collections.deque([1.5, 2]), range(2)]).tolist() == [[1.5, 2], [0, 1]]
    assert mc.tensor(collections.deque()).shape == (0,)
    with pytest.raises(ValueError, match="equal lengths"):
        mc.tensor([collections.deque([1]), [1, 2]])
    with pytest.raises(TypeError):
        mc.tensor({1: 2})
    with pytest.raises(TypeError):
        mc.tensor(["a"])


@wraps
def test_max_of_two_tensors_is_the_larger_of_each_pair(wrap) -> None:
    a, b = mc.tensor([1.0, 5.0]), mc.tensor([3.0, 2.0])
    assert wrap(lambda a, b: mc.max(a, b))(a, b).tolist() == [3, 5]
    assert wrap(lambda a, b: a.min(b))(a, b).tolist() == [1, 2]
    assert wrap(lambda a, b: mc.max(a, other=b))(a, b).tolist() == [3, 5]
    assert mc.max(a, 0).values.item() == 5
    assert wrap(mc.grad(lambda a, b: mc.max(a, b).sum()))(a, b).tolist() == [0, 1]
    with pytest.raises(TypeError, match="max"):
        mc.max(a, b, True)


def test_where_of_a_condition_gives_positions() -> None:
    rows, columns = mc.where(mc.tensor([[0, 1], [2, 0]]))
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 0])
    assert [p.tolist() for p in mc.where(mc.tensor([False, True]))] == [[1]]
    assert [p.tolist() for p in mc.where(mc.tensor(True))] == [[0]]
    (named,) = mc.where(condition=mc.tensor([False, True]))
    assert named.tolist() == [1]
    with pytest.raises(mc.CompileError):
        mc.jit(lambda x: mc.where(x))(mc.tensor([True]))
    with pytest.raises(TypeError, match=r"\[where\] expects other"):
        mc.where(mc.tensor([True]), 1.0)


@wraps
def test_a_numpy_array_beside_a_tensor_becomes_one(wrap) -> None:
    t, array = mc.tensor([1.0, 2.0]), np.array([3.0, 5.0])
    for f, expected in (
        (lambda t: array + t, [4, 7]),
        (lambda t: t - array, [-2, -3]),
        (lambda t: array / t, [3, 2.5]),
        (lambda t: array < t, [False, False]),
        (lambda t: t == array, [False, False]),
        (lambda t: np.array([[1.0, 1.0]]) @ t, [3]),
        (lambda t: (t > 1) & np.array([True, True]), [False, True]),
    ):
        result = wrap(f)(t)
        assert isinstance(result, mc.Tensor)
        assert result.tolist() == expected
    assert (array + t).dtype == mc.float64
    assert (array.astype("float32") + t).dtype == mc.float32
    assert wrap(mc.grad(lambda t: (array * t).sum()))(t).tolist() == [3, 5]
    t += array.astype("float32")
    assert t.tolist() == [4, 7]


def test_numpys_functions_reach_the_tensors_methods() -> None:
    x = mc.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert np.sum(x).item() == 10
    assert np.sum(x, axis=0).tolist() == [4, 6]
    assert np.mean(x).item() == 2.5
    assert np.max(x).item() == 4
    assert np.argmax(x).item() == 3
    assert np.any(x > 3).item() is True
    assert np.cumsum(x, axis=1).tolist() == [[1, 3], [3, 7]]
    with pytest.raises(TypeError, match="out"):
        x.sum(out=x)


SURPLUS = {
    "exp": (lambda x: mc.exp(x, 5), "[exp] expects at most 1 positional"),
    "sum": (lambda x: mc.sum(x, 0, True, None, 7), "[sum] expects at most 4 positional"),
    "where": (lambda x: mc.where(x > 0, 1.0, 2.0, 4), "[where] expects at most 3 positional"),
    "a method": (lambda x: x.exp(3), "[exp] expects at most 1 positional"),
    "a method in place": (lambda x: x.exp_(3), "[exp_] expects at most 1 positional"),
    "add": (lambda x: mc.add(x, x, 2), "[add] expects at most 2 positional"),
    "max": (lambda x: mc.max(x, 0, True, 1), "[max] expects at most 3 positional"),
    "softmax": (lambda x: mc.softmax(x, 0, None, 2), "[softmax] expects at most 3 positional"),
    "reshape": (lambda x: x.reshape((1, 1), 2), "[reshape] expects at most 2 positional"),
    "permute": (lambda x: x.permute([0], 0), "[permute] expects at most 2 positional"),
    "rand": (lambda x: mc.rand((2,), 3), "[rand] expects size to be a shape, got ((2,), 3)"),
    "relu": (lambda x: mc.nn.functional.relu(x, 1), "[relu] expects at most 1 positional"),
    "to two dtypes": (lambda x: x.to(mc.float32, mc.float64), "[to] expects one dtype and one"),
    "to three things": (lambda x: x.to("cpu", mc.float32, 5), "[to] expects one dtype and one"),
    "an unknown name": (lambda x: mc.exp(x, base=2), "[exp] got an unexpected argument base"),
    "a name twice": (lambda x: mc.sum(x, 0, dim=0), "[sum] got two values for dim"),
    "input twice": (lambda x: x.exp(input=x), "[exp] got two values for input"),
}


@wraps
@pytest.mark.parametrize("name", SURPLUS)
def test_arguments_that_an_operation_does_not_take_raise(wrap, name) -> None:
    function, message = SURPLUS[name]
    with pytest.raises(TypeError, match=re.escape(message)):
        wrap(function)(mc.ones(1))


def test_no_operation_takes_more_positional_arguments_than_it_has() -> None:
    import mycel._core as core

    checked = 0
    for definition in core.definitions():
        if not definition["function"] or any(p["loose"] for p in definition["parameters"]):
            continue
        function = getattr(core.functions, definition["names"][0])
        surplus = [5] * (len(definition["parameters"]) + 1)
        with pytest.raises(TypeError, match="at most"):
            function(*surplus)
        checked += 1
    assert checked > 50
