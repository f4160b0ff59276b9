"""What each instruction has handled already: the interpretation looks at every object once."""

from __future__ import annotations

import operator
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mycel._reads.kinds import MISSING
from mycel._reads.values import NONE, UNKNOWN, Objects, Value

if TYPE_CHECKING:
    from mycel._reads.body import Body

Parts = dict[int, Objects]  # of the inputs at these places of the stack, these objects alone


class Turn(NamedTuple):
    """What of an instruction's inputs is handled at once."""

    parts: Parts  # of the other inputs all objects
    grown: Collection[int] = ()  # the id of a holder: handled for what was put there since


class Node:
    """A set of objects that only grows, in the order in which they were found."""

    __slots__ = ("_objects", "_order", "_readers", "_whole", "size")

    constant = MISSING  # as of a Value: a node is none

    def __init__(self) -> None:
        self._objects: dict[int, Any] = {}
        self._order: list[int] = []
        self._readers: set[Site] = set()
        self._whole: Objects | None = NONE  # all of them, as they were when this was read last
        self.size = 0

    def add(self, objects: Objects) -> bool:
        """Takes objects in; whether one of them is new."""
        known = self._objects
        fresh = [key for key in objects if key not in known]
        if not fresh:
            return False
        for key in fresh:
            known[key] = objects[key]
        self._order += fresh
        self._whole = None
        self.size = len(self._order)
        for each in self._readers:
            each.wake(id(self))
        return True

    def since(self, start: int) -> Objects:
        """The objects but for the first ones."""
        if not start:
            if self._whole is None:
                self._whole = dict(self._objects)
            return self._whole
        return {key: self._objects[key] for key in self._order[start:]}

    def among(self, keys: set[int]) -> Objects:
        """Those of the objects that have these ids."""
        return {key: self._objects[key] for key in keys if key in self._objects}

    def read_by(self, site: Site) -> None:
        """An instruction is interpreted again when this grows."""
        self._readers.add(site)


_MOST_APART = 2  # holders that no input is: with more of them all is handled again
Entry = Value | Node  # on the stack, where a value has no objects


class Site:
    """One instruction of a body: what it took from the stack and gave when it was handled last.

    The effect of an instruction on sets of objects is that on each of them, for each of its inputs.
    So where one input has grown, its new objects alone are handled, with all those of the others.
    """

    __slots__ = (
        *("_again", "_body", "_inputs", "_nodes", "_seen", "_sizes", "_starts"),
        *("depth", "grown", "outputs"),
    )

    def __init__(self, body: Body) -> None:
        self._body = body
        self._inputs: list[Entry] | None = None  # None before the first time
        self._sizes: list[int] = []
        self._nodes: dict[int, Node] = {}  # of the outputs
        self._again: set[int] = set()  # ids of what has grown that it had read
        self._seen: dict[Node, int] = {}  # how much of what it read was handled with all inputs
        self._starts: dict[Node, int] = {}  # the same, when the handling began
        self.grown: Collection[int] = ()  # of the turn
        self.outputs: list[Entry] = []
        self.depth = 0  # how much of the stack it takes or sees

    def forget(self) -> None:
        """Lets go of the objects."""
        self._inputs = None
        for each in (self._nodes, self._seen, self._starts, self.outputs):
            each.clear()

    def wake(self, holder: int) -> None:
        """Something that it read has grown: what the code stored in an object, or a node."""
        self._again.add(holder)
        self._body.mark()

    def read(self, node: Node, holder: int) -> Objects:
        """What a node holds, of an object or of its own; what is new, where only this is asked."""
        if holder not in self.grown:
            self._seen.setdefault(node, node.size)
            return node.since(0)
        start = self._starts.get(node)
        if start is None:
            start = self._starts[node] = self._seen.get(node, 0)
            self._seen[node] = node.size
        return node.since(start)

    def turns(self, inputs: list[Entry], base: int, apart: bool) -> Sequence[Turn]:
        """With which parts of its inputs an instruction is to be handled now.

        Apart are inputs whose effects have nothing to do with each other.
        """
        before, sizes = self._inputs, self._sizes
        now = [each.size for each in inputs]
        same = (
            before is not None
            and len(inputs) == len(before)
            and all(map(operator.is_, inputs, before))
        )
        if same and not self._again and sizes == now:
            return ()
        again, self._again = self._again, set()
        self._inputs, self._sizes = inputs, now
        self._starts.clear()
        if not same:
            return (Turn({}),)
        others: Parts = dict.fromkeys(range(base, base + len(inputs)), NONE) if apart else {}
        found: list[Turn] = []
        for at, (each, size) in enumerate(zip(inputs, sizes, strict=True), base):
            if not isinstance(each, Node):
                continue
            if each.size > size:
                found.append(Turn({**others, at: each.since(size)}))
            for key, holder in each.among(again).items():
                found.append(Turn({**others, at: {key: holder}}, (key,)))
        rest = again.difference(*(each.grown for each in found))
        if len(rest) > _MOST_APART:
            return (Turn({}),)
        return [*found, *(Turn({}, (key,)) for key in rest)]

    def took(self, inputs: list[Entry], sizes: list[int]) -> None:
        """Which entries of the stack it took or saw, and how large they were before."""
        self._inputs, self._sizes, self.depth = inputs, sizes, len(inputs)

    def give(self, outputs: Sequence[Entry]) -> None:
        """Notes what it put on the stack, in sets that stay the same and only grow."""
        given: list[Entry] = []
        for at, each in enumerate(outputs):
            if isinstance(each, Node):
                given.append(each)
            elif each.objects or at in self._nodes:
                node = self._nodes.setdefault(at, Node())
                node.add(each.objects)
                given.append(node)
            else:
                given.append(_stable(self.outputs, at, each))
        self.outputs = given


def _stable(outputs: list[Entry], at: int, value: Value) -> Entry:
    """The constant that is on the stack each time."""
    old = outputs[at] if at < len(outputs) else None
    return old if isinstance(old, Value) and old.constant is value.constant else value


class Join:
    """The stack at a place to which several ways lead."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int], Node] = {}
        self._taken: dict[tuple[int, int, int], int] = {}

    def of(self, offset: int, a: list[Entry], b: list[Entry]) -> list[Entry]:
        """Either of two stacks; the longer one where that is not the code's."""
        if len(a) != len(b):
            return a if len(a) > len(b) else b
        pairs = enumerate(zip(a, b, strict=True))
        return [x if x is y else self._either(offset, at, x, y) for at, (x, y) in pairs]

    def _either(self, offset: int, at: int, x: Entry, y: Entry) -> Entry:
        nodes = [each for each in (x, y) if isinstance(each, Node)]
        if not nodes:
            return x if x.constant is y.constant else UNKNOWN
        if len(nodes) == 1:
            return nodes[0]
        joined = self._nodes.setdefault((offset, at), Node())
        for each in nodes:
            if each is not joined:
                place = offset, at, id(each)
                joined.add(each.since(self._taken.get(place, 0)))
                self._taken[place] = each.size
        return joined
