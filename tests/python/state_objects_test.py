"""Attributes of objects and classes that a compiled function read."""

import collections
import ctypes
import dataclasses
import enum
import types

import mycel as mc
from mycel import nn
from state_programs import Plain, Programs

program = Programs()


# --- objects and classes ---------------------------------------------------------------------


@program
def attribute_of_a_plain_object():
    box = Plain(scale=2.0, unread=0, history=[])
    yield lambda x: x * box.scale
    yield 2, 1
    box.scale = 3.0
    yield 3, 2
    box.unread = 1
    yield 3, 2
    box.history.append(1)
    yield 3, 2


@program
def attribute_of_a_namespace():
    box = types.SimpleNamespace(scale=2.0)
    yield lambda x: x * box.scale
    yield 2, 1
    box.scale = 3.0
    yield 3, 2


@program
def attribute_of_an_object_in_an_object():
    box = Plain(inner=Plain(scale=2.0))
    yield lambda x: x * box.inner.scale
    yield 2, 1
    box.inner.scale = 3.0
    yield 3, 2
    box.inner = Plain(scale=4.0)
    yield 4, 3


@program
def attribute_that_appears():
    box = Plain()
    yield lambda x: x * 2 if hasattr(box, "twice") else x
    yield 1, 1
    box.twice = True
    yield 2, 2


@program
def getattr_with_a_name_in_the_code():
    box = Plain(scale=2.0)
    yield lambda x: x * getattr(box, "scale")  # noqa: B009
    yield 2, 1
    box.scale = 3.0
    yield 3, 2


@program
def dataclass_field():
    @dataclasses.dataclass
    class Options:
        scale: float = 2.0
        epochs: int = 1

    options = Options()
    yield lambda x: x * options.scale
    yield 2, 1
    options.scale = 3.0
    yield 3, 2
    options.epochs = 9
    yield 3, 2


@program
def dataclass_as_a_dict():
    @dataclasses.dataclass
    class Options:
        scale: float = 2.0

    options = Options()
    yield lambda x: x * dataclasses.asdict(options)["scale"]
    yield 2, 1
    options.scale = 3.0
    yield 3, 2


@program
def attributes_by_vars():
    box = Plain(a=1.0, b=1.0)
    yield lambda x: x * sum(vars(box).values())
    yield 2, 1
    box.a = 2.0
    yield 3, 2
    box.__dict__["b"] = 3.0
    yield 5, 3


@program
def slots():
    class Slotted:
        __slots__ = ("scale", "unread")

    box = Slotted()
    box.scale, box.unread = 2.0, 0
    yield lambda x: x * box.scale
    yield 2, 1
    box.scale = 3.0
    yield 3, 2
    box.unread = 1
    yield 3, 2


@program
def property_of_an_object():
    class Box:
        def __init__(self):
            self._scale = 2.0

        @property
        def scale(self):
            return self._scale

    box = Box()
    yield lambda x: x * box.scale
    yield 2, 1
    box._scale = 3.0
    yield 3, 2


class Table:
    """An object whose attributes are items of a dict."""

    def __init__(self):
        self.table = {"scale": 2.0}

    def __getattr__(self, name):
        return self.table[name]

    def __call__(self, x):
        return x * self.scale


def scale_replaced(box):
    yield 2, 1
    box.table["scale"] = 3.0
    yield 3, 2


@program
def object_with_getattr():
    box = Table()
    yield lambda x: x * box.scale
    yield from scale_replaced(box)


@program
def callable_object_with_getattr():
    box = Table()
    yield lambda x: box(x)
    yield from scale_replaced(box)


@program
def object_with_getitem():
    class Box:
        def __init__(self):
            self.values = [1.0, 2.0]

        def __getitem__(self, i):
            return self.values[i]

    box = Box()
    yield lambda x: x * box[1]
    yield 2, 1
    box.values[1] = 3.0
    yield 3, 2


@program
def class_attribute():
    class Settings:
        scale = 2.0
        unread = 0

    yield lambda x: x * Settings.scale
    yield 2, 1
    Settings.scale = 3.0
    yield 3, 2
    Settings.unread = 1
    yield 3, 2


@program
def attribute_of_a_base_class():
    class Base:
        scale = 2.0

    class Derived(Base):
        pass

    box = Derived()
    yield lambda x: x * box.scale
    yield 2, 1
    Base.scale = 3.0
    yield 3, 2
    box.scale = 4.0
    yield 4, 3


@program
def enum_member():
    class Mode(enum.Enum):
        DOUBLE = 2
        TRIPLE = 3

    box = Plain(mode=Mode.DOUBLE)
    yield lambda x: x * box.mode.value
    yield 2, 1
    box.mode = Mode.TRIPLE
    yield 3, 2


@program
def named_tuple():
    Pair = collections.namedtuple("Pair", ["a", "b"])
    box = Plain(pair=Pair(2.0, 0.0))
    yield lambda x: x * box.pair.a
    yield 2, 1
    box.pair = Pair(3.0, 0.0)
    yield 3, 2


@program
def object_that_the_function_makes():
    box = Plain(scale=2.0)

    class Scaler:
        def __init__(self, box):
            self.box = box

        def run(self, x):
            return x * self.box.scale

    yield lambda x: Scaler(box).run(x)
    yield 2, 1
    box.scale = 3.0
    yield 3, 2


@program
def object_given_as_an_argument():
    box = Plain(scale=2.0)

    def scaled(x, box):
        return x * box.scale

    compiled = mc.jit(scaled)

    def f(x):
        return compiled(x, box)

    yield f
    yield 2, 1
    box.scale = 3.0
    yield 3, 2


class Loss:
    def __init__(self):
        self.k = 2.0

    def of(self, x):
        return (x * self.k).sum()


@program
def gradient_of_a_method():
    loss = Loss()
    yield mc.grad(loss.of)
    yield 2, 1
    loss.k = 3.0
    yield 3, 2


@program
def value_and_gradient_of_a_method():
    loss = Loss()
    yield lambda x: mc.value_and_grad(loss.of)(x)[1]
    yield 2, 1
    loss.k = 3.0
    yield 3, 2


@program
def default_of_a_function_that_is_differentiated():
    def loss(x, options={"k": 2.0}):  # noqa: B006 - the default is changed
        return (x * options["k"]).sum()

    yield mc.grad(loss)
    yield 2, 1
    loss.__defaults__[0]["k"] = 3.0
    yield 3, 2


@program
def object_that_is_reached_in_an_unknown_way():
    loss = Loss()
    number = id(loss)
    yield lambda x: ctypes.cast(number, ctypes.py_object).value.of(x)
    yield 2, 1
    loss.k = 3.0
    yield 3, 2


@program
def attribute_of_a_parameter():
    weight = nn.Parameter(mc.ones(1))
    weight.decay = 2.0
    yield lambda x: x * weight.decay * getattr(weight, "scale", 1.0)
    yield 2, 1
    weight.decay = 3.0
    yield 3, 2
    weight.scale = 2.0
    yield 6, 3


@program
def attribute_of_a_number():
    class Rate(float):
        pass

    rate = Rate(1.0)
    rate.k = 2.0
    yield lambda x: x * rate.k
    yield 2, 1
    rate.k = 3.0
    yield 3, 2


test_a_change_of_state_is_seen = program.test()
