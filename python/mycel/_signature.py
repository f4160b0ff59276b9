"""Signatures, globals and argument names of Python functions, for the extension module."""

from __future__ import annotations

import ast
import dis
import inspect
from collections.abc import Callable
from types import CodeType
from typing import Any


def from_text(text: str) -> inspect.Signature:
    """Parses a signature such as "(x, dim=-1, *, dtype=None)"."""
    function = ast.parse(f"def f{_quoted(text)}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    defaults = [None] * (len(arguments.args) - len(arguments.defaults)) + list(arguments.defaults)
    parameters = [_parameter(*pair, kind) for pair in zip(arguments.args, defaults, strict=True)]
    if arguments.vararg:
        parameters.append(inspect.Parameter(arguments.vararg.arg, _VARIADIC))
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parameters += [_parameter(*pair, inspect.Parameter.KEYWORD_ONLY) for pair in named]
    return inspect.Signature(parameters)


def _quoted(text: str) -> str:
    return text.replace("=nan", "=float('nan')").replace("=inf", "=float('inf')")


def _parameter(argument: ast.arg, default: ast.expr | None, kind: Any) -> inspect.Parameter:
    if default is None:
        return inspect.Parameter(argument.arg, kind)
    return inspect.Parameter(argument.arg, kind, default=_value(default))


def _value(default: ast.expr) -> Any:
    try:
        return ast.literal_eval(default)
    except ValueError:  # a dtype, `mc.float32`
        import mycel

        return getattr(mycel, ast.unparse(default).removeprefix("mc."), ...)


def global_names(code: CodeType) -> list[str]:
    """Returns the names of the globals that the code reads or writes."""
    uses = {"LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"}
    found = (each.argval for each in dis.get_instructions(code) if each.opname in uses)
    return list(dict.fromkeys(found))


def argument_names(
    function: Callable[..., Any], num_positional: int, keywords: tuple[str, ...]
) -> list[str]:
    """Returns the names of the function's arguments, for messages."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = []
    for position in range(num_positional):
        if position < len(parameters) and parameters[position].kind is not _VARIADIC:
            names.append(parameters[position].name)
        else:
            names.append(f"argument {position}")
    return names + list(keywords)


_VARIADIC = inspect.Parameter.VAR_POSITIONAL
