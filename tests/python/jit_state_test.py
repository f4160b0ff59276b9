"""Python state that a compiled function changes: containers, variables, attributes."""

import re
import warnings

import pytest

import mycel as mc
from mycel import nn

counter = 0


@pytest.fixture
def x():
    return mc.tensor([1.0])


def lines_of(function):
    """A pattern of the lines of a function: 'file.py:LINE'."""
    lines = sorted({line for _, _, line in function.__code__.co_lines() if line})
    return "|".join(rf"jit_state_test\.py:{line}\b" for line in lines)


def nested_dict():
    state = {"a": {"n": 0}}

    def f(x):
        state["a"]["n"] += 1
        return x * state["a"]["n"]

    return f


def closure_variable():
    n = 0

    def f(x):
        nonlocal n
        n += 1
        return x * n

    return f


def global_variable():
    global counter
    counter = 0

    def f(x):
        global counter
        counter += 1
        return x * counter

    return f


def list_that_grows():
    calls = []

    def f(x):
        calls.append(1)
        return x * len(calls)

    return f


def attribute_of_an_object():
    class Counter:
        n = 0

    box = Counter()

    def f(x):
        box.n += 1
        return x * box.n

    return f


def attribute_of_a_module():
    class Counting(nn.Module):
        def __init__(self):
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            return x * self.calls

    return Counting().forward


# And what the warning calls the place.
CHANGES = {
    nested_dict: "state['a']['n'] was 2 and is 3",
    closure_variable: "closure variable n of f was 2 and is 3",
    global_variable: "global counter was 2 and is 3",
    list_that_grows: "calls was a list of 2 items and is one of 3",
    attribute_of_an_object: "attribute n of box was 2 and is 3",
    attribute_of_a_module: "attribute calls of Counting was 2 and is 3",
}


@pytest.mark.parametrize("make", CHANGES, ids=lambda make: make.__name__)
def test_what_a_call_changes_counts_in_each_call(make, x):
    function = make()
    compiled = mc.jit(function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [compiled(x).item() for _ in range(4)] == [1, 2, 3, 4]
    assert compiled.compilations == 4


@pytest.mark.parametrize("make", CHANGES, ids=lambda make: make.__name__)
def test_the_third_time_a_warning_names_the_place_and_the_line(make, x):
    function = make()
    compiled = mc.jit(function)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(x)
        compiled(x)
    with pytest.warns(RuntimeWarning, match="traced again at each call") as caught:
        compiled(x)
    message = str(caught[0].message)
    assert CHANGES[make] in message
    assert re.search(lines_of(function), message), message
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(x)


def test_a_counter_that_is_set_back_counts_again(x):
    state = {"n": 0}

    @mc.jit
    def f(x):
        state["n"] += 1
        return x * state["n"]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [f(x).item() for _ in range(3)] == [1, 2, 3]
        state["n"] = 0
        assert [f(x).item() for _ in range(3)] == [1, 2, 3]
    assert state["n"] == 3


def test_a_change_that_is_the_same_each_time_compiles_at_most_twice(x):
    box = {"seen": False}

    @mc.jit
    def f(x):
        box["seen"] = True
        return x * 2

    assert [f(x).item() for _ in range(4)] == [2, 2, 2, 2]
    assert f.compilations <= 2
    box["seen"] = False
    f(x)
    assert box["seen"] is True


def test_a_module_may_note_the_same_thing_in_each_call(x):
    class Net(nn.Module):
        def forward(self, x):
            self.shape_seen = x.shape
            return x * 2

    f = mc.jit(Net())
    assert [f(x).item() for _ in range(3)] == [2, 2, 2]
    assert f.compilations == 1


def test_a_traced_tensor_in_a_container_is_an_error_at_its_line(x):
    history = []

    def f(x):
        y = x * 2
        history.append(y)
        return y

    with pytest.raises(mc.CompileError, match=r"left in .*history.*return it") as caught:
        mc.jit(f)(x)
    assert re.search(lines_of(f), str(caught.value)), caught.value


def test_a_traced_tensor_in_a_dict_is_an_error(x):
    cache = {}

    @mc.jit
    def f(x):
        cache["y"] = x * 2
        return cache["y"]

    with pytest.raises(mc.CompileError, match="traced tensor left in"):
        f(x)


def test_a_traced_tensor_in_a_list_of_a_module_tells_of_buffers(x):
    class Net(nn.Module):
        def forward(self, x):
            self.seen = [x * 2]
            return x

    with pytest.raises(mc.CompileError, match="register_buffer"):
        mc.jit(Net())(x)


def test_a_container_that_the_function_makes_is_its_own(x):
    @mc.jit
    def f(x):
        parts, table = [], {}
        for i in range(3):
            parts.append(x * i)
            table[i] = parts[-1]
        return sum(parts) + table[2]

    assert [f(x).item() for _ in range(3)] == [5, 5, 5]
    assert f.compilations == 1
