"""Times the first compiled training step of the wide LeNet-5 in a fresh process.

The model, the batch and the optimiser's state exist; the time is that of one call: tracing,
compiling, running. Each measurement has its own process, and no cache on disk.
"""

import statistics
from contextlib import ExitStack
from typing import Any

from harness import start
from report import Row, main, speed

COLD = {"MYCEL_CACHE": ""}


def rows(rounds: int = 5) -> list[Row]:
    """One row."""
    ours, peer = [], []
    for _ in range(rounds):
        peer += _first("jax")
        if not peer:
            return []
        ours += _first("mycel", optimizer="Adadelta", compiled=True)
    figures = [statistics.median(times) for times in (ours, peer)]
    return [speed("first compiled LeNet-5 step", *figures, peer_name="jax", bar=1.0)]


def _first(framework: str, **options: Any) -> list[float]:
    with ExitStack() as stack:
        worker = start(stack, framework, **COLD)
        if worker is None:
            return []
        worker.prepare("step", "lenet_step", **options)
        return [worker.seconds("step", 1)]


if __name__ == "__main__":
    main(rows, __doc__)
