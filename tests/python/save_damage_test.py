"""mc.load of files that lie, and mc.save where writing is cut short."""

import json
import os
import resource
import signal
import struct
import subprocess
import sys
import time

import pytest

import mycel as mc
from safetensors_files import entry, put


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.safetensors"


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
