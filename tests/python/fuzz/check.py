"""One seed from program to verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fuzz import compare, generate, modes
from fuzz.script import script
from fuzz.shrink import shrink
from fuzz.worker import Found


def check(seed: int, family: str, announce: Callable[[str], None]) -> tuple[str, Any]:
    """("ok", None), ("rejected", None) or ("fault", Found).

    The program is announced before it runs.
    """
    program = generate.program_of(seed, family)
    if not program.calls:
        return "rejected", None
    announce(script(program, modes.JIT))
    try:
        fault = compare.first_fault(program, modes.modes(seed))
    except ValueError:
        return "rejected", None
    if fault is None:
        return "ok", None
    small, fault = shrink(program, fault)
    return "fault", Found(seed, fault.mode, fault.message, script(small, fault.mode))
