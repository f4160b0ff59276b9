"""Runs the benchmarks into one table: `make bench`, or `make bench ARGS="small_ops lenet_step"`.

Makes the environments of the peers that they need first (see peers.py).
"""

import argparse
import importlib

import peers
from report import Row, show

# Each benchmark, with the peers that it needs.
BENCHMARKS = {
    "small_ops": ("pytorch", "jax"),
    "first_step": ("jax",),
    "lenet_step": ("pytorch",),
    "memory": (),
    "resnet_memory": ("pytorch",),
    "trajectories": ("pytorch",),
}


def _names() -> list[str]:
    parser = argparse.ArgumentParser(description="Compares Mycel with its peers.")
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(BENCHMARKS)}; all if none")
    names = parser.parse_args().names or list(BENCHMARKS)
    for name in names:
        if name not in BENCHMARKS:
            parser.error(f"expects some of {', '.join(BENCHMARKS)}, got {name}")
    return names


def _rows(names: list[str]) -> list[Row]:
    peers.make({peer for name in names for peer in BENCHMARKS[name]})
    result = []
    for name in names:
        print(f"measuring {name}", flush=True)
        result += importlib.import_module(name).rows()
    return result


if __name__ == "__main__":
    chosen = _names()
    show(lambda: _rows(chosen))
