"""Modules made of a list of modules or parameters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from mycel import _core
from mycel.nn.module import Module
from mycel.nn.parameter import Parameter

T = TypeVar("T")


class _List(Module, Generic[T]):
    """Parts that are attributes called "0", "1", ..."""

    def _parts(self) -> list[T]:
        raise NotImplementedError

    def append(self, part: T) -> Any:
        """Adds a part at the end, and returns the list."""
        setattr(self, str(len(self)), self._checked(part))
        return self

    def extend(self, parts: Iterable[T]) -> Any:
        """Adds parts at the end, and returns the list."""
        for part in parts:
            self.append(part)
        return self

    def _checked(self, part: Any) -> Any:
        return part

    def __len__(self) -> int:
        return len(self._parts())

    def __iter__(self) -> Iterator[T]:
        return iter(self._parts())

    def __getitem__(self, index: int) -> T:
        parts = self._parts()
        if not -len(parts) <= index < len(parts):
            raise IndexError(
                f"[{type(self).__name__}] expects an index below {len(parts)}, got {index}"
            )
        return parts[index]


def _checked_module(part: Any, owner: str) -> Module:
    if not isinstance(part, Module):
        raise TypeError(f"[{owner}] expects modules, got {type(part).__name__}")
    return part


class Sequential(_List[Module]):
    """Modules that run one after the other; an OrderedDict gives them names.

    Example:
        >>> model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.ReLU())
        >>> model(mc.zeros(3, 2, 2)).shape
        (3, 2)
    """

    def __init__(self, *modules: Module | OrderedDict[str, Module]) -> None:
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            for name, module in modules[0].items():
                setattr(self, name, _checked_module(module, "Sequential"))
        else:
            self.extend(modules)  # type: ignore[arg-type]  # checked by append

    def _parts(self) -> list[Module]:
        return list(self.children())

    def _checked(self, part: Any) -> Module:
        return _checked_module(part, "Sequential")

    def forward(self, input: Any) -> Any:
        """What the last module returns."""
        for module in self.children():
            input = module(input)
        return input


class ModuleList(_List[Module]):
    """A list of modules, whose parameters are those of the list.

    Example:
        >>> layers = nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])
        >>> len(layers)
        2
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)

    def _parts(self) -> list[Module]:
        return list(self.children())

    def _checked(self, part: Any) -> Module:
        return _checked_module(part, "ModuleList")


class ParameterList(_List[Parameter]):
    """A list of parameters.

    Example:
        >>> weights = nn.ParameterList([mc.zeros(2), mc.zeros(3)])
        >>> [weight.shape for weight in weights]
        [(2,), (3,)]
    """

    def __init__(self, parameters: Iterable[_core.Tensor] = ()) -> None:
        for parameter in parameters:
            self.append(parameter if isinstance(parameter, Parameter) else Parameter(parameter))

    def _parts(self) -> list[Parameter]:
        return [parameter for _, parameter in self._own_parameters()]
