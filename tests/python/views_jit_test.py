"""Views as arguments, results and outer tensors of compiled functions."""

import re
import threading

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import nn, optim


def undonated(function):
    return int(re.search(r"(\d+) were held elsewhere", function.explain())[1])


# --- arguments ---------------------------------------------------------------------------------


def test_mini_batches_as_slices_are_one_compilation():
    data = mc.arange(48, dtype=mc.float32).reshape(12, 4)

    @mc.jit
    def total(batch):
        return (batch * 2).sum()

    for i in range(0, 12, 3):
        assert total(data[i : i + 3]).item() == data[i : i + 3].sum().item() * 2
    assert total.compilations == 1
    assert "f32[3,4]" in total.lower(data[:3]) and "f32[12,4]" not in total.lower(data[:3])


def test_a_mini_batch_that_is_written_is_written_in_its_base():
    data = mc.zeros(4, 2)

    @mc.jit
    def write(batch, value):
        batch += value
        batch[0] *= 2

    for i in range(4):
        write(data[i : i + 1], mc.tensor(float(i)))
    assert data.tolist() == [[0, 0], [2, 2], [4, 4], [6, 6]]
    assert write.compilations == 1


VIEWS = {
    "row": lambda x: x[1],
    "column": lambda x: x[:, 1],
    "steps": lambda x: x[::2],
    "transpose": lambda x: x.T,
    "reshape": lambda x: x.view(-1),
    "view of a view": lambda x: x[1:][0],
    "detached": lambda x: x.detach(),
    "data": lambda x: x.data[1:],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_written_argument_is_written_through_its_views_to_the_base(view):
    def write(v):
        v *= 10
        return v + 1

    x, expected = (mc.arange(6, dtype=mc.float32).reshape(3, 2) for _ in range(2))
    other = x.view(-1)
    result = mc.jit(write)(view(x))
    right = write(view(expected))
    assert result.tolist() == right.tolist()
    assert x.tolist() == expected.tolist()
    assert other.tolist() == expected.view(-1).tolist()


def test_arguments_that_share_what_is_written_see_the_write():
    @mc.jit
    def write(a, b):
        a += 10
        return b * 2

    x = mc.tensor([1.0, 2, 3])
    assert write(x[:2], x[1:]).tolist() == [24, 6]
    assert x.tolist() == [11, 12, 3]
    x = mc.tensor([1.0, 2, 3])
    assert write(x[1:], x[:2]).tolist() == [2, 24]
    assert write.compilations == 2  # another way of sharing
    y = mc.tensor([5.0, 6, 7])
    assert write(y[:2], y[1:]).tolist() == [32, 14]
    assert write(mc.tensor([1.0, 2]), y[1:]).tolist() == [32, 14]
    assert write.compilations == 3  # and without sharing
    assert write(y[:2], x[1:]).tolist() == [24, 26]
    assert write.compilations == 3


def test_a_base_and_its_view_as_arguments_see_each_others_writes():
    @mc.jit
    def write(base, view):
        view += 1
        base *= 2
        return view * 1

    x = mc.ones(2, 2)
    assert write(x, x[0]).tolist() == [4, 4]
    assert x.tolist() == [[4, 4], [2, 2]]


def test_sharing_that_is_only_read_compiles_nothing_anew():
    @mc.jit
    def add(a, b):
        return a + b

    x = mc.arange(4, dtype=mc.float32)
    assert add(x[:2], x[1:3]).tolist() == [1, 3]
    assert add(x[:2], x[2:]).tolist() == [2, 4]
    assert add(mc.zeros(2), x[:2]).tolist() == [0, 1]
    assert add.compilations == 1


def test_bases_of_other_types_are_other_compilations():
    @mc.jit
    def write(a, b):
        a += 1
        return b * 1

    x, y = mc.zeros(3), mc.zeros(5)
    assert write(x[:2], x[1:3]).tolist() == [1, 0]
    assert write(y[:2], y[1:3]).tolist() == [1, 0]
    assert y.tolist() == [1, 1, 0, 0, 0]


def test_two_pairs_that_share_are_told_from_four_that_share():
    @mc.jit
    def write(a, b, c, d):
        a += 1
        c += 10
        return b + d

    x, y = mc.zeros(2), mc.zeros(2)
    assert write(x, x.view(-1), y, y.view(-1)).tolist() == [11, 11]
    z = mc.zeros(2)
    assert write(z, z.view(-1), z.view(2), z.view(-1)).tolist() == [22, 22]
    assert z.tolist() == [11, 11]


def test_a_tensor_and_its_data_as_arguments_are_one_tensor():
    @mc.jit
    def write(p, data):
        data += 1
        return p * 2

    p = mc.ones(2, requires_grad=True)
    result = write(p, p.data)
    assert result.tolist() == [4, 4] and p.tolist() == [2, 2]
    result.sum().backward()
    assert p.grad.tolist() == [2, 2]


@pytest.mark.parametrize("written", ["argument", "outer"])
def test_an_argument_that_is_a_view_of_an_outer_tensor_sees_its_writes(written):
    outer = mc.zeros(3)

    @mc.jit
    def write(a):
        target = a if written == "argument" else outer[1:]
        target += 1
        return a.sum() + outer.sum() * 10

    assert write(outer[1:]).item() == 22
    assert outer.tolist() == [0, 1, 1]
    assert write(mc.zeros(2)).item() == (22 if written == "argument" else 40)
    assert write(outer[1:]).item() == (44 if written == "argument" else 66)
    assert outer.tolist() == ([0, 2, 2] if written == "argument" else [0, 3, 3])
    assert write.compilations == 2


def test_an_outer_tensor_as_its_own_argument_is_one_tensor():
    outer = mc.zeros(2)

    @mc.jit
    def write(a):
        a += 1
        return outer * 1

    assert write(outer).tolist() == [1, 1]
    assert write(mc.zeros(2)).tolist() == [1, 1]
    assert write(outer).tolist() == [2, 2]


def test_gradients_pass_through_views_as_arguments():
    @mc.jit
    def f(a, b):
        a *= 3
        return (a * b).sum()

    def gradient(call):
        x = mc.tensor([1.0, 2, 3], requires_grad=True)
        y = x * 1
        call(y[:2], y[1:]).backward()
        return x.grad.tolist()

    def eager(a, b):
        a *= 3
        return (a * b).sum()

    assert gradient(f) == gradient(eager)


def test_a_view_of_a_leaf_is_not_written_where_gradients_are_recorded():
    @mc.jit
    def write(v):
        v += 1

    @mc.jit
    def write_without(v):
        with mc.no_grad():
            v += 1

    p = mc.zeros(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"write to it inside mc\.no_grad\(\)"):
        write(p[:1])
    assert p.tolist() == [0, 0]
    with mc.no_grad():
        view = p[:1]
    write_without(view)
    assert p.tolist() == [1, 0]
    write(p.data[1:])
    assert p.tolist() == [1, 1]
    assert p.is_leaf and p.requires_grad


# --- results -----------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("of", ["argument", "outer"])
def test_a_result_that_is_a_view_is_connected(view, of):
    x, expected = (mc.arange(6, dtype=mc.float32).reshape(3, 2) for _ in range(2))
    function = mc.jit(view) if of == "argument" else mc.jit(lambda: view(x))
    for _ in range(2):
        result = function(x) if of == "argument" else function()
        right = view(expected)
        result += 1
        right += 1
        assert x.tolist() == expected.tolist()
        x[1] = 7
        expected[1] = 7
        assert result.tolist() == right.tolist()
    assert function.compilations == 1


def test_a_result_that_is_an_argument_or_an_outer_tensor_is_that_tensor():
    outer = mc.zeros(2)

    @mc.jit
    def f(x):
        x += 1
        return {"x": x, "outer": outer, "new": x * 2}

    x = mc.zeros(2)
    result = f(x)
    assert result["x"] is x and result["outer"] is outer
    assert result["new"].tolist() == [2, 2]


def test_results_that_share_a_base_are_connected():
    @mc.jit
    def f(x):
        y = x * 2
        z = x * 3
        return y, y[0], y, z[:2], z[1:]

    y, row, again, start, rest = f(mc.ones(3))
    assert again is y
    row += 5
    assert y.tolist() == [7, 2, 2]
    start[1] = 9
    assert rest.tolist() == [9, 3]


def test_a_result_that_is_a_view_shows_what_the_call_wrote():
    @mc.jit
    def f(x):
        head = x[:1]
        x *= 2
        return head

    x = mc.ones(2)
    head = f(x)
    assert head.tolist() == [2]
    head += 1
    assert x.tolist() == [3, 2]


def test_gradients_pass_through_results_that_are_views():
    @mc.jit
    def f(x):
        y = x * x
        return y, y[1:], x[:1]

    x = mc.tensor([1.0, 2, 3], requires_grad=True)
    y, rest, head = f(x)
    (y.sum() + (rest * 10).sum() + (head * 100).sum()).backward()
    assert x.grad.tolist() == [102, 44, 66]


# --- outer tensors -----------------------------------------------------------------------------


def test_a_kept_state_dict_costs_no_donation_and_shows_the_new_values():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = optim.AdamW(model.parameters(), lr=0.1)
    kept = model.state_dict()
    x, y = mc.randn(5, 4), mc.randn(5, 2)

    @mc.jit
    def step():
        optimizer.zero_grad()
        F.mse_loss(model(x), y).backward()
        optimizer.step()

    step()
    before = undonated(step)
    for i in range(100):
        if i % 10 == 0:
            first = kept["0.weight"].tolist()
        step()
        assert kept["0.weight"].tolist() != first or i % 10
    assert undonated(step) == before == 0
    assert step.compilations <= 2
    for name, value in model.named_parameters():
        assert kept[name].tolist() == value.tolist()


def test_copies_and_numpy_arrays_keep_their_elements():
    state = mc.zeros(1000)

    @mc.jit
    def step():
        state.add_(1)

    step()
    array, copy, view = state.numpy(), state.clone(), state[:2]
    step()
    np.testing.assert_array_equal(array, np.ones(1000))
    assert copy.tolist() == [1] * 1000
    assert view.tolist() == [2, 2]


def write_to_parameter(model):
    model.weight.data[:1].fill_(1)


def write_to_state_dict(model):
    model.state_dict()["weight"].copy_(mc.full((2, 3), 2.0))


def write_to_element(model):
    with mc.no_grad():
        model.weight[0][1] = 5


def write_to_rows(model):
    for row in model.weight.data:
        row.add_(1)


WRITES = [write_to_parameter, write_to_state_dict, write_to_element, write_to_rows]


def linear():
    model = nn.Linear(3, 2, bias=False)
    model.weight.data = mc.arange(6, dtype=mc.float32).reshape(2, 3)
    return model


class Writing(nn.Module):
    def __init__(self, write):
        self.model = linear()
        self.write = write

    def forward(self, x):
        self.write(self.model)
        return self.model(x)


@pytest.mark.parametrize("write", WRITES, ids=lambda w: w.__name__)
@pytest.mark.parametrize("mode", ["jit", "graph", "grad", "step"])
def test_a_write_through_a_view_of_an_outer_tensor_is_seen(write, mode):
    module, x = Writing(write), mc.ones(1, 3)
    model = module.model
    expected = linear()
    write(expected)
    expected_output = expected(x)
    if mode == "jit":
        assert mc.jit(module)(x).tolist() == expected_output.tolist()
    elif mode == "graph":
        mc.set_mode("graph")
        try:
            assert module(x).tolist() == expected_output.tolist()
        finally:
            mc.set_mode("eager")
    elif mode == "grad":
        found = mc.jit(mc.grad(lambda x: module(x).sum()))(x)
        assert found.tolist() == [expected.weight.sum(0).tolist()]
    else:
        optimizer = optim.SGD(model.parameters(), lr=0.5)

        @mc.jit
        def step():
            optimizer.zero_grad()
            module(x).sum().backward()
            optimizer.step()

        step()
        assert model.weight.tolist() == (expected.weight.detach() - 0.5).tolist()
        return
    assert model.weight.tolist() == expected.weight.tolist()
    assert model.weight.is_leaf and model.weight.requires_grad


def test_a_captured_view_is_read_and_written_as_part_of_its_base():
    base = mc.zeros(4)
    view = base[1:3]

    @mc.jit
    def write(x):
        view.add_(x)
        return base.sum()

    assert write(mc.ones(2)).item() == 2
    base[1] = 10
    assert write(mc.ones(2)).item() == 13
    assert base.tolist() == [0, 11, 2, 0] and view.tolist() == [11, 2]
    assert write.compilations == 1


def test_a_captured_view_that_gets_another_base_is_traced_again():
    base = mc.zeros(4)
    view = base[1:3]

    @mc.jit
    def read():
        return view * 2

    assert read().tolist() == [0, 0]
    view.data = mc.ones(2)
    assert read().tolist() == [2, 2]
    view += 1
    assert read().tolist() == [4, 4] and base.tolist() == [0, 0, 0, 0]


def test_a_base_that_gets_another_dtype_is_traced_again():
    base = mc.ones(4)
    view = base[1:3]

    @mc.jit
    def double(x):
        view.mul_(2)
        return x * 2

    double(base)
    assert view.tolist() == [2, 2] and base.tolist() == [1, 2, 2, 1]
    base.data = mc.ones(4, dtype=mc.float64)
    assert double(base).dtype == mc.float64
    assert view.tolist() == [4, 4] and base.tolist() == [1, 1, 1, 1]


def test_a_detached_leaf_that_is_captured_gets_its_gradient():
    source = mc.tensor([1.0, 2])
    leaf = source.detach().requires_grad_()

    @mc.jit
    def square():
        return (leaf * leaf).sum()

    square().backward()
    assert leaf.grad.tolist() == [2, 4]
    source += 1
    leaf.grad = None
    square().backward()
    assert leaf.grad.tolist() == [4, 6] and square.compilations == 1


# --- what is wrong -----------------------------------------------------------------------------


def test_an_expanded_view_is_not_written_in_a_compiled_call():
    @mc.jit
    def write(x):
        x += 1

    base = mc.zeros(1, 3)
    with pytest.raises(RuntimeError, match=r"several positions are one element of its base"):
        write(base.expand(2, 3))
    assert base.tolist() == [[0, 0, 0]]


def test_a_view_whose_base_no_name_holds_is_an_argument_like_others():
    @mc.jit
    def write(x):
        x += 1
        return x * 2

    view = mc.zeros(4)[1:3]
    assert write(view).tolist() == [2, 2]
    assert view.tolist() == [1, 1]


def test_a_call_that_raises_writes_nothing_through_views():
    table, outer = mc.zeros(3), mc.zeros(2)

    @mc.jit
    def write(view, index):
        view += 1
        outer[:1].add_(1)
        return table[index]

    base = mc.zeros(4)
    write(base[:2], mc.tensor([0, 2]))
    with pytest.raises(IndexError):
        write(base[:2], mc.tensor([0, 3]))
    assert base.tolist() == [1, 1, 0, 0] and outer.tolist() == [1, 0]


def test_a_trace_that_raises_changes_no_base():
    base = mc.zeros(3)
    view = base[:2]

    @mc.jit
    def write(x):
        x += 1
        view.add_(1)
        raise KeyError("mine")

    with pytest.raises(KeyError):
        write(base[1:])
    assert base.tolist() == [0, 0, 0] and view.tolist() == [0, 0]


def test_threads_that_write_views_of_one_base_lose_nothing():
    base = mc.zeros(2, 300_000)

    @mc.jit
    def write(row):
        row += 1

    def work(row):
        for _ in range(20):
            write(row)

    threads = [threading.Thread(target=work, args=(base[i % 2],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (base == 40).all().item()


@pytest.mark.parametrize("write", [lambda v: v.tanh_(), lambda v: v.fill_(7)])
def test_a_reshape_that_copies_is_no_view_of_an_argument(write):
    def f(a):
        v = a.reshape(9, 5)
        write(v)
        return v + 0

    compiled = mc.jit(f)
    for make in (lambda: mc.ones(5, 9), lambda: mc.ones(9, 5).T, lambda: mc.ones(5, 18)[:, ::2]):
        expected, got = make(), make()
        result = f(expected)
        assert compiled(got).tolist() == result.tolist()
        assert got.tolist() == expected.tolist()
