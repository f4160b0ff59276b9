"""LeNet-5 learns MNIST: 6 and 16 filters, batch 64, Adadelta at 1.0 falling by 0.7 an epoch."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("MYCEL_DATA") or ROOT.parent / "shared" / "data")
PYTHON = [sys.executable, ROOT / "examples" / "lenet.py"]
PROGRAMS = {
    "eager": [*PYTHON, "--mode", "eager"],
    "graph": [*PYTHON, "--mode", "graph"],
    "C++": [ROOT / "build" / "release" / "examples" / "lenet"],
}
LAST_LINE = "test accuracy: "


def _accuracy(program: list[str | Path], seed: int) -> float:
    options = ["--data", DATA, "--epochs", 5, "--batch-size", 64, "--optimizer", "adadelta"]
    command = [str(part) for part in (*program, *options, "--seed", seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    last = done.stdout.splitlines()[-1]
    assert last.startswith(LAST_LINE)
    return float(last.removeprefix(LAST_LINE))


@pytest.mark.parametrize("program", PROGRAMS)
def test_lenet_reaches_99_percent_after_5_epochs(program: str) -> None:
    if not any((DATA / folder).is_dir() for folder in ("mnist", "MNIST/raw")):
        pytest.skip(f"no MNIST in {DATA}")
    found = [_accuracy(PROGRAMS[program], seed) for seed in (1, 2, 3)]
    print(f"LeNet-5 on MNIST, {program}: {found}")
    assert statistics.median(found) >= 0.99
