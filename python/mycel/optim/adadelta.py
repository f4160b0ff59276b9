"""The Adadelta optimiser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mycel import _core
from mycel._core.functions import operation
from mycel._public import public
from mycel.optim.optimizer import Group, Optimizer, Parameters, _Numbers, check_number

_adadelta_update = operation("adadelta_update")


@public
class Adadelta(Optimizer):
    """Scales steps by running means of squared gradients and squared updates.

    With g += weight_decay * p: v = rho * v + (1 - rho) * g^2, d = g * sqrt((u + eps) / (v + eps)),
    u = rho * u + (1 - rho) * d^2, p -= lr * d. Raises ValueError for options below 0 and for rho
    above 1.

    Example:
        >>> p = nn.Parameter(mc.tensor(1.))
        >>> optimizer = optim.Adadelta([p])
        >>> (p * 3).backward()
        >>> optimizer.step()
        >>> p
        Parameter(0.9968, requires_grad=True)

    Source: Zeiler, ADADELTA: an adaptive learning rate method, 2012
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        options = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, options)

    def _check_options(self, options: Mapping[str, Any]) -> None:
        for name in ("lr", "rho", "eps", "weight_decay"):
            check_number(name, options[name])
        if options["rho"] > 1:
            raise ValueError(f"expects rho in [0, 1], got {options['rho']}")

    def _slot_names(self, group: Group) -> Sequence[str]:
        return ("square_avg", "acc_delta")

    def _update(self, parameter: _core.Tensor, gradient: _core.Tensor, numbers: _Numbers) -> None:
        square, delta = self.state[parameter].values()
        options = [numbers.get(key, parameter) for key in ("lr", "rho", "eps", "weight_decay")]
        new = _adadelta_update(parameter, gradient, square, delta, *options)
        for tensor, value in zip((parameter, square, delta), new, strict=True):
            _core.assign(tensor, value)
