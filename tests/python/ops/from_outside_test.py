"""Operators that NumPy lacks, and gradients with edges, against PyTorch's results.

They come from a file of cases, which bench/operator_cases.py regenerates. Each case runs eagerly
and compiled, its gradient included.
"""

import functools
import gzip
import json
import operator
from pathlib import Path

import numpy as np
import pytest

import mycel as mc

FILE = Path(__file__).parents[2] / "data" / "operator_cases.json.gz"
CONTENT = json.loads(gzip.decompress(FILE.read_bytes()))

# Relative and absolute, by family; the values are of order 1. Elementwise results and moved values
# differ by a few roundings, the others by the roundings of short sums.
POINTWISE = (1e-14, 1e-15)
SUMS = (1e-12, 1e-13)
TOLERANCES = {
    "elementwise": POINTWISE,
    "indexing": POINTWISE,
    "reductions": SUMS,
    "convolutions": SUMS,
    "layers": SUMS,
    "losses": SUMS,
}


def decode(value):
    """An array, or what else a case holds; lists are tuples, as users write them."""
    if isinstance(value, dict):
        return np.array(value["data"], dtype=value["dtype"]).reshape(value["shape"])
    return tuple(value) if isinstance(value, list) else value


def fixed_weights(shape):
    """What the cases' outputs were multiplied with, before they were summed for the gradient."""
    return ((np.arange(np.prod(shape, dtype=int)) * 5 % 11 - 4.5) / 4).reshape(shape)


def identify(entry):
    options = ", ".join(
        name if isinstance(value, dict) else f"{name}={value}"
        for name, value in entry["options"].items()
    )
    return f"{entry.get('call') or entry['optimizer']}({options})"


class Call:
    """A case on our side: `evaluate(*tensors)` gives its outputs and gradients."""

    def __init__(self, case):
        self.case = case
        self.values = [decode(value) for value in case["arguments"]]
        self.wanted = [i for i, gradient in enumerate(case["gradients"]) if gradient is not None]
        self.states = {int(i): mc.tensor(self.values[int(i)]) for i in case["states"]}
        self.options = {
            name: mc.tensor(value) if isinstance(value, np.ndarray) else value
            for name, value in ((name, decode(value)) for name, value in case["options"].items())
        }
        root, *path = case["call"].split(".")
        module = operator if root == "operator" else getattr(mc, root)
        self.function = functools.reduce(getattr, path, module)

    def inputs(self):
        """The tensors that `evaluate` takes: all but the states, which it closes over."""
        return {
            i: mc.tensor(value, requires_grad=i in self.wanted)
            for i, value in enumerate(self.values)
            if isinstance(value, np.ndarray) and i not in self.states
        }

    def evaluate(self, positions, tensors):
        given = {**self.states, **dict(zip(positions, tensors, strict=True))}
        arguments = [given.get(i, value) for i, value in enumerate(self.values)]
        result = self.function(*arguments, **self.options)
        outputs = list(result) if isinstance(result, tuple) else [result]
        if not self.wanted:
            return outputs, ()
        loss = 0.0
        for output, expected in zip(outputs, self.case["outputs"], strict=True):
            if expected["dtype"] == "float64":
                loss = loss + (output * mc.tensor(fixed_weights(expected["shape"]))).sum()
        return outputs, mc.autograd.grad(loss, [given[i] for i in self.wanted])


def check(case, what, got, expected):
    expected = decode(expected)
    got = got.detach().numpy()
    assert got.dtype == expected.dtype, what
    relative, absolute = TOLERANCES[case["family"]]
    np.testing.assert_allclose(got, expected, rtol=relative, atol=absolute, err_msg=what)


@pytest.mark.parametrize("mode", ["eager", "jit"])
@pytest.mark.parametrize("case", CONTENT["cases"], ids=identify)
def test_values_and_gradients(case, mode):
    call = Call(case)
    inputs = call.inputs()
    evaluate = functools.partial(call.evaluate, tuple(inputs))
    run = mc.jit(lambda *tensors: evaluate(tensors)) if mode == "jit" else lambda *t: evaluate(t)
    if mode == "jit" and case["call"].endswith("one_hot") and "num_classes" not in call.options:
        # The number of classes is a value: known eagerly, refused in a compiled function.
        with pytest.raises(mc.CompileError, match="being traced"):
            run(*inputs.values())
        return
    outputs, gradients = run(*inputs.values())
    assert len(outputs) == len(case["outputs"])
    for got, expected in zip(outputs, case["outputs"], strict=True):
        check(case, "value", got, expected)
    for i, state in call.states.items():
        check(case, f"state {i}", state, case["states"][str(i)])
    for i, got in zip(call.wanted, gradients, strict=True):
        check(case, f"gradient {i}", got, case["gradients"][i])


@pytest.mark.parametrize("mode", ["eager", "jit"])
@pytest.mark.parametrize("case", CONTENT["updates"], ids=identify)
def test_update_rules(case, mode):
    parameter = mc.nn.Parameter(mc.tensor(decode(case["start"])))
    options = {name: decode(value) for name, value in case["options"].items()}
    optimizer = getattr(mc.optim, case["optimizer"])([parameter], **options)

    def step(gradient):
        optimizer.zero_grad()
        (parameter * gradient).sum().backward()
        optimizer.step()

    run = mc.jit(step) if mode == "jit" else step
    for gradient, expected in zip(decode(case["gradients"]), decode(case["values"]), strict=True):
        run(mc.tensor(gradient))
        np.testing.assert_allclose(parameter.detach().numpy(), expected, rtol=1e-13, atol=1e-15)
