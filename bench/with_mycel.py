"""The benchmark worker of Mycel."""

import importlib
import operator
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch_like
from harness import serve

import mycel as mc


def lenet_step(optimizer: str, compiled: bool = False) -> tuple[str, dict[str, Any]]:
    """A training step of the wide LeNet-5; compiled, the whole step is one graph."""
    model, _ = torch_like.build(mc, torch_like.WIDE)
    images, labels = torch_like.batch()
    updates = getattr(mc.optim, optimizer)(model.parameters(), **torch_like.OPTIONS[optimizer])
    step = torch_like.training_step(
        lambda x, y: mc.nn.functional.cross_entropy(model(x), y), updates
    )
    namespace = {
        "step": mc.jit(step) if compiled else step,
        "x": mc.tensor(images),
        "y": mc.tensor(labels),
    }
    return "step(x, y)", namespace


def tiny_call() -> tuple[str, dict[str, Any]]:
    """A call of a compiled function with a tiny body."""

    @mc.jit
    def increment(x: mc.Tensor) -> mc.Tensor:
        return x + 1.0

    return "increment(x)", {"increment": increment, "x": mc.ones(16)}


def operators(family: str, compiled: bool = False) -> tuple[str, dict[str, Any]]:
    """All calls of a family of operator cases, in order."""
    calls = [_call(each) for each in importlib.import_module(f"cases.{family}").cases()]

    def run() -> list[Any]:
        return [function(*arguments, **options) for function, arguments, options in calls]

    return "run()", {"run": mc.jit(run) if compiled else run}


def _call(case: Any) -> tuple[Any, list[Any], dict[str, Any]]:
    function: Any = operator if case.call.startswith("operator.") else mc
    for name in case.call.removeprefix("operator.").split("."):
        function = getattr(function, name)
    arguments = [_tensor(value) for value in case.arguments]
    return function, arguments, {name: _tensor(value) for name, value in case.options.items()}


def _tensor(value: Any) -> Any:
    return mc.tensor(value) if isinstance(value, np.ndarray) else value


def guarded_call(entries: int) -> tuple[str, dict[str, Any]]:
    """A compiled call whose function reads four attributes of each Python object in a list."""
    objects = [SimpleNamespace(a=0.0, b=0.0, c=0.0, d=0.0) for _ in range(entries // 5)]

    @mc.jit
    def increment(x: mc.Tensor) -> mc.Tensor:
        return x + (1.0 + sum(each.a + each.b + each.c + each.d for each in objects))

    return "increment(x)", {"increment": increment, "x": mc.ones(16)}


if __name__ == "__main__":
    serve(
        {
            "lenet_step": lenet_step,
            "add": partial(torch_like.add, mc),
            "chain": partial(torch_like.chain, mc),
            "tiny_call": tiny_call,
            "operators": operators,
            "guarded_call": guarded_call,
        }
    )
