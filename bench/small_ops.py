"""Times small operations: an eager add, a chain with gradient, a compiled call, guards."""

from contextlib import ExitStack

from harness import Subject, Worker, medians, prepare, prepare_peer, start
from report import Row, duration, main, speed

# Row name, the worker's case, the peer, and the bar for the speed relative to the peer.
CASES = (
    ("eager add of 16 floats", "add", "pytorch", 3.0),
    ("chain of 10 adds, forward and backward", "chain", "pytorch", None),
    ("compiled call with a tiny body", "tiny_call", "jax", 3.0),
)

ENTRIES = (0, 100, 4000)  # guarded places
NANOSECONDS = 5.0  # allowed per guarded place


def guard_rows(mycel: Worker) -> list[Row]:
    """Measures the nanoseconds that each guarded place adds to a compiled call."""
    subjects = [_prepared(mycel, entries) for entries in ENTRIES]
    figures = medians(subjects, block_seconds=0.1)
    plain = figures["0 guards"]
    return [
        Row(
            f"a compiled call with {entries} guarded places, ns for each",
            duration(figures[f"{entries} guards"]),
            f"{duration(plain)} (none)",
            (figures[f"{entries} guards"] - plain) / entries * 1e9,
            NANOSECONDS,
            at_least=False,
        )
        for entries in ENTRIES[1:]
    ]


def _prepared(mycel: Worker, entries: int) -> Subject:
    return prepare(f"{entries} guards", mycel, "guarded_call", entries=entries)


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
        result += guard_rows(mycel)
    return result


if __name__ == "__main__":
    main(rows, __doc__)
