"""Compiled functions whose values share memory give what the same operations give one by one."""

import re
from typing import Any

import numpy as np
import pytest

import mycel as mc


def numbers(*shape: int, seed: int) -> mc.Tensor:
    return mc.tensor(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def check(f: Any, *arguments: mc.Tensor) -> None:
    for eager, compiled in zip(f(*arguments), mc.jit(f)(*arguments), strict=True):
        np.testing.assert_allclose(compiled.numpy(), eager.numpy(), rtol=2e-4, atol=2e-4)


# The third result shares its loops with the sum, and so with the first result; the second has
# loops of its own.
def test_no_result_overwrites_what_other_loops_read() -> None:
    def f(a: mc.Tensor, c: mc.Tensor, b: mc.Tensor) -> tuple[mc.Tensor, ...]:
        x, s = (a @ c).tanh(), b.sum(-1)
        return x * s, x + 1, b * s.unsqueeze(-1)

    check(f, numbers(64, 64, seed=0), numbers(64, 64, seed=1), numbers(64, 64, 3, seed=2))


def test_no_gradient_overwrites_what_other_loops_read() -> None:
    def f(a: mc.Tensor, b: mc.Tensor, c: mc.Tensor, d: mc.Tensor) -> mc.Tensor:
        v = d + a @ b
        u, s = (v @ d.permute(1, 0)) @ v, (c * d.unsqueeze(-1)).sum(-1)
        return (s * s).sum() + (u.sum(0) ** 2).sum()

    a, b = numbers(64, 24, seed=0) * 0.1, numbers(24, 64, seed=1) * 0.1
    c, d = numbers(64, 64, 5, seed=2) * 0.1, numbers(64, 64, seed=3) * 0.1
    check(mc.grad(f, argnums=(0, 1)), a, b, c, d)


# A parameter's buffer is given to its new value, which other results are computed beside.
@pytest.mark.parametrize("size", [64, 61])
def test_no_new_value_of_state_overwrites_what_other_loops_read(size: int) -> None:
    p, q = numbers(size, size, seed=0), numbers(size, size, seed=0)
    b = numbers(size, size, 3, seed=1)

    def step(p: mc.Tensor) -> tuple[mc.Tensor, ...]:
        s = b.sum(-1)
        results = p + 1, b * s.unsqueeze(-1), p.exp()
        p.copy_(p * s)
        return results

    compiled = mc.jit(lambda: step(p))
    for _ in range(3):
        for got, expected in zip((*compiled(), p), (*step(q), q), strict=True):
            np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=2e-4, atol=2e-4)


# Values that die in place, views of them, a parameter and its gradient, and control flow.
def make_step() -> Any:
    w = mc.tensor(np.linspace(-1, 1, 32 * 32, dtype=np.float32).reshape(32, 32))
    w.requires_grad_()

    @mc.jit
    def step(x: mc.Tensor) -> tuple[mc.Tensor, mc.Tensor]:
        h = (x @ w).tanh()
        columns = h.permute(1, 0).reshape(-1).exp()
        loss = (columns * columns).mean() + h.sum(-1).abs().sum()
        loss.backward()
        with mc.no_grad():
            w.copy_(w - 0.01 * w.grad)
        return loss, columns

    return step


def test_apart_gives_every_value_memory_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> tuple[list[np.ndarray], float, Any]:
        step = make_step()
        x = numbers(48, 32, seed=5)
        results = [value.detach().numpy() for _ in range(3) for value in step(x)]
        return results, float(re.match(r"peak ([\d.]+) MiB", step.report())[1]), step

    shared, shared_peak, shared_step = run()
    monkeypatch.setenv("MYCEL_MEMORY", "apart")
    apart, apart_peak, apart_step = run()
    assert apart_peak > 1.2 * shared_peak
    assert "donated 0 buffers" not in shared_step.explain()
    assert "donated 0 buffers" in apart_step.explain()
    for one, other in zip(shared, apart, strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_kind_of_memory_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYCEL_MEMORY", "together")
    with pytest.raises(ValueError, match='MYCEL_MEMORY expects "apart" or nothing, got "together"'):
        mc.jit(lambda x: x + 1)(mc.ones(3))
