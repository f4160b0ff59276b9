"""Negative indices: they count from the end between brackets alone; elsewhere they are no index."""

import pytest

import mycel as mc
import mycel.nn.functional as F

X = mc.tensor([[1.0, 2.0, 3.0]])

# Each takes (1, 3) floats and one index in [0, 3).
REFUSING = {
    "gather": lambda x, i: mc.gather(x[0], 0, i),
    "scatter_add": lambda x, i: mc.scatter_add(x[0], 0, i, x[0, :1]),
    "embedding": lambda x, i: F.embedding(i, x.reshape(3, 1)),
    "nll_loss": lambda x, i: F.nll_loss(x, i),
    "nll_loss of weights": lambda x, i: F.nll_loss(x, i, weight=x[0]),
    "cross_entropy": lambda x, i: F.cross_entropy(x, i),
    "smooth cross_entropy": lambda x, i: F.cross_entropy(x, i, label_smoothing=0.1),
}


def gradient(f):
    return mc.grad(lambda x, i: f(x, i).sum())


@pytest.mark.parametrize("dtype", ["int64", "int8"])
@pytest.mark.parametrize("way", [lambda f: f, gradient], ids=["value", "gradient"])
@pytest.mark.parametrize("name", REFUSING)
def test_a_negative_index_is_out_of_range(name, way, dtype):
    f = way(REFUSING[name])
    for index in (-1, -3):
        i = mc.tensor([index], dtype=dtype)
        with pytest.raises(IndexError, match=rf"{index}"):
            f(X, i)
        with pytest.raises(IndexError, match=rf"{index}"):
            mc.jit(f)(X, i)


def test_one_hot_refuses_a_negative_index():
    with pytest.raises(IndexError, match=r"\[one_hot\] expects indices in \[0, 3\), got -1"):
        F.one_hot(mc.tensor([-1]), 3)


@pytest.mark.parametrize("device", ["cpu", "reference"])
def test_a_kernel_refuses_a_negative_index(device):
    x = mc.zeros(3, device=device)
    add = mc.jit(lambda i: mc.scatter_add(x, 0, i, mc.ones(1)))
    with pytest.raises(IndexError, match=r"\[scatter_add\] expects indices in \[0, 3\), got -1"):
        add(mc.tensor([-1], device=device))


def test_between_brackets_it_counts_from_the_end():
    def last(x, i):
        return x[0, i]

    def write(x, i):
        out = x[0] * 1
        out[i] = 7.0
        return out

    i = mc.tensor([-1])
    for f, expected in ((last, [3.0]), (write, [1.0, 2.0, 7.0])):
        assert f(X, i).tolist() == mc.jit(f)(X, i).tolist() == expected
    assert gradient(last)(X, i).tolist() == [[0.0, 0.0, 1.0]]


def test_a_target_that_is_ignored_may_be_negative():
    for index in (-1, -100):
        loss = F.cross_entropy(
            mc.cat([X, X]), mc.tensor([2, index]), ignore_index=index, reduction="sum"
        )
        assert loss.item() == F.cross_entropy(X, mc.tensor([2])).item()
