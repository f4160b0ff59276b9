"""Numbers of an optimiser's state behave as Python's in a compiled step."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest

import mycel as mc
from mycel import nn, optim


class Scaled(optim.Optimizer):
    """Scales the gradient by a function of the number of steps."""

    def __init__(self, params, scale):
        super().__init__(params, {})
        self.scale = scale

    @mc.no_grad()
    def step(self):
        for p in self.param_groups[0]["params"]:
            state = self.state[p]
            state["n"] += 1
            p.sub_(p.grad * self.scale(state["n"]))


def steps(scale, compiled, count=5):
    """The parameter after each step, or the error's class; and how often it was compiled."""
    p = nn.Parameter(mc.zeros(1))
    optimizer = Scaled([p], scale)
    optimizer.state[p]["n"] = 0

    def step():
        p.sum().backward()
        try:
            optimizer.step()
        finally:
            optimizer.zero_grad()

    run = mc.jit(step) if compiled else step
    found = []
    for _ in range(count):
        try:
            run()
            found.append(p.item())
        except ArithmeticError as error:
            found.append(type(error))
    return found, optimizer.state[p], run.compilations if compiled else 1


ONCE = {
    "and": lambda n: n & 6,
    "or": lambda n: 8 | n,
    "xor": lambda n: n ^ 5,
    "not": lambda n: ~n,
    "left": lambda n: n << 2,
    "right": lambda n: 64 >> n,
    "divmod": lambda n: sum(divmod(n, 2)),
    "swapped divmod": lambda n: sum(divmod(17, n)),
    "power": lambda n: 2.0**n + n**2 + 2**n,
    "power modulo": lambda n: pow(n, 2, 5),
    "round": lambda n: round(n / 3) + round(n / 3, 1),
    "floor": lambda n: math.floor(n / 2) + math.ceil(n / 2) + math.trunc(n / 2),
    "functions": lambda n: math.sin(n) + math.cos(n) + math.log1p(n) + math.tanh(n),
    "negative": lambda n: (-n) % 3 + (-n) // 2 - abs(-n),
    "a large constant": lambda n: (n * 2**60) % 7 if n < 0 else n * 1.0,
}
ANY = {
    "complex": lambda n: abs(n * 1j),
    "fraction": lambda n: float(n * Fraction(1, 3)),
    "an int of numpy": lambda n: float(np.int64(2) * n) + float(n + np.int64(1)),
    "huge": lambda n: float(n**40 % 1000),
    "repeated": lambda n: len([0] * n),
    "equal to a fraction": lambda n: 1.0 if n == Fraction(3) else 2.0,
    "a caught error": lambda n: caught(n),
}


def caught(n):
    try:
        return 1 / (n - 3)
    except ZeroDivisionError:
        return 7.0


@pytest.mark.parametrize("scale", [*ONCE.values(), *ANY.values()], ids=[*ONCE, *ANY])
def test_arithmetic_is_as_in_eager_mode(scale):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = steps(scale, True)
    assert compiled[:2] == steps(scale, False)[:2]
    if scale in ONCE.values() and scale is not ONCE["a large constant"]:
        assert compiled[2] == 1


def test_a_division_by_zero_raises_and_leaves_the_state():
    found, state, _ = steps(lambda n: 1 / (n - 3), True)
    assert found[:3] == [0.5, 1.5, ZeroDivisionError]
    assert state == {"n": 2}


def test_a_logarithm_of_a_negative_number_raises():
    p = nn.Parameter(mc.zeros(1))
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.state[p]["f"] = 2.0

    @mc.jit
    def f(x):
        state = optimizer.state[p]
        state["f"] -= 1.5
        return x * math.log(state["f"])

    f(mc.ones(1))
    with pytest.raises(ValueError, match="math domain"):
        f(mc.ones(1))


def test_an_int_grows_beyond_64_bits():
    p = nn.Parameter(mc.zeros(1))
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.state[p]["h"] = expected = 1

    @mc.jit
    def f(x):
        state = optimizer.state[p]
        state["h"] = state["h"] * 5 + 1
        return x * float(state["h"] % 1000)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(32):
            expected = expected * 5 + 1
            assert f(mc.ones(1)).item() == expected % 1000
            assert optimizer.state[p]["h"] == expected


def test_a_number_is_converted_to_an_array_as_asked():
    p = nn.Parameter(mc.zeros(1))
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.state[p]["n"] = 3

    @mc.jit
    def f(x):
        n = optimizer.state[p]["n"]
        return x * float(n.__array__(dtype=np.float64)) * float(np.asarray(n))

    assert f(mc.ones(1)).item() == 9
