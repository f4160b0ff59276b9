"""LeNet-5 on MNIST: the test accuracy after 5 epochs, the median of three seeds.

6 and 16 filters, batch 64, Adadelta at 1.0 falling by 0.7 an epoch: the example in Python, eager
and as a graph, and the one in C++. MNIST is looked for in $MYCEL_DATA, else in ../shared/data.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

from report import Row, main

ROOT = Path(__file__).parents[1]
SEEDS = (1, 2, 3)
PYTHON = [sys.executable, ROOT / "examples" / "lenet.py"]
PROGRAMS = {
    "eager": [*PYTHON, "--mode", "eager"],
    "graph": [*PYTHON, "--mode", "graph"],
    "C++": [ROOT / "build" / "release" / "examples" / "lenet"],
}
LAST_LINE = "test accuracy: "


def rows() -> list[Row]:
    """One row per program."""
    result = []
    for name, program in PROGRAMS.items():
        found = [_accuracy(program, seed) for seed in SEEDS]
        each = ", ".join(f"{value:.4f}" for value in found)
        figure = statistics.median(found)
        result.append(Row(f"LeNet-5 on MNIST, {name}", each, "", figure, bar=0.99))
    return result


def _accuracy(program: list[str | Path], seed: int) -> float:
    data = os.environ.get("MYCEL_DATA") or ROOT.parent / "shared" / "data"
    options = ["--data", data, "--epochs", 5, "--batch-size", 64]
    command = [*program, *options, "--seed", seed, "--optimizer", "adadelta"]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    last = (done.stdout.splitlines() or [""])[-1]
    if done.returncode != 0 or not last.startswith(LAST_LINE):
        raise RuntimeError(f"{program[0]} ended with status {done.returncode} and {last!r}")
    return float(last.removeprefix(LAST_LINE))


if __name__ == "__main__":
    main(rows)
