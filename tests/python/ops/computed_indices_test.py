"""Indices that the compiled program itself computes are checked as those that it is given are."""

import re
from collections.abc import Callable

import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel._cli import main

BEYOND: dict[str, Callable[[mc.Tensor], mc.Tensor]] = {
    "index": lambda x: x[mc.arange(100)],
    "index by one number": lambda x: x[mc.full((3,), 1 << 40, dtype=mc.int64)],
    "index of unsigned": lambda x: x[mc.full((3,), 200, dtype=mc.uint32)],
    "index before the first": lambda x: x[mc.arange(3) - 100],
    "gather": lambda x: mc.gather(x, 0, mc.arange(8).reshape(2, 4) * 1000),
    "embedding": lambda x: F.embedding(mc.arange(9), x),
    "cross_entropy": lambda x: F.cross_entropy(x, mc.arange(4) * 3),
    "an index of an index": lambda x: x[mc.arange(8)[mc.arange(4) * 2]],
    "of a constant": lambda x: mc.full((4,), 5.0)[mc.full((2,), 7, dtype=mc.int64)] + x.sum(),
}


@pytest.mark.parametrize("name", BEYOND)
def test_one_that_is_out_of_range_raises(name: str) -> None:
    x = mc.zeros(4, 4)
    for call in BEYOND[name], mc.jit(BEYOND[name]):
        with pytest.raises(IndexError):
            call(x)


def test_those_in_range_read_what_they_name() -> None:
    x = mc.arange(12.0).reshape(4, 3)
    step = mc.jit(lambda x: (x[mc.arange(4) - 4, mc.arange(4) % 3], x[2 - mc.arange(3)]))
    picked, turned = step(x)
    assert picked.tolist() == [0, 4, 8, 9]
    assert turned.tolist() == x[:3].flip(0).tolist()


PLACES = """\
func @at(%x: f32[1,1,4,4]) -> (f32[1,1,2,2]) {
  %p = full() {shape = [1, 1, 2, 2], value = 200, dtype = u8} : u8[1,1,2,2]
  %y = max_pool2d_at(%x, %p) : f32[1,1,2,2]
  return %y
}
"""


@pytest.mark.parametrize("device", ["cpu", "reference"])
def test_places_that_no_pooling_gave_raise(tmp_path, capsys, device: str) -> None:
    (tmp_path / "at.mir").write_text(PLACES)
    assert main(["run", str(tmp_path / "at.mir"), "--device", device]) == 1
    assert re.match(r"error: index 10\d is out of range for dim", capsys.readouterr().err)
