"""The base class of layers and models."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from mycel import _core
from mycel._graph import ATTRIBUTE as COMPILED
from mycel._public import public
from mycel._slots import slot_attributes
from mycel.nn._parts import BUFFERS, Parts
from mycel.nn.parameter import Parameter

Self = TypeVar("Self", bound="Module")


class IncompatibleKeys(NamedTuple):
    """The keys that load_state_dict(strict=False) could not match."""

    missing_keys: list[str]
    unexpected_keys: list[str]


@public
class Module(Parts):
    """A layer or a model: attributes that are Parameters, buffers or Modules are its parts.

    A subclass defines `forward`, which a call runs. Its `__init__` need not call that of Module,
    which calls those of further base classes only if `call_super_init` is True.

    Example:
        >>> class Scale(nn.Module):
        ...     def __init__(self):
        ...         self.factor = nn.Parameter(mc.tensor(2.))
        ...     def forward(self, x):
        ...         return x * self.factor
        >>> Scale()(mc.tensor([1., 2.])).tolist()
        [2.0, 4.0]
    """

    training: bool
    call_super_init = False

    def __new__(cls: type[Self], *args: Any, **kwargs: Any) -> Self:
        """Makes an instance in training mode, even if `__init__` does not call `super()`."""
        make = super().__new__
        module = make(cls) if make is object.__new__ else make(cls, *args, **kwargs)
        # Bypasses a `__setattr__` of the subclass: the instance is not initialised yet.
        _core.ModuleBase.__setattr__(module, "training", True)
        return module

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self.call_super_init:
            super().__init__(*args, **kwargs)
        elif args or kwargs:
            given = f"{len(args)} by position" if args else f"{next(iter(kwargs))!r}"
            raise TypeError(f"expects no arguments of {type(self).__name__}(), got {given}")

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the result of a call. Raises NotImplementedError unless a subclass defines it.

        Example:
            >>> class Double(nn.Module):
            ...     def forward(self, x):
            ...         return x * 2
            >>> Double()(mc.tensor([1., 2.]))
            tensor([2., 4.])
        """
        raise NotImplementedError(f"[{type(self).__name__}] expects a method `forward`, got none")

    # --- parts ---------------------------------------------------------------------------------

    def register_buffer(
        self, name: str, tensor: _core.Tensor | None, persistent: bool = True
    ) -> None:
        """Adds a tensor to the module that is not trained, and is saved if `persistent`.

        Example:
            >>> module = nn.Module()
            >>> module.register_buffer("count", mc.tensor(0))
            >>> module.state_dict()
            OrderedDict([('count', tensor(0))])
        """
        self._check_part("register_buffer", name, tensor, _core.Tensor)
        buffers = self.__dict__.setdefault(BUFFERS, {})
        buffers[name] = persistent
        setattr(self, name, tensor)

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Assigns the attribute; None declares an absent parameter.

        Raises ValueError for a name that is taken or has a dot, TypeError for another type.

        Example:
            >>> module = nn.Module()
            >>> module.register_parameter("scale", nn.Parameter(mc.ones(1)))
            >>> module.scale
            Parameter([1.], requires_grad=True)
        """
        self._check_part("register_parameter", name, parameter, Parameter)
        setattr(self, name, parameter)

    def add_module(self, name: str, module: Module | None) -> None:
        """Assigns the attribute; None declares an absent module.

        Raises ValueError for a name that is taken or has a dot, TypeError for another type.

        Example:
            >>> model = nn.Module()
            >>> model.add_module("layer", nn.ReLU())
            >>> model.layer
            ReLU()
        """
        self._check_part("add_module", name, module, Module)
        setattr(self, name, module)

    def _check_part(self, what: str, name: str, part: Any, kind: type) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise ValueError(f"[{what}] expects a name without a dot, got {name!r}")
        if part is not None and not isinstance(part, kind):
            raise TypeError(
                f"[{what}] expects a {kind.__name__} or None, got {type(part).__name__}"
            )
        current = getattr(self, name, None)
        if current is not None and not isinstance(current, kind):
            raise ValueError(
                f"[{what}] expects a name that is free, got {name!r}, a {type(current).__name__}"
            )

    # --- modes and gradients -------------------------------------------------------------------

    def train(self: Self, mode: bool = True) -> Self:
        """Sets `training` of this module and all inside it; dropout and batch norm depend on it.

        Returns the module.

        Example:
            >>> model = nn.Sequential(nn.Dropout(0.5)).train(False)
            >>> model[0].training
            False
        """
        if not isinstance(mode, bool):
            raise TypeError(f"expects mode to be True or False, got {mode!r}")
        for module in self.modules():
            if module.training != mode:
                module.training = mode
        return self

    def eval(self: Self) -> Self:
        """The same as train(False): switches to evaluation.

        Example:
            >>> nn.Dropout(0.5).eval()(mc.ones(3))
            tensor([1., 1., 1.])
        """
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Sets requires_grad of every parameter, and returns the module; False freezes it.

        Example:
            >>> layer = nn.Linear(2, 1).requires_grad_(False)
            >>> layer.weight.requires_grad
            False
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Sets the gradients of all parameters to None, or to zeros.

        Example:
            >>> layer = nn.Linear(2, 1)
            >>> layer(mc.ones(1, 2)).sum().backward()
            >>> layer.zero_grad()
            >>> layer.weight.grad is None
            True
        """
        for parameter in self.parameters():
            clear_grad(parameter, set_to_none)

    def apply(self: Self, function: Callable[[Module], object]) -> Self:
        """Calls function(module) on all modules inside, then on this one, which it returns.

        Example:
            >>> def show(module):
            ...     print(type(module).__name__)
            >>> model = nn.Sequential(nn.Flatten(), nn.ReLU()).apply(show)
            Flatten
            ReLU
            Sequential
        """
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    # --- dtype and device ----------------------------------------------------------------------

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Casts floating-point parameters and buffers, or moves all, in place, like Tensor.to.

        Returns the module.

        Example:
            >>> nn.Linear(2, 1).to(mc.float16).weight.dtype
            mc.float16
        """
        for tensor in [*self.parameters(), *self.buffers()]:
            gradient, tensor.data = tensor.grad, _moved(tensor, args, kwargs)
            tensor.grad = None if gradient is None else _moved(gradient, args, kwargs)
        return self

    def float(self: Self) -> Self:
        """Casts floating-point parameters and buffers to float32 in place, and returns the module.

        Example:
            >>> nn.Linear(2, 1, dtype=mc.float64).float().weight.dtype
            mc.float32
        """
        return self.to(_core.float32)

    def double(self: Self) -> Self:
        """Casts floating-point parameters and buffers to float64 in place, and returns the module.

        Example:
            >>> nn.Linear(2, 1).double().weight.dtype
            mc.float64
        """
        return self.to(_core.float64)

    # --- saving --------------------------------------------------------------------------------

    def state_dict(self, prefix: str = "") -> OrderedDict[str, _core.Tensor]:
        """Returns the parameters and saved buffers by dotted path, as views without gradients.

        A write to a view or to the module's tensor changes both. mc.save writes the views to a
        file. To copy them:
        `{name: value.clone() for name, value in model.state_dict().items()}`.

        Example:
            >>> list(nn.Sequential(nn.Linear(2, 1)).state_dict())
            ['0.weight', '0.bias']
        """
        found: OrderedDict[str, _core.Tensor] = OrderedDict()
        for path, tensor in self._state():
            found[prefix + path] = tensor.detach()
        return found

    def load_state_dict(
        self, state_dict: Mapping[str, _core.Tensor], strict: bool = True
    ) -> IncompatibleKeys:
        """Copies the values of a state_dict, or changes nothing and raises ValueError.

        The error names the keys that are missing, unexpected, or of another shape. With
        strict=False missing and unexpected keys are returned instead.

        Example:
            >>> layer = nn.Linear(2, 1)
            >>> layer.load_state_dict({"weight": mc.ones(1, 2)}, strict=False)
            IncompatibleKeys(missing_keys=['bias'], unexpected_keys=[])
            >>> layer.weight
            Parameter([[1., 1.]], requires_grad=True)
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                "expects a dict of tensors, as state_dict() and mc.load() give it, got "
                f"{type(state_dict).__name__}"
            )
        mine = dict(self._state())
        missing = [path for path in mine if path not in state_dict]
        unexpected = [path for path in state_dict if path not in mine]
        problems = _differences(mine, state_dict)
        if strict:
            problems += [f"missing: {path}" for path in missing]
            problems += [f"unexpected: {path}" for path in unexpected]
        if problems:
            raise ValueError(
                f"expects the keys and shapes of {type(self).__name__}:\n  " + "\n  ".join(problems)
            )
        for path, tensor in mine.items():
            if path in state_dict:
                tensor.data.copy_(state_dict[path])
        return IncompatibleKeys(missing, unexpected)

    def _state(self) -> Iterator[tuple[str, _core.Tensor]]:
        """Yields the tensors to save; a shared one under each of its paths, as in PyTorch."""
        for path, module in self._walk(""):
            start = f"{path}." if path else ""
            for name, parameter in module._own_parameters():
                yield start + name, parameter
            for name, buffer in module._own_buffers():
                if module.__dict__[BUFFERS][name]:
                    yield start + name, buffer

    def __getstate__(self) -> Any:
        """Returns the state for copy and pickle: all attributes but compiled functions."""
        own = {name: value for name, value in self.__dict__.items() if name != COMPILED}
        slots = dict(slot_attributes(self))
        return (own, slots) if slots else own

    # --- text ----------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Returns the text that repr shows in parentheses; a subclass may define it.

        Example:
            >>> nn.Linear(2, 1).extra_repr()
            'in_features=2, out_features=1, bias=True'
        """
        return ""

    def __repr__(self) -> str:
        lines = [f"({name}): {_indented(repr(child))}" for name, child in self._own_modules()]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        return f"{type(self).__name__}(\n  " + "\n  ".join([*filter(None, [extra]), *lines]) + "\n)"


def clear_grad(parameter: _core.Tensor, set_to_none: bool) -> None:
    """Sets a gradient to None, or to zeros."""
    if set_to_none:
        parameter.grad = None
    elif parameter.grad is not None:
        parameter.grad.zero_()


def _moved(value: _core.Tensor, args: Any, kwargs: Any) -> _core.Tensor:
    result = value.detach().to(*args, **kwargs)
    if value.dtype.is_floating_point:
        return result
    return value.detach().to(device=result.device)


def _differences(mine: Mapping[str, _core.Tensor], given: Mapping[str, Any]) -> list[str]:
    problems = []
    for path, tensor in mine.items():
        value = given.get(path)
        if path in given and not isinstance(value, _core.Tensor):
            problems.append(f"{path}: expects a tensor, got {type(value).__name__}")
        elif value is not None and value.shape != tensor.shape:
            problems.append(f"{path}: expects shape {tensor.shape}, got {value.shape}")
    return problems


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")
