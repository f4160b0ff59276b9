"""Tensors in files."""

from __future__ import annotations

import os
from collections.abc import Mapping

from mycel import _core

_Tensor = _core.Tensor


@_core.entry
def save(tensors: Mapping[str, _Tensor], path: str | os.PathLike[str]) -> None:
    """Writes named tensors, such as a state_dict, in the safetensors format.

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
            "[save] expects a dict of tensors, then a path, as in mc.save(model.state_dict(), "
            f'"model.safetensors"), got {type(tensors).__name__}'
        )
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, _Tensor):
            raise TypeError(
                f"[save] expects names and tensors, got {name!r}: {type(tensor).__name__}"
            )
    _core.save(os.fspath(path), dict(tensors), {})


@_core.entry
def load(path: str | os.PathLike[str]) -> dict[str, _Tensor]:
    """Reads named tensors from a safetensors file, without copying: pages are read when touched.

    Raises OSError for a file that is missing or damaged.
    """
    return _core.load(os.fspath(path))[0]
