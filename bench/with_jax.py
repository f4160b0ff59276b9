"""The benchmark worker of JAX."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import torch_like
from harness import serve
from jax import lax

Parameters = list[tuple[jax.Array, jax.Array]]


def initial(sizes: torch_like.LeNet) -> Parameters:
    """Returns weights, uniform within 1/sqrt(fan-in) as in PyTorch, and zero biases."""
    shapes = [(*shape[2:], shape[1], shape[0]) for shape in sizes.weights()]
    keys = jax.random.split(jax.random.key(0), len(shapes))

    def draw(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
        bound = jnp.prod(jnp.array(shape[:-1])) ** -0.5
        return jax.random.uniform(key, shape, minval=-bound, maxval=bound)

    return [
        (draw(key, shape), jnp.zeros(shape[-1])) for key, shape in zip(keys, shapes, strict=True)
    ]


def loss_of(parameters: Parameters, x: jax.Array, y: jax.Array, padding: int) -> jax.Array:
    """The mean cross entropy of a LeNet-5 over images in channels-last order, JAX's usual one."""
    for index, (weight, bias) in enumerate(parameters[:2]):
        sides = [(padding, padding)] * 2 if index == 0 else "VALID"
        dimensions = ("NHWC", "HWIO", "NHWC")
        x = lax.conv_general_dilated(x, weight, (1, 1), sides, dimension_numbers=dimensions)
        x = jax.nn.relu(x + bias)
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    x = x.reshape(x.shape[0], -1)
    for weight, bias in parameters[2:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = parameters[-1]
    chosen = jnp.take_along_axis(jax.nn.log_softmax(x @ weight + bias), y[:, None], axis=1)
    return -jnp.mean(chosen)


def adadelta(lr: float, rho: float = 0.9, eps: float = 1e-6) -> Callable[..., Any]:
    """Zeiler 2012, with PyTorch's defaults."""

    def update(p: jax.Array, g: jax.Array, square: jax.Array, delta: jax.Array) -> Any:
        square = rho * square + (1 - rho) * g * g
        step = jnp.sqrt(delta + eps) / jnp.sqrt(square + eps) * g
        return p - lr * step, square, rho * delta + (1 - rho) * step * step

    return update


def lenet_step() -> tuple[str, dict[str, Any]]:
    """A compiled training step of the wide LeNet-5 with Adadelta."""
    sizes = torch_like.WIDE
    update = adadelta(torch_like.OPTIONS["Adadelta"]["lr"])

    def step(state: Any, x: jax.Array, y: jax.Array) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(state[0], x, y, sizes.padding)
        leaves = [jax.tree.leaves(part) for part in (state[0], gradients, *state[1:])]
        updated = zip(*map(update, *leaves), strict=True)
        structure = jax.tree.structure(state[0])
        return [jax.tree.unflatten(structure, part) for part in updated], loss

    images, labels = torch_like.batch()
    x, y = jnp.asarray(images.transpose(0, 2, 3, 1)), jnp.asarray(labels)
    parameters = initial(sizes)
    zeros = [jax.tree.map(jnp.zeros_like, parameters) for _ in range(2)]
    state = jax.block_until_ready([parameters, *zeros])
    compiled = jax.jit(step, donate_argnums=0)

    def run() -> None:
        nonlocal state
        state, loss = compiled(state, x, y)
        loss.block_until_ready()

    return "run()", {"run": run}


def tiny_call() -> tuple[str, dict[str, Any]]:
    """A call of a compiled function with a tiny body."""
    return "increment(x)", {"increment": jax.jit(lambda x: x + 1.0), "x": jnp.ones(16)}


if __name__ == "__main__":
    serve({"lenet_step": lenet_step, "tiny_call": tiny_call})
