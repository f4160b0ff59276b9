"""Optimisers and learning-rate schedules.

Example:
    >>> model = nn.Linear(2, 1)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> for _ in range(200):
    ...     loss = F.mse_loss(model(mc.eye(2)), mc.tensor([[1.], [2.]]))
    ...     optimizer.zero_grad()
    ...     loss.backward()
    ...     optimizer.step()
    >>> loss.item() < 1e-3
    True
"""

from mycel.optim import lr_scheduler
from mycel.optim.adadelta import Adadelta
from mycel.optim.adamw import AdamW
from mycel.optim.optimizer import Optimizer
from mycel.optim.sgd import SGD

__all__ = ["SGD", "Adadelta", "AdamW", "Optimizer", "lr_scheduler"]
