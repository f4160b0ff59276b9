"""The ways in which one program runs, and what each of them gives."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import mycel as mc
from fuzz.program import Program
from mycel import _core
from mycel.nn import functional

EAGER, JIT, REFERENCE, APART = "eager", "jit", "reference", "apart"
WITHOUT = "without "  # and the name of a pass

# What the compiler reads whenever it compiles.
MEMORY_VARIABLE, PASS_VARIABLE = "MYCEL_MEMORY", "MYCEL_SKIP_PASS"

# Composites must become the operations that kernels exist for.
NEEDED_PASSES = {"expand_composites"}


def passes() -> list[str]:
    """Those of the compiler that may be left out."""
    return sorted(set(_core.pipeline()) - NEEDED_PASSES)


def modes(seed: int) -> list[str]:
    """The modes that a program is compared in; eager mode gives what is expected."""
    known = passes()
    return [JIT, REFERENCE, APART, WITHOUT + known[seed % len(known)]]


def variables(mode: str) -> dict[str, str]:
    """The environment variables of a mode."""
    if mode == APART:
        return {MEMORY_VARIABLE: "apart"}
    if mode.startswith(WITHOUT):
        return {PASS_VARIABLE: mode.removeprefix(WITHOUT)}
    return {}


@dataclass(frozen=True)
class Value:
    """One array that a run gave: a result, or an input as the run left it."""

    what: str
    dtype: str
    array: np.ndarray

    def is_float(self) -> bool:
        """Whether rounding may differ."""
        return "float" in self.dtype


@dataclass(frozen=True)
class Outcome:
    """What a run gave, or the error that it raised."""

    values: tuple[Value, ...] = ()
    error: str = ""
    internal: bool = False


def namespace() -> dict[str, Any]:
    """The names that a program's text uses."""
    return {
        "mc": mc,
        "np": np,
        "F": functional,
        "op": _core.functions.operation,
        "rng": np.random.default_rng,
        "j": lambda function: function,
    }


def run(program: Program, mode: str) -> Outcome:
    """Makes the inputs anew, calls the program in a mode, and takes all that can be seen after."""
    names = namespace()
    text = "\n".join([*program.setup(), *program.function()])
    with _mode(mode):
        try:
            mc.manual_seed(1)
            exec(text, names)
            if mode not in (EAGER, REFERENCE):
                names["j"] = mc.jit
            function = names["j"](eval(program.target(), names))
            return Outcome(values_of(program, names, call_all(program, function, names)))
        except Exception as error:
            return Outcome(
                error=f"{type(error).__name__}: {error}",
                internal=isinstance(error, mc.InternalError | mc.CompileError),
            )


def call_all(program: Program, function: Any, names: dict[str, Any]) -> list[Any]:
    """The results of every call, all kept: a later call must not change them.

    Unless something happens between the calls: then they are what was seen right after each, and
    go before the next.
    """
    results = []
    for _ in range(program.times):
        result = function(*[names[each.name] for each in program.arguments()])
        if program.between:
            names["r"] = mc.tree.leaves(result)
            results.append([value_of("", each) for each in names["r"]])
            del result
            exec("\n".join(program.between), names)
            del names["r"]
        else:
            results.append(mc.tree.leaves(result))
    return results


@contextlib.contextmanager
def _mode(mode: str) -> Iterator[None]:
    chosen = variables(mode)
    os.environ.update(chosen)
    if mode == REFERENCE:
        mc.set_default_device("reference")
    try:
        yield
    finally:
        mc.set_default_device("cpu")
        for name in chosen:
            del os.environ[name]


def values_of(program: Program, names: dict[str, Any], results: list[Any]) -> tuple[Value, ...]:
    """All that can be seen after the calls: every result, and the inputs as they are now."""
    return tuple(_values(program, names, results))


def _values(program: Program, names: dict[str, Any], results: list[Any]) -> Iterator[Value]:
    for number, leaves in enumerate(results):
        for position, leaf in enumerate(leaves):
            if leaf is not None:
                yield value_of(f"result {position} of call {number}", leaf)
    for each in program.inputs:
        yield value_of(f"{each.name} afterwards", names[each.name])
        if each.role == "leaf":
            # No gradient and one that is 0 are the same: a compiled function has one for all.
            grad = names[each.name].grad
            yield value_of(f"{each.name}.grad", grad if grad is not None else names[each.name] * 0)


def value_of(what: str, tensor: Any) -> Value:
    """A copy of a tensor's elements; what is one already gets this name."""
    if isinstance(tensor, Value):
        return replace(tensor, what=what)
    dtype = str(tensor.dtype).removeprefix("mc.")
    host = tensor.detach().to("cpu")
    host = host.float() if dtype == "bfloat16" else host
    return Value(what, dtype, np.array(host.numpy()))
