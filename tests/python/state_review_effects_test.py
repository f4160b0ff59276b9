"""What a traced function changes: outer tensors that it stores, and effects of repeated traces."""

import array
import collections
import functools
import io
import itertools
import queue

import numpy as np
import pytest

import mycel as mc
from mycel import data, nn, optim
from state_programs import Plain

# --- outer tensors that the function stores ------------------------------------------------------


def test_outer_tensors_may_be_swapped():
    o = Plain(now=mc.tensor([1.0]), before=mc.tensor([2.0]))

    def swap(x):
        o.now, o.before = o.before, o.now
        return x * o.now

    swap = mc.jit(swap)
    assert [swap(mc.ones(1)).item() for _ in range(2)] == [2, 1]
    with pytest.warns(RuntimeWarning, match="changes Python's state"):
        assert swap(mc.ones(1)).item() == 2


def test_an_outer_tensor_may_be_stored_in_a_module():
    class M(nn.Module):
        def __init__(self):
            self.w = nn.Parameter(mc.ones(1))

        def forward(self, x):
            self.reference = self.w
            return x * self.reference

    m = M()
    f = mc.jit(m)
    assert [f(mc.ones(1)).item() for _ in range(3)] == [1, 1, 1]
    assert m.reference is m.w
    assert f.compilations == 1


def test_an_outer_tensor_may_be_stored_in_containers():
    w, d, kept = mc.tensor([2.0]), {}, []

    def f(x):
        d["w"] = w
        if not kept:
            kept.append(w)
        return x * d["w"]

    f = mc.jit(f)
    assert [f(mc.ones(1)).item() for _ in range(2)] == [2, 2]
    assert d["w"] is w
    assert kept == [w]


def test_a_tensor_that_is_left_behind_is_named_by_its_own_place():
    class M(nn.Module):
        def __init__(self):
            self.w = nn.Parameter(mc.ones(1))

        @functools.cached_property
        def twice(self):
            return self.w * 2

        def forward(self, x):
            return x * self.twice

    with pytest.raises(mc.CompileError, match=r"left in .*twice"):
        mc.jit(M())(mc.ones(1))


# --- effects of a trace that is repeated ---------------------------------------------------------


class Lazy(optim.Optimizer):
    """Makes its state in the first step, so that its first trace is given up."""

    def __init__(self, params, effect):
        super().__init__(params, {})
        self.effect = effect

    @mc.no_grad()
    def step(self):
        self.effect()
        for p in self.param_groups[0]["params"]:
            state = self.state[p]
            if not state:
                state["m"] = mc.zeros_like(p)
            state["m"].add_(p.grad)
            p.sub_(state["m"])


def lazy_step(effect):
    p = nn.Parameter(mc.ones(1))
    optimizer = Lazy([p], effect)

    @mc.jit
    def step(x):
        (p * x).sum().backward()
        optimizer.step()
        optimizer.zero_grad()

    step(mc.ones(1))


SEQUENCES = {
    "list": list,
    "deque": collections.deque,
    "bytearray": bytearray,
    "array": lambda: array.array("l"),
}


@pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
def test_an_append_happens_once_where_the_trace_is_given_up(make):
    kept = make()
    lazy_step(lambda: kept.append(1))
    assert list(kept) == [1]


def test_a_write_to_an_array_happens_once_where_the_trace_is_given_up():
    counts = np.zeros(2)

    def count():
        counts[0] += 1

    lazy_step(count)
    assert counts.tolist() == [1, 0]


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_numpy_draws_once_where_the_trace_is_given_up(make):
    generator, same = make(0), make(0)
    drawn = []
    with pytest.warns(RuntimeWarning, match=r"numpy\.random"):
        lazy_step(lambda: drawn.append(generator.normal()))
        lazy_step(lambda: drawn.append(generator.normal()))
    assert drawn == [same.normal(), same.normal()]


def test_an_ordered_dict_keeps_its_order_where_the_trace_is_given_up():
    d = collections.OrderedDict(a=1, b=2)

    def turn():
        for key in list(d)[:1]:
            d.move_to_end(key)

    lazy_step(turn)
    assert list(d) == ["b", "a"]


def test_a_modules_attribute_is_written_once_where_the_trace_is_given_up():
    class M(nn.Module):
        pass

    m, seen = M(), []

    def effect():
        m.last = "new"
        seen.append("last" in object.__getattribute__(m, "__dict__"))

    lazy_step(effect)
    assert m.last == "new"
    assert seen == [True]


def test_effects_happen_once_where_arguments_share_their_base():
    o = Plain(n=0)

    def f(a, b):
        o.n += 1
        a.add_(1)
        return b * 1

    f = mc.jit(f)
    base = mc.zeros(4)
    f(base[:3], base[1:])
    assert o.n == 1
    f(base[:3], base[1:])
    assert o.n == 2


def test_attributes_of_parameters_are_changed_in_every_call():
    weight = nn.Parameter(mc.ones(1))
    weight.calls = 0

    def f(x):
        weight.calls += 1
        return x * weight.calls

    f = mc.jit(f)
    assert [f(mc.ones(1)).item() for _ in range(2)] == [1, 2]

    def leave(x):
        weight.last = x * 2
        return x

    with pytest.raises(mc.CompileError, match="left in attribute last of"):
        mc.jit(leave)(mc.ones(1))


ADVANCED = {
    "iterator": (lambda: iter([1.0, 2.0]), next),
    "counter": (lambda: itertools.count(1), next),
    "generator": (lambda: (float(n) for n in (1, 2)), next),
    "text": (lambda: io.StringIO("1\n2\n"), lambda it: float(it.readline())),
    "queue": (lambda: _filled(queue.Queue()), lambda it: it.get()),
    "batches": (lambda: iter(data.DataLoader([1.0, 2.0])), lambda it: next(it)),
}


def _filled(numbers):
    for each in (1.0, 2.0):
        numbers.put(each)
    return numbers


@pytest.mark.parametrize("name", ADVANCED)
def test_what_the_code_advances_goes_on_in_every_call(name):
    make, advance = ADVANCED[name]
    it = make()
    f = mc.jit(lambda x: x * advance(it))
    assert [f(mc.ones(1)).item() for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("by", ["scheduler", "hand"])
def test_a_learning_rate_that_the_step_changes_itself(by):
    def train(transform):
        weight = nn.Parameter(mc.ones(1))
        optimizer = optim.SGD([weight], lr=1.0)
        scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)

        def step(x):
            (weight * x).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
            if by == "scheduler":
                scheduler.step()
            else:
                optimizer.param_groups[0]["lr"] *= 0.5

        step = transform(step)
        for _ in range(2):
            step(mc.ones(1))
        return weight.item(), optimizer.param_groups[0]["lr"], scheduler.last_epoch

    assert train(mc.jit) == train(lambda step: step)


def test_outer_containers_are_returned_as_they_are():
    kept = [1.0]
    f = mc.jit(lambda x: {"x": x * 2, "kept": (kept,)})
    assert f(mc.ones(1))["kept"] == ([1.0],)
    kept.append(2.0)
    for _ in range(2):
        assert f(mc.ones(1))["kept"] == ([1.0, 2.0],)
    assert f.compilations == 2


# --- keys that the function changes, and puts back -----------------------------------------------


def _set_on_class(holder, key):
    type(holder).key = key


def _set_in_dict(holder, key):
    vars(holder)["key"] = key


def _set_by_object(holder, key):
    object.__setattr__(holder, "key", key)


@pytest.mark.parametrize("put", [_set_on_class, _set_in_dict, _set_by_object])
def test_an_item_under_a_key_that_is_put_back_is_guarded(put):
    holder, table = type("Holder", (), {"key": "a"})(), {"a": 1.0, "b": 2.0}

    @mc.jit
    def scale(x):
        put(holder, "b")
        result = x * table[holder.key]
        put(holder, "a")
        return result

    assert scale(mc.ones(1)).item() == 2
    table["b"] = 5.0
    assert scale(mc.ones(1)).item() == 5
