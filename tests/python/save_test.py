"""mc.save and mc.load: the safetensors format, files that lie, and writes that are cut short."""

import json
import os
import resource
import signal
import struct
import subprocess
import sys
import time

import numpy as np
import pytest

import mycel as mc
from mycel import nn, optim

TYPES = {
    "bool": "BOOL",
    "int8": "I8",
    "int16": "I16",
    "int32": "I32",
    "int64": "I64",
    "uint8": "U8",
    "uint16": "U16",
    "uint32": "U32",
    "uint64": "U64",
    "float16": "F16",
    "bfloat16": "BF16",
    "float32": "F32",
    "float64": "F64",
}


def parts(path):
    """The header and the data, as the format's page describes them."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def put(path, header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.safetensors"


@pytest.mark.parametrize("dtype", TYPES)
def test_every_dtype_goes_round(path, dtype):
    values = mc.tensor([[0, 1, 1], [1, 0, 3]]).to(getattr(mc, dtype))
    mc.save({"x": values}, path)
    loaded = mc.load(path)["x"]
    assert loaded.dtype == values.dtype
    assert loaded.tolist() == values.tolist()
    header, data = parts(path)
    assert header["x"]["dtype"] == TYPES[dtype]
    assert header["x"]["shape"] == [2, 3]
    assert header["x"]["data_offsets"] == [0, len(data)]
    assert len(data) == 6 * values.dtype.itemsize


def test_bfloat16_is_the_upper_half_of_float32(path):
    mc.save({"x": mc.tensor([1.0, -2.5]).to(mc.bfloat16)}, path)
    upper = np.array([1.0, -2.5], "<f4").view("<u2")[1::2]
    assert parts(path)[1] == upper.tobytes()


@pytest.mark.parametrize(
    "tensor",
    [
        mc.tensor(3.5),
        mc.zeros(0),
        mc.zeros(2, 0, 3),
        mc.arange(6).reshape(2, 3).T,
        mc.arange(10)[::3],
        mc.arange(10).flip(0),
        mc.ones(1, 3).expand(4, 3),
        mc.tensor([float("nan"), float("inf"), -0.0]),
    ],
)
def test_every_shape_and_stride_goes_round_in_row_major_order(path, tensor):
    mc.save({"x": tensor}, path)
    loaded = mc.load(path)["x"]
    assert loaded.shape == tensor.shape
    np.testing.assert_array_equal(loaded.numpy(), tensor.numpy())
    assert parts(path)[1] == tensor.numpy().tobytes()


def test_a_model_goes_round(path):
    def model():
        return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Sequential(nn.Linear(2, 2)))

    one, two = model(), model()
    one[1](one[0](mc.rand(2, 1, 4, 4)))
    mc.save(one.state_dict(), path)
    two.load_state_dict(mc.load(path))
    assert set(parts(path)[0]) == set(one.state_dict())
    for name, value in one.state_dict().items():
        assert two.state_dict()[name].tolist() == value.tolist()


def test_names_may_be_any_text(path):
    names = ["a.b.c", "", "ß√", 'quote"d', "back\\slash", "new\nline"]
    mc.save({name: mc.tensor(i) for i, name in enumerate(names)}, path)
    assert {name: value.item() for name, value in mc.load(path).items()} == {
        name: i for i, name in enumerate(names)
    }
    mc.save({}, path)
    assert mc.load(path) == {}


def test_files_of_other_writers_are_read(path):
    header = {
        "__metadata__": {"format": "pt", "note": "anything"},
        "b": entry("F32", (2,), (3, 11)),  # not aligned
        "a": entry("U8", (3,), (0, 3)),
        "empty": entry("F64", (0, 5), (11, 11)),
    }
    put(path, header, b"\1\2\3" + struct.pack("<2f", 1.5, -2))
    loaded = mc.load(path)
    assert sorted(loaded) == ["a", "b", "empty"]
    assert loaded["a"].tolist() == [1, 2, 3]
    assert loaded["b"].tolist() == [1.5, -2]
    assert loaded["empty"].shape == (0, 5)


def test_metadata_is_written_and_read(path):
    mc.save({"x": mc.ones(1)}, path, metadata={"epoch": "3"})
    assert parts(path)[0]["__metadata__"] == {"epoch": "3"}
    assert mc.load(path)["x"].tolist() == [1]
    assert mc.load_metadata(path) == {"epoch": "3"}
    mc.save({"x": mc.ones(1)}, path)
    assert mc.load_metadata(path) == {}
    with pytest.raises(TypeError, match=r"\[save\] expects metadata .* got 'epoch': int"):
        mc.save({}, path, metadata={"epoch": 3})


def test_loaded_tensors_are_written_without_touching_the_file(path):
    mc.save({"x": mc.zeros(3)}, path)
    before = path.read_bytes()
    x = mc.load(path)["x"]
    x[0] = 1
    x += 1
    x.mul_(2)
    assert x.tolist() == [4, 2, 2]
    assert path.read_bytes() == before


def test_loaded_tensors_outlive_the_file(path):
    mc.save({"x": mc.arange(5)}, path)
    old = mc.load(path)
    mc.save({"x": old["x"] + 1}, path)
    mc.save(mc.load(path), path)
    assert mc.load(path)["x"].tolist() == [1, 2, 3, 4, 5]
    path.unlink()
    assert old["x"].tolist() == [0, 1, 2, 3, 4]


def test_a_checkpoint_goes_round(path):
    def make():
        model = nn.Linear(2, 2)
        return model, optim.AdamW([{"params": [model.weight]}, {"params": [model.bias], "lr": 0.5}])

    def train(model, optimizer):
        optimizer.zero_grad()
        (model(mc.ones(1, 2)) ** 2).sum().backward()
        optimizer.step()
        return model.weight.tolist(), model.bias.tolist()

    (model, optimizer), (other, resumed) = make(), make()
    train(model, optimizer)
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}
    mc.save(state, path, metadata={"by": "test"})
    loaded = mc.load(path)
    assert loaded["epoch"] == 3
    assert loaded["optimizer"]["param_groups"] == state["optimizer"]["param_groups"]
    other.load_state_dict(loaded["model"])
    resumed.load_state_dict(loaded["optimizer"])
    assert train(other, resumed) == train(model, optimizer)
    header, _ = parts(path)
    assert "optimizer.state.1.exp_avg" in header
    assert "model.weight" in header
    assert mc.load_metadata(path) == {"by": "test"}


def test_containers_and_values_keep_their_kind(path):
    tree = {"a": [1, (2.5, None, True)], "b": {0: "x", "0": float("inf")}, "empty": {}, "c": ()}
    mc.save(tree, path)
    assert mc.load(path) == tree
    assert isinstance(mc.load(path)["a"][1], tuple)
    mc.save({"t": (mc.ones(1), [mc.zeros(2)])}, path)
    assert [name for name in parts(path)[0] if name != "__metadata__"] == ["t.0", "t.1.0"]
    assert mc.load(path)["t"][1][0].tolist() == [0, 0]


@pytest.mark.parametrize(
    "form",
    [
        "{",
        "3",
        '{"tensor": "y"}',
        '{"tensor": ["x"]}',
        '{"dict": [[["x"], 1]]}',
        '{"dict": [1]}',
        '{"dict": 1}',
        '{"other": []}',
        "{}",
        "[" * 100000,
    ],
    ids=lambda form: form[:20],
)
def test_a_form_that_nobody_wrote_is_refused(path, form):
    put(path, {"__metadata__": {"mycel.form": form}, "x": entry()}, bytes(8))
    with pytest.raises(OSError, match=r"\[load\] expects a form that save wrote"):
        mc.load(path)


@pytest.mark.parametrize(
    ("tensors", "error", "message"),
    [
        ({"x": {1.0}}, TypeError, r"\[save\] expects tensors, numbers, .* got 'x': set"),
        ({"x": {"y": [nn.ReLU()]}}, TypeError, "got 'x.y.0': ReLU"),
        ({1.5: mc.ones(1)}, TypeError, "expects names that are text or ints, got 1.5"),
        ([mc.ones(1)], TypeError, r"\[save\] expects a dict of tensors, then a path"),
        (
            {"a.b": mc.ones(1), "a": {"b": mc.ones(1)}},
            ValueError,
            r"\[save\] expects names that differ, got 'a.b' twice",
        ),
    ],
)
def test_save_takes_tensors_and_what_checkpoints_hold(path, tensors, error, message):
    with pytest.raises(error, match=message):
        mc.save(tensors, path)
    assert not path.exists()


def test_save_refuses_the_name_of_the_metadata(path):
    with pytest.raises(ValueError, match="__metadata__"):
        mc.save({"__metadata__": mc.ones(1)}, path)
    assert list(path.parent.iterdir()) == []


HOSTILE = {
    "nothing": b"",
    "half a length": b"\1\0\0",
    "a length past the end": struct.pack("<Q", 100) + b"{}",
    "a length of 2^64 - 1": struct.pack("<Q", 2**64 - 1) + b"{}",
    "a length of 2^63": struct.pack("<Q", 2**63) + b"{}" * 50,
    "no JSON": struct.pack("<Q", 2) + b"{x",
    "no object": struct.pack("<Q", 2) + b"[]",
    "deep nesting": struct.pack("<Q", 100000) + b"[" * 100000,
    "no UTF-8": struct.pack("<Q", 6) + b'{"\xff":0',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_none_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(OSError, match=r"\[load\] .*weights.safetensors"):
        mc.load(path)


@pytest.mark.parametrize(
    "header",
    [
        {"x": entry(offsets=(0, 9))},
        {"x": entry(offsets=(8, 0))},
        {"x": entry(offsets=(-8, 0))},
        {"x": entry(offsets=(4, 12))},
        {"x": entry(offsets=(0, 2**64))},
        {"x": entry(offsets=(0.0, 8.0))},
        {"x": entry(offsets=(0,))},
        {"x": entry(shape=(3,))},
        {"x": entry(shape=(-2,))},
        {"x": entry(shape=(2**62, 2**62, 2**62))},
        {"x": entry(shape=(2**63, 2))},
        {"x": entry(shape=(2**61 + 2,))},  # times 4 is 8, modulo 2^64
        {"x": entry(shape=("2",))},
        {"x": entry(shape=[1] * 100 + [2])},
        {"x": entry(dtype="F33")},
        {"x": entry(dtype=None)},
        {"x": 3},
        {"x": {"dtype": "F32", "shape": [2]}},
        {"x": entry(), "y": entry()},  # overlap
        {"x": entry(shape=(1,), offsets=(0, 4))},  # a rest that is nobody's
        {"x": entry(shape=(1,), offsets=(4, 8))},  # a gap
        {"__metadata__": {"a": 1}, "x": entry()},
        {"__metadata__": [], "x": entry()},
        {"x": entry("BOOL", (8,), (0, 8))},  # bytes that are no bool
    ],
    ids=lambda header: json.dumps(header)[:60],
)
def test_a_header_that_lies_is_refused(path, header):
    put(path, header, bytes(range(8)))
    with pytest.raises(OSError, match=r"\[load\] expects"):
        mc.load(path)


def test_a_name_given_twice_is_refused(path):
    one = json.dumps(entry()).encode()
    put(path, b'{"x":' + one + b',"x":' + one + b"}", bytes(8))
    with pytest.raises(OSError, match=r"\[load\] expects .*x"):
        mc.load(path)


def test_a_file_cut_anywhere_is_refused(path):
    mc.save({"x": mc.arange(4), "y": mc.ones(3)}, path)
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(OSError, match="safetensors"):
            mc.load(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(OSError, match="safetensors"):
        mc.load(path)


def test_flipped_bits_raise_or_give_tensors(path):
    mc.save({"x": mc.arange(4), "name": mc.ones(3)}, path)
    whole = bytearray(path.read_bytes())
    for position in range(len(whole)):
        for bit in (0, 3, 7):
            damaged = bytearray(whole)
            damaged[position] ^= 1 << bit
            path.write_bytes(damaged)
            try:
                loaded = mc.load(path)
            except OSError:
                continue
            assert all(isinstance(value.tolist(), list) for value in loaded.values())


def test_files_that_cannot_be_had_raise_what_open_raises(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        mc.load(tmp_path / "none")
    with pytest.raises(OSError, match="cannot read"):
        mc.load(tmp_path)
    with pytest.raises(OSError, match="cannot write"):
        mc.save({"x": mc.ones(1)}, tmp_path / "no" / "folder")
    with pytest.raises(OSError, match="cannot write"):
        mc.save({"x": mc.ones(1)}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_path_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mc.save({"x": mc.ones(1)}, "x.safetensors")
    assert mc.load("x.safetensors")["x"].tolist() == [1]
    assert os.listdir() == ["x.safetensors"]


def test_a_link_stays_a_link_and_permissions_stay(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    mc.save({"x": mc.zeros(1)}, real)
    real.chmod(0o640)
    link.symlink_to(real)
    mc.save({"x": mc.ones(1)}, link)
    assert link.is_symlink()
    assert mc.load(real)["x"].tolist() == [1]
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "real"]


def test_a_killed_writer_leaves_the_old_file_whole(path):
    mc.save({"x": mc.zeros(3)}, path)
    code = f"""
import mycel as mc
x = mc.ones(1 << 22)
print("ready", flush=True)
while True:
    mc.save({{"x": x}}, {str(path)!r})
"""
    killed_between = 0
    for attempt in range(4):
        writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(0.01 * attempt)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        loaded = mc.load(path)["x"]
        assert loaded.tolist()[:3] in ([0, 0, 0], [1, 1, 1])
        assert len(loaded) in (3, 1 << 22)
        killed_between += any(path.parent.glob("*.tmp"))
    assert killed_between > 0


def test_a_full_disk_leaves_the_old_file_whole(path):
    mc.save({"x": mc.zeros(3)}, path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        with pytest.raises(OSError, match=r"cannot write .*weights.safetensors: File too large"):
            mc.save({"x": mc.ones(5000)}, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert mc.load(path)["x"].tolist() == [0, 0, 0]
    assert os.listdir(path.parent) == [path.name]
