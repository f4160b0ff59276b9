"""`x.data = y`, in eager and compiled functions alike."""

import pytest

import mycel as mc
from mycel import nn


@pytest.fixture(params=["eager", "jit"])
def mode(request):
    return mc.jit if request.param == "jit" else lambda f: f


def test_earlier_views_of_an_outer_tensor_keep_the_old_value(mode):
    x = mc.zeros(3)
    kept = x[:2]

    @mode
    def f():
        early = x[1:]
        x.data = mc.ones(3)
        late = x[1:]
        late += 1
        return early * 1, late * 1

    early, late = f()
    assert early.tolist() == [0, 0] and late.tolist() == [2, 2]
    assert x.tolist() == [1, 2, 2] and kept.tolist() == [0, 0]
    kept += 5
    assert x.tolist() == [1, 2, 2] and kept.tolist() == [5, 5]


def test_earlier_views_of_an_argument_keep_the_old_value(mode):
    x = mc.zeros(3)
    kept = x[:2]

    @mode
    def f(a):
        a.data = mc.ones(3)
        return a.sum()

    assert f(x).item() == 3
    assert x.tolist() == [1, 1, 1] and kept.tolist() == [0, 0]
    again = x[:2]
    f(x)
    again += 3
    assert x.tolist() == [1, 1, 1] and again.tolist() == [4, 4]


def test_a_write_before_the_new_value_is_seen_by_earlier_views(mode):
    x, y = mc.zeros(3), mc.zeros(3)
    outer, argument = x[:2], y[:2]

    @mode
    def f(a):
        x.add_(1)
        a.add_(2)
        x.data = x * 10
        a.data = a * 10
        x.add_(1)
        a.add_(1)

    f(y)
    assert x.tolist() == [11] * 3 and outer.tolist() == [1, 1]
    assert y.tolist() == [21] * 3 and argument.tolist() == [2, 2]


def test_a_write_through_an_earlier_view_leaves_the_new_value(mode):
    x, y = mc.zeros(2), mc.zeros(2)

    @mode
    def f(a):
        views = x[:1], a[:1]
        x.data = mc.ones(2)
        a.data = mc.ones(2)
        for view in views:
            view += 7
        return views

    first, second = f(y)
    assert x.tolist() == y.tolist() == [1, 1]
    assert first.tolist() == second.tolist() == [7]
    first += 1
    x += 1
    assert first.tolist() == [8] and x.tolist() == [2, 2]


def test_views_made_after_a_new_value_are_connected_to_it(mode):
    x, y = mc.zeros(2), mc.zeros(2)

    @mode
    def f(a):
        x.data = mc.ones(2)
        a.data = mc.ones(2)
        return x, x[:1], a, a[1:], x.data

    for _ in range(2):
        same, head, argument, tail, data = f(y)
        assert same is x and argument is y
        head += 1
        tail += 2
        assert x.tolist() == data.tolist() == [2, 1] and y.tolist() == [1, 3]


def test_a_value_may_be_replaced_more_than_once(mode):
    x = mc.zeros(2)
    kept = x[:1]

    @mode
    def f(a):
        x.data = x + 1
        middle = x[:1]
        x.data = x + 1
        middle += 10
        a.data = a + 1
        a.data = a + 1
        return middle * 1

    assert f(mc.zeros(2)).tolist() == [11]
    assert x.tolist() == [2, 2] and kept.tolist() == [0]


def test_a_view_that_gets_a_value_of_its_own_leaves_its_base(mode):
    base = mc.zeros(4)
    outer = base[1:3]

    @mode
    def f(v):
        v.data = mc.ones(2)
        outer.data = mc.ones(2)
        v += 1
        outer.add_(2)

    argument = base[:2]
    f(argument)
    assert argument.tolist() == [2, 2] and outer.tolist() == [3, 3]
    assert base.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("write", ["copy_", "fill_", "zero_", "index"])
def test_a_write_after_the_new_value_is_a_write_of_it(mode, write):
    x, y = mc.zeros(2), mc.zeros(2)
    kept = x[:1]

    @mode
    def f(a):
        for t in (x, a):
            t.data = t + 1
            if write == "copy_":
                t.copy_(t * 3)
            elif write == "fill_":
                t.fill_(3)
            elif write == "zero_":
                t.zero_()
            else:
                t[...] = 3

    f(y)
    assert x.tolist() == y.tolist() == ([0, 0] if write == "zero_" else [3, 3])
    assert kept.tolist() == [0]


def test_one_tensor_given_twice_has_its_new_value_under_both_names(mode):
    @mode
    def f(a, b):
        a.data = mc.full((2,), 4.0)
        return b * 1

    x = mc.zeros(2)
    assert f(x, x).tolist() == [4, 4] and x.tolist() == [4, 4]
    assert f(mc.zeros(2), x).tolist() == [4, 4]


def test_a_new_value_of_an_argument_may_have_another_type(mode):
    @mode
    def f(a):
        a.data = mc.ones(3, dtype=mc.float64)

    x = mc.zeros(2)
    f(x)
    assert x.dtype == mc.float64 and x.tolist() == [1, 1, 1]


def test_a_parameter_that_gets_a_new_value_keeps_its_gradient(mode):
    model = nn.Linear(2, 1, bias=False)
    model.weight.data = mc.ones(1, 2)
    kept = model.state_dict()["weight"]

    @mode
    def step(x):
        model.weight.grad = None
        model(x).sum().backward()
        model.weight.data = model.weight.data - 0.5 * model.weight.grad

    for _ in range(2):
        step(mc.ones(1, 2))
    assert model.weight.is_leaf and model.weight.requires_grad
    assert model.weight.tolist() == [[0, 0]] and kept.tolist() == [[1, 1]]
    assert model.weight.grad.tolist() == [[1, 1]]


def test_views_of_a_leaf_that_got_a_new_value_are_not_written_where_gradients_are_recorded(mode):
    p = mc.zeros(2, requires_grad=True)

    @mode
    def f(early):
        view = p[:1]
        p.data = mc.ones(2)
        (view if early else p[:1]).add_(1)

    for early in (True, False):
        with pytest.raises(RuntimeError, match=r"write to it inside mc\.no_grad\(\)"):
            f(early)


def test_a_step_that_sets_new_values_overwrites_the_old_ones_if_no_view_shows_them():
    x = mc.zeros(1000)

    @mc.jit
    def step():
        x.data = x + 1

    step()
    assert "0 were held elsewhere" in step.explain()
    kept = x[:1]
    step()
    assert kept.tolist() == [1] and x[0].item() == 2
