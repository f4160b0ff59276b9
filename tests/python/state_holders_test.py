"""Arrays, weak references and dispatchers that hold state of a compiled function."""

import configparser
import dataclasses
import functools
import operator
import weakref

import numpy as np

import mycel as mc
from state_programs import Programs

program = Programs()


@program
def attrgetter_that_is_made():

    class P:
        pass

    p = P()
    p.k = 1.0
    yield lambda x: x * operator.attrgetter("k")(p)
    yield 1, 1
    p.k = 2.0
    yield 2, 2


@program
def attrgetter_with_dots():

    class P:
        pass

    p = P()
    p.q = P()
    p.q.k = 1.0
    yield lambda x: x * operator.attrgetter("q.k")(p)
    yield 1, 1
    p.q.k = 2.0
    yield 2, 2


@program
def map_of_an_attrgetter():

    class P:
        pass

    a = P()
    a.k = 1.0
    L = [a]
    yield lambda x: x * sum(map(operator.attrgetter("k"), L))
    yield 1, 1
    a.k = 3.0
    yield 3, 2


@program
def code_of_a_function():

    def g(x):
        return x * 1.0

    def h(x):
        return x * 2.0

    yield lambda x: g(x)
    yield 1, 1
    g.__code__ = h.__code__
    yield 2, 2


@program
def memoryview_item():
    a = bytearray(b"\x01")
    m = memoryview(a)
    yield lambda x: x * m[0]
    yield 1, 1
    a[0] = 2
    yield 2, 2


@program
def shape_of_an_array():
    a = np.zeros((2, 3))
    yield lambda x: x * a.shape[0]
    yield 2, 1
    a.shape = (3, 2)
    yield 3, 2


@program
def length_of_an_array():
    a = np.zeros((2, 3))
    yield lambda x: x * len(a)
    yield 2, 1
    a.shape = (3, 2)
    yield 3, 2


@program
def array_of_objects():

    class P:
        pass

    p = P()
    p.k = 1.0
    a = np.array([p], dtype=object)
    yield lambda x: x * a[0].k
    yield 1, 1
    p.k = 2.0
    yield 2, 2
    q = P()
    q.k = 7.0
    a[0] = q
    yield 7, 3


@program
def record():
    a = np.array([(1.0, 2)], dtype=[("k", "f8"), ("n", "i4")])
    r = a[0]
    yield lambda x: x * float(r["k"])
    yield 1, 1
    a["k"][0] = 4.0
    yield 4, 2


@program
def masked_array():
    a = np.ma.array([1.0, 2.0])
    yield lambda x: x * float(a[0])
    yield 1, 1
    a[0] = 4.0
    yield 4, 2


@program
def derived_array():

    class A(np.ndarray):
        pass

    a = np.array([1.0, 2.0]).view(A)
    yield lambda x: x * float(a[0])
    yield 1, 1
    a[0] = 4.0
    yield 4, 2


@program
def registered_implementation():

    @functools.singledispatch
    def g(k, x):
        return x * 1.0

    yield lambda x: g(2, x)
    yield 1, 1

    @g.register
    def _(k: int, x):
        return x * 7.0

    yield 7, 2


@program
def registered_implementation_for_tensors():

    @functools.singledispatch
    def g(x):
        return x * 1.0

    yield lambda x: g(x)
    yield 1, 1

    @g.register(mc.Tensor)
    def _(x):
        return x * 7.0

    yield 7, 2


@program
def registered_method():

    class C:
        @functools.singledispatchmethod
        def g(self, k, x):
            return x * 1.0

    c = C()
    yield lambda x: c.g(2, x)
    yield 1, 1

    @C.g.register
    def _(self, k: int, x):
        return x * 7.0

    yield 7, 2


@program
def weak_reference():

    class P:
        pass

    p = P()
    p.k = 1.0
    w = weakref.ref(p)
    yield lambda x: x * w().k
    yield 1, 1
    p.k = 2.0
    yield 2, 2


@program
def weak_proxy():

    class P:
        pass

    p = P()
    p.k = 1.0
    w = weakref.proxy(p)
    yield lambda x: x * w.k
    yield 1, 1
    p.k = 2.0
    yield 2, 2


@program
def weak_dict():

    class P:
        pass

    p = P()
    p.k = 1.0
    d = weakref.WeakValueDictionary()
    d["a"] = p
    yield lambda x: x * d["a"].k
    yield 1, 1
    p.k = 2.0
    yield 2, 2


@program
def weak_set():

    class P:
        pass

    p = P()
    q = P()
    d = weakref.WeakSet([p])
    yield lambda x: x * len(d)
    yield 1, 1
    d.add(q)
    yield 2, 2


@program
def weak_reference_that_goes():

    class P:
        pass

    p = [P()]
    w = weakref.ref(p[0])
    yield lambda x: x * 2 if w() is None else x
    yield 1, 1
    p.clear()
    yield 2, 2


@program
def nested_dataclass_as_a_dict():

    @dataclasses.dataclass
    class Inner:
        k: float = 1.0

    @dataclasses.dataclass
    class A:
        i: Inner

    a = A(Inner())
    yield lambda x: x * dataclasses.asdict(a)["i"]["k"]
    yield 1, 1
    a.i.k = 2.0
    yield 2, 2


@program
def parser_of_options():
    a = configparser.ConfigParser()
    a["s"] = {"k": "1"}
    yield lambda x: x * float(a["s"]["k"])
    yield 1, 1
    a["s"]["k"] = "2"
    yield 2, 2


test_a_change_of_state_is_seen = program.test()
