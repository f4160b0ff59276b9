"""Containers that traced code may write to, but did not: what is in them is not asked."""

import collections
import logging
import types
import typing

import pytest

import mycel as mc
from mycel import nn
from state_programs import Plain


@pytest.mark.parametrize(
    ("container", "write"),
    [
        ([], lambda rows: rows.append(1)),
        ([1], lambda rows: rows.clear()),
        ([], lambda rows: rows.extend([1, 2])),
        ([], lambda rows: rows.insert(0, 1)),
        (set(), lambda rows: rows.add(1)),
        (collections.deque(), lambda rows: rows.appendleft(1)),
    ],
)
def test_a_write_in_a_branch_that_is_not_taken(container, write):
    log = Plain(rows=container, is_on=False)

    @mc.jit
    def function(x):
        if log.is_on:
            write(log.rows)
        return x * 2

    for at in range(3):
        assert function(mc.ones(1)).item() == 2
        log.rows.add(at + 5) if isinstance(log.rows, set) else log.rows.append(at + 5)
    assert function.compilations == 1


def test_a_write_that_is_made_is_made_in_each_call():
    log = Plain(rows=[])

    @mc.jit
    def function(x):
        log.rows.append(len(log.rows))
        return x * 2

    for _ in range(2):
        function(mc.ones(1))
    assert log.rows == [0, 1]


def test_a_write_and_a_read():
    rows = [1.0]

    @mc.jit
    def function(x):
        if len(rows) > 5:
            rows.append(2.0)
        return x * sum(rows)

    assert function(mc.ones(1)).item() == 1
    rows.append(3.0)
    assert function(mc.ones(1)).item() == 4
    assert function.compilations == 2


def test_a_traced_tensor_that_is_put_into_a_list_is_an_error():
    rows = []

    @mc.jit
    def function(x):
        rows.append(x * 2)
        return x

    with pytest.raises(mc.CompileError, match="state that outlives the traced call"):
        function(mc.ones(1))
    assert rows == []


def test_what_a_logger_that_is_off_would_tell():
    logger = logging.getLogger("mycel-state-test")
    logger.setLevel(logging.ERROR)
    history = types.SimpleNamespace(rows=[1.0])

    @mc.jit
    def function(x):
        logger.debug("rows %s of %s", history.rows, history)
        return x * 2

    for at in range(3):
        assert function(mc.ones(1)).item() == 2
        history.rows.append(at)
    assert function.compilations == 1


@pytest.mark.parametrize("train", [False, True])
def test_a_mode_that_is_put_back_needs_no_new_trace(train):
    net = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.Dropout(0.5)))
    net.train(not train)

    @mc.jit
    def f(x):
        net.train(train)
        found = net[0](x) * (2.0 if net.training else 3.0)
        net.train(not train)
        return found

    expected = net[0](mc.ones(1)).item() * (2.0 if train else 3.0)
    for _ in range(3):
        assert f(mc.ones(1)).item() == pytest.approx(expected)
    assert f.compilations == 1, f.explain()
    net.train(train)
    assert f(mc.ones(1)).item() == pytest.approx(expected)
    assert f.compilations == 2


class Pushed:
    """Is on a stack of its class while a block runs."""

    stack: typing.ClassVar = []

    def __init__(self, scale):
        self.scale = scale

    def __enter__(self):
        Pushed.stack.append(self)
        return self

    def __exit__(self, *error):
        Pushed.stack.pop()


def test_a_stack_that_a_block_puts_back_needs_no_new_trace():
    @mc.jit
    def f(x):
        with Pushed(2.0):
            return x * Pushed.stack[-1].scale * len(Pushed.stack)

    for _ in range(3):
        assert f(mc.ones(1)).item() == 2
    assert f.compilations == 1, f.explain()
    with Pushed(5.0):
        for _ in range(3):
            assert f(mc.ones(1)).item() == 4
    assert f.compilations == 2, f.explain()
