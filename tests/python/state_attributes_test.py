"""Attributes and names that a compiled function finds by other ways than a dot."""

import enum

from mycel import nn
from state_programs import Programs

program = Programs()


@program
def attribute_of_a_dict():

    class D(dict):
        pass

    d = D()
    d.k = 1.0
    yield lambda x: x * d.k
    yield 1, 1
    d.k = 2.0
    yield 2, 2


@program
def items_as_attributes():

    class D(dict):
        __getattr__ = dict.__getitem__

    d = D(m=D(k=1.0))
    yield lambda x: x * d.m.k
    yield 1, 1
    d["m"]["k"] = 3.0
    yield 3, 2


@program
def attribute_of_a_list():

    class L(list):
        pass

    d = L([1.0])
    d.k = 1.0
    yield lambda x: x * d.k * d[0]
    yield 1, 1
    d.k = 2.0
    yield 2, 2
    d[0] = 2.0
    yield 4, 3


@program
def attribute_of_an_int():

    class Number(int):
        pass

    st = [Number(1)]
    st[0].k = [1.0]
    yield lambda x: x * st[0].k[0]
    yield 1, 1
    st[0].k[0] = 2.0
    yield 2, 2


@program
def attribute_of_a_float():

    class Number(float):
        pass

    i = Number(1.0)
    i.k = 1.0
    yield lambda x: x * i.k
    yield 1, 1
    i.k = 2.0
    yield 2, 2


@program
def attribute_of_a_str():

    class Number(str):
        pass

    i = Number("a")
    i.k = 1.0
    yield lambda x: x * i.k
    yield 1, 1
    i.k = 2.0
    yield 2, 2


@program
def isinstance_of_another_class():

    class A:
        pass

    class B:
        pass

    o = A()
    yield lambda x: x * 2 if isinstance(o, B) else x
    yield 1, 1
    o.__class__ = B
    yield 2, 2


@program
def type_of_an_object():

    class A:
        pass

    class B:
        pass

    o = A()
    yield lambda x: x * 2 if type(o) is B else x
    yield 1, 1
    o.__class__ = B
    yield 2, 2


@program
def issubclass_with_other_bases():

    class A:
        pass

    class B:
        pass

    class C(A):
        pass

    yield lambda x: x * 2 if issubclass(C, B) else x
    yield 1, 1
    C.__bases__ = (B,)
    yield 2, 2


@program
def value_of_an_enumeration():

    class E(enum.Enum):
        A = 1.0
        B = 2.0

    st = [E.A]
    yield lambda x: x * st[0].value
    yield 1, 1
    st[0] = E.B
    yield 2, 2
    E.B._value_ = 5.0
    yield 5, 3


@program
def values_of_an_enumeration():

    class E(enum.Enum):
        A = 1.0
        B = 2.0

    yield lambda x: x * sum(e.value for e in E)
    yield 3, 1
    E.A._value_ = 5.0
    yield 7, 2


@program
def attribute_of_super():

    class B:
        k = 1.0

    class C(B):
        k = 5.0

        def m(self):
            return super().k

    c = C()
    yield lambda x: x * c.m()
    yield 1, 1
    B.k = 2.0
    yield 2, 2


@program
def vars_of_a_class():

    class C:
        k = 1.0

    yield lambda x: x * vars(C)["k"]
    yield 1, 1
    C.k = 2.0
    yield 2, 2


@program
def dict_of_a_class():

    class C:
        k = 1.0

    yield lambda x: x * C.__dict__["k"]
    yield 1, 1
    C.k = 2.0
    yield 2, 2


@program
def dict_of_the_type():

    class C:
        k = 1.0

    yield lambda x: x * type(C()).__dict__["k"]
    yield 1, 1
    C.k = 2.0
    yield 2, 2


@program
def item_of_globals():
    globals()["GA"] = 1.0
    yield lambda x: x * globals()["GA"]
    yield 1, 1
    globals()["GA"] = 2.0
    yield 2, 2


@program
def get_of_globals():
    yield lambda x: x * globals().get("GB", 1.0)
    yield 1, 1
    globals()["GB"] = 2.0
    yield 2, 2


@program
def computed_item_of_globals():
    st = ["GC"]
    globals()["GC"] = 1.0
    globals()["GD"] = 5.0
    yield lambda x: x * globals()[st[0]]
    yield 1, 1
    globals()["GC"] = 2.0
    yield 2, 2
    st[0] = "GD"
    yield 5, 3


@program
def code_of_eval():

    class P:
        pass

    p = P()
    p.k = 1.0
    yield lambda x: x * eval("p.k", {"p": p})
    yield 1, 1
    p.k = 2.0
    yield 2, 2


@program
def code_of_exec():
    globals()["GF"] = [1.0]

    def f(x):
        ns = {}
        exec("k=GF[0]", globals(), ns)
        return x * ns["k"]

    yield f
    yield 1, 1
    globals()["GF"][0] = 2.0
    yield 2, 2


@program
def item_of_locals():
    st = [1.0]

    def f(x):
        k = st
        return x * locals()["k"][0]

    yield f
    yield 1, 1
    st[0] = 2.0
    yield 2, 2


@program
def class_of_a_module_that_changes():

    class A(nn.Module):
        def forward(self, x):
            return x

    class B(nn.Module):
        def forward(self, x):
            return x * 2.0

    m = A()
    yield lambda x: m(x)
    yield 1, 1
    m.__class__ = B
    yield 2, 2


@program
def computed_name_of_an_attribute():

    class A:
        def __init__(self):
            self.k1 = 1.0
            self.k2 = 2.0
            self.n = 1

    m = A()
    yield lambda x: x * getattr(m, f"k{m.n}")
    yield 1, 1
    m.k1 = 5.0
    yield 5, 2
    m.n = 2
    yield 2, 3


@program
def names_by_dir():

    class P:
        pass

    p = P()
    p.k = 1.0
    yield lambda x: x * len([n for n in dir(p) if n.startswith("k")])
    yield 1, 1
    p.k2 = 1.0
    yield 2, 2


test_a_change_of_state_is_seen = program.test()
