"""Writes type stubs of the extension module: `python -m mycel.stubs FOLDER`.

Stubs of operations come from their definitions, those of nanobind bindings from their
`__nb_signature__`, those of Tensor methods written in Python from `inspect`.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mycel import _core, _tensor

HEADER = """# Written by mycel.stubs from the definitions of the operations.
from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, SupportsIndex, TypeVar, overload

from mycel._types import ArrayLike, DeviceLike, DTypeLike, Number, Shape
"""
FUNCTION = 'F = TypeVar("F", bound=Callable[..., Any])\n'


def main(folder: str) -> None:
    """Writes FOLDER/_core/*.pyi, next to the extension module."""
    target = Path(folder) / "_core"
    target.mkdir(exist_ok=True)
    definitions = _core.definitions()
    files = {
        "__init__.pyi": _core_stub(definitions),
        "functions.pyi": _functions_stub(definitions, "function"),
        "functional.pyi": _functions_stub(definitions, "functional"),
    }
    for name, text in files.items():
        path = target / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


# --- operations ---------------------------------------------------------------------------------


def _functions_stub(definitions: list[dict[str, Any]], kind: str) -> str:
    module = getattr(_core, {"function": "functions"}.get(kind, kind))
    lines = [HEADER, "from mycel._core import Tensor, dtype\n"]
    if kind == "function":
        lines.append("def operation(name: str) -> Callable[..., Any]: ...\n")
    names = []
    for each in definitions:
        if each[kind]:
            lines.append(_named_results(each))
            for name in each["names"]:
                lines += _forms(each, name, method=False)
            names += each["names"]
    listed = [name for name in names if name in module.__all__]
    lines.append("__all__ = [" + ", ".join(f'"{name}"' for name in sorted(listed)) + "]\n")
    return "\n".join(filter(None, lines))


def _forms(definition: dict[str, Any], name: str, method: bool) -> list[str]:
    """Returns the stub lines of an operation: its overloads, then the operation itself."""
    own = _function(definition, name, method)
    if not definition["overloads"]:
        return [own]
    forms = [_overload(each, name, method) for each in definition["overloads"]]
    return [line for form in [*forms, own] for line in ("@overload", form)]


def _overload(definition: dict[str, Any], name: str, method: bool) -> str:
    """Returns the stub line of an overload; the first parameter of a method is `self`."""
    parameters = [f"{parameter}: Tensor" for parameter in definition["parameters"]]
    if method:
        parameters[0] = "self"
    result = "tuple[Tensor, ...]" if definition["is_tuple"] else "Tensor"
    return f"def {name}({', '.join(parameters)}) -> {result}: ..."


def _function(definition: dict[str, Any], name: str, method: bool, in_place: bool = False) -> str:
    parameters = list(_parameters(definition, method))
    if method:
        parameters.insert(0, "self")
    result = "Tensor" if in_place else _result(definition)
    return f"def {name}({', '.join(parameters)}) -> {result}: ..."


def _parameters(definition: dict[str, Any], method: bool) -> Iterator[str]:
    """Yields parameters in Python syntax; aliases such as `axis` come last, keyword-only."""
    given = [p for p in definition["parameters"] if not (method and p["is_self"])]
    aliases = [p for p in given if p["alias"]]
    star = any(p["loose"] for p in given)
    optional = False
    for parameter in given:
        if parameter["loose"]:
            yield f"*{parameter['name']}: int | Sequence[int]"
            continue
        required = parameter["default"] is None
        if not star and parameter["keyword_only"]:
            star = True
            yield "*"
        # A parameter after a default needs one in a stub, though a call without it raises.
        yield _parameter(parameter, parameter["name"], optional=optional and required)
        optional = optional or not required
    if aliases and not star:
        yield "*"
    for parameter in aliases:
        yield _parameter(parameter, parameter["alias"], optional=True)


def _parameter(parameter: dict[str, Any], name: str, optional: bool = False) -> str:
    annotation = _annotation(parameter["annotation"])
    default = parameter["default"]
    if default is None and not optional:
        return f"{name}: {annotation}"
    if default == "None" and "None" not in annotation:
        annotation += " | None"
    return f"{name}: {annotation} = ..."


def _annotation(text: str) -> str:
    # Inside the class Tensor, `int` and `bool` are methods.
    return re.sub(r"\b(int|float|bool|str)\b", r"builtins.\1", text)


def _result(definition: dict[str, Any]) -> str:
    if any(p["name"].startswith("return_") for p in definition["parameters"]):
        return "Any"  # one result or several, depending on the call
    return _class_name(definition) if len(definition["results"]) > 1 else "Tensor"


def _class_name(definition: dict[str, Any]) -> str:
    return "_" + str(definition["names"][0]).title().replace("_", "") + "Result"


def _named_results(definition: dict[str, Any]) -> str:
    if len(definition["results"]) < 2:
        return ""
    fields = definition["results"]
    body = "".join(f"    {name}: Tensor\n" for name in fields)
    values = ", ".join(["Tensor"] * len(fields))
    return f"class {_class_name(definition)}(tuple[{values}]):\n{body}"


# --- the extension module itself ----------------------------------------------------------------


def _core_stub(definitions: list[dict[str, Any]]) -> str:
    lines = [HEADER, FUNCTION, "def public_function(function: F, name: str = ...) -> F: ..."]
    lines += [f"class {name}({base}): ..." for name, base in _EXCEPTIONS.items()]
    lines += [_HAND_WRITTEN]
    for name, value in vars(_core).items():
        if isinstance(value, _core.dtype):
            lines.append(f"{name}: dtype")
        elif inspect.isclass(value) and type(value).__name__ == "nb_type":
            lines.append(_bound_class(value))
        elif type(value).__name__ == "nb_func":
            lines += _bound_signatures(value)
    lines.append(_tensor_stub(definitions))
    return _qualified("\n".join(lines) + "\n")


def _qualified(text: str) -> str:
    """Adds `builtins.` to types whose names a dtype or method of the module shadows."""
    kinds = re.compile(r"(?<![\w.])(?<!def )(int|float|bool|str)\b")
    lines = text.splitlines(keepends=True)
    text = "".join(
        line if line.rstrip().endswith(": dtype") else kinds.sub(r"builtins.\1", line)
        for line in lines
    )
    return text.replace("-> tuple:", "-> tuple[Any, ...]:")


_EXCEPTIONS = {"CompileError": "RuntimeError", "InternalError": "RuntimeError"}

_HAND_WRITTEN = '''
class dtype:
    """An element type."""
    name: builtins.str
    itemsize: builtins.int
    is_floating_point: builtins.bool
    is_signed: builtins.bool
    def __eq__(self, other: object) -> builtins.bool: ...
    def __hash__(self) -> builtins.int: ...

class Guarded: ...

class ModuleBase(Guarded):
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

class Jit:
    __wrapped__: Callable[..., Any]
    compilations: builtins.int
    def __init__(self, function: Callable[..., Any]) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def lower(self, *args: Any, **kwargs: Any) -> str: ...
    def explain(self) -> str: ...
    def report(self) -> str: ...
    def clear_cache(self) -> None: ...
'''


def _bound_signatures(function: Any) -> list[str]:
    """Returns the lines `def name(...) -> ...` of an nb_func."""
    found = []
    for signature, *_ in function.__nb_signature__:
        text = _cleaned(signature)
        found.append(f"{text}: ...")
    return found


def _cleaned(signature: str) -> str:
    text = re.sub(r"\bmycel\._core\.|\bmycel\.(?=Tensor)", "", signature)
    return re.sub(r"\\\d+", "...", text).replace("collections.abc.", "").replace("NoneType", "None")


def _bound_class(kind: type) -> str:
    lines = [f"class {kind.__name__}:"]
    for name, value in vars(kind).items():
        if type(value).__name__ in {"nb_method", "nb_func"}:
            lines += [f"    {line}" for line in _bound_signatures(value)]
        elif isinstance(value, property) and not name.startswith("__"):
            lines.append(f"    {name}: {_property_type(value)}")
    return "\n".join(lines if len(lines) > 1 else [f"{lines[0]} ..."])


def _property_type(value: property) -> str:
    signature = getattr(value.fget, "__nb_signature__", None)
    return _cleaned(signature[0][0]).rpartition("-> ")[2] if signature else "Any"


_ATTRIBUTES = {
    "shape": "tuple[builtins.int, ...]",
    "dtype": "dtype_",
    "device": "device_",
    "ndim": "builtins.int",
    "itemsize": "builtins.int",
    "nbytes": "builtins.int",
    "T": "Tensor",
    "mT": "Tensor",
    "requires_grad": "builtins.bool",
    "grad": "Tensor | None",
    "data": "Tensor",
    "is_leaf": "builtins.bool",
    "name": "builtins.str | None",
}
_METHODS = """
    def __new__(cls, data: ArrayLike) -> Any: ...
    def item(self) -> Any: ...
    def tolist(self) -> Any: ...
    def numpy(self) -> Any: ...
    def __array__(self, dtype: Any = None, copy: builtins.bool | None = None) -> Any: ...
    def __dlpack__(self, **options: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[builtins.int, builtins.int]: ...
    def size(self, dim: builtins.int | None = None) -> Any: ...
    def numel(self) -> builtins.int: ...
    def dim(self) -> builtins.int: ...
    def detach(self) -> Tensor: ...
    def requires_grad_(self: Same, requires_grad: builtins.bool = True) -> Same: ...
    def backward(self, gradient: Tensor | None = None, retain_graph: builtins.bool | None = None,
                 create_graph: builtins.bool = False) -> None: ...
    def copy_(self, other: Tensor | Number, /) -> Tensor: ...
    def fill_(self, value: Tensor | Number, /) -> Tensor: ...
    def zero_(self) -> Tensor: ...
    def __getitem__(self, key: Any) -> Tensor: ...
    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __iter__(self) -> Iterator[Tensor]: ...
    def __len__(self) -> builtins.int: ...
    def __contains__(self, value: Any) -> builtins.bool: ...
    def __bool__(self) -> builtins.bool: ...
    def __int__(self) -> builtins.int: ...
    def __float__(self) -> builtins.float: ...
    def __index__(self) -> builtins.int: ...
    def __hash__(self) -> builtins.int: ...
    def __divmod__(self, other: Tensor | Number) -> tuple[Tensor, Tensor]: ...
    def __rdivmod__(self, other: Tensor | Number) -> tuple[Tensor, Tensor]: ...
    def __eq__(self, other: Any) -> Tensor: ...  # type: ignore[override]
    def __ne__(self, other: Any) -> Tensor: ...  # type: ignore[override]
"""
_BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"]
_BINARY += ["and", "or", "xor", "lshift", "rshift"]
_COMPARE = ["lt", "le", "gt", "ge"]
_UNARY = ["neg", "pos", "abs", "invert"]


def _tensor_stub(definitions: list[dict[str, Any]]) -> str:
    lines = ['Same = TypeVar("Same", bound="Tensor")', "dtype_ = dtype", "device_ = device"]
    lines += [text for each in definitions if each["method"] and (text := _named_results(each))]
    lines.append("class Tensor:")
    lines += [f"    {name}: {annotation}" for name, annotation in _ATTRIBUTES.items()]
    lines.append(_METHODS.rstrip())
    for name in _BINARY:
        for prefix in ("", "r", "i"):
            if hasattr(_core.Tensor, f"__{prefix}{name}__"):
                lines.append(
                    f"    def __{prefix}{name}__(self, other: Tensor | Number) -> Tensor: ..."
                )
    lines += [
        f"    def __{name}__(self, other: Tensor | Number) -> Tensor: ..." for name in _COMPARE
    ]
    lines += [f"    def __{name}__(self) -> Tensor: ..." for name in _UNARY]
    written = {name: [_python_method(name, value)] for name, value in _tensor.METHODS.items()}
    for each in definitions:
        for name in each["names"] if each["method"] else ():
            written.setdefault(name, _forms(each, name, method=True))
            if each["in_place"]:
                written[f"{name}_"] = [_function(each, f"{name}_", method=True, in_place=True)]
    return "\n".join([*lines, *(f"    {line}" for forms in written.values() for line in forms)])


def _python_method(name: str, function: Any) -> str:
    parameters = []
    star = False
    for each in inspect.signature(function).parameters.values():
        if each.name == "self":
            parameters.append("self")
            continue
        if each.kind is each.KEYWORD_ONLY and not star:
            parameters.append("*")
        star = star or each.kind in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
        text = "*" if each.kind is each.VAR_POSITIONAL else ""
        text += f"{each.name}: {_annotation(_own(each.annotation))}"
        parameters.append(text if each.default is each.empty else f"{text} = ...")
    result = _annotation(_own(function.__annotations__["return"]))
    return f"def {name}({', '.join(parameters)}) -> {result}: ..."


def _own(annotation: Any) -> str:
    return str(annotation).replace("_Tensor", "Tensor").replace("_core.", "")


if __name__ == "__main__":
    main(*sys.argv[1:])
