"""The interpretation of one function's bytecode: its variables, its stack, its jumps."""

from __future__ import annotations

import dis
import functools
from types import CodeType
from typing import TYPE_CHECKING, Any

from mycel._reads import instructions
from mycel._reads.values import NONE, UNKNOWN, Objects, Value, union, value_of

if TYPE_CHECKING:
    from mycel._reads.reads import Reads

_MOST_PASSES = 5
_LEAVES = frozenset({"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"})
_GOES = frozenset({"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_ABSOLUTE", "JUMP_BACKWARD_NO_INTERRUPT"})
_JUMPS = frozenset((*dis.hasjrel, *dis.hasjabs))


@functools.lru_cache(maxsize=4096)
def _instructions(code: CodeType) -> list[tuple[dis.Instruction, int]]:
    """The instructions with their lines."""
    found, line = [], code.co_firstlineno
    for each in dis.get_instructions(code):
        positions = getattr(each, "positions", None)
        start = positions.lineno if positions else each.starts_line
        # Code that a class statement or an import starts with has the line 0 or 1.
        line = start if isinstance(start, int) and start > 1 else line
        found.append((each, line))
    return found


class Body:
    """The code of a function, and what its variables may be."""

    def __init__(self, reads: Reads, code: CodeType, names: dict[str, Any]) -> None:
        self.reads, self.code, self.names = reads, code, names
        self.parent: Body | None = None
        self.local: dict[str, Objects] = {}
        self.dirty = True
        self.calls = False  # whether it uses what other functions return
        self.depth = 1  # of what a comprehension iterates over
        self.line = code.co_firstlineno
        self.stack: list[Value] = []

    # --- variables -----------------------------------------------------------------------------

    def _owner(self, name: str) -> Body:
        """The function whose variable it is: a closure's belongs to the one around it."""
        if self.parent is not None and name in self.code.co_freevars:
            return self.parent._owner(name)
        return self

    def add(self, name: str, objects: Objects) -> bool:
        """A variable may be these objects too; whether that is new."""
        owner = self._owner(name)
        known = owner.local.get(name, NONE)
        if all(key in known for key in objects):
            return False
        owner.local[name] = union(known, objects)
        owner.dirty = self.dirty = True
        return True

    def load(self, name: str) -> Value:
        """What a variable may be."""
        objects = self._owner(name).local.get(name, NONE)
        return Value(objects, depth=self.depth if name == ".0" else 0)

    def load_global(self, name: str) -> Value:
        """What a global or built-in name is; the recorder guards it."""
        builtins = self.names.get("__builtins__", {})
        builtins = builtins if isinstance(builtins, dict) else vars(builtins)
        value = self.names.get(name, builtins.get(name))
        self.reads.know(value, f"global {name}")
        return value_of((value,))

    def parts(self, value: Value) -> Value:
        """What iteration over a value may give."""
        self.reads.advance(value.objects)
        if value.depth > 0:
            return Value(value.objects, depth=value.depth - 1)
        return Value(self.reads.all_items(value.objects))

    def nested(self, code: CodeType) -> Body:
        """The function that is made of a nested code object."""
        body = self.reads.body(code, self.names)
        if body.parent is None:
            body.parent = self
        return body

    # --- the stack -----------------------------------------------------------------------------

    def push(self, value: Value) -> None:
        """Puts a value on the stack."""
        self.stack.append(value)

    def pop(self) -> Value:
        """Takes the last value; an unknown one where the stack is not known (a handler)."""
        return self.stack.pop() if self.stack else UNKNOWN

    def pop_many(self, count: int) -> list[Value]:
        """Takes the last values, in the order in which they were put there."""
        return [self.pop() for _ in range(count)][::-1]

    def run(self) -> None:
        """Interprets the code until its variables do not grow."""
        for _ in range(_MOST_PASSES):
            self.dirty = False
            self._pass()
            if not self.dirty:
                return

    def _pass(self) -> None:
        waiting: dict[int, list[Value]] = {}
        self.stack, reached = [], True
        for instruction, line in _instructions(self.code):
            arrived = waiting.pop(instruction.offset, None)
            if arrived is not None:
                self.stack = _joined(self.stack, arrived) if reached else arrived
            elif not reached:
                self.stack = []
            self.line = line
            before = list(self.stack)
            instructions.step(self, instruction)
            name = instruction.opname
            if instruction.opcode in _JUMPS:
                self._note_target(instruction, before, waiting)
            reached = name not in _LEAVES and name not in _GOES

    def _note_target(
        self, instruction: dis.Instruction, before: list[Value], waiting: dict[int, list[Value]]
    ) -> None:
        target = instruction.argval
        if not isinstance(target, int) or target <= instruction.offset:
            return
        change = dis.stack_effect(instruction.opcode, instruction.arg or 0, jump=True)
        stack = before[:change] if change < 0 else [*before, *[UNKNOWN] * change]
        waiting[target] = _joined(waiting[target], stack) if target in waiting else stack


def _joined(a: list[Value], b: list[Value]) -> list[Value]:
    if len(a) != len(b):
        return a if len(a) > len(b) else b
    return [x.joined(y) for x, y in zip(a, b, strict=True)]
