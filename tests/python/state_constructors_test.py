"""How a compiled function makes objects and classes: defaults, constructors, bases."""

import collections
import dataclasses
import typing

from mycel import nn
from state_programs import Programs

program = Programs()


@program
def default_of_init():

    class C:
        def __init__(self, k=1.0):
            self.k = k

    yield lambda x: x * C().k
    yield 1, 1
    C.__init__.__defaults__ = (2.0,)
    yield 2, 2


@program
def items_of_a_default_of_init():

    class C:
        def __init__(self, k=[1.0]):  # noqa: B006
            self.k = k

    yield lambda x: x * C().k[0]
    yield 1, 1
    C.__init__.__defaults__[0][0] = 2.0
    yield 2, 2


@program
def keyword_default_of_init():

    class C:
        def __init__(self, *, k=1.0):
            self.k = k

    yield lambda x: x * C().k
    yield 1, 1
    C.__init__.__kwdefaults__["k"] = 2.0
    yield 2, 2
    C.__init__.__kwdefaults__ = {"k": 4.0}
    yield 4, 3


@program
def init_that_is_replaced():

    class C:
        def __init__(self):
            self.k = 1.0

    _kept = C.__init__
    yield lambda x: x * C().k
    yield 1, 1

    def init(self):
        self.k = 3.0

    C.__init__ = init
    yield 3, 2


@program
def init_of_a_base_that_is_replaced():

    class B:
        def __init__(self):
            self.k = 1.0

    class C(B):
        pass

    _kept = B.__init__
    yield lambda x: x * C().k
    yield 1, 1

    def init(self):
        self.k = 3.0

    B.__init__ = init
    yield 3, 2


@program
def new_that_is_replaced():

    class C:
        k = 1.0

        def __new__(cls):
            o = object.__new__(cls)
            o.k = 2.0
            return o

    yield lambda x: x * C().k
    yield 2, 1

    def n(cls):
        o = object.__new__(cls)
        o.k = 5.0
        return o

    C.__new__ = staticmethod(n)
    yield 5, 2


@program
def default_of_getattr():

    class C:
        pass

    yield lambda x: x * getattr(C(), "k", 1.0)
    yield 1, 1
    C.k = 3.0
    yield 3, 2


@program
def default_of_getattr_and_a_base_class():

    class B:
        pass

    class C(B):
        pass

    yield lambda x: x * getattr(C(), "k", 1.0)
    yield 1, 1
    B.k = 3.0
    yield 3, 2


@program
def call_of_the_metaclass():

    class M(type):
        k = 1.0

        def __call__(cls):
            return cls.k

    class C(metaclass=M):
        pass

    yield lambda x: x * C()
    yield 1, 1
    M.k = 2.0
    yield 2, 2
    M.__call__ = lambda cls: 9.0
    yield 9, 3


@program
def default_of_a_named_tuple():
    P = collections.namedtuple("P", "k", defaults=[1.0])
    yield lambda x: x * P().k
    yield 1, 1
    P.__new__.__defaults__ = (2.0,)
    yield 2, 2


@program
def items_of_a_default_of_a_named_tuple():

    class P(typing.NamedTuple):
        k: float = 1.0
        d: list = [1.0]  # noqa: RUF012

    yield lambda x: x * P().d[0]
    yield 1, 1
    P().d[0] = 2.0
    yield 2, 2


@program
def class_in_a_dict():

    class A:
        k = 1.0

    class B:
        k = 2.0

    st = {"c": A}
    yield lambda x: x * st["c"]().k
    yield 1, 1
    st["c"] = B
    yield 2, 2
    B.k = 5.0
    yield 5, 3


@program
def base_of_a_class_that_is_made():

    class B:
        k = 1.0

    def f(x):

        class C(B):
            pass

        return x * C().k

    yield f
    yield 1, 1
    B.k = 2.0
    yield 2, 2


@program
def base_of_a_class_made_by_type():

    class B:
        k = 1.0

    yield lambda x: x * type("C", (B,), {})().k
    yield 1, 1
    B.k = 2.0
    yield 2, 2


@program
def generic_class():
    T = typing.TypeVar("T")

    class B(typing.Generic[T]):
        k = 1.0

    yield lambda x: x * B[int]().k
    yield 1, 1
    B.k = 2.0
    yield 2, 2


@program
def other_bases():

    class A:
        k = 1.0

    class B:
        k = 2.0

    class C(A):
        pass

    yield lambda x: x * C().k
    yield 1, 1
    C.__bases__ = (B,)
    yield 2, 2


@program
def class_attribute_of_a_module():

    class B(nn.Module):
        k = 1.0

    class C(B):
        def forward(self, x):
            return x * self.k

    yield lambda x: C()(x)
    yield 1, 1
    B.k = 2.0
    yield 2, 2


@program
def factory_of_a_dataclass():
    st = {"k": 1.0}

    @dataclasses.dataclass
    class C:
        k: float = dataclasses.field(default_factory=lambda: st["k"])

    yield lambda x: x * C().k
    yield 1, 1
    st["k"] = 2.0
    yield 2, 2


test_a_change_of_state_is_seen = program.test()
