"""mc.jit: arguments, results, outer tensors, gradients, errors."""

import gc
import re
import threading
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

import mycel as mc
from mycel import nn, optim

Pair = namedtuple("Pair", ["first", "second"])


@dataclass
class Batch:
    x: mc.Tensor
    scale: float


def test_one_compilation_for_equal_types():
    @mc.jit
    def f(x):
        return x * 2 + 1

    for value in (1.0, 2.0, 3.0):
        assert f(mc.tensor([value])).tolist() == [2 * value + 1]
    assert f.compilations == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (mc.ones(2), mc.ones(3)),
        (mc.ones(2), mc.ones(2, dtype=mc.float64)),
        (mc.ones(2), mc.ones(1, 2)),
        (mc.ones(2), 2.0),
        (mc.ones(2), mc.ones(2, requires_grad=True)),
        (1, 2),
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        ("a", "b"),
        (None, 1),
        ((mc.ones(2),), [mc.ones(2)]),
        ({"a": mc.ones(2)}, {"b": mc.ones(2)}),
        ([mc.ones(2)], [mc.ones(2), mc.ones(2)]),
        (Pair(mc.ones(2), 1), (mc.ones(2), 1)),
        (Batch(mc.ones(2), 1.0), Batch(mc.ones(2), 2.0)),
        (slice(1, 2), slice(1, 3)),
    ],
)
def test_types_values_and_structure_are_the_key(first, second):
    @mc.jit
    def f(x):
        return x

    for each in (first, second, first, second):
        f(each)
    assert f.compilations == 2


def test_containers_pass_through():
    @mc.jit
    def f(tree, *rest, scale, **more):
        return {"sum": [x * scale for x in tree["x"]], "rest": rest, "more": more, "none": None}

    x = mc.tensor([1.0, 2.0])
    result = f({"x": (x, x + 1)}, x, 3, scale=2, extra=Pair(x, "text"))
    assert [each.tolist() for each in result["sum"]] == [[2, 4], [4, 6]]
    assert result["rest"][0].tolist() == [1, 2] and result["rest"][1] == 3
    assert isinstance(result["more"]["extra"], Pair)
    assert result["more"]["extra"].second == "text"
    assert result["none"] is None


def test_ordered_dicts_and_dataclasses_keep_their_classes():
    @mc.jit
    def f(a, b):
        return a, Batch(b.x + 1, b.scale)

    a, b = f(OrderedDict(x=mc.ones(1)), Batch(mc.ones(1), 2.0))
    assert type(a) is OrderedDict and type(b) is Batch
    assert b.x.tolist() == [2] and b.scale == 2.0


def test_a_function_without_tensors():
    @mc.jit
    def f(n):
        return mc.zeros(n) + 1, n

    result, n = f(2)
    assert result.tolist() == [1, 1] and n == 2


def test_one_tensor_given_twice_is_one_object():
    @mc.jit
    def f(x, y):
        x += 1
        return y * 1

    x = mc.zeros(1)
    assert f(x, x).tolist() == [1]
    assert f(x, mc.zeros(1)).tolist() == [0]
    assert x.tolist() == [2]
    assert f.compilations == 2


def test_arguments_that_are_written():
    @mc.jit
    def f(x, y):
        x[0] = 5
        y.add_(x)

    x, y = mc.zeros(2), mc.ones(2)
    for _ in range(2):
        f(x, y)
    assert x.tolist() == [5, 0]
    assert y.tolist() == [11, 1]


def test_outer_tensors_are_inputs_and_outputs():
    counter = mc.zeros(())

    @mc.jit
    def count(step):
        counter.add_(step)
        return counter * 10

    assert [count(mc.tensor(1.0)).item() for _ in range(3)] == [10, 20, 30]
    assert counter.item() == 3
    counter.zero_()
    assert count(mc.tensor(2.0)).item() == 20
    assert count.compilations == 1


def test_a_tensor_made_inside_is_new_at_each_call():
    @mc.jit
    def f(x):
        total = mc.tensor([0.0, 0.0])
        total += x
        return total

    assert [f(mc.ones(2)).tolist() for _ in range(2)] == [[1, 1], [1, 1]]


def test_donated_updates_leave_copies_alone_and_are_seen_by_views():
    state = mc.ones(1000)

    @mc.jit
    def double():
        state.mul_(2)

    double()
    copy, array, second, view = state.clone(), state.numpy(), state, state.detach()
    double()
    assert copy.sum().item() == 2000
    np.testing.assert_array_equal(array, np.full(1000, 2))
    assert view.sum().item() == 4000
    assert second.sum().item() == state.sum().item() == 4000
    assert re.search(r"[1-9]\d* were held elsewhere", double.explain())


def test_random_numbers_differ_from_call_to_call():
    @mc.jit
    def f():
        return mc.rand(3)

    mc.manual_seed(1)
    jitted = [f().tolist() for _ in range(3)]
    mc.manual_seed(1)
    assert jitted == [mc.rand(3).tolist() for _ in range(3)]
    assert jitted[0] != jitted[1]


def test_jit_in_jit_is_inlined():
    @mc.jit
    def inner(x):
        return x + 1

    @mc.jit
    def outer(x):
        return inner(x) * 2

    assert outer(mc.ones(1)).tolist() == [4]
    assert inner.compilations == 0


def test_methods():
    class Model:
        scale = 2.0

        @mc.jit
        def run(self, x):
            return x * self.scale

    model = Model()
    assert model.run(mc.ones(1)).tolist() == [2]
    assert Model.run.compilations == 1


def test_gradients_inside_and_through():
    w = mc.tensor([1.0, 2.0], requires_grad=True)

    @mc.jit
    def gradient(x):
        (w * w * x).sum().backward()

    gradient(mc.tensor([1.0, 10.0]))
    assert w.grad.tolist() == [2, 40]
    gradient(mc.tensor([1.0, 10.0]))
    assert w.grad.tolist() == [4, 80]

    @mc.jit
    def f(x):
        return (w * x).sum()

    w.grad = None
    x = mc.tensor([3.0, 4.0], requires_grad=True)
    f(x).backward()
    assert w.grad.tolist() == [3, 4]
    assert x.grad.tolist() == [1, 2]


def test_gradients_of_gradients_through_compiled_functions():
    f = mc.jit(lambda x: x**3)
    x = mc.tensor(2.0, requires_grad=True)
    (first,) = mc.autograd.grad(f(x), x, create_graph=True)
    (second,) = mc.autograd.grad(first, x)
    assert (first.item(), second.item()) == (12, 12)


def test_gradient_state_of_arguments():
    @mc.jit
    def f(x):
        (x * 3).sum().backward()

    x = mc.ones(2, requires_grad=True)
    f(x)
    f(x)
    assert x.grad.tolist() == [6, 6]


def test_no_grad_is_part_of_the_key():
    w = mc.ones(1, requires_grad=True)
    f = mc.jit(lambda: w * 2)
    assert f().requires_grad
    with mc.no_grad():
        assert not f().requires_grad
    assert f().requires_grad
    assert f.compilations == 2


def test_a_whole_training_step_compiles_once():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1, 0.9)

    @mc.jit
    def step(x):
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    x = mc.randn(8, 3)
    losses = []
    for _ in range(10):
        losses.append(step(x).item())
        scheduler.step()
    assert step.compilations == 1, step.explain()
    assert losses[-1] < losses[0]
    assert all(p.grad is not None for p in model.parameters())


def test_lower_explain_and_report():
    @mc.jit
    def named(x):
        return mc.exp(x) + 1

    assert "not called yet" in named.explain()
    text = named.lower(mc.ones(2))
    assert text.startswith("func @named(")
    assert "exp" in text and re.search(r'loc\("[^"]*jit_test\.py":\d+', text)
    named(mc.ones(2))
    assert named.compilations == 1
    assert "named: 1 compilation, 1 kept" in named.explain()
    named(mc.ones(3))
    explained = named.explain()
    assert "named: 2 compilations" in explained
    assert "argument x: f32[3] was x: f32[2]" in explained
    assert "peak" in named.report()


def test_a_recompile_storm_names_the_argument():
    @mc.jit
    def f(x, rate):
        return x * rate

    with pytest.warns(RuntimeWarning, match=r"f was compiled 8 times, .* argument rate"):
        for i in range(9):
            f(mc.ones(1), i / 10)


def test_the_cache_is_bounded():
    import warnings

    @mc.jit
    def f(n):
        return n

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for n in range(100):
            f(n)
    assert "100 compilations, 64 kept" in f.explain()


def test_four_threads_call_the_same_function():
    total = mc.zeros(())
    w = mc.ones(64, 64)

    @mc.jit
    def f(x):
        total.add_(1)
        return (x @ w).sum()

    results, errors = [], []

    def work(value):
        try:
            for _ in range(20):
                results.append((value, f(mc.full((64, 64), float(value))).item()))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(results) == 80
    assert all(found == value * 64**3 for value, found in results)
    assert total.item() == 80
    assert f.compilations == 1


def test_a_dropped_function_frees_what_it_guarded():
    import gc
    import weakref

    def compile_and_drop():
        model = nn.Linear(2, 2)
        f = mc.jit(lambda x: model(x))
        f(mc.ones(1, 2))
        return weakref.ref(model)

    seen = compile_and_drop()
    gc.collect()
    assert seen() is None


def test_a_class_whose_own_function_is_compiled_can_be_freed():
    import gc
    import weakref

    def compile_and_drop():
        class Model(nn.Module):
            def forward(self, x):
                return super().forward(x) if x is None else x + 1

        model = Model()
        Model.step = staticmethod(mc.jit(lambda x: model.forward(x)))
        Model.step(mc.ones(1))
        return weakref.ref(Model)

    seen = compile_and_drop()
    gc.collect()
    assert seen() is None


def test_empty_tensors_of_other_shapes_read_nothing():
    x = mc.zeros(0, 2)
    assert x.var(1).shape == (0,)
    assert mc.jit(lambda x: (x * x).sum(1))(x).shape == (0,)
    assert mc.jit(lambda x: (x * x).reshape(0, 5).sum(0))(x).tolist() == [0] * 5


class CallsOnDeletion:
    """An argument that calls a compiled function when it is freed with a compilation."""

    def __init__(self, value: object, call: Callable[[object], object]) -> None:
        self.value, self.call = value, call

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CallsOnDeletion) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __del__(self) -> None:
        if self.call:
            self.call(self.value)


@pytest.mark.filterwarnings("ignore")
def test_a_freed_compilation_may_call_the_function() -> None:
    f = mc.jit(lambda x, key: x + 1)
    x, results, calls = mc.ones(2), [], iter(range(3))

    def call(value: object) -> None:
        if next(calls, None) is not None:
            results.append(f(x, f"freed {value}").tolist())

    for i in range(70):  # more than are kept
        f(x, CallsOnDeletion(i, call))
    gc.collect()
    calls = iter(range(3))
    f.clear_cache()
    gc.collect()
    assert results == [[2.0, 2.0]] * 6
