"""What a trace freezes, guards and leaves unguarded, as warnings and explain() tell it."""

import functools
import gc
import inspect
import os
import random
import re
import time
import types
import warnings
import weakref

import numpy as np
import pytest

import mycel as mc
from processes import in_process

GENERATOR = np.random.default_rng(0)


@pytest.fixture
def x():
    return mc.tensor([1.0])


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (random.random, "random"),
        (lambda: random.gauss(0, 1), "random"),
        (lambda: random.randint(0, 5), "getrandbits"),
        (np.random.rand, "numpy.random"),
        (lambda: np.random.normal(), "numpy.random"),
        (lambda: np.random.default_rng().normal(), "urandom"),
        (functools.partial(GENERATOR.normal), "numpy.random"),
        (time.time, "time.time"),
        (time.perf_counter, "time.perf_counter"),
    ],
)
def test_what_a_trace_freezes_is_said_once_at_its_line(function, name, x):
    def body(x):
        return x * float(function())

    f = mc.jit(body)
    with pytest.warns(RuntimeWarning, match=re.escape(name)) as caught:
        first = f(x)
    line = body.__code__.co_firstlineno + 1
    if isinstance(function, types.FunctionType):
        line = function.__code__.co_firstlineno
    assert os.path.abspath(caught[0].filename) == __file__
    assert caught[0].lineno == line
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(x).item() == first.item()
        f(mc.ones(2))  # traced again, but said already
    assert name in f.explain()


def test_drawing_with_mycel_and_sleeping_are_no_reason_to_warn(x):
    @mc.jit
    def f(x):
        time.sleep(0)
        return x * mc.rand(1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(x)


def test_explain_tells_what_is_guarded_and_what_is_not(x):
    class Box:
        scale = 1.0

    box, names, long = Box(), ["scale"], [1.0] * 70000
    box.scale = 2.0

    @mc.jit
    def f(x):
        members = inspect.getmembers(box)
        return x * box.scale * getattr(box, names[0]) * len(vars(box)) * len(members) * sum(long)

    with pytest.warns(RuntimeWarning, match="items of long"):
        f(x)
    explained = f.explain()
    assert re.search(r"guards \d+ places", explained)
    assert "attribute scale of" in explained
    assert "the items of the attributes of box" in explained
    assert "not guarded: the 70000 items of" in explained
    assert "not guarded: attributes of box that getmembers reads" in explained


def test_a_large_numpy_array_is_refused_with_what_to_write(x):
    array = np.zeros(2000)
    with pytest.raises(ValueError, match=r"at most 1024 elements.*mc\.tensor"):
        mc.jit(lambda x: x + mc.tensor(array).sum())(x)


def test_guards_keep_nothing_alive(x):
    class Box:
        scale = 1.0

    boxes = {"box": Box()}
    f = mc.jit(lambda x: x * boxes["box"].scale)
    f(x)
    seen = weakref.ref(boxes["box"])
    boxes["box"] = Box()
    gc.collect()
    assert seen() is None
    assert f(x).item() == 1


def test_the_log_says_why_operations_are_in_different_kernels(tmp_path):
    (tmp_path / "apart.py").write_text("""
import mycel as mc

@mc.jit
def apart(x):
    y = mc.exp(x)
    return y, y.sum(0)

apart(mc.ones(600, 500))
""")
    printed = in_process("import apart", tmp_path, MYCEL_LOG="fusion")
    assert printed == (
        "[fusion] exp: f32[600,500] at apart.py:6 in apart | "
        "sum: f32[500] at apart.py:7 in apart: "
        "no single pass computes sum and writes exp in the order of memory\n"
    )
