"""What arrays and compiled functions hold."""

import re
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import nn, optim

MIB = 1 << 20


def test_arrays_count_while_they_live() -> None:
    before = mc.memory.allocated()
    x = mc.zeros(1000, 1000)
    assert mc.memory.allocated() - before == 4_000_000
    mc.memory.reset_peak()
    y = x + x
    del y
    assert mc.memory.peak() - before == 8_000_000
    del x
    assert mc.memory.allocated() == before


def test_release_gives_back_what_nobody_uses() -> None:
    x = mc.zeros(1000, 1000)
    del x
    assert mc.memory.cached() >= 4_000_000
    mc.memory.release()
    assert mc.memory.cached() == 0


MODELS = {
    "layers": lambda: (
        nn.Sequential(nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 10)),
        mc.rand(256, 512),
    ),
    "words": lambda: (
        nn.Sequential(nn.Embedding(2000, 256), nn.Linear(256, 2000)),
        mc.zeros(256, dtype=mc.int64),
    ),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_a_training_step_takes_what_was_planned(make: Callable[[], tuple[Any, mc.Tensor]]) -> None:
    mc.memory.release()
    before = mc.memory.allocated()
    model, x = make()
    optimizer = optim.Adadelta(model.parameters())
    y = mc.zeros(256, dtype=mc.int64)

    @mc.jit
    def step(x: mc.Tensor, y: mc.Tensor) -> mc.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(3):
        step(x, y)
    planned = float(re.match(r"peak ([\d.]+) MiB", step.report())[1]) * MIB
    mc.memory.release()
    mc.memory.reset_peak()
    step(x, y)
    assert abs((mc.memory.peak() - before) / planned - 1) < 0.02


def test_a_gradient_that_is_held_sees_what_is_added_and_keeps_its_elements_when_replaced():
    w = mc.zeros(3, requires_grad=True)

    @mc.jit
    def accumulate(x):
        (w * x).sum().backward()

    accumulate(mc.ones(3))
    accumulate(mc.ones(3))
    held = w.grad
    accumulate(mc.ones(3))
    assert w.grad is held
    assert held.tolist() == [3, 3, 3]
    w.grad = None
    accumulate(mc.ones(3))
    assert held.tolist() == [3, 3, 3]
    assert w.grad.tolist() == [1, 1, 1]


def test_calls_leave_nothing_behind() -> None:
    """Not the lists either that a call makes of what it reads and writes."""

    @mc.jit
    def add(x: mc.Tensor) -> mc.Tensor:
        return x + 1.0

    @mc.jit
    def update(x: mc.Tensor) -> None:
        x += 1.0

    x = mc.zeros(4)
    for function in (add, update):
        for _ in range(1000):
            function(x)
        before = _resident_bytes()
        for _ in range(200_000):
            function(x)
        assert _resident_bytes() - before < 4 * MIB


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
