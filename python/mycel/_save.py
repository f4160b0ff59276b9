"""Saves and loads tensors in safetensors files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from mycel import _core

_Tensor = _core.Tensor
_FORM = "mycel.form"  # metadata key: the form of a file that is not a flat dict of tensors


@_core.public_function
def save(
    tensors: Mapping[str, Any],
    path: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes named tensors, such as a state_dict, in the safetensors format.

    Values may also be dicts, lists and tuples of tensors, numbers, text and None, as in a
    checkpoint; a nested tensor is named by its dotted path ("optimizer.state.0.step"). `metadata`
    is text that load_metadata reads. A name is any text that UTF-8 can encode: raises ValueError
    for a lone surrogate, for "__metadata__" and for a name shared by two tensors.

    The write is atomic: after an error or a killed process the old file is still there.

    Example:
        >>> import os, tempfile
        >>> file = os.path.join(tempfile.mkdtemp(), "weights.safetensors")
        >>> mc.save({"w": mc.ones(2), "epoch": 3}, file)
        >>> mc.load(file)
        {'w': tensor([1., 1.]), 'epoch': 3}
    """
    if isinstance(tensors, (str, os.PathLike)) or not isinstance(tensors, Mapping):
        raise TypeError(
            "expects a dict of tensors, then a path, as in mc.save(model.state_dict(), "
            f'"model.safetensors"), got {type(tensors).__name__}'
        )
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(
                f"expects metadata of names and text, got {key!r}: {type(value).__name__}"
            )
        _check_unicode(key)
        _check_unicode(value)
        if key == _FORM:
            raise ValueError(f"expects metadata other than {_FORM!r}, which says what a file holds")
    found: dict[str, _Tensor] = {}
    form = _take_apart(tensors, "", found)
    text = dict(metadata or {})
    if list(found) != list(tensors):
        text[_FORM] = json.dumps(form)
    _core.save(path, found, text)


@_core.public_function
def load(path: str | os.PathLike[str], mmap: bool = False) -> Mapping[str, Any]:
    """Reads the dict that save wrote, or any other safetensors file.

    The tensors own their memory: later changes of the file do not affect them. Raises
    FileNotFoundError for a missing file, OSError for a damaged one.

    With `mmap` the file stays open and each tensor is read on first access, which suits a few
    tensors of a large file. The result is a read-only mapping. The file must then stay unchanged:
    if it is overwritten or truncated, the first access to a further tensor raises OSError. Changes
    are detected by size and modification time, which a program may set back. A file that is
    deleted, or replaced in the way of save, is read as it was. No page of it is ever mapped.

    Example:
        >>> import os, tempfile
        >>> file = os.path.join(tempfile.mkdtemp(), "model.safetensors")
        >>> model = nn.Linear(2, 1)
        >>> mc.save(model.state_dict(), file)
        >>> model.load_state_dict(mc.load(file))
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    """
    file = _open(path)
    tensors: Mapping[str, _Tensor] = _LazyTensors(file) if mmap else file.read_all()
    form = file.metadata().get(_FORM)
    if form is None:
        return tensors
    try:
        parsed = json.loads(form)
        if not isinstance(parsed, dict) or "dict" not in parsed:
            raise ValueError("expects the form of a dict")
        _check_form(parsed, set(file.names()))
        made: Mapping[str, Any] = _put_together(parsed, tensors)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise OSError(
            f"expects a form that save wrote, got {type(error).__name__} in {os.fspath(path)}"
        ) from None
    return made


@_core.public_function
def load_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """Reads the metadata text of a safetensors file.

    Raises the same errors as load.

    Example:
        >>> import os, tempfile
        >>> file = os.path.join(tempfile.mkdtemp(), "model.safetensors")
        >>> mc.save({"w": mc.ones(2)}, file, metadata={"trained on": "MNIST"})
        >>> mc.load_metadata(file)
        {'trained on': 'MNIST'}
    """
    return {key: value for key, value in _open(path).metadata().items() if key != _FORM}


def _open(path: str | os.PathLike[str]) -> _core.TensorFile:
    if not os.path.exists(path):
        raise FileNotFoundError(f"expects a file, got none at {os.fspath(path)!s}")
    return _core.TensorFile(path)


class _LazyTensors(Mapping[str, _Tensor]):
    """Maps names to the tensors of a file, each read on first access."""

    def __init__(self, file: _core.TensorFile) -> None:
        file.read_if_changes_hide()
        self._file, self._names = file, dict.fromkeys(file.names())
        self._read: dict[str, _Tensor] = {}

    def _get(self, name: str) -> _Tensor:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._read:
            self._read.setdefault(name, self._file.read(name))
        return self._read[name]

    __getitem__ = _core.public_function(_get, "load")

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _LazyDict(Mapping[Any, Any]):
    """A saved dict that reads its tensors on first access."""

    def __init__(self, forms: dict[Any, Any], tensors: _LazyTensors) -> None:
        self._forms, self._tensors = forms, tensors
        self._made: dict[Any, Any] = {}

    def __getitem__(self, key: Any) -> Any:
        if key not in self._made:
            self._made.setdefault(key, _put_together(self._forms[key], self._tensors))
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._forms

    def __iter__(self) -> Iterator[Any]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)


def _take_apart(value: Any, name: str, found: dict[str, _Tensor]) -> Any:
    """Returns a value's form for JSON, with names for tensors, and adds the tensors to `found`."""

    def inside(key: object) -> str:
        return f"{name}.{key}" if name else str(key)

    if isinstance(value, _Tensor):
        if name in found:
            raise ValueError(f"expects names that differ, got {name!r} twice")
        _check_unicode(name)
        found[name] = value
        return {"tensor": name}
    if isinstance(value, Mapping):
        wrong = [key for key in value if type(key) not in (str, int)]
        if wrong:
            raise TypeError(f"expects names that are text or ints, got {wrong[0]!r}")
        return {"dict": [[k, _take_apart(v, inside(k), found)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        items = [_take_apart(item, inside(i), found) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(
        f"expects tensors, numbers, text and containers of them, got {name!r}: "
        f"{type(value).__name__}"
    )


def _check_unicode(text: str) -> None:
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError(f"expects text that UTF-8 has, got {text!r} with a lone surrogate")


def _check_form(form: Any, names: set[str]) -> None:
    """Raises the errors of _put_together in advance, also for parts that are built lazily."""
    if isinstance(form, list):
        for item in form:
            _check_form(item, names)
    elif isinstance(form, dict):
        ((kind, content),) = form.items()
        if kind == "tensor" and content not in names:
            raise LookupError(f"expects the name of a tensor, got {content!r}")
        if kind == "dict":
            dict(content)  # raises unless it is pairs with hashable keys
            _check_form([item for _, item in content], names)
        elif kind == "tuple":
            _check_form([*content], names)
        elif kind != "tensor":
            raise ValueError(f"expects a known kind, got {kind!r}")


def _put_together(form: Any, tensors: Mapping[str, _Tensor]) -> Any:
    if isinstance(form, list):
        return [_put_together(item, tensors) for item in form]
    if not isinstance(form, dict):
        return form
    ((kind, content),) = form.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "tuple":
        return tuple(_put_together(content, tensors))
    if isinstance(tensors, _LazyTensors):
        return _LazyDict(dict(content), tensors)
    return {key: _put_together(item, tensors) for key, item in content}
