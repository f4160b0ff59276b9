"""A parameter and a loss for tests of optimisers."""

import numpy as np

import mycel as mc
from mycel import nn

START = np.random.default_rng(0).standard_normal((3, 4))
TARGET = np.random.default_rng(1).standard_normal((3, 4))


def parameter(values=START):
    return nn.Parameter(mc.tensor(values))


def loss_of(p):
    return ((p - mc.tensor(TARGET)) ** 4).sum()


def train(optimizer, p, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(p).backward()
        optimizer.step()
    return p.detach().numpy()
