"""The interpretation of one function's bytecode: its variables, its stack, its jumps."""

from __future__ import annotations

import dis
import functools
from collections.abc import Generator, Iterator, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

from mycel import _core
from mycel._reads import calls, instructions
from mycel._reads.items import KEYS, is_plain_key
from mycel._reads.values import (
    MISSING,
    NONE,
    UNKNOWN,
    Instance,
    Made,
    Objects,
    Value,
    is_made_by_statement,
    kind_of,
    union,
    value_of,
    without_containers,
)

if TYPE_CHECKING:
    from mycel._reads.reads import Reads

_MOST_PASSES = 1000  # of a list whose nodes are linked, each pass follows one node more
_COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
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
        self.line, self.offset = code.co_firstlineno, 0
        self.result: Objects = NONE
        self.callers: set[Body] = set()  # of a nested function
        self._made: dict[tuple[int, type, str], Made] = {}  # containers, by instruction
        self._readers: set[Body] = set()  # nested functions that use its variables
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
        for each in owner._readers:
            each.dirty = True
        return True

    def load(self, name: str) -> Value:
        """What a variable may be."""
        owner = self._owner(name)
        if owner is not self:
            owner._readers.add(self)
        return Value(owner.local.get(name, NONE))

    def load_global(self, name: str) -> Value:
        """What a global or built-in name is; the recorder guards it."""
        builtins = self.names.get("__builtins__", {})
        builtins = builtins if isinstance(builtins, dict) else vars(builtins)
        value = self.names.get(name, MISSING)
        if value is MISSING:
            self.reads.guard_key(builtins, name, f"built-in {name}")
            value = builtins.get(name)
        self.reads.know(value, f"global {name}")
        return value_of((value,))

    # --- containers ----------------------------------------------------------------------------

    def make(self, kind: type, items: Objects = NONE, part: str = "") -> Value:
        """A container that the instruction makes, one for each part of its effect."""
        place = self.offset, kind, part
        made = self._made.get(place)
        if made is None:
            made = self._made[place] = Made(kind)
        value = Value({id(made): made})
        self.reads.store(value.objects, MISSING, items)
        return value

    def put(self, holder: Value, key: Value, value: Value) -> None:
        """`holder[key] = value`."""
        place = key.constant if is_plain_key(key.constant) else MISSING
        self.reads.store(holder.objects, place, value.objects)
        self.reads.store(holder.objects, KEYS, key.objects)

    def iterator_over(self, over: Value) -> Value:
        """`iter(x)`."""
        self.reads.special(without_containers(over.objects), "__iter__")
        return self.make(Iterator, self.parts(over).objects)

    def copy(self, kind: type, source: Objects) -> Value:
        """A container with the items of others."""
        made = self.make(kind)
        self.reads.pour(made.objects, source)
        return made

    def fill(self, holder: Value, arguments: Sequence[Value]) -> None:
        """`holder.update(...)` or `.extend`: a dict takes pairs and keywords too."""
        reads = self.reads
        takes_pairs = any(issubclass(kind_of(one), dict) for one in holder.objects.values())
        for each in arguments:
            items = self.parts(each).objects
            reads.pour(holder.objects, each.objects)
            if takes_pairs:
                reads.store(holder.objects, MISSING, each.objects)
                if not any(issubclass(kind_of(one), dict) for one in each.objects.values()):
                    reads.store(holder.objects, MISSING, reads.all_items(items))

    def mixed(self, objects: Objects) -> Value:
        """One of some objects, or something that holds them."""
        return Value(union(objects, self.make(object, objects).objects)) if objects else UNKNOWN

    def parts(self, value: Value) -> Value:
        """What iteration over a value may give."""
        self.reads.advance(value.objects)
        found = self.reads.all_items(value.objects)
        if _has_own_iteration(value.objects):
            found = union(found, self.reads.returned)
        return Value(found)

    def part(self, value: Value, position: int) -> Value:
        """What unpacking a value may give at a position."""
        found = NONE
        for key, each in value.objects.items():
            fixed = isinstance(each, tuple) or (isinstance(each, Made) and each.kind is tuple)
            items = {key: each}
            found = union(
                found,
                self.reads.item(items, position) if fixed else self.parts(Value(items)).objects,
            )
        return Value(found)

    def nested(self, code: CodeType) -> Body:
        """The function that is made of a nested code object."""
        body = self.reads.body(code, self.names)
        if body.parent is None:
            body.parent = self
        body.callers.add(self)
        return body

    def give(self, objects: Objects) -> None:
        """The code is that of a generator, which gives these objects."""
        place = -1, Generator, ""
        made = self._made.setdefault(place, Made(Generator))
        self.reads.store({id(made): made}, MISSING, objects)
        self.leave({id(made): made})

    def leave(self, objects: Objects) -> None:
        """The function may return these objects; those of a comprehension reach its caller."""
        if any(key not in self.result for key in objects):
            self.result = union(self.result, objects)
            for each in self.callers:
                each.dirty = True
        if self.code.co_name not in _COMPREHENSIONS:
            self.reads.give_back(objects)

    def call(self, callee: Value, arguments: Sequence[Value], owner: Value | None = None) -> Value:
        """What a call that code in C makes may give."""
        return calls.call(self, callee, arguments, owner)

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
        before, self.reads.running = self.reads.running, self
        for _ in range(_MOST_PASSES):
            self.dirty = False
            self._pass()
            if not self.dirty:
                break
        else:
            _core.guard_note(f"what {self.code.co_name} reads beyond {_MOST_PASSES} objects")
            self.dirty = False
        self.reads.running = before

    def _pass(self) -> None:
        waiting: dict[int, list[Value]] = {}
        self.stack, reached = [], True
        for instruction, line in _instructions(self.code):
            arrived = waiting.pop(instruction.offset, None)
            if arrived is not None:
                self.stack = _joined(self.stack, arrived) if reached else arrived
            elif not reached:
                self.stack = []
            self.line, self.offset = line, instruction.offset
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


def _has_own_iteration(objects: Objects) -> bool:
    """Whether iteration over one of the objects may run functions of the user's."""
    others = without_containers(objects).values()
    return any(isinstance(each, Instance) or is_made_by_statement(type(each)) for each in others)
