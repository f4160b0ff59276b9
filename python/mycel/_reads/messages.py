"""Finds texts that only a message shows: of an exception, of print, of a logger.

A compiled call neither prints nor raises, so it does not depend on these texts.
"""

from __future__ import annotations

import dis
import functools
from types import CodeType
from typing import NamedTuple


class Message(NamedTuple):
    """The call that takes a text, and its purpose."""

    callee: tuple[int, ...]  # depths below the text of the callee and its object or NULL
    is_raised: bool  # its result leaves the function as an exception


_PUSHES = (
    *("LOAD_ASSERTION_ERROR", "LOAD_CLOSURE", "LOAD_CONST", "LOAD_DEREF", "LOAD_FAST"),
    *("LOAD_GLOBAL", "LOAD_NAME", "PUSH_NULL"),
)
_TAKES_ONE = ("CONVERT_VALUE", "FORMAT_SIMPLE", "LOAD_ATTR", "LOAD_METHOD", "POP_JUMP", "UNARY_")
_GIVES_ONE = ("BINARY_", "BUILD_", "COMPARE_OP", "CONTAINS_OP", "FORMAT_", "IS_OP")
_SKIPPED = ("CACHE", "EXTENDED_ARG", "JUMP_FORWARD", "KW_NAMES", "NOP", "PRECALL")
_TEXTS = ("BUILD_STRING", "CONVERT_VALUE", "FORMAT_")
_CALLS = {"CALL": 2, "CALL_METHOD": 2, "CALL_FUNCTION": 1, "CALL_KW": 3, "CALL_FUNCTION_KW": 2}


def _taken(each: dis.Instruction) -> int | None:
    """Returns the number of stack values that an instruction takes; None if unknown here."""
    name = each.opname
    if name in _CALLS:
        return _CALLS[name] + (each.arg or 0)
    if name.startswith(_TAKES_ONE):
        return 1
    if name.startswith(_GIVES_ONE):
        return 1 - dis.stack_effect(each.opcode, each.arg)
    if name == "RAISE_VARARGS":
        return each.arg or 0
    return 0 if name.startswith((*_PUSHES, *_SKIPPED)) else None


def _given(each: dis.Instruction, taken: int) -> int:
    """Returns the number of values that an instruction pushes."""
    if each.opname in _CALLS:
        return 1
    if each.opname in _SKIPPED or each.opname == "RAISE_VARARGS":
        return 0
    return dis.stack_effect(each.opcode, each.arg, jump=False) + taken


@functools.lru_cache(maxsize=4096)
def message_of(code: CodeType, offset: int) -> Message | None:
    """Returns the only call that takes the text made by the instruction, if it is known."""
    place, height = 0, 1  # of the text and the stack, relative to the text
    found: Message | None = None
    waiting: dict[int, int] = {}  # heights at the targets of jumps
    constant: object = None
    for each in _instructions(code):
        if each.offset <= offset:
            continue
        height = waiting.pop(each.offset, height)
        if each.opname in ("KW_NAMES", "LOAD_CONST"):
            constant = code.co_consts[each.arg or 0]
        taken = _taken(each)
        if taken is None:
            return found
        base = height - taken
        if base <= place < height:
            if each.opname == "RAISE_VARARGS":
                return found and found._replace(is_raised=not _is_caught(code, each.offset))
            if found is not None:
                return found
            if each.opname in _CALLS:
                if isinstance(constant, tuple) and "file" in constant:
                    return None  # the file may be read back
                ends = base + 2 - ("FUNCTION" in each.opname)
                found = Message(tuple(-at for at in range(base, min(ends, place))), False)
            elif not each.opname.startswith(_TEXTS) and each.argrepr != "+":
                return None
            place = base
        height = base + _given(each, taken)
        if "JUMP" in each.opname:
            waiting[each.argval] = height
    return found


@functools.lru_cache(maxsize=1024)
def _instructions(code: CodeType) -> list[dis.Instruction]:
    return list(dis.get_instructions(code))


def _is_caught(code: CodeType, offset: int) -> bool:
    """Whether a handler of the same function may catch what an instruction raises."""
    names = {each.offset: each.opname for each in _instructions(code)}
    if "SETUP_FINALLY" in names.values():  # before Python 3.11: no table of handlers
        return True
    after = dict(zip(names, list(names)[1:], strict=False))
    handlers = getattr(dis.Bytecode(code), "exception_entries", ())
    seen: set[int] = set()
    while offset not in seen:
        seen.add(offset)
        target = next((each.target for each in handlers if each.start <= offset < each.end), None)
        if target is None:
            return False
        leaves_block = names.get(after.get(target, -1)) == "WITH_EXCEPT_START"
        if names.get(target) == "PUSH_EXC_INFO" and not leaves_block:
            return True
        offset = target  # the handler raises it again
    return True
