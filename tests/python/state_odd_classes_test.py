"""Classes whose metadata is not what most classes have may be used in compiled functions."""

import collections

import pytest

import mycel as mc

Pair = collections.namedtuple("Pair", "first second")


def test_a_class_without_a_module():
    class Scale:
        __module__ = None

        def __init__(self):
            self.k = 2.0

    scale = Scale()
    f = mc.jit(lambda x: x * scale.k)
    assert f(mc.ones(1)).item() == 2.0
    scale.k = 3.0
    assert f(mc.ones(1)).item() == 3.0


def test_a_class_without_a_hash():
    class Kind(type):
        def __eq__(cls, other):
            return cls is other

    class Scale(metaclass=Kind):
        def __init__(self):
            self.k = 2.0

    scale = Scale()
    f = mc.jit(lambda x: x * scale.k if type(scale) is Scale else x)
    assert f(mc.ones(1)).item() == 2.0
    scale.k = 3.0
    assert f(mc.ones(1)).item() == 3.0


@pytest.mark.parametrize("base", [dict, list, tuple, collections.deque, Pair])
def test_a_class_attribute_of_a_container_s_subclass(base):
    kind = type("Config", (base,), {"scale": 2.0, "options": {"k": 2.0}})
    config = kind(1, 2) if base is Pair else kind()
    f = mc.jit(lambda x: x * config.scale * config.options["k"])
    assert f(mc.ones(1)).item() == 4.0
    kind.scale = 3.0
    assert f(mc.ones(1)).item() == 6.0
    kind.options["k"] = 3.0
    assert f(mc.ones(1)).item() == 9.0
    kind.unread = 1
    assert f(mc.ones(1)).item() == 9.0
    assert f.compilations == 3


class Falling(dict):
    """Gives another object where a key is missing."""

    def __missing__(self, key):
        return self.other


class Routed(dict):
    """Gives what another dict has under the key."""

    def __getitem__(self, key):
        return self.routes[key]


class Reached(dict):
    """Gives an attribute of its items."""

    def __getitem__(self, key):
        return super().__getitem__(key).inner


class Counted(list):
    """Gives what another list has at the position."""

    def __getitem__(self, key):
        return self.routes[key]


class Walked(list):
    """Iterates over another list."""

    def __iter__(self):
        return iter(self.routes)


class Kept(dict):
    """Iterates over another list."""

    def __iter__(self):
        return iter(self.routes)


class Grown(collections.defaultdict):
    """Gives another object where a key is missing."""

    def __missing__(self, key):
        return self.other


class Ordered(collections.OrderedDict, Falling):
    """The same with an order."""


class Chained(collections.ChainMap):
    """Gives another object where a key is missing."""

    def __missing__(self, key):
        return self.other


class Wrapped(collections.UserDict):
    """Gives another object where a key is missing."""

    def __missing__(self, key):
        return self.other


class Listed(collections.UserList):
    """Gives what another list has at the position."""

    def __getitem__(self, key):
        return self.routes[key]


OWN_OPERATORS = {
    "missing": (Falling, lambda c: c["none"]),
    "item": (Routed, lambda c: c["a"]),
    "position": (Counted, lambda c: c[0]),
    "inner": (Reached, lambda c: c["reached"]),
    "iteration": (Walked, lambda c: next(iter(c))),
    "loop": (Walked, lambda c: [each for each in c][-1]),  # noqa: C416
    "unpacked": (Walked, lambda c: (lambda first: first)(*c)),
    "list": (Walked, lambda c: list(c)[0]),  # noqa: RUF015
    "keys": (Kept, lambda c: [each for each in c][-1]),  # noqa: C416
    "default": (Grown, lambda c: c["none"]),
    "ordered": (Ordered, lambda c: c["none"]),
    "chain": (Chained, lambda c: c["none"]),
    "user_dict": (Wrapped, lambda c: c["none"]),
    "user_list": (Listed, lambda c: c[0]),
}


@pytest.mark.parametrize("case", OWN_OPERATORS)
def test_an_object_that_a_container_s_own_operator_gives(case):
    kind, find = OWN_OPERATORS[case]
    box = type("Box", (), {})()
    holder = kind()
    holder.other, holder.routes = box, {"a": box} if kind is Routed else [box]
    if kind is Reached:
        holder["reached"] = type("Holder", (), {"inner": box})()
    function = mc.jit(lambda x: x * find(holder).k)
    for expected in (2, 3):
        box.k = expected
        for _ in range(2):
            assert function(mc.ones(1)).item() == expected, function.explain()
    assert function.compilations == 2


@pytest.mark.parametrize("case", ["loop", "sum"])
def test_an_operator_that_a_class_got_since_it_was_read(case):
    class Items(list):
        pass

    items, box = Items([1.0]), type("Box", (), {"k": 2.0})()
    assert mc.jit(lambda x: x * items[0] * sum(items))(mc.ones(1)).item() == 1
    Items.__iter__ = lambda self: iter([box])
    Items.__add__ = lambda self, other: box
    find = {"loop": lambda: [each for each in items][0], "sum": lambda: items + [1]}[case]  # noqa: C416, RUF005, RUF015
    function = mc.jit(lambda x: x * find().k)
    for expected in (2, 3):
        box.k = expected
        for _ in range(2):
            assert function(mc.ones(1)).item() == expected, function.explain()
    assert function.compilations == 2


def test_an_exit_that_takes_no_object():
    class Scale:
        def __enter__(self):
            return 2.0

        def __exit__():
            pass

    assert mc.jit(lambda x: x * Scale().__enter__())(mc.ones(1)).item() == 2
