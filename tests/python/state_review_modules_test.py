"""Attributes of modules that are absent, in slots, or written through `__dict__`."""

import mycel as mc
from mycel import nn
from state_programs import Programs

program = Programs()


class Scaled(nn.Module):
    def forward(self, x):
        return x * getattr(self, "scale", 1.0)


@program
def absent_attribute_of_a_module_is_set():
    m = Scaled()
    yield m
    yield 1, 1
    m.scale = 3.0
    yield 3, 2
    del m.scale
    yield 1, 2


@program
def absent_attribute_of_a_modules_class_is_set():
    class Own(Scaled):
        pass

    m = Own()
    yield m
    yield 1, 1
    Own.scale = 3.0
    yield 3, 2


@program
def hasattr_of_a_module():
    class M(nn.Module):
        def forward(self, x):
            return x * 2 if hasattr(self, "flag") else x

    m = M()
    yield m
    yield 1, 1
    m.flag = True
    yield 2, 2


@program
def fallback_of_a_modules_getattr():
    class M(nn.Module):
        def __getattr__(self, name):
            if name == "scale":
                return 2.0
            raise AttributeError(name)

        def forward(self, x):
            return x * self.scale

    m = M()
    yield m
    yield 2, 1
    m.scale = 3.0
    yield 3, 2


@program
def dict_of_a_module_is_written():
    m = Scaled()
    m.scale = 2.0
    yield m
    yield 2, 1
    m.__dict__["scale"] = 3.0
    yield 3, 2
    vars(m).update(scale=4.0)
    yield 4, 3


@program
def dict_of_a_module_that_is_kept_is_written():
    m = Scaled()
    m.scale = 2.0
    attributes = m.__dict__
    yield m
    yield 2, 1
    attributes["scale"] = 3.0
    yield 3, 2
    attributes["scale"] = 4.0
    yield 4, 3


@program
def slot_of_a_module():
    class M(nn.Module):
        __slots__ = ("scale",)

        def forward(self, x):
            return x * self.scale

    m = M()
    m.scale = 2.0
    yield m
    yield 2, 1
    m.scale = 3.0
    yield 3, 2


@program
def class_of_a_module_changes():
    class A(nn.Module):
        def forward(self, x):
            return x * 2

    class B(nn.Module):
        def forward(self, x):
            return x * 3

    m = A()
    yield m
    yield 2, 1
    m.__class__ = B
    yield 3, 2


def test_an_absent_attribute_is_guarded_in_graph_mode():
    m = Scaled()
    mc.set_mode("graph")
    try:
        assert m(mc.ones(1)).item() == 1
        m.scale = 3.0
        assert m(mc.ones(1)).item() == 3
    finally:
        mc.set_mode("eager")


test_a_change_of_state_is_seen = program.test()
