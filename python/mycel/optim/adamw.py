"""The AdamW optimiser: Adam with decoupled weight decay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from mycel import _core
from mycel._core.functions import operation
from mycel._public import public
from mycel.optim.optimizer import Group, Optimizer, Parameters, _Numbers, check_number

_adam_w_update = operation("adam_w_update")


@public
class AdamW(Optimizer):
    """Steps by running means of gradients, scaled by running means of their squares.

    p *= 1 - lr * weight_decay, m = beta1 * m + (1 - beta1) * g, v = beta2 * v + (1 - beta2) * g^2,
    p -= lr * m' / (sqrt(v') + eps), with m' = m / (1 - beta1^t) and v' = v / (1 - beta2^t) in step
    t. Raises ValueError for options below 0 and for betas outside [0, 1).

    Example:
        >>> p = nn.Parameter(mc.tensor(1.))
        >>> optimizer = optim.AdamW([p], lr=0.1)
        >>> (p * 3).backward()
        >>> optimizer.step()
        >>> p
        Parameter(0.8990, requires_grad=True)

    Source: Loshchilov and Hutter, Decoupled weight decay regularization, 2019
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        options = {"lr": lr, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**options, "betas": betas})

    def _check_options(self, options: Mapping[str, Any]) -> None:
        for name in ("lr", "eps", "weight_decay"):
            check_number(name, options[name])
        betas = options["betas"]
        two = isinstance(betas, (tuple, list)) and len(betas) == 2
        if not two or not all(isinstance(b, Real) and 0 <= float(b) < 1 for b in betas):
            raise ValueError(f"expects betas to be two numbers in [0, 1), got {betas!r}")

    def _slot_names(self, group: Group) -> Sequence[str]:
        return ("exp_avg", "exp_avg_sq", "step")

    def _update(self, parameter: _core.Tensor, gradient: _core.Tensor, numbers: _Numbers) -> None:
        mean, square, step = self.state[parameter].values()
        lr, eps, decay = (numbers.get(key, parameter) for key in ("lr", "eps", "weight_decay"))
        betas = [numbers.get("betas", parameter, index) for index in (0, 1)]
        new = _adam_w_update(parameter, gradient, mean, square, lr, *betas, eps, decay, step)
        for tensor, value in zip((parameter, mean, square), new, strict=True):
            _core.assign(tensor, value)
        _core.assign(step, step + 1)
