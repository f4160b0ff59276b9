"""Loaded tensors stay as they are when their file changes."""

import os
import shutil
import time

import numpy as np
import pytest

import mycel as mc
from mycel import nn
from wraps import wraps


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.safetensors"


def age(path):
    """Sets the time of the last modification back, as if the file had lain there for a minute."""
    then = time.time() - 60
    os.utime(path, (then, then))


CHANGES = {
    "overwritten": lambda path, other: shutil.copy(other, path),
    "emptied": lambda path, other: path.write_bytes(b""),
    "cut short": lambda path, other: os.truncate(path, path.stat().st_size - 4),
    "scribbled on": lambda path, other: scribble(path),
    "replaced": lambda path, other: shutil.move(other, path),
    "deleted": lambda path, other: path.unlink(),
}
IN_PLACE = ["overwritten", "emptied", "cut short", "scribbled on"]


def scribble(path):
    with open(path, "r+b") as file:
        file.seek(-8, os.SEEK_END)
        file.write(b"\7" * 8)


@pytest.mark.parametrize("change", CHANGES)
@wraps
def test_a_loaded_model_stays_what_it_was_when_its_file_changes(path, change, wrap):
    a, b, model = nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 64)
    other = path.with_name("other")
    mc.save(a.state_dict(), path)
    mc.save(b.state_dict(), other)
    loaded = mc.load(path)
    model.load_state_dict(loaded)
    CHANGES[change](path, other)
    x, forward = mc.ones(1, 64), wrap(model)
    assert (forward(x) == a(x)).all()
    assert (loaded["weight"] == a.weight).all()


def test_tensors_of_every_size_are_read_whole(path):
    """Longer than what one thread reads at a time, and not a multiple of it."""
    tensors = {
        "large": mc.arange((3 << 20) + 5),
        "small": mc.arange(3),
        "empty": mc.zeros(0, 2),
        "flags": mc.arange((5 << 20) + 1) % 3 == 0,
    }
    mc.save(tensors, path)
    loaded = mc.load(path)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(loaded[name].numpy(), tensor.numpy())


def test_a_write_to_a_loaded_tensor_changes_neither_the_file_nor_another_load(path):
    mc.save({"x": mc.zeros(3), "y": mc.ones(2)}, path)
    one, two = mc.load(path), mc.load(path)
    one["x"].fill_(7)
    assert two["x"].tolist() == [0, 0, 0]
    assert mc.load(path)["x"].tolist() == [0, 0, 0]


# --- with mmap=True -------------------------------------------------------------------------------


def test_a_file_that_stays_open_reads_a_tensor_when_it_is_asked_for(path):
    tree = {"a": mc.arange(3), "deep": {"b": [mc.ones(2), (1, mc.zeros(1))]}, "epoch": 3}
    mc.save(tree, path)
    loaded = mc.load(path, mmap=True)
    assert list(loaded) == ["a", "deep", "epoch"]
    assert len(loaded) == 3
    assert "a" in loaded
    assert loaded["a"] is loaded["a"]
    assert loaded["deep"]["b"][1][1].tolist() == [0]
    assert loaded["epoch"] == 3
    with pytest.raises(KeyError):
        loaded["c"]
    mc.save({"a": mc.arange(3)}, path)
    flat = mc.load(path, mmap=True)
    assert {name: tensor.tolist() for name, tensor in flat.items()} == {"a": [0, 1, 2]}
    with pytest.raises(KeyError):
        flat["c"]


def test_a_model_is_loaded_from_a_file_that_stays_open(path):
    one, two = nn.Linear(3, 2), nn.Linear(3, 2)
    mc.save(one.state_dict(), path)
    two.load_state_dict(mc.load(path, mmap=True))
    assert (two.weight == one.weight).all()


@pytest.mark.parametrize("change", IN_PLACE)
@pytest.mark.parametrize("aged", [True, False], ids=["old", "new"])
def test_a_tensor_of_a_file_that_was_changed_raises_when_it_is_asked_for(path, change, aged):
    other = path.with_name("other")
    mc.save({"x": mc.zeros(4), "y": mc.ones(4)}, path)
    mc.save({"x": mc.zeros(4), "y": mc.zeros(4)}, other)
    if aged:
        age(path)
    loaded = mc.load(path, mmap=True)
    x = loaded["x"]
    time.sleep(0.02)  # the clock that stamps files has ticked
    CHANGES[change](path, other)
    with pytest.raises(OSError, match=r"cannot read .*weights.safetensors: it was changed"):
        loaded["y"]
    assert x.tolist() == loaded["x"].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("change", ["replaced", "deleted"])
def test_a_file_that_was_replaced_is_read_as_it_was(path, change):
    other = path.with_name("other")
    mc.save({"x": mc.zeros(4)}, path)
    mc.save({"x": mc.ones(4)}, other)
    age(path)
    loaded = mc.load(path, mmap=True)
    CHANGES[change](path, other)
    assert loaded["x"].tolist() == [0, 0, 0, 0]


def test_a_change_in_the_tick_of_the_clock_in_which_the_file_was_opened_gives_no_new_numbers(path):
    mc.save({"x": mc.zeros(4)}, path)
    stamp = path.stat().st_mtime_ns
    loaded = mc.load(path, mmap=True)
    scribble(path)
    os.utime(path, ns=(stamp, stamp))
    assert loaded["x"].tolist() == [0, 0, 0, 0]


def test_a_damaged_form_is_refused_when_the_file_is_opened(path):
    mc.save({"a": {"b": mc.ones(1)}}, path)
    content = path.read_bytes().replace(b"a.b", b"a.c", 1)
    path.write_bytes(content)
    for mmap in (False, True):
        with pytest.raises(OSError, match="expects a form that save wrote"):
            mc.load(path, mmap=mmap)


# --- what else could share memory -----------------------------------------------------------------


def test_what_load_state_dict_took_is_not_the_callers_array():
    array = np.ones((1, 2), np.float32)
    model = nn.Linear(2, 1, bias=False)
    model.load_state_dict({"weight": mc.from_numpy(array, copy=False)})
    array[:] = 5
    assert model.weight.tolist() == [[1, 1]]


COPIES = {
    "copy_": lambda x: mc.zeros(3).copy_(x),
    "clone": lambda x: x.clone(),
    "to": lambda x: x.to(mc.float32, copy=True),
    "tensor": lambda x: mc.tensor(x),
    "add": lambda x: x + 0,
    "multiply": lambda x: x * 1,
    "cat": lambda x: mc.cat([x]),
    "gradient": lambda x: mc.grad(lambda y: (y * x).sum())(mc.zeros(3)),
    "jit copy_": lambda x: mc.jit(lambda: mc.zeros(3).copy_(x))(),
    "jit clone": lambda x: mc.jit(lambda y: y.clone())(x),
    "jit tensor": lambda x: mc.jit(lambda y: mc.tensor(y))(x),
    "jit add": lambda x: mc.jit(lambda y: y + 0)(x),
    "jit cat": lambda x: mc.jit(lambda y: mc.cat([y]))(x),
    "jit gradient": lambda x: mc.jit(mc.grad(lambda y: (y * x).sum()))(mc.zeros(3)),
}


@pytest.mark.parametrize("take", COPIES.values(), ids=COPIES)
def test_what_is_computed_from_a_shared_array_does_not_share_it(take):
    array = np.ones(3, np.float32)
    copy = take(mc.from_numpy(array, copy=False))
    array[:] = 5
    assert copy.tolist() == [1, 1, 1]


@wraps
def test_a_view_of_a_tensor_that_shares_an_array_shares_it(wrap):
    array = np.ones(3, np.float32)
    view = wrap(lambda x: x[1:])(mc.from_numpy(array, copy=False))
    array[:] = 5
    assert view.tolist() == [5, 5]


def test_a_data_set_of_mapped_memory_is_a_copy(tmp_path):
    mapped = np.memmap(tmp_path / "x", np.float32, "w+", shape=(4,))
    mapped[:] = 1
    dataset = mc.data.ArrayDataset(mapped)
    mapped[:] = 5
    assert [dataset[i][0].item() for i in range(4)] == [1] * 4
