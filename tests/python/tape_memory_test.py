"""The tape keeps what gradients read: arrays, or their types alone."""

import gc
from collections.abc import Callable

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F

N = 1 << 16
ONE = 4 * N  # bytes of a float32 array of N elements
INDEX = mc.arange(N) % 256

# What is computed from x (N elements, which requires a gradient), and how many arrays of N float32
# elements the tape keeps besides x itself.
KEPT: dict[str, tuple[Callable[[mc.Tensor], mc.Tensor], int]] = {
    "add": (lambda x: (x * 2 + 1).sum(), 0),
    "mean": (lambda x: (x * 2).mean(), 0),
    "mean of a dim": (lambda x: (x * 2).reshape(256, -1).mean(0).sum(), 0),
    "exp": (lambda x: (x * 2).exp().sum(), 1),
    "tanh": (lambda x: (x * 2).tanh().sum(), 1),
    "relu": (lambda x: F.relu(x * 2).sum(), 1),
    "product of two": (lambda x: ((x * 2) * (x * 3)).sum(), 2),
    "cat": (lambda x: mc.cat([x * 2, x * 3]).sum(), 0),
    "cat with an empty vector": (lambda x: mc.cat([mc.zeros(0), x * 2]).sum(), 0),
    "gather": (lambda x: mc.gather(x * 2, 0, INDEX).sum(), 0),
    "index": (lambda x: (x * 2)[INDEX].sum(), 0),
    "embedding": (lambda x: F.embedding(INDEX, (x * 2).reshape(256, -1)[:, :1]).sum(), 0),
    "pad": (lambda x: F.pad(x * 2, (1, 2)).sum(), 0),
    "reshape and permute": (lambda x: (x * 2).reshape(256, -1).permute(1, 0).sum(), 0),
    "cumsum": (lambda x: (x * 2).cumsum(0).sum(), 0),
    "sum and expand": (lambda x: (x * 2).sum().expand(4).sum(), 0),
}


@pytest.mark.parametrize("name", KEPT)
def test_the_tape_keeps_no_more_than_a_gradient_reads(name: str) -> None:
    compute, kept = KEPT[name]
    x = mc.tensor(np.linspace(-1, 1, N, dtype=np.float32), requires_grad=True)
    compute(x)  # what is compiled or computed once is there
    gc.collect()
    before = mc.memory.allocated()
    loss = compute(x)
    held = mc.memory.allocated() - before
    assert held < kept * ONE + ONE // 2
    assert held >= kept * ONE
    loss.backward()
    assert x.grad is not None and x.grad.shape == x.shape


def test_a_written_position_keeps_no_values() -> None:
    x = mc.zeros(N, requires_grad=True)

    def compute() -> mc.Tensor:
        y = x * 2
        y[INDEX] = (x * 3)[:N]
        return y.sum()

    compute()
    gc.collect()
    before = mc.memory.allocated()
    loss = compute()
    # Which of the values that share a position remained is read from an array of positions.
    assert mc.memory.allocated() - before < 3 * ONE
    loss.backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy()[256 : N - 256], 2)
