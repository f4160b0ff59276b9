"""Incremental interpretation: each instruction handles each object of its inputs once."""

from __future__ import annotations

import operator
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mycel._reads.kinds import MISSING
from mycel._reads.values import NONE, UNKNOWN, Objects, Value

if TYPE_CHECKING:
    from mycel._reads.body import Body

Parts = dict[int, Objects]  # only these objects, of the inputs at these stack positions


class Turn(NamedTuple):
    """The part of an instruction's inputs that is handled at once."""

    parts: Parts  # all objects of the inputs that it does not list
    grown: Collection[int] = ()  # ids of holders: handles what was stored in them since


class Node:
    """A set of objects that only grows and keeps insertion order."""

    __slots__ = ("_objects", "_order", "_readers", "_whole", "size")

    constant = MISSING  # as in Value; a node has no constant

    def __init__(self) -> None:
        self._objects: dict[int, Any] = {}
        self._order: list[int] = []
        self._readers: set[Site] = set()
        self._whole: Objects | None = NONE  # all objects, as of the last full read
        self.size = 0

    def add(self, objects: Objects) -> bool:
        """Adds objects; returns whether any is new."""
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
        """Returns all objects but the first `start`."""
        if not start:
            if self._whole is None:
                self._whole = dict(self._objects)
            return self._whole
        return {key: self._objects[key] for key in self._order[start:]}

    def among(self, keys: set[int]) -> Objects:
        """Returns the objects with these ids."""
        return {key: self._objects[key] for key in keys if key in self._objects}

    def read_by(self, site: Site) -> None:
        """Makes an instruction run again when the node grows."""
        self._readers.add(site)


_MOST_APART = 2  # grown holders outside the inputs; above that, all is handled again
Entry = Value | Node  # on the stack; a Value there has no objects


class Site:
    """One instruction of a body, with its inputs and outputs as of the last time it was handled.

    The effect of an instruction distributes over the objects of each input. So if one input grows,
    only its new objects are handled, together with all objects of the other inputs.
    """

    __slots__ = (
        *("_again", "_body", "_inputs", "_nodes", "_seen", "_sizes", "_starts"),
        *("depth", "grown", "outputs"),
    )

    def __init__(self, body: Body) -> None:
        self._body = body
        self._inputs: list[Entry] | None = None  # None until it is first handled
        self._sizes: list[int] = []
        self._nodes: dict[int, Node] = {}  # of the outputs
        self._again: set[int] = set()  # ids of holders and nodes that it read and that grew
        self._seen: dict[Node, int] = {}  # count of a node's objects handled with all inputs
        self._starts: dict[Node, int] = {}  # the same, when the handling began
        self.grown: Collection[int] = ()  # of the current turn
        self.outputs: list[Entry] = []
        self.depth = 0  # stack entries that it pops or peeks

    def forget(self) -> None:
        """Releases the objects."""
        self._inputs = None
        for each in (self._nodes, self._seen, self._starts, self.outputs):
            each.clear()

    def wake(self, holder: int) -> None:
        """Notes that something it read has grown: the content of an object, or a node."""
        self._again.add(holder)
        self._body.mark()

    def read(self, node: Node, holder: int) -> Objects:
        """Returns a node's content; only the new part if the turn handles the holder's growth."""
        if holder not in self.grown:
            self._seen.setdefault(node, node.size)
            return node.since(0)
        start = self._starts.get(node)
        if start is None:
            start = self._starts[node] = self._seen.get(node, 0)
            self._seen[node] = node.size
        return node.since(start)

    def turns(self, inputs: list[Entry], base: int, apart: bool) -> Sequence[Turn]:
        """Returns the turns in which the instruction must be handled now.

        `apart` says that the effects of the inputs are independent of each other.
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
        """Records the stack entries that it popped or peeked, and their sizes before."""
        self._inputs, self._sizes, self.depth = inputs, sizes, len(inputs)

    def give(self, outputs: Sequence[Entry]) -> None:
        """Records what it pushed, in persistent sets that only grow."""
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
    """Returns the old entry if it has the same constant."""
    old = outputs[at] if at < len(outputs) else None
    return old if isinstance(old, Value) and old.constant is value.constant else value


class Join:
    """Merges stacks where several control-flow paths meet."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int], Node] = {}
        self._taken: dict[tuple[int, int, int], int] = {}

    def of(self, offset: int, a: list[Entry], b: list[Entry]) -> list[Entry]:
        """Merges two stacks; if their heights differ, which no code makes, takes the taller one."""
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
