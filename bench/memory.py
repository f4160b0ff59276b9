"""Compares the planned and the measured peak memory of the compiled LeNet-5 step.

Measured twice: by the allocator's own count, and by the process's resident pages, which do not
depend on the plan. The step runs on fresh pages, in its own process.
"""

import re
import subprocess
import sys
from pathlib import Path

from process_pages import resident_bytes
from report import Row, main

MIB = 1 << 20
REPEATS = 5


def rows() -> list[Row]:
    """One row for each way to measure."""
    run = subprocess.run([sys.executable, __file__, "measure"], stdout=subprocess.PIPE, check=True)
    planned, allocated, resident = map(float, run.stdout.split())
    return [
        _row("LeNet-5 step, peak by the allocator", allocated, planned),
        _row("LeNet-5 step, peak of resident pages", resident, planned),
    ]


def _row(what: str, measured: float, planned: float) -> Row:
    return Row(
        what,
        f"{measured / MIB:.2f} MiB",
        f"{planned / MIB:.2f} MiB (the plan)",
        abs(measured / planned - 1),
        bar=0.02,
        at_least=False,
    )


def _measure() -> tuple[float, float, float]:
    """Returns the planned, the allocator's and the resident peak: minima over repeats, as other
    pages of the process come and go."""
    from with_mycel import lenet_step

    import mycel as mc

    before = mc.memory.allocated()
    statement, namespace = lenet_step("Adadelta", compiled=True)
    for _ in range(3):
        exec(statement, namespace)
    planned = float(re.match(r"peak ([\d.]+) MiB", namespace["step"].report())[1]) * MIB
    allocated, resident = [], []
    for _ in range(REPEATS):
        mc.memory.release()
        mc.memory.reset_peak()
        arguments = mc.memory.allocated() - before
        Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM to VmRSS
        pages = resident_bytes("VmRSS")
        exec(statement, namespace)
        allocated.append(mc.memory.peak() - before)
        # The step's arguments were resident before.
        resident.append(resident_bytes("VmHWM") - pages + arguments)
    return planned, min(allocated), min(resident)


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        print(*_measure())
    else:
        main(rows, __doc__)
