"""Compares the speed of this revision with another:  tools/run bench/against.py REVISION [row...]

Builds the other revision in its own work tree below build/against, and measures the rows of both
alternately: 30 pairs per row, each with one block of calls per revision, in alternating order (old
new, new old). Both run the benchmark programs of this revision. The figure of a row is the median
of the 30 ratios new / old, with its 95 % interval; a row is worse if the whole interval lies above
1.03. The exit status is 1 if any row is worse.

A block's figure is its fastest part, as pauses of the machine only add time. A slow moment affects
both sides of a pair or widens the interval. New processes after every third pair average out what
differs between processes of equal code (memory placement).
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from harness import Subject, Worker, calls_in, prepare, prepare_peer
from interval import Median, median
from report import duration

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = Path(__file__).with_name("with_mycel.py")
PAIRS, PAIRS_OF_A_PROCESS = 30, 3
BLOCK_SECONDS, PARTS_OF_A_BLOCK = 0.1, 10
WORSE = 1.03
OLD, NEW = "old", "new"
FAMILIES = ("elementwise", "reductions", "convolutions", "losses", "layers", "indexing")


@dataclass(frozen=True)
class Row:
    """A row of the table: a case of the worker. A cold one uses a new process for each call."""

    name: str
    case: str
    options: dict[str, Any] = field(default_factory=dict)
    cold: bool = False


def _operators() -> Iterator[Row]:
    for family in FAMILIES:
        for compiled in (False, True):
            form = "compiled" if compiled else "eager"
            options = {"family": family, "compiled": compiled}
            yield Row(f"operators: {family}, {form}", "operators", options)


ROWS = (
    Row("eager add", "add"),
    Row("chain of 10 adds, forward and backward", "chain"),
    Row("compiled tiny call", "tiny_call"),
    Row("LeNet-5 step, compiled", "lenet_step", {"optimizer": "Adadelta", "compiled": True}),
    Row("LeNet-5 step, eager", "lenet_step", {"optimizer": "Adadelta", "compiled": False}),
    Row(
        "first compiled LeNet-5 step",
        "lenet_step",
        {"optimizer": "Adadelta", "compiled": True},
        cold=True,
    ),
    *_operators(),
)


@dataclass
class Times:
    """Seconds per call of one row, pair by pair."""

    old: list[float] = field(default_factory=list)
    new: list[float] = field(default_factory=list)

    def add(self, pairs: range, seconds: Callable[[str], float]) -> None:
        """Measures these pairs with a function that measures one side."""
        for pair in pairs:
            for side in order(pair):
                (self.old if side == OLD else self.new).append(seconds(side))

    def ratio(self) -> Median:
        """new / old."""
        return median([new / old for old, new in zip(self.old, self.new, strict=True)])


def order(pair: int) -> tuple[str, str]:
    """Returns the sides of a pair in the order in which they are measured."""
    return (OLD, NEW) if pair % 2 == 0 else (NEW, OLD)


def verdict(ratio: Median) -> str:
    """Returns the verdict on a ratio, from its interval."""
    if ratio.low > WORSE:
        return "WORSE"
    return "better" if ratio.high < 1 / WORSE else ""


def build(revision: str) -> Path:
    """Builds the revision and returns the folder from which `import mycel` finds it."""
    commit = _output("git", "rev-parse", "--verify", f"{revision}^{{commit}}")
    tree = ROOT / "build" / "against" / commit[:12]
    if not tree.exists():
        _run("git", "worktree", "add", "--detach", str(tree), commit)
    made = tree / "build"
    if not (made / "build.ninja").exists():
        python = f"-DPython_EXECUTABLE={sys.executable}"
        _run(
            "cmake", "-S", str(tree), "-B", str(made), "-G", "Ninja", python, "--log-level=WARNING"
        )
    print(f"building {commit[:12]}", flush=True)
    _run("ninja", "-C", str(made), "--quiet", "_core")
    return made / "python"


def _output(*command: str) -> str:
    return subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def _run(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def start(stack: ExitStack, folder: Path) -> Worker:
    """Starts a worker that imports mycel from a folder and keeps no compiled kernels on disk.

    Bytecode is kept, as for an installed package: else a cold row would include the compilation of
    Python code.
    """
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))
    environment = {
        "PYTHONPATH": path,
        "MYCEL_CACHE": "",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(ROOT / "build" / "against" / "bytecode"),
    }
    return stack.enter_context(Worker([sys.executable, PROGRAM], environment))


def measure(rows: list[Row], folders: dict[str, Path]) -> dict[str, Times]:
    """Measures every row that both revisions can run; returns the times by row name."""
    times = {row.name: Times() for row in rows}
    calls: dict[str, int] = {}
    for first in range(0, PAIRS, PAIRS_OF_A_PROCESS):
        pairs = range(first, first + PAIRS_OF_A_PROCESS)
        print(f"pairs {first + 1} to {pairs.stop} of {PAIRS}", flush=True)
        with ExitStack() as stack:
            sides = order(first // PAIRS_OF_A_PROCESS)
            workers = {side: start(stack, folders[side]) for side in sides}
            for row in [row for row in rows if row.name in times and not row.cold]:
                _measure_warm(row, workers, pairs, times, calls)
        for row in [row for row in rows if row.cold]:
            times[row.name].add(pairs, partial(_cold, row, folders))
    return times


def _measure_warm(
    row: Row,
    workers: dict[str, Worker],
    pairs: range,
    times: dict[str, Times],
    calls: dict[str, int],
) -> None:
    subjects = _prepared(row, workers)
    if not subjects:
        del times[row.name]
        return
    if row.name not in calls:
        calls[row.name] = calls_in(subjects[OLD], BLOCK_SECONDS)
    times[row.name].add(pairs, partial(_block, subjects, calls[row.name]))


def _prepared(row: Row, workers: dict[str, Worker]) -> dict[str, Subject]:
    """Prepares a row on both sides; empty, with a message, if the old one cannot run it."""
    old = prepare_peer(row.name, workers[OLD], row.case, **row.options)
    if not old:
        return {}
    return {OLD: old[0], NEW: prepare(row.name, workers[NEW], row.case, **row.options)}


def _block(subjects: dict[str, Subject], calls: int, side: str) -> float:
    """Returns seconds per call of the fastest part of a block, as pauses only add time."""
    subject, part = subjects[side], max(1, calls // PARTS_OF_A_BLOCK)
    subject.worker.seconds(subject.name, max(1, part // 2))  # wakes the threads
    return min(subject.worker.seconds(subject.name, part) for _ in range(PARTS_OF_A_BLOCK)) / part


def _cold(row: Row, folders: dict[str, Path], side: str) -> float:
    with ExitStack() as stack:
        worker = start(stack, folders[side])
        worker.prepare(row.name, row.case, **row.options)
        return worker.seconds(row.name, 1)


def table(times: dict[str, Times]) -> list[str]:
    """Returns the lines of the table."""
    lines = [f"{'row':44}{'old':>10}{'new':>10}{'new/old':>9}  95 % interval"]
    for name, each in times.items():
        ratio = each.ratio()
        old, new = duration(median(each.old).value), duration(median(each.new).value)
        interval = f"[{ratio.low:.3f}, {ratio.high:.3f}]"
        line = f"{name:44}{old:>10}{new:>10}{ratio.value:9.3f}  {interval}  {verdict(ratio)}"
        lines.append(line.rstrip())
    return lines


def main() -> int:
    """Builds, measures and prints the table; returns 1 if a row is worse."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("revision", help="what Git names the other revision by")
    parser.add_argument("rows", nargs="*", help="rows whose names contain one of these; else all")
    options = parser.parse_args()
    wanted = options.rows or [""]
    rows = [row for row in ROWS if any(part in row.name for part in wanted)]
    if not rows:
        parser.error(f"expects parts of rows' names, got {' '.join(options.rows)}")
    folders = {OLD: build(options.revision), NEW: ROOT / "build" / "release" / "python"}
    times = measure(rows, folders)
    if not times:
        sys.exit("nothing was measured")
    print("\n".join(table(times)))
    return 1 if any(verdict(each.ratio()) == "WORSE" for each in times.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
