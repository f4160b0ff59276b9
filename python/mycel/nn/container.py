"""Container modules: Sequential, ModuleList and ParameterList."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from mycel import _core
from mycel._public import public
from mycel.nn.module import Module
from mycel.nn.parameter import Parameter

T = TypeVar("T")
Self = TypeVar("Self", bound="_List[Any]")


@public
class _List(Module, Generic[T]):
    """Base class of lists whose parts are attributes named "0", "1", ..."""

    def _named(self) -> list[tuple[str, T]]:
        raise NotImplementedError

    def _checked(self, part: Any) -> T:
        raise NotImplementedError

    def append(self: Self, part: Any) -> Self:
        """Appends a part and returns the list.

        Example:
            >>> len(nn.ModuleList([nn.Flatten()]).append(nn.ReLU()))
            2
        """
        number = len(self)
        while str(number) in self.__dict__:  # a slice keeps its names
            number += 1
        setattr(self, str(number), self._checked(part))
        return self

    def extend(self: Self, parts: Iterable[Any]) -> Self:
        """Appends parts and returns the list.

        Example:
            >>> len(nn.ModuleList().extend([nn.Flatten(), nn.ReLU()]))
            2
        """
        for part in parts:
            self.append(part)
        return self

    def insert(self: Self, index: int, part: Any) -> Self:
        """Inserts a part at an index, renumbers all parts, and returns the list.

        Example:
            >>> nn.ModuleList([nn.ReLU()]).insert(0, nn.Flatten())
            ModuleList(
              (0): Flatten(start_dim=1, end_dim=-1)
              (1): ReLU()
            )
        """
        parts = list(self)
        parts.insert(index, self._checked(part))
        return self._replace(parts)

    def _replace(self: Self, parts: Iterable[T]) -> Self:
        for name, _ in self._named():
            delattr(self, name)
        return self.extend(parts)

    def _at(self, index: int) -> tuple[str, T]:
        named = self._named()
        if not -len(named) <= index < len(named):
            raise IndexError(f"expects an index below {len(named)}, got {index}")
        return named[index]

    def __len__(self) -> int:
        return len(self._named())

    def __iter__(self) -> Iterator[T]:
        return iter([part for _, part in self._named()])

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return self._at(index)[1]

    def __setitem__(self, index: int, part: Any) -> None:
        setattr(self, self._at(index)[0], self._checked(part))

    def __delitem__(self, index: int | slice) -> None:
        parts = list(self)
        del parts[index]
        self._replace(parts)


def _checked_module(part: Any) -> Module:
    if not isinstance(part, Module):
        raise TypeError(f"expects modules, got {type(part).__name__}")
    return part


@public
class Sequential(_List[Module]):
    """Runs modules in order; an OrderedDict gives them names.

    Example:
        >>> model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.ReLU())
        >>> model(mc.zeros(3, 2, 2)).shape
        (3, 2)
    """

    def __init__(self, *modules: Module | OrderedDict[str, Module]) -> None:
        if len(modules) == 1 and isinstance(modules[0], (list, tuple)):
            raise TypeError("expects modules, got a list of them; write Sequential(*modules)")
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            for name, module in modules[0].items():
                setattr(self, name, _checked_module(module))
        else:
            self.extend(modules)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(OrderedDict(self._named()[index]))
        return super().__getitem__(index)

    def _named(self) -> list[tuple[str, Module]]:
        return list(self._own_modules())

    def _checked(self, part: Any) -> Module:
        return _checked_module(part)

    def forward(self, input: Any) -> Any:
        """Returns the result of the last module."""
        for module in self:
            input = module(input)
        return input


@public
class ModuleList(_List[Module]):
    """A list of modules; its parameters are those of the modules.

    Example:
        >>> layers = nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])
        >>> len(layers)
        2
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)

    def _named(self) -> list[tuple[str, Module]]:
        return list(self._own_modules())

    def _checked(self, part: Any) -> Module:
        return _checked_module(part)


@public
class ParameterList(_List[Parameter]):
    """A list of parameters.

    Example:
        >>> weights = nn.ParameterList([mc.zeros(2), mc.zeros(3)])
        >>> [weight.shape for weight in weights]
        [(2,), (3,)]
    """

    def __init__(self, parameters: Iterable[_core.Tensor] = ()) -> None:
        self.extend(parameters)

    def _named(self) -> list[tuple[str, Parameter]]:
        return list(self._own_parameters())

    def _checked(self, part: Any) -> Parameter:
        return part if isinstance(part, Parameter) else Parameter(part)
