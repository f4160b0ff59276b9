"""State that a compiled function reads through classes: super, descriptors, special methods."""

import enum
import functools
import operator

from state_programs import Programs

program = Programs()


@program
def class_of_self():
    class A:
        k = 2.0

        def run(self, x):
            return x * type(self).k * self.__class__.k

    a = A()
    yield lambda x: a.run(x)
    yield 4, 1
    A.k = 3.0
    yield 9, 2


@program
def class_method_and_static_method():
    class A:
        k = 2.0

        @classmethod
        def run(cls, x):
            return cls.same(x) * cls.k

        @staticmethod
        def same(x):
            return x

    yield lambda x: A.run(x)
    yield 2, 1
    A.k = 3.0
    yield 3, 2
    A.same = staticmethod(lambda x: -x)
    yield -3, 3


@program
def method_of_super():
    class A:
        def run(self, x):
            return x * self.k

    class B(A):
        k = 2.0

        def run(self, x):
            return super().run(x)

    b = B()
    yield lambda x: b.run(x)
    yield 2, 1
    b.k = 3.0
    yield 3, 2
    A.run = lambda self, x: x * 9
    yield 9, 3


@program
def attribute_of_a_metaclass():
    class M(type):
        k = 2.0

    class A(metaclass=M):
        pass

    yield lambda x: x * A.k
    yield 2, 1
    M.k = 3.0
    yield 3, 2


@program
def cached_property():
    class A:
        def __init__(self):
            self.k = 2.0

        @functools.cached_property
        def twice(self):
            return self.k * 2

    a = A()
    assert a.twice == 4
    yield lambda x: x * a.twice
    yield 4, 1
    a.k = 5.0
    yield 4, 1
    a.twice = 10.0
    yield 10, 2


@program
def partial_method():
    class A:
        def run(self, x, by):
            return x * by

        twice = functools.partialmethod(run, by=2.0)

    a = A()
    yield lambda x: a.twice(x)
    yield 2, 1
    A.twice = functools.partialmethod(A.run, by=3.0)
    yield 3, 2


@program
def context_manager():
    class C:
        def __init__(self):
            self.k = 2.0

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

    c = C()

    def f(x):
        with c as d:
            return x * d.k

    yield f
    yield 2, 1
    c.k = 3.0
    yield 3, 2


@program
def iteration_and_length_of_an_object():
    class C:
        def __init__(self):
            self.items = [2.0, 1.0]

        def __iter__(self):
            return iter(self.items)

        def __len__(self):
            return len(self.items)

    c = C()
    yield lambda x: x * sum(c) * len(c)
    yield 6, 1
    c.items[0] = 3.0
    yield 8, 2
    c.items.append(1.0)
    yield 15, 3


@program
def operator_of_an_object():
    class C:
        k = 2.0

        def __mul__(self, x):
            return x * self.k

    c = C()
    yield lambda x: c * x
    yield 2, 1
    c.k = 3.0
    yield 3, 2


@program
def property_that_is_read_in_c():
    class A:
        k = property(operator.attrgetter("_k"))

    a = A()
    a._k = {"s": 2.0}
    yield lambda x: x * a.k["s"]
    yield 2, 1
    a._k["s"] = 3.0
    yield 3, 2
    a._k = {"s": 4.0}
    yield 4, 3


@program
def value_of_an_enumeration():
    class E(enum.Enum):
        A = {"s": 2.0}  # noqa: RUF012

    yield lambda x: x * E.A.value["s"]
    yield 2, 1
    E.A.value["s"] = 3.0
    yield 3, 2


@program
def attributes_by_getattribute():
    class A:
        def __getattribute__(self, name):
            return object.__getattribute__(self, "_" + name)

    a = A()
    object.__setattr__(a, "_k", 2.0)
    yield lambda x: x * a.k
    yield 2, 1
    object.__setattr__(a, "_k", 3.0)
    yield 3, 2


test_a_change_of_state_is_seen = program.test()
