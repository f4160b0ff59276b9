"""Optimisers, and schedules of their learning rates."""

from mycel.optim import lr_scheduler
from mycel.optim.adadelta import Adadelta
from mycel.optim.adamw import AdamW
from mycel.optim.optimizer import Optimizer
from mycel.optim.sgd import SGD

__all__ = ["SGD", "Adadelta", "AdamW", "Optimizer", "lr_scheduler"]
