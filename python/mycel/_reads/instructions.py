"""Decodes bytecode into steps: instructions with their handlers."""

from __future__ import annotations

import dis
import functools
from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

from mycel._reads import call_instructions, containers, operators, order, variables
from mycel._reads.order import Handler
from mycel._reads.values import UNKNOWN, Value

if TYPE_CHECKING:
    from mycel._reads.body import Body


class Step(NamedTuple):
    """A decoded instruction and its handler."""

    instruction: dis.Instruction
    handle: Handler
    offset: int
    line: int
    moves: bool  # only moves stack entries: run in every pass
    apart: bool  # its effects on its inputs are independent
    target: int  # of a jump forward, else -1
    change: int  # of the stack's height if it jumps
    goes_on: bool  # continues with the next instruction


@functools.lru_cache(maxsize=4096)
def steps_of(code: CodeType) -> list[Step]:
    """Returns the decoded instructions of code."""
    found, line = [], code.co_firstlineno
    for each in dis.get_instructions(code):
        positions = getattr(each, "positions", None)
        start = positions.lineno if positions else each.starts_line
        # The code that starts a class statement or an import has line 0 or 1.
        line = start if isinstance(start, int) and start > 1 else line
        found.append(_step(each, line))
    return found


def _step(each: dis.Instruction, line: int) -> Step:
    name, target = each.opname, each.argval
    handle = _HANDLERS.get(name)
    moves = name in order.HANDLERS or name in _QUIET
    if handle is None and name.startswith("LOAD_") and each.opcode in dis.haslocal:
        handle = variables.load_fast
    moves = moves or handle is variables.load_fast
    forward = each.opcode in _JUMPS and isinstance(target, int) and target > each.offset
    return Step(
        instruction=each,
        handle=handle or _by_effect,
        offset=each.offset,
        line=line,
        moves=moves,
        apart=name in _APART,
        target=target if forward else -1,
        change=dis.stack_effect(each.opcode, each.arg, jump=True) if forward else 0,
        goes_on=name not in _LEAVES and name not in _GOES,
    )


def _by_effect(body: Body, instruction: dis.Instruction) -> None:
    """Handles an instruction without a handler: its result is from its inputs."""
    change = dis.stack_effect(instruction.opcode, instruction.arg, jump=False)
    for _ in range(-change):
        body.pop()
    for _ in range(change):
        body.push(UNKNOWN)
    if body.stack and not _leaves_stack(instruction):
        body.push(Value(body.pop().objects))


def _leaves_stack(instruction: dis.Instruction) -> bool:
    """Whether an instruction without a handler pushes no result."""
    return instruction.opname.startswith(("STORE_", "DELETE_", "SETUP_", "POP_", "JUMP_"))


def _nothing(body: Body, instruction: dis.Instruction) -> None:
    pass


_QUIET = ("CACHE", "COPY_FREE_VARS", "END_FOR", "EXTENDED_ARG", "MAKE_CELL", "NOP", "RESUME")
_LEAVES = frozenset({"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"})
_GOES = frozenset({"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_ABSOLUTE", "JUMP_BACKWARD_NO_INTERRUPT"})
_JUMPS = frozenset((*dis.hasjrel, *dis.hasjabs))
_APART = frozenset(
    {
        *("BUILD_CONST_KEY_MAP", "BUILD_LIST", "BUILD_MAP", "BUILD_SET", "BUILD_SLICE"),
        *("BUILD_TUPLE", "COMPARE_OP", "IS_OP"),
    }
)
_HANDLERS: dict[str, Handler] = {
    **order.HANDLERS,
    **variables.HANDLERS,
    **operators.HANDLERS,
    **containers.HANDLERS,
    **call_instructions.HANDLERS,
    **dict.fromkeys(("KW_NAMES", "LIST_TO_TUPLE", "PRECALL", *_QUIET), _nothing),
}
