"""A compiled call that raises midway changes nothing."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import nn, optim

OPTIMIZERS = {
    "sgd": lambda parameters: optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adadelta": lambda parameters: optim.Adadelta(parameters),
    "adamw": lambda parameters: optim.AdamW(parameters),
}


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(36, 10),
    )


def words():
    return nn.Sequential(nn.Embedding(20, 8), nn.Flatten(), nn.Linear(24, 10))


IMAGES = mc.tensor(np.random.default_rng(0).random((16, 1, 8, 8), dtype=np.float32))
WORDS = mc.tensor(np.random.default_rng(0).integers(0, 20, (16, 3)))
LABELS = mc.tensor(np.arange(16) % 10)


def training(model, optimizer):
    @mc.jit
    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def arrays_of(model, optimizer):
    """Copies of all that a step writes."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"grad.{name}": p.grad for name, p in model.named_parameters()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
    return {
        name: np.array(value.numpy() if isinstance(value, mc.Tensor) else value)
        for name, value in tensors.items()
    }


def with_bad_element(indices, bad):
    values = np.array(indices.numpy())
    values[-1] = bad
    return mc.tensor(values)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize(
    ("make", "x", "bad"),
    [
        (convolutional, IMAGES, (IMAGES, with_bad_element(LABELS, 10))),
        (words, WORDS, (WORDS, with_bad_element(LABELS, -1))),
        (words, WORDS, (with_bad_element(WORDS, 20), LABELS)),
    ],
    ids=["label", "negative-label", "word"],
)
def test_a_step_that_raises_changes_nothing(make, x, bad, optimizer):
    runs = []
    for fails in (False, True):
        mc.manual_seed(0)
        model = make()
        updates = optimizer(model.parameters())
        step = training(model, updates)
        step(x, LABELS)
        if fails:
            before = arrays_of(model, updates)
            with pytest.raises(IndexError, match="out of range"):
                step(*bad)
            after = arrays_of(model, updates)
            assert list(after) == list(before)
            for name in before:
                assert after[name].tobytes() == before[name].tobytes(), name
        losses = [step(x, LABELS).item() for _ in range(3)]
        runs.append((losses, arrays_of(model, updates)))
        assert step.compilations == 1
    assert runs[0][0] == runs[1][0]
    for name, value in runs[0][1].items():
        assert value.tobytes() == runs[1][1][name].tobytes(), name


def test_a_failed_step_leaves_a_gradient_that_is_read_again():
    w = nn.Parameter(mc.zeros(3))

    @mc.jit
    def step(x, i):
        (w * x).sum().backward()
        return mc.gather(x, 0, i)

    good, bad = mc.tensor([0]), mc.tensor([3])
    step(mc.ones(3), good)
    step(mc.ones(3), good)
    with pytest.raises(IndexError):
        step(mc.ones(3), bad)
    assert w.grad.tolist() == [2, 2, 2]


def test_an_update_before_what_raises_is_undone():
    state = mc.zeros(3)
    table = mc.ones(3)

    @mc.jit
    def f(i):
        state.add_(1)
        return table[i]

    f(mc.tensor([1]))
    with pytest.raises(IndexError):
        f(mc.tensor([3]))
    assert state.tolist() == [1, 1, 1]
    f(mc.tensor([2]))
    assert state.tolist() == [2, 2, 2]


def test_replaced_gradients_lend_their_memory_to_nobody_who_reads_them():
    w = nn.Parameter(mc.ones(3))

    @mc.jit
    def step(x):
        w.grad = None
        (w * x * x).sum().backward()
        return x + 1

    step(mc.tensor([1.0, 2.0, 3.0]))
    held = w.grad
    assert step(w.grad).tolist() == [2, 5, 10]
    assert w.grad.tolist() == [1, 16, 81]
    assert held.tolist() == [1, 4, 9]


def test_a_check_stays_where_only_the_gradient_is_returned():
    @mc.jit
    def gradient(x, y):
        return mc.grad(lambda x: F.nll_loss(x, y))(x)

    x = mc.zeros(2, 3)
    assert gradient(x, mc.tensor([0, 2])).tolist() == [[-0.5, 0, 0], [0, 0, -0.5]]
    with pytest.raises(IndexError, match="index 3 is out of range"):
        gradient(x, mc.tensor([0, 3]))


def test_a_check_stays_where_nothing_is_read_of_the_result():
    @mc.jit
    def f(x, i):
        mc.gather(x, 0, i)
        return x + 1

    assert f(mc.zeros(2), mc.tensor([1])).tolist() == [1, 1]
    with pytest.raises(IndexError):
        f(mc.zeros(2), mc.tensor([2]))


def test_a_check_stays_where_a_part_of_the_result_is_read():
    @mc.jit
    def f(x, i, j):
        return (-x[i])[j]

    x, j = mc.arange(4), mc.tensor([1, 0])
    assert f(x, mc.tensor([2, 3, 1]), j).tolist() == [-3, -2]
    with pytest.raises(IndexError):
        f(x, mc.tensor([2, 3, 4]), j)


def test_exceptions_of_the_function_pass_and_leave_nothing_behind():
    state = mc.zeros(1)

    @mc.jit
    def f(x, fail):
        state.add_(x)
        if fail:
            raise KeyError("mine")
        return state * 1

    with pytest.raises(KeyError, match="mine"):
        f(mc.ones(1), True)
    assert state.tolist() == [0]
    assert f(mc.ones(1), False).tolist() == [1]


def test_of_two_that_may_raise_in_one_kernel_both_are_named():
    x, i, j = mc.ones(3), mc.tensor([0, 1]), mc.tensor([5, 0])

    @mc.jit
    def f(x, i, j):
        return x[i] + mc.gather(x, 0, j)

    with pytest.raises(IndexError, match=r"index 5 is out of range for dim of size 3") as caught:
        f(x, i, j)
    assert str(caught.value).startswith(("[gather]", "[gather or index]"))


COMPILATION = """
import signal
import sys
import mycel as mc

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it

@mc.jit
def f(x):
    for i in range(400):
        x = mc.matmul(x, x) + float(i % 7)
    return x

x = mc.eye(3)
print("begin", file=sys.stderr, flush=True)
try:
    f(x)
except KeyboardInterrupt:
    print("interrupted", f.compilations, flush=True)
f(x)
print("compiled", f.compilations, flush=True)
"""


def test_a_ctrl_c_ends_a_compilation():
    """It comes with the log of the first pass; the logs fill the pipe, so the compiler waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMPILATION],
        env={**os.environ, "MYCEL_LOG": "passes"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.stderr.readline() != "begin\n":
        assert process.poll() is None
    assert process.stderr.readline().startswith("[passes]")
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=120)
    assert printed == "interrupted 0\ncompiled 1\n"


def test_a_write_to_a_view_of_a_leaf_raises_before_anything_is_written():
    p = mc.ones(4, requires_grad=True)
    q, a, w = p * 1, mc.zeros(2), mc.zeros(2)

    @mc.jit
    def write(a, b):
        a.add_(1)
        b.mul_(2)
        w.add_(1)

    write(a, q[:2])
    with pytest.raises(RuntimeError, match="a view of one"):
        write(a, p[:2])
    assert a.tolist() == w.tolist() == [1, 1]
    assert p.tolist() == [1, 1, 1, 1]
    with mc.no_grad():
        write(a, p[:2])
    assert p.tolist() == [2, 2, 1, 1]
