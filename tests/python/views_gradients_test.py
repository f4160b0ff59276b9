"""Views and gradients: parameters, detached views, state dicts, leaves."""

import pytest

import mycel as mc
from mycel import nn
from wraps import wraps


def test_data_and_detach_write_the_value_and_leave_the_gradient():
    p = nn.Parameter(mc.zeros(4))
    p.data[:2].fill_(1.0)
    p.detach()[2] = 3
    assert p.tolist() == [1, 1, 3, 0]
    p.data.view(-1).uniform_(5, 6)
    assert 5 <= p.min().item() <= p.max().item() <= 6
    p.data -= 5
    p.data[0].copy_(mc.tensor(9.0))
    assert p.requires_grad and p.is_leaf and p[0].item() == 9
    y = p * 2
    y.data[0] = 0
    y.sum().backward()
    assert p.grad.tolist() == [2, 2, 2, 2]


def test_data_that_moves_nowhere_stays_without_a_gradient():
    y = mc.ones(2, requires_grad=True) * 2
    for moved in (y.data, y.data.cpu(), y.data.to("cpu"), y.detach().to(mc.float32)):
        assert not moved.requires_grad
    assert y.requires_grad


def test_a_state_dict_writes_to_its_module():
    layer = nn.Linear(2, 1)
    state = layer.state_dict()
    state["weight"].copy_(mc.ones(1, 2))
    state["bias"].zero_()
    assert layer(mc.ones(1, 2)).tolist() == [[2]]
    with mc.no_grad():
        layer.weight += 1
    assert state["weight"].tolist() == [[2, 2]]
    assert not state["weight"].requires_grad


def test_a_new_base_leaves_earlier_views_the_old_value():
    x = mc.zeros(3)
    row, y = x[:2], mc.ones(3)
    x.data = y
    x += 1
    assert (x.tolist(), row.tolist(), y.tolist()) == ([2, 2, 2], [0, 0], [1, 1, 1])
    x.data = mc.ones(2, dtype=mc.int64)
    assert x.dtype == mc.int64


def test_a_leaf_and_its_views_are_written_without_recording_only():
    w = mc.ones(3, requires_grad=True)
    for write in (lambda: w[0].fill_(2), lambda: w.view(-1).add_(1), lambda: w.zero_()):
        with pytest.raises(RuntimeError, match=r"write to it inside mc\.no_grad\(\)"):
            write()
    with mc.no_grad():
        w[0].fill_(2)
        w.view(-1).add_(1)
    assert w.tolist() == [3, 2, 2]
    assert w.requires_grad and w.is_leaf


def test_a_view_made_a_leaf_has_a_gradient_of_its_own():
    x = mc.ones(3)
    v = x[:2].requires_grad_()
    (v * 3).sum().backward()
    assert v.grad.tolist() == [3, 3]
    assert not x.requires_grad
    with mc.no_grad():
        x += 1
    assert v.tolist() == [2, 2] and v.requires_grad


def test_a_write_without_recording_leaves_the_gradient_where_it_went():
    x = mc.ones(3, requires_grad=True)
    y = x * 2
    with mc.no_grad():
        y[0] = 7
    (y * y).sum().backward()
    assert x.grad.tolist() == [28, 8, 8]


def test_a_view_derives_in_the_gradient_mode_of_its_creation():
    x = mc.ones(3, requires_grad=True)
    recorded = x[:2]
    with mc.no_grad():
        silent = x[:2]
        x += 1
        assert recorded.requires_grad
    assert not silent.requires_grad
    (recorded * silent).sum().backward()
    assert x.grad.tolist() == [2, 2, 0]


def test_a_write_gives_all_views_its_gradient():
    w, x = mc.ones(2, requires_grad=True), mc.zeros(4)
    front, back = x[:2], x[2:]
    assert not front.requires_grad
    front.copy_(w * 3)
    assert x.requires_grad and front.requires_grad
    (front * front).sum().backward()
    assert w.grad.tolist() == [18, 18]
    assert back.tolist() == [0, 0]


def test_saved_values_are_not_overwritten():
    x = mc.ones(3, requires_grad=True)
    y = x * 2
    loss = (y * y).sum()
    y[0] = 100
    y.detach().zero_()
    loss.backward()
    assert x.grad.tolist() == [8, 8, 8]


def made_without_recording(y: mc.Tensor) -> mc.Tensor:
    with mc.no_grad():
        return y[0]


DETACHED = {
    "made without recording": made_without_recording,
    "detach": lambda y: y[0].detach(),
    "an element of a detached one": lambda y: y.detach()[0],
    "data": lambda y: y[0].data,
}


@wraps
@pytest.mark.parametrize("made", DETACHED)
def test_an_element_that_is_set_to_itself_without_its_gradient_has_none(wrap, made):
    x = mc.ones(3, requires_grad=True)

    @wrap
    def loss() -> mc.Tensor:
        y = x * 2
        y[0] = DETACHED[made](y)
        return y.sum()

    loss().backward()
    assert x.grad.tolist() == [0, 2, 2]


@wraps
def test_an_element_that_is_set_to_itself_keeps_its_gradient(wrap):
    x = mc.ones(3, requires_grad=True)

    @wrap
    def loss() -> mc.Tensor:
        y = x * 2
        y[0] = y[0]
        y[1:] += 1
        return y.sum()

    loss().backward()
    assert x.grad.tolist() == [2, 2, 2]


def test_an_element_of_a_leaf_is_set_to_itself_without_recording_only():
    p = mc.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="not a leaf with requires_grad=True"):
        p[0] = p[0]
    with mc.no_grad():
        p[0] = p[0]
    p.data[0] = p.data[0]


@wraps
def test_an_element_of_a_detached_tensor_takes_the_gradient_of_the_element_it_is_set_to(wrap):
    x = mc.ones(3, requires_grad=True)

    @wrap
    def loss() -> mc.Tensor:
        y = x * 2
        detached = y.detach()
        detached[0] = y[0]
        return (detached * 10).sum() + y.sum()

    loss().backward()
    assert x.grad.tolist() == [22, 2, 2]


@wraps
def test_an_element_that_is_set_to_a_view_of_it_that_took_another_value_takes_that(wrap):
    x = mc.zeros(3)
    element = x[0]

    @wrap
    def write(value: mc.Tensor) -> None:
        element.data = value
        x[0] = element

    write(mc.tensor(5.0))
    assert x.tolist() == [5, 0, 0]


@pytest.mark.parametrize("mode", [lambda f: f, mc.jit], ids=["eager", "jit"])
@pytest.mark.parametrize(
    "write",
    [
        lambda v: v.fill_(2.0),
        lambda v: v.__setitem__(..., 2.0),
        lambda v: v[:].zero_(),
        lambda v: v.view(-1).fill_(2.0),
        lambda v: v.T[...].copy_(mc.ones(2, 2)),
    ],
    ids=["fill", "subscript", "slice", "view", "transpose"],
)
def test_a_value_that_is_replaced_whole_has_no_gradient(write, mode):
    def f(a):
        v = a * a.sum()
        write(v)
        return v.sum()

    a = mc.tensor([[float("nan"), 1.0], [float("inf"), 0.0]])
    assert mode(mc.grad(f))(a).tolist() == [[0, 0], [0, 0]]


def test_what_a_leaf_is_copied_to_is_no_leaf():
    a = mc.ones(2, requires_grad=True)
    c = a * 1
    c.copy_(a)
    assert not c.is_leaf
    c.mul_(3)
    c.sum().backward()
    assert a.grad.tolist() == [3, 3]
