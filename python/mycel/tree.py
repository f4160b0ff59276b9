"""Trees of dicts, lists, tuples, named tuples, dataclasses, None and registered classes.

Everything else is a leaf. `mc.jit` and `mc.grad` take such trees as arguments and results.

Example:
    >>> leaves, structure = mc.tree.flatten({"a": 1, "b": (2, None)})
    >>> leaves
    [1, 2]
    >>> mc.tree.unflatten(structure, [10, 20])
    {'a': 10, 'b': (20, None)}
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from mycel import _core
from mycel._core import TreeStructure

__all__ = ["TreeStructure", "flatten", "leaves", "map", "register", "structure", "unflatten"]


F = TypeVar("F", bound=Callable[..., Any])


def _public(function: F) -> F:
    return _core.public_function(function, f"tree.{function.__name__}")


@_public
def flatten(tree: Any) -> tuple[list[Any], TreeStructure]:
    """The leaves of a tree, in order, and its structure.

    Example:
        >>> mc.tree.flatten({"a": 1, "b": (2, None)})
        ([1, 2], TreeStructure({'a': '*', 'b': ('*', None)}))
    """
    return _core.tree_flatten(tree)


@_public
def unflatten(structure: TreeStructure, leaves: Sequence[Any]) -> Any:
    """Builds a tree from a structure and leaves. Raises ValueError for a wrong number of leaves.

    Example:
        >>> structure = mc.tree.structure({"a": 1, "b": (2, None)})
        >>> mc.tree.unflatten(structure, [10, 20])
        {'a': 10, 'b': (20, None)}
    """
    if not isinstance(structure, TreeStructure):
        raise TypeError(f"expects a TreeStructure, got {type(structure).__name__}")
    return structure.unflatten(leaves)


@_public
def leaves(tree: Any) -> list[Any]:
    """The leaves of a tree, in order.

    Example:
        >>> mc.tree.leaves({"a": 1, "b": (2, None)})
        [1, 2]
    """
    return _core.tree_flatten(tree)[0]


@_public
def structure(tree: Any) -> TreeStructure:
    """The structure of a tree; equal for trees that differ in their leaves only.

    Example:
        >>> mc.tree.structure([1, (2, 3)]) == mc.tree.structure([4, (5, 6)])
        True
    """
    return _core.tree_flatten(tree)[1]


@_public
def map(function: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """Applies a function to the corresponding leaves of trees of one structure.

    Raises ValueError if the structures differ.

    Example:
        >>> mc.tree.map(lambda a, b: a + b, {"x": 1}, {"x": 2})
        {'x': 3}
    """
    first, shape = _core.tree_flatten(tree)
    columns = [first]
    for other in rest:
        found, its = _core.tree_flatten(other)
        if its != shape:
            raise ValueError(f"[tree.map] expects trees of one structure, got {shape} and {its}")
        columns.append(found)
    return shape.unflatten([function(*row) for row in zip(*columns, strict=True)])


@_public
def register(
    kind: type,
    flatten: Callable[[Any], tuple[Sequence[Any], Any]],
    unflatten: Callable[[Any, tuple[Any, ...]], Any],
) -> None:
    """Registers a class as a container.

    `flatten(object)` returns its children and any other data to keep (compared with ==);
    `unflatten(kept, children)` builds an object from them. Raises ValueError for a class that is
    already a container.

    Example:
        >>> class Pair:
        ...     def __init__(self, a, b):
        ...         self.a, self.b = a, b
        >>> mc.tree.register(Pair, lambda p: ((p.a, p.b), None), lambda _, parts: Pair(*parts))
        >>> mc.tree.map(lambda leaf: leaf * 10, Pair(1, 2)).b
        20
    """
    _core.tree_register(kind, flatten, unflatten)
