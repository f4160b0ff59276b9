"""One training run of the classic LeNet-5, for `trajectories.py`.

    python trajectory.py mycel|torch INPUT.npz OUTPUT.npz OPTIMIZER DTYPE MODE THREADS

INPUT holds the initial weights (`w0`, `b0`, ...) and the batches (`images`, `labels`, one a step).
OUTPUT gets `losses`, and every parameter and its gradient after the first step.
"""

import importlib
import sys
from typing import Any

import numpy as np
import torch_like

# Rates at which the losses decrease over a hundred steps.
OPTIONS = {
    "SGD": {"lr": 0.02, "momentum": 0.9},
    "Adadelta": {"lr": 1.0},
    "AdamW": {"lr": 1e-3, "weight_decay": 0.01},
}


def run(
    framework: Any, inputs: dict[str, np.ndarray], optimizer: str, dtype: str, compiled: bool
) -> dict[str, np.ndarray]:
    """Trains once over the batches; `compiled` puts the whole step into one graph."""
    model, layers = torch_like.build(framework, torch_like.CLASSIC)
    for index, layer in enumerate(layers):
        for name, key in (("weight", f"w{index}"), ("bias", f"b{index}")):
            value = framework.tensor(inputs[key].astype(dtype))
            setattr(layer, name, framework.nn.Parameter(value))
    updates = getattr(framework.optim, optimizer)(model.parameters(), **OPTIONS[optimizer])
    cross_entropy = framework.nn.functional.cross_entropy
    step = torch_like.training_step(lambda x, y: cross_entropy(model(x), y), updates)
    if compiled:
        step = framework.jit(step)
    result: dict[str, np.ndarray] = {}
    losses = []
    for images, labels in zip(inputs["images"], inputs["labels"], strict=True):
        loss = step(framework.tensor(images.astype(dtype)), framework.tensor(labels))
        losses.append(loss.item())
        if len(losses) == 1:
            for index, parameter in enumerate(model.parameters()):
                result[f"parameter {index}"] = parameter.detach().numpy().copy()
                result[f"gradient {index}"] = parameter.grad.numpy().copy()
    return {"losses": np.array(losses), **result}


def main(
    name: str, source: str, target: str, optimizer: str, dtype: str, mode: str, threads: str
) -> None:
    """Reads INPUT, trains, writes OUTPUT."""
    framework = importlib.import_module(name)
    if name == "torch":
        framework.set_num_threads(int(threads))
    inputs = dict(np.load(source))
    np.savez(target, **run(framework, inputs, optimizer, dtype, compiled=mode == "graph"))


if __name__ == "__main__":
    if len(sys.argv) != 8:
        sys.exit(__doc__)
    main(*sys.argv[1:])
