"""Compares the numbers of training with PyTorch's: the classic LeNet-5, equal weights and batches.

Eager and as one graph: in float64 the losses of 100 steps; in float32, where rounding grows a
thousandfold in that time, those of the first 10, and every parameter and gradient after one step.
In brackets is the deviation of PyTorch from itself when its thread count changes.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import peers
import torch_like
from report import Row, main
from trajectory import OPTIONS

Arrays = dict[str, np.ndarray]

STEPS = {"float64": 100, "float32": 10}
LOSS_BAR = {"float64": 1e-10, "float32": 1e-5}
NORM_BAR = 1e-5  # float32, of one array's norm, after one step


def rows() -> list[Row]:
    """A row per optimiser, dtype and mode, and for float32 rows on arrays and on the two modes."""
    python = peers.python_of("pytorch")
    if python is None:
        print(peers.absence("trajectories", "pytorch"), flush=True)
        return []
    result = []
    with tempfile.TemporaryDirectory() as folder:
        for dtype in STEPS:
            source = Path(folder) / f"{dtype}.npz"
            np.savez(source, **inputs(STEPS[dtype]))
            for optimizer in OPTIONS:
                result += _compare(Runs(source, optimizer, dtype, python))
    return result


def inputs(steps: int, size: int = 64, seed: int = 0) -> Arrays:
    """Returns initial weights, and batches of ten blocky patterns in noise, which LeNets learn."""
    random = np.random.default_rng(seed)
    patterns = random.random((10, 1, 7, 7)).repeat(4, axis=2).repeat(4, axis=3)
    labels = random.integers(0, 10, (steps, size))
    noise = 0.3 * random.standard_normal((steps, size, 1, 28, 28))
    images = np.clip(0.7 * patterns[labels] + noise, 0, 1).astype(np.float32)
    result: Arrays = {"images": images, "labels": labels}
    for index, shape in enumerate(torch_like.CLASSIC.weights()):
        bound = np.prod(shape[1:]) ** -0.5
        result[f"w{index}"] = random.uniform(-bound, bound, shape)
        result[f"b{index}"] = random.uniform(-bound, bound, shape[0])
    return result


@dataclass(frozen=True)
class Runs:
    """Runs of one optimiser in one dtype, each in a process of its framework."""

    source: Path
    optimizer: str
    dtype: str
    peer: Path

    def mycel(self, mode: str) -> Arrays:
        """Runs Mycel in mode "eager" or "graph"."""
        return self._run(Path(sys.executable), "mycel", mode, os.cpu_count() or 1)

    def torch(self, threads: int) -> Arrays:
        """Runs PyTorch on that many threads."""
        return self._run(self.peer, "torch", "eager", threads)

    def _run(self, python: Path, framework: str, mode: str, threads: int) -> Arrays:
        program = Path(__file__).with_name("trajectory.py")
        target = self.source.with_name("output.npz")
        arguments = [framework, self.source, target, self.optimizer, self.dtype, mode, threads]
        subprocess.run([str(part) for part in (python, program, *arguments)], check=True)
        return dict(np.load(target))


def _compare(runs: Runs) -> list[Row]:
    peer, alone = runs.torch(os.cpu_count() or 1), runs.torch(1)
    ours = {mode: runs.mycel(mode) for mode in ("eager", "graph")}
    what = f"{runs.optimizer} {runs.dtype}"
    result = []
    for mode, arrays in ours.items():
        name = f"{what} {mode}, losses of {STEPS[runs.dtype]} steps"
        result.append(_losses(name, arrays, peer, alone, LOSS_BAR[runs.dtype]))
        if runs.dtype == "float32":
            name = f"{what} {mode}, arrays after a step"
            result.append(_arrays(name, arrays, peer, alone))
    if runs.dtype == "float32":
        pair = (ours["eager"], ours["graph"], ours["graph"])
        bar = LOSS_BAR["float32"]
        result.append(_losses(f"{what} eager against graph, losses", *pair, bar))
        result.append(_arrays(f"{what} eager against graph, arrays", *pair))
    return result


def _losses(what: str, ours: Arrays, peer: Arrays, alone: Arrays, bar: float) -> Row:
    def apart(a: Arrays) -> float:
        return float(np.max(np.abs(a["losses"] - peer["losses"]) / np.abs(peer["losses"])))

    figures = [f"{run['losses'][-1]:.10g}" for run in (ours, peer)]
    return _row(what, figures, apart(ours), apart(alone), bar)


def _arrays(what: str, ours: Arrays, peer: Arrays, alone: Arrays) -> Row:
    def apart(a: Arrays) -> float:
        names = [name for name in peer if name != "losses"]
        norms = [
            np.linalg.norm(a[name] - peer[name]) / np.linalg.norm(peer[name]) for name in names
        ]
        return float(max(norms))

    return _row(what, ["", ""], apart(ours), apart(alone), NORM_BAR)


def _row(what: str, figures: list[str], ours: float, alone: float, bar: float) -> Row:
    return Row(what, figures[0], f"{figures[1]} ({alone:.0e})", ours, bar, at_least=False)


if __name__ == "__main__":
    main(rows, __doc__)
