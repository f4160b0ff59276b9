"""Tensors are values, objects are handles; a write through a view never passes silently."""

import re

import numpy as np
import pytest

import mycel as mc

STALE = r"a view of this tensor was written at .*views_test\.py:\d+"
MODES = ["eager", "jit"]


def run(function, mode, *args):
    return mc.jit(function)(*args) if mode == "jit" else function(*args)


def test_every_name_of_an_object_sees_a_write():
    x = mc.zeros(3)
    names = [x, {"x": x}["x"]]
    x[1] = 5
    assert all(name.tolist() == [0, 5, 0] for name in names)


def test_no_other_object_sees_a_write():
    x = mc.zeros(2)
    copy, detached, row = x.clone(), x.detach(), x[:1]
    x += 1
    assert copy.tolist() == detached.tolist() == [0, 0]
    assert row.tolist() == [0]


VIEWS = {
    "row": lambda x: x[0],
    "slice": lambda x: x[:, ::2],
    "reshape": lambda x: x.reshape(-1),
    "transpose": lambda x: x.T,
    "permute": lambda x: x.permute(1, 0),
    "expand": lambda x: x.expand(3, 2, 4),
    "squeeze": lambda x: x.unsqueeze(0),
    "flatten": lambda x: x.flatten(),
    "detach": lambda x: x.detach(),
    "view of a view": lambda x: x[1:][0],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("mode", MODES)
def test_a_write_through_a_view_marks_the_tensor_that_it_came_from(view, mode):
    def write_and_read(x):
        x = x + 0
        v = view(x)
        v += 1
        return x * 2

    with pytest.raises(RuntimeError, match=STALE) as raised:
        run(write_and_read, mode, mc.zeros(2, 4))
    text = str(raised.value)
    lines = re.findall(r"views_test\.py:(\d+)", text)
    assert len(lines) == 2, text
    assert int(lines[1]) == int(lines[0]) + 1
    assert "w[n:2*n] = 1" in text


def test_every_kind_of_read_of_a_marked_tensor_raises():
    reads = [
        lambda x: x + 1,
        lambda x: x.numpy(),
        lambda x: x.tolist(),
        lambda x: x[0],
        repr,
        lambda x: x.sum(),
    ]
    for read in reads:
        x = mc.zeros(2)
        v = x[:1]
        v[0] = 1
        with pytest.raises(RuntimeError, match=STALE):
            read(x)


def test_a_whole_write_makes_a_marked_tensor_good_again():
    x = mc.zeros(2)
    v = x[:1]
    v += 1
    x.copy_(mc.ones(2))
    assert x.tolist() == [1, 1]


def test_the_view_itself_stays_readable():
    x = mc.zeros(2)
    v = x[:1]
    v += 1
    assert v.tolist() == [1]


def test_a_view_of_a_tensor_that_is_gone_is_just_a_tensor():
    v = mc.zeros(2)[:1]
    v += 1
    assert v.tolist() == [1]


def write_element(x):
    x[0][1] = 5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "write",
    [
        write_element,
        lambda x: x.T.zero_(),
        lambda x: x[0].add_(1),
        lambda x: x.reshape(-1).copy_(mc.ones(4)),
    ],
)
def test_a_write_through_a_view_that_no_name_holds_raises_at_once(write, mode):
    def body(x):
        x = x + 0
        write(x)
        return x

    with pytest.raises(RuntimeError, match="a view that no name holds"):
        run(body, mode, mc.zeros(2, 2))


def test_chained_indices_raise_at_the_users_line():
    x = mc.zeros(2, 2)
    with pytest.raises(RuntimeError, match=r"w\[0, 1\] = 5, not w\[0\]\[1\] = 5"):
        x[0][1] = 5


@pytest.mark.parametrize("mode", MODES)
def test_indexed_in_place_operators_are_plain_assignments(mode):
    def body(x):
        x = x + 0
        x[0] += 1
        x[1, 1] *= 3
        return x

    assert run(body, mode, mc.ones(2, 2)).tolist() == [[2, 2], [1, 3]]


def test_data_is_a_handle_on_the_same_value_without_gradient():
    p = mc.ones(2, requires_grad=True)
    assert not p.data.requires_grad
    p.data -= 0.5
    p.data[0] = 9
    assert p.tolist() == [9, 0.5]
    assert p.requires_grad and p.is_leaf
    p.data = mc.zeros(2)
    assert p.tolist() == [0, 0]
    (p.data * 2 + p).sum().backward()
    assert p.grad.tolist() == [1, 1]


def test_a_numpy_view_outlives_a_write():
    x = mc.ones(1000)
    view = x.numpy()
    snapshot = x.detach()
    x *= 2
    np.testing.assert_array_equal(view, np.ones(1000))
    assert snapshot.sum().item() == 1000


def test_leaves_that_require_gradients_are_written_without_recording_only():
    w = mc.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"write to it inside mc\.no_grad\(\)"):
        w += 1
    with mc.no_grad():
        w += 1
    assert w.tolist() == [2, 2]
    assert w.requires_grad


def test_a_compiled_write_through_a_view_marks_the_outer_tensor_at_each_call():
    outer = mc.zeros(3)

    @mc.jit
    def write():
        view = outer[:2]
        view += 1
        return view

    for _ in range(3):
        assert write().tolist() == [1, 1]
        with pytest.raises(RuntimeError, match=STALE):
            outer.sum()
        outer.copy_(mc.zeros(3))
    assert write.compilations == 1


def test_a_compiled_write_through_a_view_of_an_argument_marks_that_argument():
    @mc.jit
    def write(x):
        view = x[:2]
        view += 1

    for x in (mc.zeros(3), mc.zeros(3)):
        write(x)
        with pytest.raises(RuntimeError, match=STALE):
            x.sum()
    assert write.compilations == 1


def test_a_compiled_write_to_a_view_made_outside_marks_what_it_is_a_view_of():
    sources = [mc.zeros(3), mc.zeros(3)]
    captured = sources[0][:2]

    @mc.jit
    def write(x):
        captured.add_(x)
        x += 1

    for _ in range(2):
        given = sources[1][:2]
        write(given)
        for source in sources:
            with pytest.raises(RuntimeError, match=STALE):
                source.sum()
            source.copy_(mc.zeros(3))
        assert given.tolist() == [1, 1]
    assert write.compilations == 1


def test_a_whole_write_in_a_compiled_function_leaves_nothing_marked():
    outer = mc.zeros(3)

    @mc.jit
    def write():
        view = outer[:2]
        view += 1
        outer.copy_(mc.ones(3))
        return outer * 2

    for _ in range(2):
        assert write().tolist() == [2, 2, 2]
        assert outer.tolist() == [1, 1, 1]


def test_a_trace_that_fails_marks_nothing():
    outer = mc.zeros(3)

    @mc.jit
    def write():
        view = outer[:2]
        view += 1
        raise KeyError("mine")

    with pytest.raises(KeyError):
        write()
    assert outer.tolist() == [0, 0, 0]


def test_a_long_chain_of_views_keeps_nothing_of_those_that_are_gone():
    x = mc.zeros(4)
    for _ in range(100_000):
        x = x.reshape(2, 2).reshape(4)
    assert x.tolist() == [0] * 4
    del x  # by recursion along the chain, this ends the process
