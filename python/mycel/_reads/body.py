"""Abstract interpretation of one function's bytecode: variables, stack and jumps."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

from mycel._reads import calls, functions
from mycel._reads.flow import Entry, Join, Node, Parts, Site
from mycel._reads.instructions import Step, steps_of
from mycel._reads.items import KEYS, is_plain_key
from mycel._reads.kinds import MISSING, is_made_by_statement
from mycel._reads.messages import message_of
from mycel._reads.values import (
    NONE,
    NULL,
    UNKNOWN,
    Instance,
    Made,
    Objects,
    Value,
    has_own_operators,
    kind_of,
    union,
    value_of,
    with_own_operators,
)

if TYPE_CHECKING:
    from mycel._reads.reads import Reads

_COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


class Body:
    """Interprets the code of a function and holds the possible values of its variables."""

    def __init__(self, reads: Reads, code: CodeType, names: dict[str, Any]) -> None:
        self.reads, self.code, self.names = reads, code, names
        self.parent: Body | None = None
        self.line, self.offset = code.co_firstlineno, 0
        self.stack: list[Entry] = []
        self._steps = steps_of(code)
        self._sites = [Site(self) for _ in self._steps]
        self._join = Join()
        self._parts: Parts = {}  # of the instruction's inputs, in the current turn
        self._lowest = 0  # the deepest stack position that the instruction pops or peeks
        self._running = self._dirty = False
        self._local: dict[str, Node] = {}
        self._result = Node()
        self.messages = Node()  # objects shown by the exceptions that it raises
        self._made: dict[tuple[int, int, str], Made] = {}  # containers, by instruction
        self._readers: set[Body] = set()  # nested functions that use its variables
        self.mark()

    def mark(self) -> None:
        """Queues the body for another pass."""
        if not self._dirty:
            self._dirty = True
            self.reads.pending[self] = None

    def forget(self) -> None:
        """Releases the program's objects."""
        for site in self._sites:
            site.forget()
        vars(self).clear()

    # --- variables -----------------------------------------------------------------------------

    def _owner(self, name: str) -> Body:
        """Returns the body that owns a variable: the enclosing one for a closure variable."""
        if self.parent is not None and name in self.code.co_freevars:
            return self.parent._owner(name)
        return self

    def _variable(self, name: str) -> Node:
        owner = self._owner(name)
        if owner is not self:
            owner._readers.add(self)
        node = owner._local.get(name)
        if node is None:
            node = owner._local[name] = Node()
        return node

    def add(self, name: str, objects: Objects) -> None:
        """Adds objects to the possible values of a variable."""
        if self._variable(name).add(objects):
            owner = self._owner(name)
            for each in (self, owner, *owner._readers):
                each.mark()

    def load(self, name: str) -> None:
        """Pushes the possible values of a variable."""
        self.stack.append(self._variable(name))

    def local(self, name: str) -> Objects:
        """Returns a variable's possible values, for an instruction without it on the stack."""
        return self.reads.read(self._variable(name))

    def variables(self) -> Iterator[tuple[str, Objects]]:
        """Yields each own variable's name and possible values."""
        for name, node in list(self._local.items()):
            yield name, self.reads.read(node)

    def has(self, name: str) -> bool:
        """Whether a variable of this name was assigned."""
        return name in self._local

    def load_global(self, name: str) -> Value:
        """Returns the value of a global or built-in name; the recorder guards it."""
        builtins = self.names.get("__builtins__", {})
        builtins = builtins if isinstance(builtins, dict) else vars(builtins)
        value = self.names.get(name, MISSING)
        if value is MISSING:
            self.reads.guard_key(builtins, name, f"built-in {name}")
            value = builtins.get(name)
        self.reads.know(value, f"global {name}")
        return value_of((value,))

    def imported(self, name: str) -> Value:
        """Returns a module; one that is not imported yet is looked up again after an import."""
        if name not in sys.modules:
            self.reads.read(self.reads.imports)
        module = sys.modules.get(name)
        self.reads.know(module, name)
        return value_of((module,))

    # --- containers ----------------------------------------------------------------------------

    def make(self, kind: type, items: Objects = NONE, part: str = "") -> Value:
        """Returns the container that the instruction makes, one per part of its effect."""
        place = self.offset, id(kind), part
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
        self.reads.special(with_own_operators(over.objects), "__iter__")
        return self.make(Iterator, self.parts(over).objects)

    def copy(self, kind: type, source: Objects) -> Value:
        """Returns a container with the items of others."""
        made = self._mix(source) if kind is object else self.make(kind)
        self.reads.pour(made.objects, source)
        return made

    def fill(self, holder: Value, arguments: Sequence[Value]) -> None:
        """`holder.update(...)` or `.extend`; a dict also takes pairs and keywords."""
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
        """Returns a value that is one of the objects or holds them."""
        if not objects:
            return UNKNOWN
        made = self._mix(objects).objects
        self.reads.store(made, MISSING, objects)
        return Value(union(objects, made))

    def _mix(self, objects: Objects) -> Value:
        """Returns the result of unfollowed code on objects; an earlier such result is reused.

        So a chain of NumPy calls gives one object, not one per call that holds the others.
        """
        place = self.offset, id(object), ""
        if place not in self._made:
            mixed = (each for each in objects.values() if isinstance(each, Made) and each.is_mixed)
            self._made[place] = next(mixed, None) or Made(object)
        return self.make(object)

    def parts(self, value: Value) -> Value:
        """Returns the possible items of an iteration over a value."""
        self.reads.advance(value.objects)
        found = self.reads.all_items(value.objects)
        if _has_own_iteration(value.objects):
            found = union(found, self.reads.returned)
        return Value(found)

    def part(self, value: Value, position: int) -> Value:
        """Returns the possible items at a position of an unpacked value."""
        found = NONE
        for key, each in value.objects.items():
            fixed = issubclass(kind_of(each), tuple) and not has_own_operators(each)
            items = {key: each}
            found = union(
                found,
                self.reads.item(items, position) if fixed else self.parts(Value(items)).objects,
            )
        return Value(found)

    def nested(self, code: CodeType) -> Body:
        """Returns the body of a nested code object."""
        body = self.reads.body(code, self.names)
        if body.parent is None:
            body.parent = self
        return body

    def give(self, objects: Objects) -> None:
        """Records that the code, a generator's, yields these objects."""
        place = -1, id(Generator), ""
        made = self._made.setdefault(place, Made(Generator))
        self.reads.store({id(made): made}, MISSING, objects)
        self.leave({id(made): made})

    def leave(self, objects: Objects) -> None:
        """Records returned objects; those of a comprehension reach only its caller."""
        self._result.add(objects)
        if self.code.co_name not in _COMPREHENSIONS:
            self.reads.give_back(objects)

    def call(self, callee: Value, arguments: Sequence[Value], owner: Value | None = None) -> Value:
        """Returns the possible results of a call that C code makes."""
        return calls.call(self, callee, arguments, owner)

    def show(self, objects: Objects) -> None:
        """Guards the text that the instruction makes of objects, unless only a message shows it."""
        message = message_of(self.code, self.offset)
        below = [self.peek(depth) for depth in message.callee] if message else []
        callees = below[-1 if below[:1] == [NULL] else 0].objects.values() if below else ()
        raised = message is not None and message.is_raised
        if not callees or not all(functions.only_shows(each, raised) for each in callees):
            self.reads.text(objects)
        elif raised:
            self.messages.add(objects)
            self.reads.raising.add({id(self): self})

    def read_messages(self) -> None:
        """Guards the messages of exceptions from other functions, which the code may read."""
        for each in self.reads.read(self.reads.raising).values():
            if each is not self:
                self.reads.text(self.reads.read(each.messages))

    def returned(self) -> Objects:
        """Returns the function's possible results."""
        return self.reads.read(self._result)

    # --- the stack -----------------------------------------------------------------------------

    def push(self, value: Value) -> None:
        """Pushes a value."""
        self.stack.append(value)

    def pop(self) -> Value:
        """Pops a value; an unknown one if the stack is not known (in a handler)."""
        if not self.stack:
            return UNKNOWN
        found = self.peek()
        self.stack.pop()
        return found

    def pop_many(self, count: int) -> list[Value]:
        """Pops values and returns them in the order in which they were pushed."""
        return [self.pop() for _ in range(count)][::-1]

    def peek(self, depth: int = 1) -> Value:
        """Returns a value of the stack, with only the objects of the current turn."""
        at = len(self.stack) - depth
        if at < 0 or depth < 1:
            return UNKNOWN
        self._lowest = min(self._lowest, at)
        entry = self.stack[at]
        if not isinstance(entry, Node):
            return entry
        part = self._parts.get(at)
        return Value(entry.since(0) if part is None else part)

    # --- the interpretation --------------------------------------------------------------------

    def catch_up(self) -> None:
        """Interprets the code until its variables no longer grow."""
        if self._running:  # the running loop handles what is new
            return
        self._running = True
        before, self.reads.running = self.reads.running, None
        while self._dirty:
            self._dirty = False
            self.reads.count(len(self._steps))
            self._pass()
        self.reads.pending.pop(self, None)
        self.reads.running = before
        self._running = False

    def _pass(self) -> None:
        waiting: dict[int, list[Entry]] = {}
        self.stack, reached = [], True
        for step, site in zip(self._steps, self._sites, strict=True):
            offset = step.offset
            if offset in waiting:
                arrived = waiting.pop(offset)
                self.stack = self._join.of(offset, self.stack, arrived) if reached else arrived
            elif not reached:
                self.stack = []
            self.line, self.offset = step.line, offset
            before = self.stack[:] if step.target >= 0 else None
            if step.moves:
                step.handle(self, step.instruction)
            else:
                self._interpret(step, site)
            if before is not None:
                self._note_target(step, before, waiting)
            reached = step.goes_on

    def _interpret(self, step: Step, site: Site) -> None:
        """Handles the new objects among an instruction's inputs."""
        reads, before = self.reads, self.stack
        base = max(0, len(before) - site.depth)
        turns = site.turns(before[base:], base, step.apart)
        if not turns:
            before[base:] = site.outputs
            return
        sizes = [each.size for each in before]
        reads.running, start = site, base
        for turn in turns:
            self.stack, self._parts, self._lowest = before[:], turn.parts, start
            site.grown = turn.grown
            step.handle(self, step.instruction)
            start = self._lowest
            handled = sum(map(len, turn.parts.values()) if turn.parts else sizes[start:])
            # A turn for a holder outside the inputs copies all inputs, but seldom examines them.
            reads.count(1 + (handled // 16 if turn.grown and not turn.parts else handled))
            site.give(self.stack[start:])
        reads.running = None
        if start < base:
            site.took(before[start:], sizes[start:])
        self.stack[start:] = site.outputs

    def _note_target(
        self, step: Step, before: list[Entry], waiting: dict[int, list[Entry]]
    ) -> None:
        """Merges the current stack into that of a jump's target."""
        target, change = step.target, step.change
        stack = before[:change] if change < 0 else [*before, *[UNKNOWN] * change]
        arrived = waiting.get(target)
        waiting[target] = stack if arrived is None else self._join.of(target, arrived, stack)


def _has_own_iteration(objects: Objects) -> bool:
    """Whether iteration over one of the objects may run user functions."""
    others = with_own_operators(objects).values()
    return any(isinstance(each, Instance) or is_made_by_statement(type(each)) for each in others)
