"""A stack times one matrix is one product: a program without reshapes, gradients of any order."""

from collections.abc import Callable

import numpy as np
import pytest

import mycel as mc

RANDOM = np.random.default_rng(0)
SHAPES = [
    ((2, 3, 4), (4, 5)),
    ((2, 3, 4, 5), (5, 6)),
    ((2, 1, 40, 33), (33, 70)),
    ((3, 0, 4), (4, 2)),
]
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "dense": lambda x: x,
    "permuted": lambda x: np.swapaxes(np.swapaxes(x, 0, 1).copy(), 0, 1),
    "columns first": lambda x: np.swapaxes(np.swapaxes(x, -1, -2).copy(), -1, -2),
    "every second": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("compiled", [False, True])
def test_values_and_gradients_are_numpys(shapes, layout: str, compiled: bool) -> None:
    left, right = (RANDOM.standard_normal(shape).astype(np.float32) for shape in shapes)
    weights = RANDOM.standard_normal((*shapes[0][:-1], shapes[1][-1])).astype(np.float32)

    factor = mc.tensor(weights)

    def loss(a: mc.Tensor, b: mc.Tensor) -> mc.Tensor:
        return ((a @ b) * factor).sum()

    step = mc.value_and_grad(loss, argnums=(0, 1))
    run = mc.jit(step) if compiled else step
    a = mc.from_numpy(LAYOUTS[layout](left))
    value, (of_a, of_b) = run(a, mc.tensor(right))
    close = {"rtol": 1e-4, "atol": 1e-4}
    np.testing.assert_allclose(value.numpy(), ((left @ right) * weights).sum(), **close)
    np.testing.assert_allclose(of_a.numpy(), weights @ right.T, **close)
    rows = left.reshape(-1, left.shape[-1]).T @ weights.reshape(-1, weights.shape[-1])
    np.testing.assert_allclose(of_b.numpy(), rows, **close)


def test_gradients_of_second_order_are_those_of_one_product() -> None:
    a = mc.tensor(RANDOM.standard_normal((2, 3, 4)))
    b = mc.tensor(RANDOM.standard_normal((4, 5)))

    def of(product: Callable[[mc.Tensor, mc.Tensor], mc.Tensor]) -> tuple[np.ndarray, ...]:
        def slope(a: mc.Tensor, b: mc.Tensor) -> mc.Tensor:
            of_a, of_b = mc.grad(lambda a, b: (product(a, b) ** 3).sum(), argnums=(0, 1))(a, b)
            return (of_a**2).sum() + (of_b**2).sum()

        return tuple(g.numpy() for g in mc.grad(slope, argnums=(0, 1))(a, b))

    stacked = of(lambda a, b: a @ b)
    folded = of(lambda a, b: (a.reshape(6, 4) @ b).reshape(2, 3, 5))
    for one, other in zip(stacked, folded, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_the_program_merges_no_dims() -> None:
    step = mc.jit(mc.grad(lambda w, x: (x @ w).tanh().sum()))
    text = step.lower(mc.ones(8, 16), mc.ones(2, 3, 8))
    assert "matmul(" in text and "outer_sum(" in text
    assert "[6,8]" not in text and "[6,16]" not in text


def test_rows_that_do_not_agree_raise() -> None:
    with pytest.raises(ValueError, match=r"\[matmul\] expects"):
        mc.ones(2, 3, 4) @ mc.ones(5, 6)
