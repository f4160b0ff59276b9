"""Classes that a compiled function makes hold objects of the state."""

import collections
import dataclasses
import enum
import typing

import pytest

import mycel as mc
from state_programs import Plain


def by_statement(box):
    class Made:
        inner = box

    return Made.inner


def by_instance(box):
    class Made:
        inner = box

        def get(self):
            return self.inner

    return Made().get()


def by_constructor(box):
    class Made:
        def __init__(self, inner):
            self.inner = inner

    return Made(box).inner


def by_slot(box):
    class Made:
        __slots__ = ("inner",)

    made = Made()
    made.inner = box
    return made.inner


def by_property(box):
    class Made:
        @property
        def inner(self):
            return box

    return Made().inner


def by_later_attribute(box):
    class Made:
        pass

    Made.inner = box
    return Made().inner


def by_base(box):
    class Base:
        inner = box

    class Made(Base):
        pass

    return Made().inner


def by_iteration(box):
    class Made:
        def __iter__(self):
            return iter([box])

    return next(iter(Made()))


def by_nested_statement(box):
    class Made:
        class Inner:
            boxes: typing.ClassVar = [box]

    return Made.Inner.boxes[0]


def by_dataclass(box):
    @dataclasses.dataclass
    class Made:
        inner: object

    return Made(box).inner


def by_tuple_statement(box):
    class Made(typing.NamedTuple):
        first: float
        second: object

    return Made(1.0, box).second


def by_enumeration(box):
    class Made(enum.Enum):
        FIRST = box

    return Made.FIRST.value


WAYS = {
    **{
        each.__name__: each
        for each in (
            *(by_statement, by_instance, by_constructor, by_slot, by_property, by_base),
            *(by_later_attribute, by_iteration, by_nested_statement, by_dataclass),
            *(by_tuple_statement, by_enumeration),
        )
    },
    "by_type": lambda box: type("Made", (), {"inner": box}).inner,
    "by_instance_of_type": lambda box: type("Made", (), {"inner": box})().inner,
    "by_named_tuple": lambda box: collections.namedtuple("Made", "a b")(1.0, box).b,
}


@pytest.mark.parametrize("way", WAYS)
def test_an_object_is_found_in_a_class_that_the_code_makes(way):
    box, find = Plain(k=2.0), WAYS[way]
    function = mc.jit(lambda x: x * find(box).k)
    for expected in (2, 3):
        box.k = expected
        for _ in range(2):
            assert function(mc.ones(1)).item() == expected, function.explain()
    assert function.compilations == 2
