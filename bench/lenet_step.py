"""Times the training step of the wide LeNet-5, batch 64, against PyTorch's modes.

The compiled step is compared with the fastest of PyTorch's modes: eager or compiled, default or
channels-last layout, default glibc or one set to keep freed memory. The eager step is compared
with plain eager PyTorch.
"""

from contextlib import ExitStack

from harness import KEEP_MEMORY, Subject, medians, prepare, prepare_peer, start
from report import Row, duration, main, speed

PLAIN = "PyTorch eager"


def rows(optimizer: str = "Adadelta") -> list[Row]:
    """One row for the compiled step, one for the eager one."""
    with ExitStack() as stack:
        peer = _peer_modes(stack, optimizer)
        if not peer:
            return []
        mycel = start(stack, "mycel")
        assert mycel
        ours = [
            prepare(name, mycel, "lenet_step", optimizer=optimizer, compiled=compiled)
            for name, compiled in (("compiled", True), ("eager", False))
        ]
        figures = medians(ours + peer)
    for each in peer:
        print(f"{each.name}: {duration(figures[each.name])}")
    fastest = min((each.name for each in peer), key=figures.__getitem__)
    what = f"LeNet-5 step ({optimizer}), "
    return [
        speed(what + "compiled", figures["compiled"], figures[fastest], fastest, bar=1.3),
        speed(what + "eager", figures["eager"], figures[PLAIN], PLAIN, bar=1.0),
    ]


def _peer_modes(stack: ExitStack, optimizer: str) -> list[Subject]:
    modes: list[Subject] = []
    for memory, environment in (("", {}), (", memory kept", KEEP_MEMORY)):
        worker = start(stack, "pytorch", **environment)
        if worker is None:
            return []
        for compiled in (False, True):
            for layout, channels_last in (("", False), (", channels-last", True)):
                name = f"PyTorch {'compiled' if compiled else 'eager'}{layout}{memory}"
                options = {"compiled": compiled, "channels_last": channels_last}
                modes += prepare_peer(name, worker, "lenet_step", optimizer=optimizer, **options)
    return modes


if __name__ == "__main__":
    main(rows, __doc__)
