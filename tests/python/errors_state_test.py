"""Mistakes with gradients and modules."""

import pytest

import mycel as mc
import mycel.nn.functional as F
from mistakes import check
from mycel import nn

w = mc.ones(3, requires_grad=True)


def twice(y):
    y.backward()
    y.backward()


GRADIENTS = {
    "of many elements": (
        lambda: (w * 2).backward(),
        RuntimeError,
        "[backward] expects an output of one element, or a gradient for it, got f32[3]",
    ),
    "without requires_grad": (
        lambda: mc.ones(3).sum().backward(),
        RuntimeError,
        "[backward] expects an output that depends on a tensor with requires_grad=True, got f32[] "
        "without a gradient (computed in mc.no_grad(), or detached?)",
    ),
    "twice": (
        lambda: twice((w * w).sum()),
        RuntimeError,
        "[backward] expects the values saved by sum to be there, but an earlier backward freed "
        "them; the first one needs retain_graph=True",
    ),
    "no tensor as gradient": (
        lambda: (w * 2).backward([1, 1, 1]),
        TypeError,
        "[backward] expects gradient to be a tensor, got list",
    ),
    "unknown keyword": (
        lambda: w.sum().backward(retain=True),
        TypeError,
        "'retain' is an invalid keyword argument for backward()",
    ),
    "a write to a leaf": (
        lambda: w.add_(1),
        RuntimeError,
        "[add_] expects a tensor that is not a leaf with requires_grad=True, got f32[3]; write to "
        "it inside mc.no_grad()",
    ),
    "input without gradient": (
        lambda: mc.autograd.grad(w.sum(), mc.ones(3)),
        RuntimeError,
        "[grad] expects inputs with requires_grad=True, got f32[3] without",
    ),
    "unused input": (
        lambda: mc.autograd.grad(w.sum(), mc.ones(3, requires_grad=True)),
        RuntimeError,
        "[grad] expects outputs that depend on every input, but input 0 of type f32[3] is not "
        "used; allow_unused=True gives None for it",
    ),
    "mc.grad of many elements": (
        lambda: mc.grad(lambda x: x * 2)(mc.ones(3)),
        ValueError,
        "[grad] expects the function to return one number, got shape (3,)",
    ),
    "mc.grad of a number": (
        lambda: mc.grad(lambda x: x * 2)(3.0),
        TypeError,
        "[grad] expects argument 0 to be a floating-point tensor, a container of such or a Module, "
        "got float",
    ),
    "mc.grad of another argument": (
        lambda: mc.grad(lambda x: x, argnums=1)(w),
        ValueError,
        "[grad] expects argnums among 1 positional arguments, got 1",
    ),
    "no integers as parameters": (
        lambda: nn.Parameter(mc.tensor([1, 2])),
        RuntimeError,
        "[Parameter] expects a floating-point dtype for requires_grad=True, got i64[2]",
    ),
}

MODULES = {
    "missing argument": (
        lambda: nn.Linear(3),
        TypeError,
        "Linear.__init__() missing 1 required positional argument: 'out_features'",
    ),
    "size": (
        lambda: nn.Linear(3.0, 2),
        TypeError,
        "[Linear] expects in_features to be an int, got 3.0",
    ),
    "negative size": (
        lambda: nn.Linear(-3, 2),
        ValueError,
        "[Linear] expects in_features to be at least 0, got -3",
    ),
    "kernel": (
        lambda: nn.Conv2d(1, 6, (5, 5, 5)),
        TypeError,
        "[Conv2d] expects kernel_size to be an int or two, got (5, 5, 5)",
    ),
    "padding": (
        lambda: nn.Conv2d(1, 6, 5, padding="sam"),
        ValueError,
        '[Conv2d] expects padding as numbers, "same" or "valid", got \'sam\'',
    ),
    "groups": (
        lambda: nn.Conv2d(3, 6, 5, groups=2),
        ValueError,
        "[Conv2d] expects groups that divide the channels, got 2 for 3 and 6",
    ),
    "probability": (
        lambda: nn.Dropout(1.5),
        ValueError,
        "[Dropout] expects p in [0, 1], got 1.5",
    ),
    "a function among modules": (
        lambda: nn.Sequential(nn.Linear(2, 2), F.relu),
        TypeError,
        "[Sequential] expects modules, got function",
    ),
    "a parameter replaced": (
        lambda: setattr(nn.Linear(2, 2), "weight", mc.ones(2, 2)),
        TypeError,
        "[setattr] expects an nn.Parameter or None for the parameter Linear.weight, got "
        "mycel.Tensor; weight.data.copy_(value) changes its value",
    ),
    "missing, unexpected and other keys": (
        lambda: nn.Linear(2, 2).load_state_dict({"weight": mc.ones(2, 3), "wieght": mc.ones(1)}),
        ValueError,
        "[load_state_dict] expects the keys and shapes of Linear:\n"
        "  weight: expects shape (2, 2), got (2, 3)\n"
        "  missing: bias\n"
        "  unexpected: wieght",
    ),
    "a file as state": (
        lambda: nn.Linear(2, 2).load_state_dict("model.safetensors"),
        TypeError,
        "[load_state_dict] expects a dict of tensors, as state_dict() and mc.load() give it, got "
        "str",
    ),
    "mode": (
        lambda: mc.set_mode("grpah"),
        ValueError,
        '[set_mode] expects "eager" or "graph", got "grpah"',
    ),
    "train": (
        lambda: nn.Linear(2, 2).train("yes"),
        TypeError,
        "[train] expects mode to be True or False, got 'yes'",
    ),
}

GROUPS = {"gradients": GRADIENTS, "modules": MODULES}
CASES = {
    f"{group}: {name}": case for group, cases in GROUPS.items() for name, case in cases.items()
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_mistake(case):
    check(*case)
