"""Handlers of the instructions that only move stack entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mycel._reads.values import NULL, UNKNOWN

if TYPE_CHECKING:
    from dis import Instruction

    from mycel._reads.body import Body

Handler = Callable[["Body", "Instruction"], None]


def _push_null(body: Body, instruction: Instruction) -> None:
    body.stack.append(NULL)


def _pop_top(body: Body, instruction: Instruction) -> None:
    if body.stack:
        body.stack.pop()


def _copy(body: Body, instruction: Instruction) -> None:
    depth = instruction.arg or 1
    body.stack.append(body.stack[-depth] if depth <= len(body.stack) else UNKNOWN)


def _swap(body: Body, instruction: Instruction) -> None:
    depth = instruction.arg or 1
    while len(body.stack) < depth:
        body.stack.insert(0, UNKNOWN)
    body.stack[-1], body.stack[-depth] = body.stack[-depth], body.stack[-1]


def _rotate(depth: int) -> Handler:
    def run(body: Body, instruction: Instruction) -> None:
        if body.stack:
            last = body.stack.pop()
            body.stack.insert(max(0, len(body.stack) + 1 - (depth or instruction.arg or 1)), last)

    return run


def _duplicate(depth: int) -> Handler:
    def run(body: Body, instruction: Instruction) -> None:
        body.stack += body.stack[-depth:]

    return run


HANDLERS: dict[str, Handler] = {
    "PUSH_NULL": _push_null,
    "POP_TOP": _pop_top,
    "COPY": _copy,
    "SWAP": _swap,
    "DUP_TOP": _duplicate(1),
    "DUP_TOP_TWO": _duplicate(2),
    "ROT_TWO": _rotate(2),
    "ROT_THREE": _rotate(3),
    "ROT_FOUR": _rotate(4),
    "ROT_N": _rotate(0),
}
