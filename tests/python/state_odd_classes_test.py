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
