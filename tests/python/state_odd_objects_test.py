"""Objects whose own code fails when they are looked at: compiled functions are as eager ones."""

import abc
import types
import warnings

import pytest

import mycel as mc
from state_programs import Programs

program = Programs()


@program
def a_dict_property_that_raises():
    class Odd:
        k = 1.0

        @property
        def __dict__(self):
            raise RuntimeError

    odd = Odd()
    yield lambda x: x * odd.k
    yield 1, 1
    odd.k = 2.0
    yield 2, 2


@program
def a_dict_property_that_gives_another_dict():
    class Odd:
        @property
        def __dict__(self):
            return {"k": 1.0}

    odd = Odd()
    odd.k = 1.0
    yield lambda x: x * odd.k
    yield 1, 1
    odd.k = 2.0
    yield 2, 2


@program
def a_metaclass_whose_comparison_raises():
    class Kind(type):
        def __eq__(cls, other):
            raise RuntimeError

    class Config(dict, metaclass=Kind):
        pass

    config = Config(k=1.0)
    yield lambda x: x * config.copy()["k"] * Config(config)["k"]
    yield 1, 1
    config["k"] = 2.0
    yield 4, 2


@program
def a_metaclass_that_gives_no_attribute():
    class Kind(type):
        def __getattribute__(cls, name):
            raise KeyError(name)

    class Odd(metaclass=Kind):
        def __init__(self):
            self.k = 1.0

    odd = Odd()
    yield lambda x: x * odd.k
    yield 1, 1
    odd.k = 2.0
    yield 2, 2


@program
def special_methods_that_raise():
    class Odd:
        __slots__ = ("k",)
        __hash__ = None

        def fail(self, *arguments):
            raise RuntimeError

        __eq__ = __bool__ = __len__ = __repr__ = __iter__ = fail

    odd = Odd()
    odd.k = 1.0
    box = [odd, odd]
    yield lambda x: x * box[0].k * [*box][1].k
    yield 1, 1
    odd.k = 2.0
    yield 4, 2


@program
def containers_whose_methods_raise():
    class Items(list):
        def fail(self, *arguments):
            raise RuntimeError

        __iter__ = __len__ = __getitem__ = fail

    class Table(dict):
        __iter__ = __len__ = keys = values = items = Items.fail

    items, table = Items([1.0]), Table(k=1.0)
    yield lambda x: x * list.__getitem__(items, 0) * table["k"]
    yield 1, 1
    items[0] = 2.0
    yield 2, 2
    table["k"] = 2.0
    yield 4, 3


@program
def a_class_that_is_registered():
    class Base(abc.ABC):  # noqa: B024 - others are registered
        pass

    class Within(Base):
        pass

    class Plain:
        pass

    plain = Plain()
    yield lambda x: x * 2 if isinstance(plain, (int, Base)) else x
    yield 1, 1
    Within.register(Plain)
    yield 2, 2


@program
def a_subclass_that_is_registered():
    class Base(abc.ABC):  # noqa: B024 - others are registered
        pass

    class Plain:
        pass

    yield lambda x: x * 2 if issubclass(Plain, Base) else x
    yield 1, 1
    Base.register(Plain)
    yield 2, 2


@program
def an_object_that_can_be_called_later():
    class Plain:
        pass

    plain = Plain()
    yield lambda x: x * 2 if callable(plain) else x
    yield 1, 1
    Plain.__call__ = lambda self: 0
    yield 2, 2


@program
def a_hash_that_is_replaced():
    class Plain:
        def __hash__(self):
            return 1

    plain = Plain()
    yield lambda x: x * hash(plain)
    yield 1, 1
    Plain.__hash__ = lambda self: 2
    yield 2, 2


test_a_change_of_state_is_seen = program.test()


class Closed:
    """Gives only what is in its table."""

    table = types.MappingProxyType({"k": 1.0})

    def __getattribute__(self, name):
        return type(self).table[name]

    def __call__(self, x):
        return x * type(self).table["k"]


class Classless:
    """Does not tell its class."""

    k = 1.0

    @property
    def __class__(self):
        raise KeyError


class Misnamed:
    """Its name is no name."""

    def __init__(self):
        self.__name__ = self.__module__ = [1]

    def __call__(self, x):
        return x


@pytest.mark.parametrize(
    ("value", "use"),
    [
        (Closed(), lambda value, x: x * value.k),
        (Closed(), lambda value, x: value(x)),
        (Classless(), lambda value, x: x * value.k),
        (Misnamed(), lambda value, x: value(x)),
    ],
    ids=["attribute", "call", "class", "name"],
)
def test_an_object_that_cannot_be_looked_at_is_used(value, use):
    function = mc.jit(lambda x: use(value, x))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(4):
            assert function(mc.ones(1)).item() == 1


def test_what_an_object_reads_that_cannot_be_looked_at_is_seen():
    closed = Closed()
    function = mc.jit(lambda x: x * closed.k)
    assert function(mc.ones(1)).item() == 1
    Closed.table = {"k": 2.0}
    try:
        assert function(mc.ones(1)).item() == 2
    finally:
        Closed.table = {"k": 1.0}
