"""Classes that the traced code makes: one object stands for a class and its instances."""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType
from typing import TYPE_CHECKING

from mycel._reads.kinds import MISSING
from mycel._reads.values import Made, Objects, Value, objects_of, union

if TYPE_CHECKING:
    from mycel._reads.body import Body


def build_class(body: Body, arguments: Sequence[Value]) -> Value:
    """A class statement: the variables of its body become attributes."""
    made = body.make(type)
    for code in arguments[0].objects.values() if arguments else ():
        if isinstance(code, CodeType):
            nested = body.nested(code)
            nested.catch_up()
            for name, found in nested.variables():
                body.reads.store(made.objects, name, found)
    return _of_bases(body, made, objects_of(arguments[2:]))


def make_class(body: Body, bases: Value, namespace: Value) -> Value:
    """`type(name, bases, namespace)`."""
    made = body.make(type)
    body.reads.pour(made.objects, namespace.objects)
    return _of_bases(body, made, body.parts(bases).objects)


def _of_bases(body: Body, made: Value, bases: Objects) -> Value:
    """Adds the bases, for inherited attributes; a metaclass may make anything of the class."""
    if any(not isinstance(each, type) or type(each) is not type for each in bases.values()):
        body.reads.store(made.objects, MISSING, made.objects)
    return Value(union(bases, made.objects))


def instance_of(body: Body, kind: Made, arguments: Sequence[Value]) -> Value:
    """A call of such a class, which may keep the arguments as attributes, or of an instance."""
    reads, whole = body.reads, Value({id(kind): kind})
    reads.store(whole.objects, MISSING, objects_of(arguments))
    for name in ("__new__", "__init__", "__call__"):
        body.call(Value(reads.under(kind, name)), arguments, whole)
    return Value(union(whole.objects, reads.returned))


def attribute_of(body: Body, kind: Made, name: str) -> Objects:
    """Returns an attribute of such a class or an instance; an unknown one may be any stored object.

    An enumeration's member has its value as an attribute, a named tuple its arguments.
    """
    reads = body.reads
    known = name in reads.places(kind)
    return union(reads.stored(kind, name if known else MISSING), reads.returned)
