"""Classes whose metadata is not what most classes have may be used in compiled functions."""

import mycel as mc


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
