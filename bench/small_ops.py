"""What a small operation costs: an eager add, a chain with gradient, a compiled call."""

from contextlib import ExitStack

from harness import medians, prepare, prepare_peer, start
from report import Row, main, speed

# What is measured, the worker's case, the peer, and how many times as fast we are to be.
CASES = (
    ("eager add of 16 floats", "add", "pytorch", 3.0),
    ("chain of 10 adds, forward and backward", "chain", "pytorch", None),
    ("compiled call with a tiny body", "tiny_call", "jax", 3.0),
)


def rows() -> list[Row]:
    """One row per case."""
    result = []
    with ExitStack() as stack:
        mycel = start(stack, "mycel")
        assert mycel
        workers = {peer: start(stack, peer) for peer in ("pytorch", "jax")}
        for what, case, peer, bar in CASES:
            subjects = prepare_peer(peer, workers[peer], case)
            if subjects:
                figures = medians([prepare("mycel", mycel, case), *subjects], block_seconds=0.1)
                result.append(speed(what, figures["mycel"], figures[peer], peer, bar))
    return result


if __name__ == "__main__":
    main(rows, __doc__)
