"""Classes of objects that a compiled function makes: their attributes and methods."""

import functools

from state_programs import Plain, Programs

program = Programs()


@program
def attribute_of_the_class():

    class C:
        k = 1.0

    yield lambda x: x * C().k
    yield 1, 1
    C.k = 2.0
    yield 2, 2


@program
def attribute_of_a_base_class():

    class B:
        k = 1.0

    class C(B):
        pass

    yield lambda x: x * C().k
    yield 1, 1
    B.k = 2.0
    yield 2, 2
    C.k = 3.0
    yield 3, 3
    del C.k
    yield 2, 3


@program
def attribute_that_a_base_before_it_gets():

    class A:
        pass

    class B:
        k = 1.0

    class C(A, B):
        pass

    yield lambda x: x * C().k
    yield 1, 1
    A.k = 3.0
    yield 3, 2


@program
def property_of_the_class():

    class C:
        s = 1.0

        @property
        def k(self):
            return self.s

    yield lambda x: x * C().k
    yield 1, 1
    C.s = 2.0
    yield 2, 2
    C.k = property(lambda self: 7.0)
    yield 7, 3


@program
def property_of_a_base_class():

    class B:
        s = 1.0

        @property
        def k(self):
            return self.s

    class C(B):
        pass

    yield lambda x: x * C().k
    yield 1, 1
    B.s = 2.0
    yield 2, 2
    B.k = property(lambda self: 7.0)
    yield 7, 3


@program
def method_that_is_replaced():

    class C:
        def m(self):
            return 1.0

    _kept = C.m
    yield lambda x: x * C().m()
    yield 1, 1
    C.m = lambda self: 2.0
    yield 2, 2


@program
def dict_of_the_class():

    class C:
        d = {"k": 1.0}  # noqa: RUF012

    yield lambda x: x * C().d["k"]
    yield 1, 1
    C.d["k"] = 2.0
    yield 2, 2


@program
def dict_of_a_base_class():

    class B:
        d = {"k": 1.0}  # noqa: RUF012

    class C(B):
        pass

    yield lambda x: x * C().d["k"]
    yield 1, 1
    C.d["k"] = 2.0
    yield 2, 2
    B.d = {"k": 3.0}
    yield 3, 3


@program
def slot_that_holds_a_list_of_the_class():

    class C:
        __slots__ = ("k",)
        d = [1.0]  # noqa: RUF012

        def __init__(self):
            self.k = self.d

    yield lambda x: x * C().k[0]
    yield 1, 1
    C.d[0] = 3.0
    yield 3, 2


@program
def attribute_of_super():

    class B:
        k = 1.0

    class C(B):
        k = 5.0

        def m(self):
            return super().k

    yield lambda x: x * C().m()
    yield 1, 1
    B.k = 2.0
    yield 2, 2


@program
def attribute_of_super_with_arguments():

    class A:
        k = 1.0

    class B(A):
        pass

    class C(B):
        k = 5.0

        def m(self):
            return super().k

    yield lambda x: x * C().m()
    yield 1, 1
    A.k = 2.0
    yield 2, 2
    B.k = 3.0
    yield 3, 3


@program
def method_of_super_that_is_replaced():

    class B:
        s = [1.0]  # noqa: RUF012

        def m(self):
            return self.s[0]

    class C(B):
        def m(self):
            return super().m()

    yield lambda x: x * C().m()
    yield 1, 1
    B.s[0] = 2.0
    yield 2, 2
    B.m = lambda self: 9.0
    yield 9, 3


@program
def class_method_that_makes_one():

    class C:
        k = 1.0

        @classmethod
        def make(cls):
            return cls()

    yield lambda x: x * C.make().k
    yield 1, 1
    C.k = 3.0
    yield 3, 2


@program
def attribute_that_appears_in_a_base_class():

    class B:
        pass

    class C(B):
        pass

    yield lambda x: x * 2 if hasattr(C(), "k") else x
    yield 1, 1
    B.k = 1
    yield 2, 2


@program
def attribute_of_the_metaclass():

    class M(type):
        k = 1.0

    class C(metaclass=M):
        pass

    yield lambda x: x * type(C()).k
    yield 1, 1
    M.k = 2.0
    yield 2, 2


@program
def descriptor():

    class D:
        def __init__(self):
            self.v = 1.0

        def __get__(self, o, t):
            return self.v

    class C:
        k = D()

    yield lambda x: x * C().k
    yield 1, 1
    C.__dict__["k"].v = 2.0
    yield 2, 2


@program
def partial_of_what_a_function_returned():
    box = Plain(k=1.0, inner=Plain(k=2.0))

    def given(box):
        return box

    yield lambda x: x * functools.partial(getattr, given(box))("inner").k
    yield 2, 1
    box.inner.k = 3.0
    yield 3, 2


@program
def slot_by_a_computed_name():

    class Slots:
        __slots__ = ("scale",)

    box = Slots()
    box.scale = [2.0]

    def f(x):
        for name in ("scale",):
            x = x * getattr(box, name)[0]
        return x

    yield f
    yield 2, 1
    box.scale[0] = 3.0
    yield 3, 2
    box.scale = [4.0]
    yield 4, 3


test_a_change_of_state_is_seen = program.test()
