"""State that a compiled function reads through the standard library."""

import array
import collections
import contextvars
import copy
import dataclasses
import functools
import json
import operator
import os
import threading
import types

import pytest

import mycel as mc
from state_programs import Plain, Programs

program = Programs()


@program
def environment():
    name = "MYCEL_TEST_STATE"
    os.environ[name] = "2"
    try:
        yield lambda x: x * float(os.environ[name]) * float(os.getenv(name))
        yield 4, 1
        os.environ[name] = "3"
        yield 9, 2
    finally:
        del os.environ[name]


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
def getters_of_names_that_are_not_constant():
    b, names = Plain(k=2.0, other=5.0), ["k"]
    yield lambda x: x * operator.attrgetter(names[0])(b)
    yield 2, 1
    b.k = 3.0
    yield 3, 2
    names[0] = "other"
    yield 5, 3
    b.other = 6.0
    yield 6, 4


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


@program
def attribute_of_a_thread_local():
    local = threading.local()
    local.k = 2.0
    yield lambda x: x * local.k
    yield 2, 1
    local.k = 3.0
    yield 3, 2


@program
def value_of_a_context_variable():
    variable = contextvars.ContextVar("variable", default=2.0)
    yield lambda x: x * variable.get()
    yield 2, 1
    variable.set(3.0)
    yield 3, 2


@program
def item_of_the_value_of_a_context_variable():
    variable = contextvars.ContextVar("variable")
    variable.set({"k": 2.0, "unread": 0})
    yield lambda x: x * variable.get()["k"]
    yield 2, 1
    variable.get()["k"] = 3.0
    yield 3, 2
    variable.get()["unread"] = 1
    yield 3, 2


@program
def result_of_a_cached_function():
    box = Plain(k=2.0)

    @functools.lru_cache
    def get():
        return box.k

    get()
    yield lambda x: x * get()
    yield 2, 1
    box.k = 3.0
    yield 2, 1
    get.cache_clear()
    yield 3, 2


@program
def object_that_a_cached_function_gave():
    @functools.lru_cache
    def get():
        return Plain(k=2.0)

    get()
    yield lambda x: x * get().k
    yield 2, 1
    get().k = 3.0
    yield 3, 2


test_a_change_of_state_is_seen = program.test()


def test_another_thread_has_its_own_thread_local():
    local = threading.local()
    local.k = 2.0
    function = mc.jit(lambda x: x * local.k)
    found = [function(mc.ones(1)).item()]

    def elsewhere():
        local.k = 5.0
        found.append(function(mc.ones(1)).item())

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    found.append(function(mc.ones(1)).item())
    assert found == [2, 5, 2]


def test_a_traced_tensor_in_a_cache_is_an_error():
    @functools.cache
    def get():
        return mc.ones(1) + 1

    with pytest.raises(mc.CompileError, match="among the results that get caches"):
        mc.jit(lambda x: x * get())(mc.ones(1))
    assert get.cache_info().currsize == 0
