"""Iterates over the parameters, buffers and submodules of a module, by name and by path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mycel import _core
from mycel._public import public
from mycel._slots import slot_attributes
from mycel.nn.parameter import Parameter

if TYPE_CHECKING:
    from mycel.nn.module import Module

T = TypeVar("T")

BUFFERS = "_buffer_names"  # attribute: whether each buffer, by name, is saved


@public
class Parts(_core.ModuleBase):
    """Base class of Module only: iterates over its parts."""

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yields the direct submodules by name, a shared one once.

        Example:
            >>> list(nn.Sequential(nn.Flatten(), nn.ReLU()).named_children())
            [('0', Flatten(start_dim=1, end_dim=-1)), ('1', ReLU())]
        """
        seen: set[int] = set()
        for name, module in self._own_modules():
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """Yields the direct submodules, a shared one once.

        Example:
            >>> list(nn.Sequential(nn.Flatten(), nn.ReLU()).children())
            [Flatten(start_dim=1, end_dim=-1), ReLU()]
        """
        for _, module in self.named_children():
            yield module

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yields this module and all inside it by dotted path, each once; its own path is "".

        Example:
            >>> [path for path, module in nn.Sequential(nn.Sequential(nn.ReLU())).named_modules()]
            ['', '0', '0.0']
        """
        seen: set[int] = set()
        for path, module in self._walk(prefix):
            if id(module) not in seen:
                seen.add(id(module))
                yield path, module

    def modules(self) -> Iterator[Module]:
        """Yields this module and all inside it, each once.

        Example:
            >>> [type(module).__name__ for module in nn.Sequential(nn.Linear(2, 1)).modules()]
            ['Sequential', 'Linear']
        """
        for _, module in self.named_modules():
            yield module

    def named_parameters(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yields the parameters by dotted path ("conv1.weight"), a shared one once.

        Example:
            >>> [(path, p.shape) for path, p in nn.Sequential(nn.Linear(3, 2)).named_parameters()]
            [('0.weight', (2, 3)), ('0.bias', (2,))]
        """
        return self._members(prefix, recurse, Parts._own_parameters)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yields the parameters, a shared one once; with recurse=False only this module's own.

        Example:
            >>> sum(parameter.numel() for parameter in nn.Linear(3, 2).parameters())
            8
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, _core.Tensor]]:
        """Yields the buffers by dotted path, a shared one once.

        Example:
            >>> [path for path, buffer in nn.BatchNorm2d(3).named_buffers()]
            ['running_mean', 'running_var', 'num_batches_tracked']
        """
        return self._members(prefix, recurse, Parts._own_buffers)

    def buffers(self, recurse: bool = True) -> Iterator[_core.Tensor]:
        """Yields the buffers, a shared one once.

        Example:
            >>> [buffer.shape for buffer in nn.BatchNorm2d(3).buffers()]
            [(3,), (3,), ()]
        """
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def _walk(self, prefix: str) -> Iterator[tuple[str, Module]]:
        yield prefix, cast("Module", self)
        for name, child in self._own_modules():
            yield from child._walk(f"{prefix}.{name}" if prefix else name)

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        yield from self.__dict__.items()
        yield from slot_attributes(self)

    def _own_modules(self) -> Iterator[tuple[str, Module]]:
        for name, value in self._attributes():
            if isinstance(value, Parts):
                yield name, cast("Module", value)

    def _own_parameters(self) -> Iterator[tuple[str, Parameter]]:
        for name, value in self._attributes():
            if isinstance(value, Parameter):
                yield name, value

    def _own_buffers(self) -> Iterator[tuple[str, _core.Tensor]]:
        for name in self.__dict__.get(BUFFERS, ()):
            value = getattr(self, name, None)
            if value is not None:
                yield name, value

    def _members(
        self,
        prefix: str,
        recurse: bool,
        own: Callable[[Parts], Iterator[tuple[str, T]]],
    ) -> Iterator[tuple[str, T]]:
        seen: set[int] = set()
        for path, module in (
            self.named_modules(prefix) if recurse else [(prefix, cast("Module", self))]
        ):
            for name, value in own(module):
                if id(value) not in seen:
                    seen.add(id(value))
                    yield f"{path}.{name}" if path else name, value
