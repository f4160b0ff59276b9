"""The base class of optimisers."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

from mycel import _core
from mycel._context import enable_grad, no_grad
from mycel._creation import tensor, zeros_like
from mycel._graph import ATTRIBUTE as COMPILED
from mycel._graph import compiled_method, is_graph_mode
from mycel._public import public
from mycel._state import State
from mycel.nn.module import clear_grad

_Tensor = _core.Tensor
Group = dict[str, Any]
Parameters = Iterable[_Tensor] | Iterable[tuple[str, _Tensor]] | Iterable[Mapping[str, Any]]


@public
class Optimizer(_core.Guarded):
    """Updates parameters by their gradients.

    `param_groups` is a list of dicts, each with "params" and their options. Numbers among the
    options may change at any time, also between calls of a compiled step, without another
    compilation. `state` holds the rule's data for each parameter: `state[parameter]` is initially
    an empty dict. A compiled step may change numbers in it, too.

    A custom rule is a subclass with a method `step`:

    Example:
        >>> class Averaged(optim.Optimizer):
        ...     def __init__(self, params, lr):
        ...         super().__init__(params, {"lr": lr})
        ...     @mc.no_grad()
        ...     def step(self):
        ...         for group in self.param_groups:
        ...             for p in group["params"]:
        ...                 state = self.state[p]
        ...                 state["step"] = state.get("step", 0) + 1
        ...                 p.sub_(p.grad * (group["lr"] / state["step"]))
        >>> weight = nn.Parameter(mc.ones(1))
        >>> optimizer = Averaged([weight], lr=0.5)
        >>> (weight * 1).sum().backward()
        >>> optimizer.step()
        >>> weight, optimizer.state[weight]
        (Parameter([0.5000], requires_grad=True), {'step': 1})

    Example:
        >>> weight = nn.Parameter(mc.ones(1))
        >>> optimizer = optim.SGD([weight], lr=0.1)
        >>> optimizer.param_groups[0]["lr"] = 0.5
        >>> weight.sum().backward()
        >>> optimizer.step()
        >>> weight
        Parameter([0.5000], requires_grad=True)
    """

    def __init__(self, params: Parameters, defaults: dict[str, Any]) -> None:
        self._check_options(defaults)
        self.defaults = defaults
        self.param_groups: list[Group] = []
        self.state = State()
        if isinstance(params, _Tensor) or not isinstance(params, Iterable):
            raise TypeError(
                "expects a list of parameters, such as model.parameters(), got "
                f"{type(params).__name__}"
            )
        groups = list(params)
        if not groups:
            raise ValueError("expects at least one parameter, got none")
        if not isinstance(groups[0], Mapping):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "state" and not isinstance(value, State):
            value = State(value)
        super().__setattr__(name, value)

    # --- parameters ----------------------------------------------------------------------------

    def add_param_group(self, group: Any) -> None:
        """Adds a group {"params": ..., and options}; missing options take the defaults.

        The parameters may be (name, parameter) pairs, as from named_parameters(); their names
        become "param_names". Other keys are kept. Raises TypeError for anything but such a dict,
        ValueError for a parameter that is already in a group or is not a leaf.

        Example:
            >>> optimizer = optim.SGD([nn.Parameter(mc.ones(1))], lr=0.1)
            >>> optimizer.add_param_group({"params": [nn.Parameter(mc.ones(1))], "lr": 0.01})
            >>> [group["lr"] for group in optimizer.param_groups]
            [0.1, 0.01]
        """
        if not isinstance(group, Mapping) or "params" not in group:
            what = list(group) if isinstance(group, Mapping) else type(group).__name__
            raise TypeError(f'expects a dict with "params", got {what}')
        given = group["params"]
        params = [given] if isinstance(given, _Tensor) else list(given)
        names = [each[0] for each in params if _is_named(each)]
        if names and len(names) != len(params):
            raise TypeError("expects names for all parameters or for none, got both kinds")
        params = [each[1] for each in params] if names else params
        known = {id(p) for each in self.param_groups for p in each["params"]}
        for parameter in params:
            if not isinstance(parameter, _Tensor):
                raise TypeError(
                    f"expects parameters that are tensors, got {type(parameter).__name__}"
                )
            if not parameter.is_leaf:
                raise ValueError("expects parameters that are leaves, got a result")
            if id(parameter) in known:
                raise ValueError("expects each parameter once, got one twice")
            known.add(id(parameter))
        complete = {**self.defaults, **group, "params": params}
        if names:
            complete["param_names"] = names
        self._check_options(complete)
        self.param_groups = [*self.param_groups, complete]

    def _check_options(self, options: Mapping[str, Any]) -> None:
        """Raises ValueError for invalid options of a group or of the defaults."""

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Sets the gradients of all parameters to None, or to zeros.

        Example:
            >>> weight = nn.Parameter(mc.ones(1))
            >>> optimizer = optim.SGD([weight], lr=0.1)
            >>> weight.sum().backward()
            >>> optimizer.zero_grad()
            >>> weight.grad is None
            True
        """
        for group in self._groups():
            for parameter in group["params"]:
                clear_grad(parameter, set_to_none)

    def _groups(self) -> Iterator[Group]:
        for group in self.param_groups:
            _core.guard_items(group["params"], "the parameters of an optimiser's group")
            yield group

    # --- the update ----------------------------------------------------------------------------

    def step(self, closure: Callable[[], _Tensor] | None = None) -> _Tensor | None:
        """Updates every parameter that has a gradient.

        `closure` recomputes the loss and its gradients; `step` returns its result.

        Example:
            >>> weight = nn.Parameter(mc.ones(1))
            >>> optimizer = optim.SGD([weight], lr=0.1)
            >>> (weight * 2).sum().backward()
            >>> optimizer.step()
            >>> weight
            Parameter([0.8000], requires_grad=True)
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        if is_graph_mode():
            compiled_method(self, "_update_all")()
        else:
            self._update_all()
        return loss

    def _update_all(self) -> None:
        with no_grad():
            for group in self._groups():
                self._make_slots(group)
            for group in self._groups():
                numbers = _Numbers(group)
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        self._update(parameter, parameter.grad, numbers)

    def _update(self, parameter: _Tensor, gradient: _Tensor, numbers: _Numbers) -> None:
        """Updates a parameter and its state in place."""
        raise NotImplementedError(f"[{type(self).__name__}] expects a method `_update`, got none")

    def _slot_names(self, group: Group) -> Sequence[str]:
        """Names the state tensors of a parameter: zeros like it, but "step" one number."""
        return ()

    def _make_slots(self, group: Group) -> None:
        # All slots exist before a trace reads `state`, so that it is as later calls find it.
        state = object.__getattribute__(self, "__dict__")["state"]
        names = self._slot_names(group)
        for parameter in group["params"]:
            if names and parameter.grad is not None and parameter not in state:
                make = functools.partial(_new_slots, parameter, names)
                state[parameter] = _core.outside_trace(make)

    # --- saving --------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Returns a copy {"state": ..., "param_groups": ...}, with numbers in place of parameters.

        Example:
            >>> optimizer = optim.SGD([nn.Parameter(mc.ones(1))], lr=0.1)
            >>> optimizer.state_dict()["param_groups"][0]["params"]
            [0]
        """
        order = self._order()
        groups = [
            {**group, "params": [order[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        state = {
            order[id(parameter)]: {name: _snapshot(value) for name, value in slots.items()}
            for parameter, slots in self.state.items()
            if id(parameter) in order
        }
        return {"state": state, "param_groups": copy.deepcopy(groups)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restores options and state from a state_dict of the same groups.

        Raises ValueError for another rule, other groups or wrong values, TypeError for anything but
        a state_dict; then changes nothing.

        Example:
            >>> saved = optim.SGD([nn.Parameter(mc.ones(1))], lr=0.1).state_dict()
            >>> optimizer = optim.SGD([nn.Parameter(mc.ones(1))], lr=0.5)
            >>> optimizer.load_state_dict(saved)
            >>> optimizer.param_groups[0]["lr"]
            0.1
        """
        if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= set(state_dict):
            raise TypeError(
                'expects a dict with "state" and "param_groups", as state_dict() gives it, got '
                f"{list(state_dict) if isinstance(state_dict, Mapping) else state_dict!r}"
            )
        groups = state_dict["param_groups"]
        sizes = [len(group["params"]) for group in self.param_groups]
        given = [len(group["params"]) for group in groups]
        if sizes != given:
            raise ValueError(f"expects groups of {sizes} parameters, got {given}")
        for group in groups:
            missing = [key for key in self.defaults if key not in group]
            if missing:
                others = [k for k in group if k not in self.defaults and k != "params"]
                raise ValueError(
                    f"expects a state of {type(self).__name__}, with the options "
                    f"{', '.join(self.defaults)}, got one without {', '.join(missing)}"
                    + (f" and with {', '.join(others)}" if others else "")
                )
        options = [{key: group[key] for key in group if key != "params"} for group in groups]
        merged = [{**a, **b} for a, b in zip(self.param_groups, options, strict=True)]
        for group in merged:
            self._check_options(group)
        state = self._checked_state(state_dict["state"], merged)
        for group, new in zip(self.param_groups, options, strict=True):
            group.update(new)
        for parameter in [p for p in self.state if p not in state]:
            del self.state[parameter]
        for parameter, slots in state.items():
            mine = self.state.setdefault(parameter, slots)
            for name, slot in slots.items():
                old = mine.get(name)
                if not _is_like(old, slot):
                    mine[name] = slot
                elif old is not slot:
                    old.copy_(slot)  # in place: a compiled step refers to it
            for name in [name for name in mine if name not in slots]:
                del mine[name]

    def _checked_state(
        self, saved: Mapping[Any, Mapping[str, Any]], groups: Sequence[Group]
    ) -> dict[_Tensor, dict[str, Any]]:
        """Returns new slots with the saved values, by parameter."""
        own_rule = type(self)._slot_names is Optimizer._slot_names
        owners = [(p, group) for group in groups for p in group["params"]]
        state = {}
        for number, values in saved.items():
            place = f"expects, for parameter {number},"
            if not str(number).isdecimal() or int(number) >= len(owners):
                raise ValueError(f"{place} a number below {len(owners)}")
            parameter, group = owners[int(number)]
            if own_rule:
                state[parameter] = {
                    name: _loaded(value, parameter) for name, value in values.items()
                }
                continue
            slots = _new_slots(parameter, self._slot_names(group))
            if set(values) != set(slots):
                raise ValueError(f"{place} the slots {list(slots)}, got {list(values)}")
            for name, slot in slots.items():
                shape = getattr(values[name], "shape", None)
                if shape != slot.shape:
                    raise ValueError(f"{place} {name} of shape {slot.shape}, got {shape}")
                slot.copy_(values[name])
            state[parameter] = slots
        return state

    def _order(self) -> dict[int, int]:
        every = (p for group in self.param_groups for p in group["params"])
        return {id(parameter): number for number, parameter in enumerate(every)}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != COMPILED}

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for number, group in enumerate(self.param_groups):
            text += f"\nParameter Group {number}\n"
            options = sorted(key for key in group if key != "params")
            text += "\n".join(f"    {key}: {group[key]}" for key in options)
        return text + "\n)"


def _is_named(value: Any) -> bool:
    """Whether a value is a (name, parameter) pair."""
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)


def _is_like(old: Any, new: Any) -> bool:
    both = isinstance(old, _Tensor) and isinstance(new, _Tensor)
    return both and (old.shape, old.dtype) == (new.shape, new.dtype)


def _snapshot(value: Any) -> Any:
    """Copies a value of the state."""
    return tensor(value) if isinstance(value, _Tensor) else copy.deepcopy(value)


def _loaded(value: Any, parameter: _Tensor) -> Any:
    """Copies a saved value of a custom rule's state for its parameter."""
    if not isinstance(value, _Tensor):
        return copy.deepcopy(value)
    same = value.dtype.is_floating_point and value.shape == parameter.shape
    dtype = parameter.dtype if same else value.dtype
    return value.detach().clone().to(dtype=dtype, device=parameter.device)


class _Numbers:
    """Gives the numbers of a group as 0-d tensors, in the dtype of a parameter's update."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._known: dict[tuple[str, _core.dtype, int], _Tensor] = {}

    def get(self, key: str, parameter: _Tensor, index: int = -1) -> _Tensor:
        """Returns the group's number under a key, or with an index that entry of its tuple."""
        dtype = _core.number_dtype(parameter.dtype)
        place = key, dtype, index
        if place not in self._known:
            self._known[place] = _core.number(self._group, key, dtype, index, parameter)
        return self._known[place]

    def is_nonzero(self, key: str) -> bool:
        """Whether a number is nonzero; a compiled step is compiled again when that changes."""
        return _core.read_nonzero(self._group, key)


def _new_slots(parameter: _Tensor, names: Sequence[str]) -> dict[str, _Tensor]:
    def make(name: str) -> _Tensor:
        if name == "step":
            return _core.full((), 0, _core.number_dtype(parameter.dtype), parameter.device)
        return zeros_like(parameter)

    with no_grad():
        return {name: make(name) for name in names}


def check_number(name: str, value: Any, low: float = 0.0) -> None:
    """Raises ValueError unless value >= low; does not check a tensor."""
    if isinstance(value, _Tensor):
        return
    if not isinstance(value, Real) or not float(value) >= low:
        raise ValueError(f"expects {name} to be at least {low:g}, got {value!r}")
