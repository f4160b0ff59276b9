"""Tensors in files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from mycel import _core

_Tensor = _core.Tensor
_FORM = "mycel.form"  # the metadata that says what a file holds that is no flat dict of tensors


@_core.entry
def save(
    tensors: Mapping[str, Any],
    path: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes named tensors, such as a state_dict, in the safetensors format.

    Among them may be dicts, lists and tuples of tensors, numbers, text and None, as a checkpoint
    has them; what lies inside is named by its dotted path ("optimizer.state.0.step"). `metadata`
    is text beside them, which load_metadata reads.

    The file appears whole or not at all: an error or a killed process leaves what was there.

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
    found: dict[str, _Tensor] = {}
    form = _take_apart(tensors, "", found)
    text = dict(metadata or {})
    if list(found) != list(tensors):
        text[_FORM] = json.dumps(form)
    _core.save(os.fspath(path), found, text)


@_core.entry
def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads what save wrote, or another safetensors file: the dict that was saved.

    Tensors are not copied: pages are read when touched. Raises FileNotFoundError for a file that is
    missing, OSError for one that is damaged.

    Example:
        >>> import os, tempfile
        >>> file = os.path.join(tempfile.mkdtemp(), "model.safetensors")
        >>> model = nn.Linear(2, 1)
        >>> mc.save(model.state_dict(), file)
        >>> model.load_state_dict(mc.load(file))
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    """
    tensors, metadata = _read(path)
    if _FORM not in metadata:
        return tensors
    try:
        return dict(_put_together(json.loads(metadata[_FORM]), tensors))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise OSError(
            f"expects a form that save wrote, got {type(error).__name__} in {os.fspath(path)}"
        ) from None


@_core.entry
def load_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """Reads the text that was saved beside the tensors of a safetensors file.

    Raises as load does.

    Example:
        >>> import os, tempfile
        >>> file = os.path.join(tempfile.mkdtemp(), "model.safetensors")
        >>> mc.save({"w": mc.ones(2)}, file, metadata={"trained on": "MNIST"})
        >>> mc.load_metadata(file)
        {'trained on': 'MNIST'}
    """
    return {key: value for key, value in _read(path)[1].items() if key != _FORM}


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, _Tensor], dict[str, str]]:
    if not os.path.exists(path):
        raise FileNotFoundError(f"expects a file, got none at {os.fspath(path)}")
    return _core.load(os.fspath(path))


def _take_apart(value: Any, name: str, found: dict[str, _Tensor]) -> Any:
    """The form of a value in JSON, with names in the place of tensors, which are put into found."""

    def inside(key: object) -> str:
        return f"{name}.{key}" if name else str(key)

    if isinstance(value, _Tensor):
        if name in found:
            raise ValueError(f"expects names that differ, got {name!r} twice")
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


def _put_together(form: Any, tensors: dict[str, _Tensor]) -> Any:
    if isinstance(form, list):
        return [_put_together(item, tensors) for item in form]
    if not isinstance(form, dict):
        return form
    ((kind, content),) = form.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "tuple":
        return tuple(_put_together(content, tensors))
    if kind == "dict":
        return {key: _put_together(item, tensors) for key, item in content}
    raise ValueError(f"expects a known kind, got {kind!r}")
