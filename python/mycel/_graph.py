"""Graph mode: the outermost call of a module, and optimizer.step(), are compiled."""

from __future__ import annotations

from typing import Any

from mycel import _core
from mycel._jit import jit

ATTRIBUTE = "_compiled"


def compiled_method(owner: Any, name: str) -> Any:
    """The compiled form of a method of one module or optimiser, which keeps it."""
    # Not by `owner.__dict__`: whoever reads that may write it, so guards are looked at again.
    known = object.__getattribute__(owner, "__dict__").setdefault(ATTRIBUTE, {})
    method = getattr(owner, name)
    found = known.get(name)
    if found is None or found.__wrapped__ != method:
        known[name] = found = jit(method)
    return found


def call_module(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
    """module.forward(*args, **kwargs), compiled."""
    return compiled_method(module, "forward")(*args, **kwargs or {})


def is_graph_mode() -> bool:
    """Whether a call that is not inside a trace or another module is to be compiled."""
    return _core.get_mode() == "graph" and not _core.is_tracing()
