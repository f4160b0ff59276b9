"""Update rules over every option."""

from collections.abc import Iterator
from typing import Any

from cases.case import Draw, Updates

OPTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "SGD": (
        {"lr": 0.1},
        {"lr": 0.1, "weight_decay": 0.2},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.2},
    ),
    "Adadelta": (
        {},
        {"lr": 0.5},
        {"rho": 0.5},
        {"eps": 1e-2},
        {"weight_decay": 0.2},
    ),
    "AdamW": (
        {},
        {"lr": 0.1},
        {"lr": 0.1, "betas": (0.5, 0.75)},
        {"lr": 0.1, "eps": 1e-2},
        {"lr": 0.1, "weight_decay": 0.0},
        {"lr": 0.1, "weight_decay": 0.2},
    ),
}
STEPS = 5


def updates() -> Iterator[Updates]:
    """Every option of every optimiser."""
    draw = Draw(61)
    for optimizer, over in OPTIONS.items():
        for options in over:
            gradients = draw.normal(STEPS, 2, 3)
            gradients[:, 0, 0] = 0  # a value that no gradient reaches
            yield Updates(optimizer, options, draw.normal(2, 3), gradients)
