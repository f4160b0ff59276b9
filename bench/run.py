"""Every benchmark, in one table: `make bench`, or `make bench ARGS="small_ops lenet_step"`.

The peers' environments are made first (see peers.py).
"""

import argparse
import importlib

import peers
from report import Row, main

BENCHMARKS = ("small_ops", "first_step", "lenet_step", "memory", "trajectories")


def _names() -> list[str]:
    parser = argparse.ArgumentParser(description="Compares Mycel with its peers.")
    parser.add_argument("names", nargs="*", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    for name in names:
        if name not in BENCHMARKS:
            parser.error(f"expects some of {', '.join(BENCHMARKS)}, got {name}")
    return names


def _rows(names: list[str]) -> list[Row]:
    peers.make()
    result = []
    for name in names:
        print(f"measuring {name}", flush=True)
        result += importlib.import_module(name).rows()
    return result


if __name__ == "__main__":
    chosen = _names()
    main(lambda: _rows(chosen))
