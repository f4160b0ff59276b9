"""What threads may do at once: with one tensor, one iterator, one model."""

import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

import mycel as mc
from mycel import data, nn
from processes import in_process
from wraps import wraps

MANY = 1 << 20


def run_at_once(work: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def sums_while_it_is_written(x: mc.Tensor, add: Callable[[], mc.Tensor]) -> list[np.ndarray]:
    done = threading.Event()

    def write() -> None:
        value = 0.0
        while not done.is_set():
            value += 1
            x[:] = value

    writer = threading.Thread(target=write)
    writer.start()
    sums = [add().numpy() for _ in range(100)]
    done.set()
    writer.join()
    return sums


@pytest.mark.parametrize("compiled", [False, True])
def test_what_works_long_reads_one_value_of_a_tensor_that_another_thread_writes(compiled):
    x, zeros = mc.zeros(MANY), mc.zeros(MANY)

    def add() -> mc.Tensor:
        return zeros + x

    sums = sums_while_it_is_written(x, mc.jit(add) if compiled else add)
    assert all(each.min() == each.max() for each in sums)


def test_four_threads_write_one_tensor_by_a_compiled_function_that_takes_long():
    x = mc.zeros(MANY)

    @mc.jit
    def step() -> None:
        x.add_(1.0)

    run_at_once([lambda: [step() for _ in range(25)]] * 4)
    assert (x == 100).all()


def test_python_runs_beside_an_operation_that_takes_long():
    x = mc.rand(1 << 24)
    steps: list[float] = []
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            steps.append(time.perf_counter())
            time.sleep(0)

    counter = threading.Thread(target=count)
    counter.start()
    begin = time.perf_counter()
    mc.sin(x)
    end = time.perf_counter()
    done.set()
    counter.join()
    inside = [step for step in steps if begin + 0.25 * (end - begin) < step < end]
    assert inside


class Squares(data.Dataset):
    def __len__(self):
        return 600

    def __getitem__(self, i):
        return i


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("dataset", [mc.arange(600), Squares()], ids=["C++", "Python"])
def test_threads_that_share_an_iterator_get_each_item_once(dataset, workers):
    batches = iter(data.DataLoader(dataset, 2, shuffle=True, num_workers=workers))
    found: list[int] = []

    def read() -> None:
        for batch in batches:
            found.extend((batch[0] if isinstance(batch, list) else batch).tolist())

    run_at_once([read] * 4)
    assert sorted(found) == list(range(600))


def test_loaders_that_threads_walk_at_once_have_epochs_of_their_own():
    loader = data.DataLoader(mc.arange(64), 64, shuffle=True, seed=0)
    orders: list[list[int]] = []
    run_at_once([lambda: orders.extend(batch[0].tolist() for batch in loader)] * 8)
    assert loader.epoch == 8
    assert len({tuple(order) for order in orders}) == 8


def test_a_small_draw_keeps_the_interpreters_lock():
    ran: list[int] = []
    gate = threading.Lock()
    gate.acquire()

    def note() -> None:
        with gate:
            ran.append(1)

    interval = sys.getswitchinterval()
    other = threading.Thread(target=note)
    other.start()
    sys.setswitchinterval(100)
    try:
        gate.release()
        begin = time.perf_counter()
        while time.perf_counter() < begin + 0.05:  # the other thread waits for the lock now
            pass
        for _ in range(300):
            mc.rand(32, 32)
        assert not ran
    finally:
        sys.setswitchinterval(interval)
        other.join()


# --- one model in several threads -----------------------------------------------------------------


def test_threads_differentiate_one_model_at_once():
    model, x = nn.Linear(3, 1), mc.ones(2, 3)
    both_inside, first_is_over = threading.Barrier(2), threading.Event()
    found: dict[str, dict[str, mc.Tensor]] = {}

    def differentiate(name: str, scale: float) -> None:
        def loss(model: nn.Linear) -> mc.Tensor:
            both_inside.wait(10)
            if name == "second":
                first_is_over.wait(10)
            return (model(x) * scale).sum()

        found[name] = mc.grad(loss)(model)
        first_is_over.set()

    run_at_once([lambda: differentiate("first", 1.0), lambda: differentiate("second", 10.0)])
    assert found["first"]["bias"].tolist() == [2]
    assert found["second"]["bias"].tolist() == [20]
    model(x).sum().backward()
    assert model.bias.grad.tolist() == [2]


@wraps
def test_a_thread_trains_a_model_while_another_differentiates_it(wrap):
    model, x = nn.Linear(3, 1), mc.ones(2, 3)

    @wrap
    def train() -> None:
        model(x).sum().backward()

    def loss(model: nn.Linear) -> mc.Tensor:
        run_at_once([train])
        return (model(x) * 10).sum()

    gradients = mc.grad(loss)(model)
    assert gradients["bias"].tolist() == [20]
    assert model.bias.grad.tolist() == [2]


def test_gradients_of_several_threads_add_up():
    weight = nn.Parameter(mc.zeros(MANY))

    def backward() -> None:
        for _ in range(25):
            weight.sum().backward()

    run_at_once([backward] * 4)
    assert (weight.grad == 100).all()


@pytest.mark.parametrize("first", ["compiled", "eager"])
def test_what_threads_draw_at_once_differs(first):
    """Two functions that take long share the default generator."""

    def draw() -> mc.Tensor:
        return mc.rand(MANY)

    functions = [mc.jit(lambda: draw() + 0) if first == "compiled" else draw, mc.jit(draw)]
    for function in functions:
        function()
    drawn: list[float] = []
    run_at_once([lambda f=f: drawn.extend(f()[:4].tolist() for _ in range(20)) for f in functions])
    assert len({tuple(numbers) for numbers in drawn}) == 40


def test_a_value_that_another_thread_sets_meanwhile_frees_no_array_in_use():
    weights = mc.zeros(MANY)

    @mc.jit
    def step() -> None:
        weights.add_(1.0)

    def assign() -> None:
        for value in range(200):
            weights.data = mc.full((MANY,), float(value))

    step()
    run_at_once([assign, lambda: [step() for _ in range(50)]])
    assert weights.min() == weights.max()


# --- the first work of two threads ----------------------------------------------------------------

FIRST_WORKS = {
    "a step of an optimiser": "optim.SGD([p], 0.1).step()",
    "an operation": "p + p",
    "a compiled call": "mc.jit(lambda: p * 2)()",
    "a gradient": "mc.grad(lambda x: (x * x).sum())(p)",
    "an error": "mc.zeros(2) @ mc.zeros(3)",
    "a module's call": "nn.Linear(2, 1)(p)",
    "a text": "repr(p)",
}


@pytest.mark.parametrize("work", FIRST_WORKS)
def test_threads_may_begin_with(work, tmp_path):
    """Whatever the package asks of Python at its first use lets other threads run in between."""
    code = f"""
import os, sys, threading, time
import numpy as np
import mycel as mc
from mycel import nn, optim

def slowly(function):
    def call(*args):
        time.sleep(0.2)
        return function(*args)
    return call

os.getcwd, os.path.abspath = slowly(os.getcwd), slowly(os.path.abspath)
p = nn.Parameter(mc.ones(2))
p.grad = mc.ones(2)

def run():
    try:
        {FIRST_WORKS[work]}
    except ValueError:
        pass

threads = [threading.Thread(target=run, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
print("hang" if any(thread.is_alive() for thread in threads) else "done", flush=True)
os._exit(0)
"""
    assert in_process(code, tmp_path) == "done\n"


def test_a_gradient_that_another_thread_clears_while_a_compiled_call_waits_is_made_anew():
    n = 500
    w = mc.eye(n).requires_grad_()
    eye = mc.eye(n)

    @mc.jit
    def clear(x):
        h = x
        for _ in range(10):
            h = h @ w
        w.grad = None
        return h.sum()

    @mc.jit
    def accumulate(x):
        (w * x).sum().backward()

    for f in (clear, accumulate):
        w.grad = mc.zeros(n, n)
        f(eye)
    for _ in range(3):
        w.grad = mc.zeros(n, n)
        run_at_once([lambda: clear(eye), lambda: accumulate(eye)])
        assert w.grad is None or (w.grad == eye).all()


def test_an_eager_write_reads_views_of_what_another_call_writes():
    x, n, eye = mc.zeros(400, 400), mc.ones(400, 400), mc.eye(400)

    @mc.jit
    def step(a):
        for _ in range(3):
            a = a @ eye
        x.add_(a * 0)
        n.add_(a * 0)

    view = n[:, :]

    def add() -> None:
        for _ in range(50):
            x.add_(view)

    step(eye)
    run_at_once([lambda: [step(eye) for _ in range(20)], add])
    assert (x == 50).all()
