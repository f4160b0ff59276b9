"""Learning-rate schedules.

Example:
    >>> optimizer = optim.SGD([nn.Parameter(mc.zeros(1))], lr=1.0)
    >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    >>> scheduler.step()
    >>> optimizer.param_groups[0]["lr"]
    0.5
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

from mycel import _core
from mycel._public import public
from mycel.optim.optimizer import Optimizer, check_number

__all__ = ["LRScheduler", "StepLR"]


@public
class LRScheduler(_core.Guarded):
    """Sets the learning rate of each group of an optimiser; call `step()` once per epoch.

    A subclass defines `get_lr`. `last_epoch` counts from 0; a group's "initial_lr" is its first
    rate.

    Example:
        >>> class Inverse(optim.lr_scheduler.LRScheduler):
        ...     def get_lr(self):
        ...         groups = self.optimizer.param_groups
        ...         return [group["initial_lr"] / (1 + self.last_epoch) for group in groups]
        >>> scheduler = Inverse(optim.SGD([nn.Parameter(mc.zeros(1))], lr=1.0))
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.5]
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"expects an optimiser, got {type(optimizer).__name__}")
        self.optimizer = optimizer
        self.last_epoch = 0
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def get_lr(self) -> list[float]:
        """Returns the learning rate of each group for the epoch `last_epoch`.

        `step()` calls it for the epoch that begins. Raises NotImplementedError unless a subclass
        defines it.

        Example:
            >>> class Constant(optim.lr_scheduler.LRScheduler):
            ...     def get_lr(self):
            ...         return [group["initial_lr"] for group in self.optimizer.param_groups]
            >>> Constant(optim.SGD([nn.Parameter(mc.zeros(1))], lr=1.0)).get_lr()
            [1.0]
        """
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """The current learning rate of each group.

        Example:
            >>> optimizer = optim.SGD([nn.Parameter(mc.zeros(1))], lr=1.0)
            >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            >>> scheduler.get_last_lr()
            [1.0]
        """
        return [group["lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:
        """Advances to the next epoch and sets each group's learning rate for it.

        Example:
            >>> optimizer = optim.SGD([nn.Parameter(mc.zeros(1))], lr=1.0)
            >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            >>> scheduler.step()
            >>> scheduler.last_epoch, scheduler.get_last_lr()
            (1, [0.5])
        """
        self.last_epoch += 1
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = lr

    def state_dict(self) -> dict[str, Any]:
        """Returns all attributes but the optimiser, which has its own state_dict.

        Example:
            >>> optimizer = optim.SGD([nn.Parameter(mc.zeros(1))], lr=1.0)
            >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            >>> scheduler.state_dict()
            {'last_epoch': 0, 'step_size': 1, 'gamma': 0.5}
        """
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restores the attributes that state_dict returned.

        Example:
            >>> optimizer = optim.SGD([nn.Parameter(mc.zeros(1))], lr=1.0)
            >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            >>> scheduler.load_state_dict({"last_epoch": 3})
            >>> scheduler.last_epoch
            3
        """
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
        if not isinstance(step_size, Integral) or step_size < 1:
            raise ValueError(f"expects step_size to be an int of at least 1, got {step_size!r}")
        check_number("gamma", gamma)
        self.step_size: int = step_size
        self.gamma: float = gamma

    def get_lr(self) -> list[float]:
        """Multiplies the rates by gamma at every multiple of step_size."""
        factor = self.gamma if self.last_epoch % self.step_size == 0 else 1.0
        return [group["lr"] * factor for group in self.optimizer.param_groups]
