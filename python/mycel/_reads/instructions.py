"""The effect of each instruction on the stack, and what it reads."""

from __future__ import annotations

import dis
from collections.abc import Callable
from typing import TYPE_CHECKING

from mycel._reads import call_instructions, containers, operators, variables
from mycel._reads.values import UNKNOWN, Value

if TYPE_CHECKING:
    from mycel._reads.body import Body


def step(body: Body, instruction: dis.Instruction) -> None:
    """Does what an instruction does to the stack and the variables."""
    name = instruction.opname
    handler = _HANDLERS.get(name)
    if handler is not None:
        handler(body, instruction)
        return
    if name.startswith("LOAD_") and instruction.opcode in dis.haslocal:
        variables.load_fast(body, instruction)
        return
    change = dis.stack_effect(instruction.opcode, instruction.arg, jump=False)
    for _ in range(-change):
        body.pop()
    for _ in range(change):
        body.push(UNKNOWN)
    if body.stack and not _leaves_stack(instruction):
        body.push(Value(body.pop().objects))  # of what it took


def _leaves_stack(instruction: dis.Instruction) -> bool:
    """Whether an instruction without a handler puts nothing of its own on the stack."""
    name = instruction.opname
    return name in _QUIET or name.startswith(("STORE_", "DELETE_", "SETUP_", "POP_", "JUMP_"))


_QUIET = frozenset({"CACHE", "COPY_FREE_VARS", "END_FOR", "MAKE_CELL", "NOP", "RESUME"})


def _nothing(body: Body, instruction: dis.Instruction) -> None:
    pass


_HANDLERS: dict[str, Callable[[Body, dis.Instruction], None]] = {
    **variables.HANDLERS,
    **operators.HANDLERS,
    **containers.HANDLERS,
    **call_instructions.HANDLERS,
    **dict.fromkeys(("KW_NAMES", "LIST_TO_TUPLE", "PRECALL"), _nothing),
}
