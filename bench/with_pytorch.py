"""The benchmark worker of PyTorch."""

from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
import torch_like
from harness import serve


def lenet_step(
    optimizer: str, compiled: bool = False, channels_last: bool = False
) -> tuple[str, dict[str, Any]]:
    """A training step of the wide LeNet-5."""
    model, _ = torch_like.build(torch, torch_like.WIDE)
    images, labels = torch_like.batch()
    x, y = torch.tensor(images), torch.tensor(labels)
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    updates = getattr(torch.optim, optimizer)(model.parameters(), **torch_like.OPTIONS[optimizer])

    def loss_of(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(model(x), y)

    # Compiles the gradient and the update separately: torch.compile does not put both in one graph.
    if compiled:
        loss_of = torch.compile(loss_of)
        updates.step = torch.compile(updates.step)
    step = torch_like.training_step(loss_of, updates)
    return "step(x, y)", {"step": step, "x": x, "y": y}


if __name__ == "__main__":
    serve(
        {
            "lenet_step": lenet_step,
            "add": partial(torch_like.add, torch),
            "chain": partial(torch_like.chain, torch),
        }
    )
