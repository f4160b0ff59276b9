"""Places in Python's state that a trace reads and that change by unusual ways."""

import collections
import functools

import pytest

import mycel as mc
from state_programs import Plain, Programs

program = Programs()


# --- closures that hold tensors ------------------------------------------------------------------


@program
def tensor_in_a_closure_is_rebound():
    w = mc.tensor([2.0])

    def rebind(value):
        nonlocal w
        w = value

    yield lambda x: x * w
    yield 2, 1
    rebind(mc.tensor([5.0]))
    yield 5, 2


@program
def tensor_in_a_closure_comes_and_goes():
    w = None

    def rebind(value):
        nonlocal w
        w = value

    yield lambda x: x if w is None else x * w
    yield 1, 1
    rebind(mc.tensor([5.0]))
    yield 5, 2
    rebind(None)
    yield 1, 2


@program
def tensor_in_a_decorators_closure_is_rebound():
    def scaled(function):
        factor = mc.tensor([1.0])

        @functools.wraps(function)
        def inner(*args):
            return function(*args) * factor

        def rebind(value):
            nonlocal factor
            factor = value

        inner.rebind = rebind
        return inner

    f = scaled(lambda x: x * 2)
    yield f
    yield 2, 1
    f.rebind(mc.tensor([5.0]))
    yield 10, 2


@program
def tensor_in_a_closure_is_read_by_a_comprehension():
    w = mc.tensor([2.0])

    def rebind(value):
        nonlocal w
        w = value

    yield lambda x: sum([x * w for _ in range(2)])
    yield 4, 1
    rebind(mc.tensor([5.0]))
    yield 10, 2


@program
def tensor_in_a_closure_is_read_under_a_gradient():
    w = mc.tensor([2.0])

    def rebind(value):
        nonlocal w
        w = value

    yield mc.grad(lambda x: (x * w).sum())
    yield 2, 1
    rebind(mc.tensor([5.0]))
    yield 5, 2


@program
def counter_in_a_closure_of_the_trace_itself():
    def f(x):
        n = 0

        def add():
            nonlocal n
            n += 1
            return x * n

        return add() + add()

    yield f
    yield 3, 1


@program
def sum_in_a_closure_of_the_trace_itself():
    def f(x):
        total = 0

        def add():
            nonlocal total
            total = total + x

        add()
        add()
        return total

    yield f
    yield 2, 1


@program
def object_is_replaced_by_none_and_freed():
    p = Plain(other=Plain(k=2.0))
    yield lambda x: x if p.other is None else x * p.other.k
    yield 2, 1
    p.other = None
    yield 1, 2


# --- classes, functions, containers --------------------------------------------------------------


@program
def class_of_a_plain_object_changes():
    class A:
        def k(self):
            return 2.0

    class B:
        def k(self):
            return 3.0

    a = A()
    yield lambda x: x * a.k()
    yield 2, 1
    a.__class__ = B
    yield 3, 2


@program
def class_of_an_object_with_slots_changes():
    class A:
        __slots__ = ("s",)
        k = 2.0

    class B:
        __slots__ = ("s",)
        k = 3.0

    a = A()
    a.s = 1.0
    yield lambda x: x * a.s * a.k
    yield 2, 1
    a.__class__ = B
    yield 3, 2


def test_a_counter_of_a_class_is_counted_by_each_call():
    class C:
        n = 0
        s = 2.0

    def scaled(x):
        return x * C.s

    def f(x):
        C.n += 1
        return scaled(x * C.n)

    f = mc.jit(f)
    with pytest.warns(RuntimeWarning, match="attribute n of the class"):
        assert [f(mc.ones(1)).item() for _ in range(3)] == [2, 4, 6]


@program
def code_of_a_function_changes():
    def g(x):
        return x * 2

    yield lambda x: g(x)
    yield 2, 1
    g.__code__ = (lambda x: x * 3).__code__
    yield 3, 2


@program
def keyword_default_changes():
    def g(x, *, k=2.0):
        return x * k

    yield lambda x: g(x)
    yield 2, 1
    g.__kwdefaults__ = {"k": 3.0}
    yield 3, 2


@program
def order_of_an_ordered_dict():
    d = collections.OrderedDict(add=2.0, multiply=3.0)

    def f(x):
        for key in d:
            x = x + d[key] if key == "add" else x * d[key]
        return x

    yield f
    yield 9, 1
    d.move_to_end("add")
    yield 5, 2
    d.move_to_end("multiply")
    yield 9, 2


CONFIG = Plain(s=2.0)


@program
def attribute_of_a_global_in_eval():
    CONFIG.s = 2.0
    yield lambda x: x * eval("CONFIG.s")
    yield 2, 1
    CONFIG.s = 3.0
    yield 3, 2


@program
def attribute_of_a_local_in_eval():
    config = Plain(s=2.0)

    def f(x):
        local = config
        return x * local.s * eval("local.s")

    yield f
    yield 4, 1
    config.s = 3.0
    yield 9, 2


test_a_change_of_state_is_seen = program.test()
