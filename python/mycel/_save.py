"""Tensors in files."""

from __future__ import annotations

import os
from collections.abc import Mapping

from mycel import _core

_Tensor = _core.Tensor


@_core.entry
def save(
    tensors: Mapping[str, _Tensor],
    path: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes named tensors, such as a state_dict, in the safetensors format.

    `metadata` is text beside them, which load_metadata reads.

    The file appears whole or not at all: an error or a killed process leaves what was there.

    Example:
        >>> import os, tempfile
        >>> file = os.path.join(tempfile.mkdtemp(), "weights.safetensors")
        >>> mc.save({"w": mc.ones(2)}, file)
        >>> mc.load(file)
        {'w': tensor([1., 1.])}
    """
    if isinstance(tensors, (str, os.PathLike)) or not isinstance(tensors, Mapping):
        raise TypeError(
            "expects a dict of tensors, then a path, as in mc.save(model.state_dict(), "
            f'"model.safetensors"), got {type(tensors).__name__}'
        )
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, _Tensor):
            raise TypeError(f"expects names and tensors, got {name!r}: {type(tensor).__name__}")
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(
                f"expects metadata of names and text, got {key!r}: {type(value).__name__}"
            )
    _core.save(os.fspath(path), dict(tensors), dict(metadata or {}))


@_core.entry
def load(path: str | os.PathLike[str]) -> dict[str, _Tensor]:
    """Reads named tensors from a safetensors file, without copying: pages are read when touched.

    Raises FileNotFoundError for a file that is missing, OSError for one that is damaged.
    """
    return _read(path)[0]


@_core.entry
def load_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """Reads the text that was saved beside the tensors of a safetensors file."""
    return _read(path)[1]


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, _Tensor], dict[str, str]]:
    if not os.path.exists(path):
        raise FileNotFoundError(f"expects a file, got none at {os.fspath(path)}")
    return _core.load(os.fspath(path))
