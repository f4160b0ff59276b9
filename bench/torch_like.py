"""Programs over the interface that Mycel and PyTorch share.

`framework` is the module: `mycel` or `torch`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class LeNet:
    """The sizes of a LeNet-5: two convolutions of 5x5, each pooled by 2, then linear layers."""

    filters: tuple[int, int]
    hidden: tuple[int, ...]
    padding: int

    def weights(self) -> list[tuple[int, ...]]:
        """The shapes of the weights, layer by layer, outputs first; images are 28x28."""
        first, second = self.filters
        side = ((28 + 2 * self.padding - 4) // 2 - 4) // 2
        widths = (second * side * side, *self.hidden, 10)
        linears = [(widths[i + 1], widths[i]) for i in range(len(widths) - 1)]
        return [(first, 1, 5, 5), (second, first, 5, 5), *linears]


# LeCun et al. 1998, with padding instead of 32x32 images; and the wider one that is often timed.
CLASSIC = LeNet(filters=(6, 16), hidden=(120, 84), padding=2)
WIDE = LeNet(filters=(20, 50), hidden=(500,), padding=0)

# So slow that a repeated batch is never learnt: vanishing gradients are subnormal numbers, on which
# processors are a hundred times slower.
OPTIONS = {
    "Adadelta": {"lr": 1e-6},
    "SGD": {"lr": 1e-6, "momentum": 0.9},
    "AdamW": {"lr": 1e-6},
}


def build(framework: ModuleType, sizes: LeNet) -> tuple[Any, list[Any]]:
    """Returns the model, and its layers with a weight and a bias."""
    nn = framework.nn
    first, second, *rest = sizes.weights()
    convolutions = [
        nn.Conv2d(first[1], first[0], 5, padding=sizes.padding),
        nn.Conv2d(second[1], second[0], 5),
    ]
    linears = [nn.Linear(inputs, outputs) for outputs, inputs in rest]
    layers: list[Any] = []
    for convolution in convolutions:
        layers += [convolution, nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), linears[0]]
    for linear in linears[1:]:
        layers += [nn.ReLU(), linear]
    return nn.Sequential(*layers), [*convolutions, *linears]


def resnet50(framework: ModuleType, classes: int = 1000) -> Any:
    """ResNet-50 for images of any size (He et al. 2015; the stride is in the 3x3 convolution)."""
    nn = framework.nn

    def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> list[Any]:
        pad = kernel // 2
        return [
            nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=pad, bias=False),
            nn.BatchNorm2d(outputs),
        ]

    class Bottleneck(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, inputs: int, width: int, stride: int) -> None:
            super().__init__()
            outputs = 4 * width
            self.body = nn.Sequential(
                *convolution(inputs, width, 1),
                nn.ReLU(),
                *convolution(width, width, 3, stride),
                nn.ReLU(),
                *convolution(width, outputs, 1),
            )
            same = stride == 1 and inputs == outputs
            self.shortcut = nn.Sequential(
                *([] if same else convolution(inputs, outputs, 1, stride))
            )

        def forward(self, x: Any) -> Any:
            return framework.relu(self.body(x) + self.shortcut(x))

    class ResNet(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            layers = [*convolution(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
            inputs = 64
            for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
                for i in range(count):
                    layers.append(Bottleneck(inputs, width, stride if i == 0 else 1))
                    inputs = 4 * width
            self.features = nn.Sequential(*layers)
            self.classifier = nn.Linear(inputs, classes)

        def forward(self, x: Any) -> Any:
            return self.classifier(self.features(x).mean((2, 3)))

    return ResNet()


def training_step(loss_of: Callable[[Any, Any], Any], optimizer: Any) -> Callable[[Any, Any], Any]:
    """Returns a step as users write it, which returns the loss."""

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_of(x, y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def batch(size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Returns float32 images in [0, 1) and int64 labels, the same in every process."""
    random = np.random.default_rng(0)
    images = random.random((size, 1, 28, 28), dtype=np.float32)
    return images, random.integers(0, 10, size)


def add(framework: ModuleType, size: int = 16) -> tuple[str, dict[str, Any]]:
    """An eager add of two small vectors."""
    x = framework.tensor(np.linspace(0, 1, size, dtype=np.float32))
    return "x + y", {"x": x, "y": x * 2}


def chain(framework: ModuleType, length: int = 10) -> tuple[str, dict[str, Any]]:
    """A chain of eager adds, forward and backward."""
    x = framework.tensor(np.linspace(0, 1, 16, dtype=np.float32), requires_grad=True)
    seed = framework.ones(16)

    def run() -> None:
        y = x
        for _ in range(length):
            y = y + x
        x.grad = None
        y.backward(seed)

    return "run()", {"run": run}
