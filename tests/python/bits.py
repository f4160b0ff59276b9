"""Tensors that tests compare bit by bit."""

import numpy as np

import mycel as mc


def drawn(*shape, dtype=np.float32, seed=0):
    values = np.random.default_rng([seed, *shape]).standard_normal(shape)
    return mc.tensor(values.astype(dtype))


def same_bits(a, b):
    a, b = a.numpy(), b.numpy()
    assert a.dtype == b.dtype and a.shape == b.shape
    equal = (a == b) & (np.signbit(a) == np.signbit(b)) if a.dtype.kind == "f" else a == b
    return bool((equal | ((a != a) & (b != b))).all())
