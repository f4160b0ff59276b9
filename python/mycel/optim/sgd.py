"""The SGD optimiser: stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mycel import _core
from mycel._core.functions import operation
from mycel._public import public
from mycel.optim.optimizer import Group, Optimizer, Parameters, _Numbers, check_number

_sgd_update = operation("sgd_update")
_sgd_momentum_update = operation("sgd_momentum_update")


@public
class SGD(Optimizer):
    """Steps down the gradient, with momentum and Nesterov's rule as in PyTorch.

    With g += weight_decay * p: p -= lr * g. With momentum: b = momentum * b + (1 - dampening) * g,
    at first b = g, and p -= lr * b, or with nesterov p -= lr * (g + momentum * b). Raises
    ValueError for options below 0, and for nesterov without momentum or with dampening.

    Example:
        >>> p = nn.Parameter(mc.tensor(1.))
        >>> optimizer = optim.SGD([p], lr=0.5)
        >>> (p * 3).backward()
        >>> optimizer.step()
        >>> p
        Parameter(-0.5000, requires_grad=True)

    Source: Sutskever et al., On the importance of initialization and momentum, 2013
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        options = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, {**options, "dampening": dampening, "nesterov": nesterov})

    def _check_options(self, options: Mapping[str, Any]) -> None:
        for name in ("lr", "momentum", "weight_decay"):
            check_number(name, options[name])
        momentum, dampening = options["momentum"], options["dampening"]
        if options["nesterov"] and (momentum == 0 or dampening != 0):
            raise ValueError(
                "expects a momentum above 0 and a dampening of 0 with nesterov=True, got "
                f"{momentum} and {dampening}"
            )

    def _slot_names(self, group: Group) -> Sequence[str]:
        momentum = _core.read_nonzero(group, "momentum")
        return ("momentum_buffer", "step") if momentum else ()

    def _update(self, parameter: _core.Tensor, gradient: _core.Tensor, numbers: _Numbers) -> None:
        lr, decay = (numbers.get(key, parameter) for key in ("lr", "weight_decay"))
        if not numbers.is_nonzero("momentum"):
            _core.assign(parameter, _sgd_update(parameter, gradient, lr, decay))
            return
        buffer, step = self.state[parameter].values()
        momentum, dampening = (numbers.get(key, parameter) for key in ("momentum", "dampening"))
        nesterov = numbers.is_nonzero("nesterov")
        new = _sgd_momentum_update(
            parameter, gradient, buffer, lr, decay, momentum, dampening, step, nesterov=nesterov
        )
        _core.assign(parameter, new[0])
        _core.assign(buffer, new[1])
        _core.assign(step, step + 1)
