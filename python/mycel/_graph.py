"""Graph mode: compiles the outermost call of a module, and optimizer.step()."""

from __future__ import annotations

from typing import Any

from mycel import _core
from mycel._jit import jit

ATTRIBUTE = "_compiled"


def compiled_method(owner: Any, name: str) -> Any:
    """Returns the compiled form of a method, cached in its module or optimiser."""
    # Not `owner.__dict__`: its reader may write to it, so the read makes calls check guards again.
    known = object.__getattribute__(owner, "__dict__").setdefault(ATTRIBUTE, {})
    method = getattr(owner, name)
    found = known.get(name)
    if found is None or found.__wrapped__ != method:
        known[name] = found = jit(method)
    return found


def call_module(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
    """Runs module.forward(*args, **kwargs) compiled."""
    return compiled_method(module, "forward")(*args, **kwargs or {})


def is_graph_mode() -> bool:
    """Whether to compile a call: in graph mode, outside of a trace."""
    return _core.get_mode() == "graph" and not _core.is_tracing()
