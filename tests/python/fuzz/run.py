"""Random programs, compared in every mode:  python tests/python/fuzz/run.py --count 1000

A program that fails is made smaller and printed as a script that runs by itself; `--seed N --count
1` runs one again. The exit status is 1 if any failed.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz import worker
from fuzz.generate import FAMILIES


def main() -> int:
    """Runs the programs that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--count", type=int, default=200, help="how many programs")
    parser.add_argument("--budget", type=float, default=1800, help="seconds, all together")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--faults", type=int, default=10, help="how many to find at most")
    parser.add_argument("--family", default="", choices=("", *FAMILIES), help="of programs")
    options = parser.parse_args()
    report = worker.run(
        range(options.seed, options.seed + options.count),
        options.budget,
        options.workers,
        options.family,
        options.faults,
        tell=lambda found: print(text_of(found), flush=True),
    )
    print(
        f"{report.programs} programs in {report.seconds:.0f} s, {len(report.faults)} faults, "
        f"{report.rejected} seeds without a program"
    )
    return 1 if report.faults else 0


def text_of(found: worker.Found) -> str:
    """A fault as it is printed."""
    return f"# seed {found.seed}, {found.mode}: {found.message}\n{found.script}\n"


if __name__ == "__main__":
    sys.exit(main())
