"""State that a compiled function reads in less usual ways: super, match, with, the library."""

import array
import collections
import copy
import dataclasses
import functools
import itertools
import json
import operator
import os
import types

import pytest

import mycel as mc
from mycel import nn
from state_programs import Plain, run

PROGRAMS = []


def program(make):
    PROGRAMS.append(make)
    return make


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
def environment():
    os.environ["MYCEL_TEST_STATE"] = "2"
    yield lambda x: x * float(os.environ["MYCEL_TEST_STATE"]) * float(os.getenv("MYCEL_TEST_STATE"))
    yield 4, 1
    os.environ["MYCEL_TEST_STATE"] = "3"
    yield 9, 2
    del os.environ["MYCEL_TEST_STATE"]


@program
def getters_of_operator():
    b, get = Plain(k=2.0, unread=0), operator.attrgetter("k")
    yield lambda x: x * get(b)
    yield 2, 1
    b.unread = 1
    yield 2, 1
    b.k = 3.0
    yield 3, 2


@program
def mappings_of_the_library():
    first = {"a": 2.0}
    both, proxy = collections.ChainMap(first, {"b": 1.0}), types.MappingProxyType(first)
    user = collections.UserDict(a=1.0)
    yield lambda x: x * both["a"] * proxy["a"] * user["a"]
    yield 4, 1
    first["a"] = 3.0
    yield 9, 2
    user["a"] = 2.0
    yield 18, 3


@program
def arrays_of_the_library():
    a, b = array.array("d", [2.0]), bytearray([1])
    yield lambda x: x * a[0] * b[0]
    yield 2, 1
    a[0] = 3.0
    yield 3, 2
    b[0] = 2
    yield 6, 3


@program
def copies():
    @dataclasses.dataclass
    class A:
        k: float = 2.0
        j: float = 1.0

    a, nest = A(), {"a": [1.0]}

    def f(x):
        x = x * dataclasses.replace(a, j=5.0).k * copy.copy(a).k
        return x * copy.deepcopy(nest)["a"][0] * json.loads(json.dumps(nest))["a"][0]

    yield f
    yield 4, 1
    a.k = 3.0
    yield 9, 2
    nest["a"][0] = 2.0
    yield 36, 3


@program
def iterators():
    a, b = [Plain(k=1.0)], [Plain(k=1.0)]

    def f(x):
        for _, (first, second) in enumerate(zip(a, b, strict=True)):
            x = x * first.k * second.k
        return x * next(iter(a)).k * sum(each.k for each in itertools.chain(a, b))

    yield f
    yield 2, 1
    b[0].k = 2.0
    yield 6, 2
    a[0].k = 2.0
    yield 32, 3


@program
def sorted_by_an_attribute():
    a = [Plain(k=2.0), Plain(k=1.0)]
    yield lambda x: x * sorted(a, key=lambda b: b.k)[-1].k
    yield 2, 1
    a[1].k = 3.0
    yield 3, 2


@program
def match_statement():
    b, c = Plain(mode="a"), {"inner": {"k": 2.0, "unread": 0}}

    def f(x):
        match b.mode:
            case "a":
                x = x * 1
            case _:
                x = x * 10
        match c:
            case {"inner": {"k": k}}:
                return x * k
        return x

    yield f
    yield 2, 1
    c["inner"]["unread"] = 1
    yield 2, 1
    c["inner"]["k"] = 3.0
    yield 3, 2
    b.mode = "b"
    yield 30, 3


@program
def conditional_and_walrus():
    a, b, s = Plain(k=2.0), Plain(k=3.0), Plain(first=True)
    yield lambda x: x * c.k if (c := a if s.first else b) else x
    yield 2, 1
    s.first = False
    yield 3, 2
    b.k = 4.0
    yield 4, 3


@program
def key_error_that_is_caught():
    d = {}

    def f(x):
        try:
            return x * d["k"]
        except KeyError:
            return x * 2

    yield f
    yield 2, 1
    d["k"] = 3.0
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
def text_with_an_attribute():
    b = Plain(name="2")
    yield lambda x: x * float(f"{b.name}.0")
    yield 2, 1
    b.name = "3"
    yield 3, 2


@program
def functions_of_a_module():
    class N(nn.Module):
        def __init__(self):
            self.functions = [lambda x: x * 2]
            self.hooks = {}

        def forward(self, x):
            for function in self.functions:
                x = function(x)
            for hook in self.hooks.values():
                x = hook(self, x)
            return x

    n, b = N(), Plain(k=3.0)
    yield n
    yield 2, 1
    n.functions.append(lambda x: -x)
    yield -2, 2
    n.hooks["a"] = lambda module, x: x * b.k
    yield -6, 3
    b.k = 4.0
    yield -8, 4


@program
def module_inside_a_sequential():
    b = Plain(k=2.0)

    class F(nn.Module):
        def forward(self, x):
            return x * b.k

    yield nn.Sequential(F(), nn.ReLU())
    yield 2, 1
    b.k = 3.0
    yield 3, 2


@program
def list_of_a_module_by_a_computed_name():
    class N(nn.Module):
        def __init__(self):
            self.list1 = [2.0]

        def forward(self, x):
            return x * getattr(self, f"list{1}")[0]

    n = N()
    yield n
    yield 2, 1
    n.list1[0] = 3.0
    yield 3, 2


@program
def code_that_was_executed():
    names = {"k": 2.0}
    exec("def f(x): return x * k", names)
    yield names["f"]
    yield 2, 1
    names["k"] = 3.0
    yield 3, 2


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
def cached_function():
    b = Plain(k=2.0)

    @functools.cache
    def get():
        return b

    get()
    yield lambda x: x * get().k
    yield 2, 1
    b.k = 3.0
    yield 3, 2


@pytest.mark.parametrize("make", PROGRAMS, ids=lambda make: make.__name__)
def test_a_change_of_state_is_seen(make):
    run(make)


def test_what_cannot_be_seen_is_told():
    import contextvars
    import threading

    local, variable, box = threading.local(), contextvars.ContextVar("variable"), Plain(k=2.0)
    local.k = 2.0
    variable.set(1.0)

    @functools.lru_cache
    def get():
        return box

    @mc.jit
    def f(x):
        return x * local.k * variable.get() * get().k

    f(mc.ones(1))
    explained = f.explain()
    for part in ("attribute k of local", "context variables", "the cached function get gave"):
        assert "not guarded: " in explained and part in explained
