"""Schedules of learning rates."""

from __future__ import annotations

from typing import Any

from mycel._entry import public
from mycel.optim.optimizer import Optimizer, check_number

__all__ = ["LRScheduler", "StepLR"]


@public
class LRScheduler:
    """Sets the learning rate of every group of an optimiser, once an epoch by `step()`."""

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"expects an optimiser, got {type(optimizer).__name__}")
        self.optimizer = optimizer
        self.last_epoch = 0
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def get_lr(self) -> list[float]:
        """The learning rate of each group for the epoch `last_epoch`, which comes now."""
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:
        """Goes on to the next epoch."""
        self.last_epoch += 1
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = lr

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what state_dict gave."""
        self.__dict__.update(state_dict)


@public
class StepLR(LRScheduler):
    """Multiplies the learning rate by gamma every `step_size` epochs.

    Example:
        >>> optimizer = optim.SGD([nn.Parameter(mc.zeros(1))], lr=1.0)
        >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
        >>> for epoch in range(4):
        ...     scheduler.step()
        >>> scheduler.get_last_lr()
        [0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        super().__init__(optimizer)
        if not isinstance(step_size, int) or step_size < 1:
            raise ValueError(f"expects step_size to be an int of at least 1, got {step_size!r}")
        check_number("gamma", gamma)
        self.step_size, self.gamma = step_size, gamma

    def get_lr(self) -> list[float]:
        """gamma times the rate at every multiple of step_size."""
        factor = self.gamma if self.last_epoch % self.step_size == 0 else 1.0
        return [group["lr"] * factor for group in self.optimizer.param_groups]
