"""Regenerates tests/data/operator_cases.json.gz: PyTorch's results, which our operators match.

Values, and gradients of the sum of outputs times fixed weights, in float64, for the operators that
NumPy lacks or whose gradients have edge cases. Runs in PyTorch's environment (see peers.py).
"""

import gzip
import importlib.util
import json
import operator
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import peers
from cases import convolutions, elementwise, indexing, layers, losses, optimizers, reductions
from cases.case import Case, Updates

TARGET = Path(__file__).parents[1] / "tests" / "data" / "operator_cases.json.gz"
FAMILIES = (elementwise, reductions, convolutions, losses, layers, indexing)


def fixed_weights(shape: tuple[int, ...]) -> np.ndarray:
    """Returns the weights of outputs in the sum: never zero, and exact in binary."""
    return ((np.arange(np.prod(shape, dtype=int)) * 5 % 11 - 4.5) / 4).reshape(shape)


def run(family: str, case: Case) -> dict[str, Any]:
    """Runs a case; returns it with its outputs, new states and gradients, ready for JSON."""
    import torch

    def tensor(value: Any, position: int = -1) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        wanted = position >= 0 and position not in case.state and value.dtype == np.float64
        return torch.tensor(value, requires_grad=wanted)

    arguments = [tensor(value, position) for position, value in enumerate(case.arguments)]
    options = {name: tensor(value) for name, value in case.options.items()}
    function: Any = operator if case.call.startswith("operator.") else torch
    for name in case.call.removeprefix("operator.").split("."):
        function = getattr(function, name)
    result = function(*arguments, **options)
    outputs = [result] if isinstance(result, torch.Tensor) else list(result)
    return {
        "family": family,
        "call": case.call,
        "arguments": [_encode(value) for value in case.arguments],
        "options": {name: _encode(value) for name, value in case.options.items()},
        "outputs": [_encode(output.detach().numpy()) for output in outputs],
        "states": {str(index): _encode(arguments[index].numpy()) for index in case.state},
        **_expected_gradients(case, outputs, arguments),
    }


def _expected_gradients(case: Case, outputs: list[Any], arguments: list[Any]) -> dict[str, Any]:
    """Returns PyTorch's gradients, or those that replace them, with the reason."""
    if case.gradients is None:
        return {"gradients": _gradients(outputs, arguments)}
    return {"gradients": [_encode(value) for value in case.gradients], "reason": case.reason}


def _gradients(outputs: list[Any], arguments: list[Any]) -> list[Any]:
    import torch

    terms = [
        (output * torch.tensor(fixed_weights(tuple(output.shape)))).sum()
        for output in outputs
        if output.requires_grad
    ]
    wanted = [each for each in arguments if isinstance(each, torch.Tensor) and each.requires_grad]
    if not terms or not wanted:
        return [None] * len(arguments)
    found = torch.autograd.grad(sum(terms), wanted)
    by_identity = {id(tensor): value for tensor, value in zip(wanted, found, strict=True)}
    return [
        _encode(by_identity[id(a)].numpy()) if id(a) in by_identity else None for a in arguments
    ]


def trajectory(updates: Updates) -> dict[str, Any]:
    """Runs updates; returns them with the parameter after every step, ready for JSON."""
    import torch

    parameter = torch.nn.Parameter(torch.tensor(updates.start))
    optimizer = getattr(torch.optim, updates.optimizer)([parameter], **updates.options)
    values = []
    for gradient in updates.gradients:
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
        values.append(parameter.detach().numpy().copy())
    return {
        "optimizer": updates.optimizer,
        "options": updates.options,
        "start": _encode(updates.start),
        "gradients": _encode(updates.gradients),
        "values": _encode(np.array(values)),
    }


def _encode(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    flat = value.reshape(-1).tolist()
    if value.dtype == np.float64:
        flat = [int(x) if x == x // 1 and abs(x) < 1e9 and str(x) != "-0.0" else x for x in flat]
    return {"dtype": str(value.dtype), "shape": list(value.shape), "data": flat}


def main() -> None:
    """Writes the file."""
    if importlib.util.find_spec("torch") is None:
        python = peers.python_of("pytorch")
        if python is None:
            sys.exit("PyTorch's environment is absent: run bench/peers.py first")
        os.execv(python, [str(python), *sys.argv])
    import torch

    torch.set_num_threads(1)  # sums have the same order each time
    content = {
        "cases": [
            run(family.__name__.rsplit(".", 1)[-1], case)
            for family in FAMILIES
            for case in family.cases()
        ],
        "updates": [trajectory(each) for each in optimizers.updates()],
    }
    text = json.dumps(content, separators=(",", ":"))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(f"{TARGET.name}: {len(content['cases'])} cases, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
