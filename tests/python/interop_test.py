"""Memory of others: arrays at odd addresses, bools of odd bytes, DLPack structures that lie."""

import ctypes

import numpy as np
import pytest

import mycel as mc

# --- what kernels cannot read in place ------------------------------------------------------------


def misaligned():
    numbers = np.array([1.5, -2.0, 3.25], np.float32)
    return np.frombuffer(b"\0" + numbers.tobytes(), np.uint8)[1:].view(np.float32)


def packed_field():
    table = np.zeros(3, np.dtype([("flag", "u1"), ("value", "f4")]))
    table["value"] = [1.5, -2.0, 3.25]
    table.flags.writeable = False
    return table["value"]


@pytest.mark.parametrize(
    ("make", "read"),
    [(misaligned, read) for read in (mc.tensor, mc.from_numpy, mc.from_dlpack)]
    + [(packed_field, read) for read in (mc.tensor, mc.from_numpy)],
)
def test_elements_at_odd_addresses_are_copied(make, read):
    array = make()
    assert not array.flags.writeable and not array.flags.aligned
    x = read(array)
    assert x.tolist() == [1.5, -2, 3.25]
    assert x.numpy().ctypes.data % 4 == 0


def test_elements_at_odd_addresses_are_not_shared():
    for read in (mc.from_numpy, mc.from_dlpack):
        with pytest.raises(ValueError, match=r"copy=False, float32 elements at addresses that"):
            read(misaligned(), copy=False)


def test_every_byte_but_zero_is_true():
    bytes_ = np.array([[2, 0, 255], [1, 0, 128]], np.uint8)
    bytes_.flags.writeable = False
    for array in (bytes_.view(bool), bytes_.view(bool)[:, ::-1], bytes_.view(bool).T):
        for read in (mc.tensor, mc.from_numpy, mc.from_dlpack):
            x = read(array)
            assert x.sum().item() == 4
            assert (x == True).sum().item() == 4  # noqa: E712
            assert x.tolist() == (array.view(np.uint8) != 0).tolist()
    with pytest.raises(ValueError, match="of bytes 0 and 1"):
        mc.from_numpy(bytes_.view(bool), copy=False)
    plain = np.array([True, False])
    assert mc.from_numpy(plain, copy=False).numpy().ctypes.data == plain.ctypes.data


def test_what_runs_backwards_is_shared_and_copied():
    array = np.arange(6, dtype=np.int64).reshape(2, 3)[::-1, ::-1]
    for copy in (True, False):
        for read in (mc.from_numpy, mc.from_dlpack):
            assert (read(array, copy=copy) * 2).tolist() == [[10, 8, 6], [4, 2, 0]]


# --- DLPack, made by hand -------------------------------------------------------------------------


class DLTensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device", ctypes.c_int32 * 2),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


DELETER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Managed(ctypes.Structure):
    _fields_ = (("tensor", DLTensor), ("context", ctypes.c_void_p), ("deleter", DELETER))


class Producer:
    """Floats 0 to 7 behind whatever shape and strides."""

    def __init__(self, shape, strides=None, offset=0, data=True, ndim=None):
        self.numbers = (ctypes.c_float * 8)(*range(8))
        self.deleted = 0
        dims = ctypes.c_int64 * len(shape)
        self.arrays = dims(*shape), strides and dims(*strides)
        self.managed = Managed()
        tensor = self.managed.tensor
        tensor.data = ctypes.addressof(self.numbers) if data else None
        tensor.device[0] = 1
        tensor.ndim = len(shape) if ndim is None else ndim
        tensor.code, tensor.bits, tensor.lanes = 2, 32, 1
        tensor.shape = self.arrays[0]
        if strides:
            tensor.strides = self.arrays[1]
        tensor.byte_offset = offset
        self.managed.deleter = DELETER(self.delete)

    def delete(self, _):
        self.deleted += 1

    def __dlpack__(self):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p] * 3
        self.name = ctypes.create_string_buffer(b"dltensor")
        return new(ctypes.addressof(self.managed), ctypes.addressof(self.name), None)


@pytest.mark.parametrize(
    ("producer", "expected"),
    [
        (lambda: Producer([2, 3]), [[0, 1, 2], [3, 4, 5]]),
        (lambda: Producer([3], [2], 4), [1, 3, 5]),
        (lambda: Producer([3], [-2], 28), [7, 5, 3]),
        (lambda: Producer([2, 2], [-4, 1], 16), [[4, 5], [0, 1]]),
        (lambda: Producer([2], [1], 0), [0, 1]),
        (lambda: Producer([2, 2], [0, 1]), [[0, 1], [0, 1]]),
        (lambda: Producer([0, 3], [3, 1], data=False), []),
    ],
)
@pytest.mark.parametrize("copy", [True, False])
def test_shapes_strides_and_offsets(producer, expected, copy):
    given = producer()
    x = mc.from_dlpack(given, copy=copy)
    assert x.tolist() == expected
    assert given.deleted == (1 if copy or not expected else 0)
    del x
    assert given.deleted == 1


@pytest.mark.parametrize(
    "producer",
    [
        lambda: Producer([3], [2**62]),
        lambda: Producer([3], [-(2**62)]),
        lambda: Producer([2, 2, 2], [2**60, 2**60, 1]),
        lambda: Producer([2**40, 2**40]),
        lambda: Producer([2**40, 2**40], [0, 0]),
        lambda: Producer([-1]),
        lambda: Producer([2], data=False),
        lambda: Producer([2], offset=2**64 - 1),
        lambda: Producer([2], ndim=-1),
        lambda: Producer([2], ndim=1 << 20),
    ],
)
def test_what_no_memory_holds_is_refused_and_given_back(producer):
    for copy in (True, False):
        given = producer()
        with pytest.raises(ValueError, match=r"^\[from_dlpack\] expects"):
            mc.from_dlpack(given, copy=copy)
        assert given.deleted == 1


@pytest.mark.parametrize("dtype", ["datetime64[D]", "complex128", ">f4", "U1"])
def test_dtypes_that_mycel_has_not_are_named(dtype):
    array = np.zeros(2, dtype)
    with pytest.raises(TypeError, match=r"^\[tensor\] expects an array of a dtype that Mycel has"):
        mc.tensor(array)
