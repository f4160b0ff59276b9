"""Mistakes under mc.jit and in modules: what to write instead, the line, and the module's path."""

import operator

import pytest

import mycel as mc
import mycel.nn.functional as F
from mistakes import check
from mycel import nn

x = mc.tensor([1.0, 2.0, 3.0])
TRACED = "that is being traced: a compiled function knows no values while it is traced; "
OUTSIDE = TRACED + "compute with the tensor, or return it and read its value outside"

VALUES = {
    "bool": (
        lambda x: x if x.sum() > 0 else -x,
        "[bool] expects a tensor with a value, got bool[] "
        + TRACED
        + "write mc.where(condition, a, b), or & | ~ for and, or, not",
    ),
    "int": (lambda x: int(x.sum()), f"[int] expects a tensor with a value, got f32[] {OUTSIDE}"),
    "float": (
        lambda x: float(x.sum()),
        f"[float] expects a tensor with a value, got f32[] {OUTSIDE}",
    ),
    "item": (
        lambda x: x.sum().item(),
        f"[item] expects a tensor with a value, got f32[] {OUTSIDE}",
    ),
    "numpy": (lambda x: x.numpy(), f"[numpy] expects a tensor with a value, got f32[3] {OUTSIDE}"),
    "tolist": (
        lambda x: x.tolist(),
        f"[tolist] expects a tensor with a value, got f32[3] {OUTSIDE}",
    ),
    "range": (
        lambda x: range(mc.argmax(x)),
        "[index] expects a tensor with a value, got i64[] "
        + TRACED
        + "pass a number as an argument instead, which is part of the program",
    ),
    "mask": (
        lambda x: x[x > 0],
        "[nonzero] expects a tensor with a value, got bool[3] "
        + TRACED
        + "write mc.where(mask, x, 0), whose shape is known",
    ),
    "in": (
        lambda x: operator.contains(x, 3.0),
        "[in] expects a tensor with a value, got bool[3] " + TRACED + "write (x == value).any()",
    ),
    "classes": (
        lambda x: F.one_hot(mc.argmax(x)),
        "[one_hot] expects num_classes for an index that is being traced, as a compiled function "
        "knows no values, got i64[]",
    ),
}


@pytest.mark.parametrize(("function", "message"), VALUES.values(), ids=VALUES)
def test_values_are_not_known_in_a_trace(function, message):
    compiled = mc.jit(function)
    check(lambda: compiled(x), mc.CompileError, message)


OVER = (
    "expects tensors that still have a value, got one of a traced call that is over: it was kept "
    "in a variable or container outside the jitted function; return it instead"
)


@pytest.mark.parametrize(
    ("use", "name"),
    [(lambda t: t + 1, ""), (lambda t: t.sum(), "[sum] "), (lambda t: t.item(), "")],
    ids=["add", "sum", "item"],
)
def test_a_tensor_that_outlives_its_trace(use, name):
    kept = []

    @mc.jit
    def fails(x):
        kept.append(x * 2)
        raise KeyError("mine")

    with pytest.raises(KeyError):
        fails(x)
    check(lambda: use(kept[0]), mc.CompileError, name + OVER)


def test_jit_of_what_is_no_function():
    check(lambda: mc.jit(3), TypeError, "[jit] expects a function, got int")

    def rows(x):
        yield x[0]

    message = "[jit] expects a function that returns its results, got a generator rows"
    check(lambda: mc.jit(rows), TypeError, message)


def test_jit_of_functions_that_python_code_is_not_behind():
    assert mc.jit(mc.sum)(x).item() == 6
    assert mc.jit(nn.ReLU())(-x).tolist() == [0, 0, 0]


def test_an_array_as_argument():
    check(
        lambda: mc.jit(lambda x: x)(x.numpy()),
        TypeError,
        "[jit] expects tensors, numbers, strings and containers of them as arguments of <lambda>, "
        "got numpy.ndarray; mc.tensor(...) makes a tensor of it",
    )


def test_an_attribute_that_would_outlive_the_trace():
    class Net(nn.Module):
        def forward(self, x):
            self.last = x * 2
            return x

    net = Net()
    check(
        lambda: mc.jit(net)(x),
        mc.CompileError,
        "[setattr] expects a value that outlives the traced call, got a traced f32[3] for "
        "Net.last: write self.last.copy_(value) into a buffer, or return the value",
        "Net.forward",
    )


@pytest.mark.parametrize("mode", ["eager", "graph"])
def test_a_wrong_shape_names_the_module(mode):
    class Net(nn.Module):
        def __init__(self):
            self.fc = nn.Linear(3, 2)

        def forward(self, x):
            return self.fc(x)

    net = Net()
    mc.set_mode(mode)
    try:
        check(
            lambda: net(mc.ones(4, 5)),
            ValueError,
            "[linear] expects input (..., in), weight (out, in) and bias (out), got input "
            "f32[4,5], weight f32[2,3] and bias f32[2]",
            "Net.fc",
        )
    finally:
        mc.set_mode("eager")


@pytest.mark.parametrize("bad", [3, -4])
def test_an_index_out_of_range_raises_in_compiled_code(bad):
    compiled = mc.jit(lambda x, i: x[i])
    compiled(x, mc.tensor([0]))
    with pytest.raises(
        IndexError, match=rf"\[index\] index {bad} is out of range for dim of size 3\n  at "
    ):
        compiled(x, mc.tensor([bad]))


MADE_INSIDE = {
    "constant": lambda x: mc.ones(3),
    "arithmetic": lambda x: x * 2 + 1,
    "slice": lambda x: mc.cat([x, x])[2:5],
    "joined": lambda x: mc.cat([x[:1], x[1:]]),
    "padded": lambda x: F.pad(x[1:2], (1, 1)),
    "expanded": lambda x: x[0].expand(3) * 2,
    "sorted": lambda x: x.sort().values,
}


@pytest.mark.parametrize("make", MADE_INSIDE.values(), ids=MADE_INSIDE)
def test_fusion_swallows_no_index_out_of_range(make):
    compiled = mc.jit(lambda x, i: make(x)[i])
    assert compiled(x, mc.tensor([2, -3])).tolist() == make(x)[mc.tensor([2, -3])].tolist()
    for bad in (3, -4, 2**40):
        with pytest.raises(
            IndexError, match=rf"\[index\] index {bad} is out of range for dim of size 3"
        ):
            compiled(x, mc.tensor([0, bad]))


@pytest.mark.parametrize("bad", [3, -1])
def test_a_target_that_is_no_class_raises_in_compiled_code(bad):
    compiled = mc.jit(lambda x, y: F.cross_entropy(x, y))
    logits = mc.ones(2, 3)
    compiled(logits, mc.tensor([0, 1]))
    with pytest.raises(
        IndexError, match=rf"\[gather\] index {bad} is out of range for dim of size 3\n  at "
    ):
        compiled(logits, mc.tensor([0, bad]))


def test_a_class_that_is_none_gives_zeros_in_compiled_code():
    """As F.one_hot says; it never writes outside its result."""
    compiled = mc.jit(lambda i: F.one_hot(i, 2))
    assert compiled(mc.tensor([0, 2, -1])).tolist() == [[1, 0], [0, 0], [0, 0]]


def test_a_value_that_no_memory_holds():
    @mc.jit
    def sum_of_sorted(x):
        return mc.cumsum(mc.sort(x.expand(2**61))[0], 0)[0]

    with pytest.raises(RuntimeError, match=r"out of memory: .* of float32 does not fit"):
        sum_of_sorted(mc.ones(1))
