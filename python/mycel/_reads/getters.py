"""Getters of the operator module: attrgetter, itemgetter, methodcaller."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mycel._reads.kinds import MISSING
from mycel._reads.lookups import attribute
from mycel._reads.values import UNKNOWN, Objects, Value, union, value_of

if TYPE_CHECKING:
    from mycel._reads.body import Body

Effect = Callable[["Body", Sequence[Value]], Value]
GETTERS = (operator.attrgetter, operator.itemgetter, operator.methodcaller)
_ANY_ATTRIBUTE = operator.attrgetter("")  # stands for one with an unknown name


def get_by(body: Body, getter: Any, objects: Objects) -> Value:
    """Applies an operator.attrgetter, itemgetter or methodcaller."""
    if getter is _ANY_ATTRIBUTE:
        return Value(union(body.reads.any_attribute(objects), body.reads.returned))
    if isinstance(getter, operator.methodcaller):
        return _call_by(body, getter, Value(objects))
    found, names = [], getter.__reduce__()[1]
    for name in names:
        part = objects
        if isinstance(getter, operator.itemgetter):
            part = body.reads.item(part, name)
        else:
            for each in name.split("."):
                part = attribute(body, Value(part), each).objects
        found.append(part)
    return Value(found[0]) if len(found) == 1 else _tuple_of(body, found)


def _tuple_of(body: Body, parts: Sequence[Objects]) -> Value:
    made = body.make(tuple, part="getter")
    for position, part in enumerate(parts):
        body.reads.store(made.objects, position, part)
    return made


def _call_by(body: Body, caller: operator.methodcaller, owner: Value) -> Value:
    reduced: tuple[Any, tuple[Any, ...]] = caller.__reduce__()  # type: ignore[assignment]
    make, rest = reduced
    if isinstance(make, functools.partial):  # if there are keywords
        rest = (*make.args, *rest, *make.keywords.values())
    name, *given = rest
    arguments = [Value(value_of((each,)).objects, each) for each in given]
    return body.call(attribute(body, owner, name), arguments, owner)


@functools.lru_cache(maxsize=4096)  # the same object each time the code is interpreted
def _getter(kind: Callable[..., Any], *names: Any) -> Any:
    return kind(*names)


def make_getter(kind: Callable[..., Any]) -> Effect:
    """attrgetter(*names) and the like."""

    def run(body: Body, arguments: Sequence[Value]) -> Value:
        names = [each.constant for each in arguments]
        if not names or any(name is MISSING for name in names):
            if kind is not operator.attrgetter:
                return UNKNOWN
            getter = _ANY_ATTRIBUTE
        else:
            getter = _getter(kind, *names)
        body.reads.know(getter, kind.__name__, free=True)
        return value_of((getter,))

    return run
