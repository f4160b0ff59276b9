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
    ((3, 2, 66, 33), (33, 20)),  # by the library without copies, if the rows do not merge
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


@pytest.mark.parametrize("shapes", [((2, 3, 4), (4, 5)), ((2, 3, 4, 5), (5, 6))], ids=str)
@pytest.mark.parametrize("compiled", [False, True])
def test_gradients_of_second_order_are_those_of_one_product(shapes, compiled: bool) -> None:
    a, b = (mc.tensor(RANDOM.standard_normal(shape)) for shape in shapes)
    rows, result = -1, (*shapes[0][:-1], shapes[1][-1])

    def of(product: Callable[[mc.Tensor, mc.Tensor], mc.Tensor]) -> tuple[np.ndarray, ...]:
        def slope(a: mc.Tensor, b: mc.Tensor) -> mc.Tensor:
            of_a, of_b = mc.grad(lambda a, b: (product(a, b) ** 3).sum(), argnums=(0, 1))(a, b)
            return (of_a**2).sum() + (of_b**2).sum()

        gradient = mc.grad(slope, argnums=(0, 1))
        return tuple(g.numpy() for g in (mc.jit(gradient) if compiled else gradient)(a, b))

    stacked = of(lambda a, b: a @ b)
    folded = of(lambda a, b: (a.reshape(rows, shapes[1][0]) @ b).reshape(result))
    for one, other in zip(stacked, folded, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int8", "int64"])
@pytest.mark.parametrize("columns_first", [False, True])
def test_every_dtype_multiplies_as_one_product(dtype: str, columns_first: bool) -> None:
    a = mc.tensor(RANDOM.integers(-3, 4, (2, 3, 17, 20))).to(getattr(mc, dtype))
    b = mc.tensor(RANDOM.integers(-3, 4, (20, 30))).to(getattr(mc, dtype))
    x = a.transpose(-1, -2) + 0 if columns_first else a
    for run in (lambda f: f, mc.jit):
        product = run(lambda x, b: (x.transpose(-1, -2) if columns_first else x) @ b)(x, b)
        assert product.dtype == a.dtype
        rows = (a.reshape(-1, 20) @ b).reshape(2, 3, 17, 30)
        assert (product == rows).all()


def test_a_linear_layer_updates_its_weight_in_the_weights_order() -> None:
    weight = mc.tensor(RANDOM.standard_normal((6, 8)).astype(np.float32))
    step = mc.jit(mc.grad(lambda w, x: (x @ w.T).tanh().sum()))
    x = mc.tensor(RANDOM.standard_normal((2, 3, 8)).astype(np.float32))
    expected = mc.grad(lambda w, x: (x.reshape(6, 8) @ w.T).tanh().sum())(weight, x)
    gradient = step(weight, x)
    np.testing.assert_allclose(gradient.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)
    assert gradient.numpy().flags.c_contiguous


def test_the_program_merges_no_dims() -> None:
    step = mc.jit(mc.grad(lambda w, x: (x @ w).tanh().sum()))
    text = step.lower(mc.ones(8, 16), mc.ones(2, 3, 8))
    assert "matmul(" in text and "outer_sum(" in text
    assert "[6,8]" not in text and "[6,16]" not in text


def test_rows_that_do_not_agree_raise() -> None:
    with pytest.raises(ValueError, match=r"\[matmul\] expects"):
        mc.ones(2, 3, 4) @ mc.ones(5, 6)
