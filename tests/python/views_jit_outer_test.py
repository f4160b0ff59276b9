"""Views of outer tensors in compiled functions, and calls that raise."""

import re

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import nn, optim


def undonated(function):
    return int(re.search(r"(\d+) were held elsewhere", function.explain())[1])


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
    for _ in range(10):
        first = kept["0.weight"].tolist()
        for _ in range(10):
            step()
        assert kept["0.weight"].tolist() != first
    assert undonated(step) == before == 0
    assert step.compilations == 1
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
        with mc.set_mode("graph"):
            assert module(x).tolist() == expected_output.tolist()
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
