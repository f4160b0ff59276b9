"""Making tensors, what they say of themselves, and how they print."""

import array
import copy
import pickle
import re

import numpy as np
import pytest

import mycel as mc


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (1, mc.int64, ()),
        (2.5, mc.float32, ()),
        (True, mc.bool, ()),
        ([1, 2.0], mc.float32, (2,)),
        ([True, 2], mc.int64, (2,)),
        ([[True], [False]], mc.bool, (2, 1)),
        ([], mc.float32, (0,)),
        ([[], []], mc.float32, (2, 0)),
        (((1, 2), [3, 4]), mc.int64, (2, 2)),
        (np.arange(3, dtype="int16"), mc.int16, (3,)),
        (np.ones((2, 1)), mc.float64, (2, 1)),
        (np.float64(3), mc.float64, ()),
        (np.int32(3), mc.int32, ()),
        (array.array("d", [1, 2]), mc.float64, (2,)),
        (range(3), mc.int64, (3,)),
        ([np.ones(2, "float32"), np.zeros(2, "float32")], mc.float32, (2, 2)),
        (memoryview(b"ab"), mc.uint8, (2,)),
    ],
)
def test_tensor_takes_anything_array_like(data, dtype, shape):
    made = mc.tensor(data)
    assert made.dtype == dtype
    assert made.shape == shape
    np.testing.assert_array_equal(made.numpy(), np.asarray(data))


def test_tensor_casts_and_copies():
    source = np.array([1.7, -1.7])
    made = mc.tensor(source, dtype=mc.int64)
    assert made.tolist() == [1, -1]
    floats = mc.tensor(source)
    source[0] = 9
    assert floats.tolist() == [1.7, -1.7]
    assert mc.tensor(2**64 - 1, dtype=mc.uint64).item() == 2**64 - 1


def test_tensor_of_a_tensor_is_another_object():
    x = mc.tensor([1.0], requires_grad=True)
    y = mc.tensor(x)
    assert y is not x
    assert not y.requires_grad


def test_imports_share_memory_only_if_they_can_never_be_written():
    source = np.array([1.0, 2.0])
    copied, shared = mc.from_numpy(source), mc.from_numpy(source, copy=False)
    source[0] = 5
    assert copied.tolist() == [1, 2]
    assert shared.tolist() == [5, 2]
    source.flags.writeable = False
    assert mc.from_numpy(source).tolist() == [5, 2]
    content = np.frombuffer(np.array([1.0, 2.0]).tobytes())[::-1]
    assert mc.from_numpy(content).numpy().ctypes.data == content.ctypes.data


def read_only_view(array):
    view = array.view()
    view.flags.writeable = False
    return view


@pytest.mark.parametrize(
    "make",
    [
        read_only_view,
        lambda array: np.broadcast_to(array, (2, 3))[0],
        lambda array: np.asarray(memoryview(array).toreadonly()),
        lambda array: np.frombuffer(bytearray(array.tobytes())),
    ],
    ids=["view", "broadcast", "memoryview", "bytearray"],
)
def test_a_read_only_view_of_a_writable_array_is_copied(make):
    array = np.ones(3)
    view = make(array)
    x = mc.from_numpy(view)
    assert x.numpy().ctypes.data != view.ctypes.data
    array[:] = 5
    assert x.tolist() == [1, 1, 1]


def test_an_array_that_was_read_only_for_a_while_is_copied():
    array = np.ones(3)
    array.flags.writeable = False
    x = mc.from_numpy(array)
    array.flags.writeable = True
    array[:] = 5
    assert x.tolist() == [1, 1, 1]


def test_an_array_that_maps_a_file_is_copied(tmp_path):
    (tmp_path / "x").write_bytes(np.ones(3).tobytes())
    x = mc.from_numpy(np.memmap(tmp_path / "x", np.float64, "r"))
    (tmp_path / "x").write_bytes(b"")
    assert x.tolist() == [1, 1, 1]


def test_strided_and_reversed_arrays():
    source = np.arange(12.0).reshape(3, 4)[::-1, ::2]
    assert mc.from_numpy(source, copy=False).tolist() == source.tolist()


def test_numpy_is_a_read_only_view_that_keeps_the_value():
    x = mc.tensor([1.0, 2.0])
    view = x.numpy()
    assert not view.flags.writeable
    x += 1
    assert view.tolist() == [1, 2]
    assert x.tolist() == [2, 3]
    assert np.asarray(x, dtype="float64").dtype == np.float64
    assert np.asarray(mc.ones(2, 3).T).shape == (3, 2)


def test_dlpack_both_ways():
    x = mc.arange(6).reshape(2, 3).T
    array = np.from_dlpack(x)
    assert array.tolist() == x.tolist()
    assert not array.flags.writeable
    assert mc.from_dlpack(array).tolist() == x.tolist()
    writable = np.array([1.0, 2.0])
    copied, shared = mc.from_dlpack(writable), mc.from_dlpack(writable, copy=False)
    writable[0] = 7
    assert copied.tolist() == [1, 2]
    assert shared.tolist() == [7, 2]
    assert x.__dlpack_device__() == (1, 0)


def test_dlpack_without_versions_gives_a_copy():
    x = mc.tensor([1.0, 2.0])

    class Old:
        def __dlpack__(self):
            return x.__dlpack__()

    assert mc.from_dlpack(Old(), copy=False).tolist() == [1, 2]


def test_attributes():
    x = mc.zeros(2, 3, dtype="float64")
    assert (x.shape, x.ndim, x.dtype, x.itemsize, x.nbytes) == ((2, 3), 2, mc.float64, 8, 48)
    assert (x.size(), x.size(-1), x.numel(), x.dim(), len(x)) == ((2, 3), 3, 6, 2, 2)
    assert x.device == "cpu" == mc.device("cpu")
    assert x.T.shape == x.mT.shape == (3, 2)
    assert x.is_leaf and not x.requires_grad and x.grad is None
    x.name = "x"
    assert x.name == "x"


def test_dtypes_are_their_names():
    assert mc.float32 == "float32" == np.dtype("float32")
    assert mc.float32 == np.float32
    assert mc.float32 != mc.float64
    assert mc.float32 != 3
    assert {mc.int8: 1}["int8"] == 1
    assert repr(mc.bfloat16) == "mc.bfloat16"
    assert mc.half is mc.float16
    assert mc.uint8.itemsize == 1 and not mc.uint8.is_signed
    assert copy.deepcopy(mc.int8) is mc.int8
    assert pickle.loads(pickle.dumps(mc.int8)) is mc.int8


def test_numbers_out_of_tensors():
    assert float(mc.tensor(1.5)) == 1.5
    assert int(mc.tensor([3])) == 3
    assert bool(mc.tensor(0)) is False
    assert [10, 20][mc.tensor(1)] == 20
    assert f"{mc.tensor(1.25):.1f}" == "1.2"
    assert mc.tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert mc.tensor(1.5, dtype=mc.bfloat16).item() == 1.5


def test_containers_find_tensors_by_identity():
    x, y = mc.ones(2), mc.ones(2)
    assert {x: 1, y: 2}[x] == 1
    assert hash(x) != hash(y)
    assert 1 in x and 2 not in x
    assert [row.tolist() for row in mc.eye(2)] == [[1, 0], [0, 1]]


def test_one_python_object_for_one_tensor():
    x = mc.ones(2, requires_grad=True)
    x.sum().backward()
    assert x.grad is x.grad


def test_pickle_and_copies():
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    for y in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x), copy.copy(x)):
        assert y is not x
        assert y.tolist() == [1, 2]
        assert y.requires_grad
    half = mc.tensor([1.5], dtype=mc.bfloat16)
    assert pickle.loads(pickle.dumps(half)).dtype == mc.bfloat16


def test_creation():
    assert mc.zeros((2, 1)).tolist() == [[0], [0]]
    assert mc.full((2,), True).dtype == mc.bool
    assert mc.arange(3.0).dtype == mc.float32
    assert mc.arange(5, 0, -2).tolist() == [5, 3, 1]
    assert mc.linspace(0, 1, 5).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert mc.ones_like(mc.zeros(2, dtype=mc.int8)).dtype == mc.int8
    assert mc.zeros(2, requires_grad=True).requires_grad


def test_random_numbers_repeat_by_seed():
    mc.manual_seed(3)
    first = mc.rand(4), mc.randn(2), mc.randint(0, 10, (3,)), mc.randperm(5)
    mc.manual_seed(3)
    again = mc.rand(4), mc.randn(2), mc.randint(0, 10, (3,)), mc.randperm(5)
    assert [x.tolist() for x in first] == [x.tolist() for x in again]
    assert mc.initial_seed() == 3
    generator = mc.Generator(1)
    a = mc.rand(3, generator=generator)
    b = mc.rand(3, generator=generator)
    assert a.tolist() != b.tolist()
    state = generator.get_state()
    c = mc.rand(3, generator=generator)
    generator.set_state(state)
    assert mc.rand(3, generator=generator).tolist() == c.tolist()
    assert mc.rand(3, generator=generator.manual_seed(1)).tolist() == a.tolist()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: mc.tensor(1.5), "tensor(1.5000)"),
        (lambda: mc.tensor([1.0, 2.0]), "tensor([1., 2.])"),
        (lambda: mc.tensor([1, -20]), "tensor([  1, -20])"),
        (lambda: mc.tensor([True, False]), "tensor([ True, False])"),
        (lambda: mc.tensor([1.0, float("nan")]), "tensor([1., nan])"),
        (lambda: mc.tensor([1e-10, 1.0]), "tensor([1.0000e-10, 1.0000e+00])"),
        (lambda: mc.zeros(0), "tensor([])"),
        (lambda: mc.zeros(2, 0), "tensor([], size=(2, 0))"),
        (lambda: mc.zeros(1, dtype=mc.float64), "tensor([0.], dtype=mc.float64)"),
        (lambda: mc.ones(1, requires_grad=True), "tensor([1.], requires_grad=True)"),
        (lambda: mc.zeros(1, device="reference"), "tensor([0.], device='reference')"),
        (lambda: mc.eye(2), "tensor([[1., 0.],\n        [0., 1.]])"),
        (lambda: mc.arange(2000), "tensor([   0,    1,    2, ..., 1997, 1998, 1999])"),
        (lambda: mc.nn.Parameter(mc.ones(1)), "Parameter([1.], requires_grad=True)"),
    ],
)
def test_repr(make, text):
    assert repr(make()) == text


def test_repr_of_many_dims_and_long_lines():
    assert repr(mc.zeros(2, 1, 2)) == "tensor([[[0., 0.]],\n\n        [[0., 0.]]])"
    lines = repr(mc.arange(40)).split("\n")
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("        ")


def test_repr_of_many_dims_shows_the_first_of_the_outer_ones():
    x = mc.arange(2**20).reshape([2] * 20)
    shown = [int(number) for number in re.findall(r"\d+", repr(x))]
    assert shown == list(range(2**13))
    assert repr(x).count("...") == 7
    assert repr(x).endswith("...])")
    three = repr(mc.zeros(1, 100, 20))
    assert three.count("...") == 7
    assert three.count("0.") == 36


def test_repr_reads_what_it_shows():
    many = mc.ones(1).expand(2**31, 2**30)
    assert repr(many).count("1., 1., 1., ..., 1., 1., 1.") == 6


@pytest.mark.parametrize(
    ("call", "error", "start"),
    [
        (lambda: mc.zeros(2).uniform_(low="0"), TypeError, r"\[uniform_\] expects"),
        (lambda: mc.zeros(2, dtype=mc.int64).uniform_(), TypeError, r"\[uniform_\] expects"),
        (lambda: mc.zeros(2, dtype=mc.int64).normal_(), TypeError, r"\[normal_\] expects"),
        (lambda: mc.device("gpu"), ValueError, r"\[device\] expects a device of cpu"),
        (lambda: mc.zeros(2).to("cuda:x"), ValueError, r"\[to\] expects a device of cpu"),
        (
            lambda: mc.zeros(2).to("gpu"),
            TypeError,
            r"\[to\] expects a dtype, a device or a .*'gpu'",
        ),
    ],
)
def test_messages_begin_with_the_name_that_was_called(call, error, start):
    with pytest.raises(error, match=f"^{start}"):
        call()


def test_a_shape_may_change_while_it_is_read():
    class Changes:
        def __index__(self):
            shape.clear()
            return 2

    shape = [Changes(), *(2**20 + i for i in range(100))]
    assert mc.full(shape, 1).shape == (2,)
