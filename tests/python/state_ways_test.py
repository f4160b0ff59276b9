"""Objects that traced code reaches through functions that take many arguments or names."""

import functools
import itertools
import operator

import pytest

import mycel as mc
from state_programs import Plain


def of_columns(box, name):
    _, second = zip(*[(name, 1), (name, box)], strict=True)
    return second[1]


def by_two_names(box, name):
    _, found = operator.attrgetter("name", "inner")(Plain(name=1, inner=box))
    return found


def by_set_name(box, name):
    holder = Plain()
    setattr(holder, "found", box)  # noqa: B010
    return holder.found


def by_computed_name(box, name):
    holder = Plain(box=None)
    setattr(holder, name, box)
    return holder.box


def by_vars(box, name):
    holder = Plain()
    vars(holder).update(box=box)
    return holder.box


def by_plain_set(box, name):
    holder = Plain()
    object.__setattr__(holder, "box", box)
    return holder.box


WAYS = {
    "rows": lambda box, name: list(zip(*[(1, name), (2, box)], strict=True))[1][1],
    "columns": of_columns,
    "map": lambda box, name: list(map(lambda _, each: each, *[(1, 2), (name, box)]))[1],
    "starmap": lambda box, name: next(itertools.starmap(getattr, [(Plain(box=box), name)])),
    "getattr": lambda box, name: getattr(*[Plain(box=box), "box"]),
    "iter": lambda box, name: next(iter(*[[box]])),
    "two_names": by_two_names,
    "two_keys": lambda box, name: operator.itemgetter("a", "b")({"a": 1, "b": box})[1],
    "nested_name": lambda box, name: operator.attrgetter("a", "b.c")(Plain(a=1, b=Plain(c=box)))[1],
    "path": lambda box, name: functools.reduce(getattr, ["a", name], Plain(a=Plain(box=box))),
    "first_of_path": lambda box, name: functools.reduce(getattr, [Plain(box=box), name]),
    "keys": lambda box, name: functools.reduce(operator.getitem, ["a", 0], {"a": [box]}),
    "folded": lambda box, name: functools.reduce(lambda a, b: a or b, [None, box]),
    "set_name": by_set_name,
    "computed_name": by_computed_name,
    "vars": by_vars,
    "plain_set": by_plain_set,
}


@pytest.mark.parametrize("way", WAYS)
def test_an_object_is_found_at_the_end_of_the_way(way):
    box, find, name = Plain(k=2.0, unread=0), WAYS[way], "box"
    function = mc.jit(lambda x: x * find(box, name).k)
    for expected in (2, 3):
        box.k = expected
        for _ in range(2):
            assert function(mc.ones(1)).item() == expected, function.explain()
    assert function.compilations == 2


PATH = ["inner", "last"]


@pytest.mark.parametrize(
    "walk",
    [
        lambda root: functools.reduce(getattr, PATH, root),
        lambda root: functools.reduce(getattr, ("inner", "last"), root),
    ],
    ids=["list", "constant"],
)
def test_a_path_names_the_attributes(walk):
    last = Plain(k=2.0, unread=0)
    root = Plain(inner=Plain(last=last, unread=0), unread=0)
    function = mc.jit(lambda x: x * walk(root).k)
    assert function(mc.ones(1)).item() == 2
    for each in (last, root.inner, root):
        each.unread = 1
    assert function(mc.ones(1)).item() == 2
    assert function.compilations == 1
    last.k = 3.0
    assert function(mc.ones(1)).item() == 3
    root.inner = Plain(last=Plain(k=4.0))
    assert function(mc.ones(1)).item() == 4
