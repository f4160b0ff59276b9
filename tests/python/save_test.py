"""mc.save and mc.load: the safetensors format, and checkpoints."""

import os
import struct

import numpy as np
import pytest

import mycel as mc
from mycel import data, nn, optim
from safetensors_files import entry, parts, put

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
    names = [
        "a.b.c",
        "",
        "ß√",
        'quote"d',
        "back\\slash",
        "new\nline",
        "a\0b",
        "a",
        "\0",
        "x" * 10**6,
    ]
    names += ["\U0001f600", "\u2028", "dtype", "mycel.form"]
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


@pytest.mark.parametrize("mmap", [False, True])
def test_nested_names_metadata_and_texts_may_be_any_text(path, mmap):
    tree = {"a\0b": {"c\0d": mc.ones(1), "text\0": "x\0y\ud800"}, "a": mc.zeros(1)}
    mc.save(tree, path, metadata={"k\0": "v\0w", "k": "", "": "ß"})
    loaded = mc.load(path, mmap=mmap)
    assert list(loaded) == ["a\0b", "a"]
    assert loaded["a\0b"]["c\0d"].tolist() == [1]
    assert loaded["a\0b"]["text\0"] == "x\0y\ud800"
    assert mc.load_metadata(path) == {"k\0": "v\0w", "k": "", "": "ß"}


@pytest.mark.parametrize(
    ("tensors", "metadata"),
    [
        ({"\ud800": mc.ones(1)}, {}),
        ({"a": {"x\udfff": mc.ones(1)}}, {}),
        ({}, {"\ud800": ""}),
        ({}, {"k": "\ud800"}),
    ],
)
def test_a_name_that_utf8_cannot_encode_is_refused(path, tensors, metadata):
    with pytest.raises(ValueError, match=r"\[save\] expects text that UTF-8 has, got .*surrogate"):
        mc.save(tensors, path, metadata)
    assert not path.exists()


def test_save_refuses_a_header_that_no_reader_takes(path):
    with pytest.raises(ValueError, match="expects names and metadata that fit into a header"):
        mc.save({}, path, metadata={"k": "x" * 100_000_001})
    assert not path.exists()


def test_save_refuses_the_metadata_that_is_its_own(path):
    with pytest.raises(ValueError, match=r"\[save\] expects metadata other than 'mycel.form'"):
        mc.save({}, path, metadata={"mycel.form": "{}"})


def test_names_of_modules_parts_go_round(path):
    model = nn.Module()
    for name in ("a\0b", "a", "ß\n"):
        setattr(model, name, nn.Parameter(mc.full((1,), float(len(name)))))
    mc.save(model.state_dict(), path)
    assert {k: v.item() for k, v in mc.load(path).items()} == {"a\0b": 3, "a": 1, "ß\n": 2}
    assert getattr(model, "a\0b").name == "a\0b"


def test_paths_with_odd_characters_name_the_file_they_say(tmp_path):
    for name in ("new\nline", "ß", os.fsdecode(b"\xff\xfe"), b"bytes"):
        folder = os.fsencode(tmp_path) if isinstance(name, bytes) else str(tmp_path)
        file = os.path.join(folder, name)
        mc.save({"x": mc.ones(1)}, file)
        assert mc.load(file)["x"].tolist() == [1]
        assert mc.load_metadata(file) == {}
        os.truncate(file, 3)
        with pytest.raises(OSError, match="at least 8 bytes") as caught:
            mc.load(file)
        assert os.path.basename(os.fsdecode(file)) in str(caught.value)
    before = os.listdir(tmp_path)
    for call in (lambda p: mc.save({}, p), data.find_mnist, data.MNIST):
        with pytest.raises(ValueError, match="null"):
            call(f"{tmp_path}/a\0b")
    with pytest.raises((ValueError, FileNotFoundError)):
        mc.load(f"{tmp_path}/a\0b")
    assert os.listdir(tmp_path) == before
