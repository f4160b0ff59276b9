"""State of optimisers, those written by hand too, in compiled functions."""

import math
import warnings
from math import cos, sqrt

import numpy as np
import pytest

import mycel as mc
from mycel import nn, optim


class Decaying(optim.Optimizer):
    """Divides by a counter."""

    def __init__(self, params):
        super().__init__(params, {"lr": 1.0})

    def step(self):
        with mc.no_grad():
            for p in self.param_groups[0]["params"]:
                s = self.state.setdefault(p, {"n": 0})
                s["n"] += 1
                p.sub_(p.grad / s["n"])


class Adam(optim.Optimizer):
    def __init__(self, params, lr=0.1, betas=(0.9, 0.99), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def start(self, p):
        return {"step": 0, "m": mc.zeros_like(p), "v": mc.zeros_like(p)}

    def state_of(self, p):
        return self.state.setdefault(p, self.start(p))

    def corrections(self, group, step):
        beta1, beta2 = group["betas"]
        return 1 - beta1**step, (1 - beta2**step) ** 0.5

    def step(self):
        with mc.no_grad():
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    s = self.state_of(p)
                    s["step"] += 1
                    s["m"].mul_(beta1).add_(p.grad * (1 - beta1))
                    s["v"].mul_(beta2).add_(p.grad * p.grad * (1 - beta2))
                    first, second = self.corrections(group, s["step"])
                    p.sub_(s["m"] * (group["lr"] / first) / (s["v"].sqrt() / second + group["eps"]))


class AdamWithMath(Adam):
    def corrections(self, group, step):
        beta1, beta2 = group["betas"]
        return 1 - math.pow(beta1, step), math.sqrt(1 - math.exp(math.log(beta2) * step))


class LazyAdam(Adam):
    def state_of(self, p):
        s = self.state[p]
        if not s:
            s["step"] = 0
            s["m"], s["v"] = mc.zeros_like(p), mc.zeros_like(p)
        return s


class ReplacingAdam(LazyAdam):
    """Replaces the tensors of its state."""

    def step(self):
        with mc.no_grad():
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for p in group["params"]:
                    s = self.state_of(p)
                    s["step"] = s["step"] + 1
                    s["m"] = beta1 * s["m"] + (1 - beta1) * p.grad
                    s["v"] = beta2 * s["v"] + (1 - beta2) * p.grad**2
                    first, second = self.corrections(group, s["step"])
                    p.sub_(group["lr"] * s["m"] / first / (s["v"].sqrt() / second + group["eps"]))


class StatesOfFloats(optim.Optimizer):
    """Keeps a running scale as a float, and a bool."""

    def __init__(self, params):
        super().__init__(params, {"lr": 0.1})

    def step(self):
        with mc.no_grad():
            for p in self.param_groups[0]["params"]:
                s = self.state[p]
                if "scale" not in s:
                    s.update(scale=1.0, total=0, inner={"n": 3}, warm=True)
                s["scale"] = s["scale"] * 0.5 + 0.1
                s["total"] += 2
                s["inner"]["n"] -= 1
                p.sub_(p.grad * s["scale"] * (1 if s["warm"] else 2) + s["total"] + s["inner"]["n"])


class AdamWithItsOwnDict(LazyAdam):
    def __init__(self, params):
        super().__init__(params)
        self.state = {p: {} for p in self.param_groups[0]["params"]}


RULES = [Decaying, AdamWithItsOwnDict, Adam, AdamWithMath, LazyAdam, ReplacingAdam, StatesOfFloats]


def losses_of(rule, compile, steps=10):
    p = nn.Parameter(mc.tensor([1.0, -2.0, 0.5]))
    optimizer = rule([p])

    def step(x):
        optimizer.zero_grad()
        loss = ((p - x) * (p - x)).sum() + p.sum()
        loss.backward()
        optimizer.step()
        return loss

    function = mc.jit(step) if compile else step
    losses = [function(mc.tensor([1.0, 2.0, float(i)])).item() for i in range(steps)]
    return losses, optimizer.state[p], function


@pytest.mark.parametrize("rule", RULES)
def test_an_optimizer_written_by_hand_compiles_once(rule):
    expected, state, _ = losses_of(rule, compile=False)
    losses, compiled_state, function = losses_of(rule, compile=True)
    np.testing.assert_allclose(losses, expected, rtol=1e-5, atol=1e-6)
    assert function.compilations == 1, function.explain()
    assert list(compiled_state) == list(state)
    for key, value in state.items():
        assert type(compiled_state[key]) is type(value)
        if isinstance(value, mc.Tensor):
            np.testing.assert_allclose(compiled_state[key].numpy(), value.numpy(), rtol=1e-5)
        else:
            assert compiled_state[key] == pytest.approx(value, rel=1e-12)


def test_numbers_of_the_state_may_be_changed_between_calls():
    p = nn.Parameter(mc.ones(1))
    optimizer = Decaying([p])

    @mc.jit
    def step():
        optimizer.zero_grad()
        p.sum().backward()
        optimizer.step()

    step()
    step()
    optimizer.state[p]["n"] = 9
    before = p.item()
    step()
    assert before - p.item() == pytest.approx(0.1)
    assert optimizer.state[p]["n"] == 10
    assert step.compilations == 1


@pytest.mark.parametrize("rule", [Adam, ReplacingAdam])
def test_the_options_of_a_rule_written_by_hand_may_be_changed_between_calls(rule):
    found = []
    for compile in (False, True):
        p = nn.Parameter(mc.tensor([1.0, -2.0]))
        optimizer = rule([p])
        scheduler = optim.lr_scheduler.StepLR(optimizer, 1, 0.5)

        def step(optimizer=optimizer, p=p):
            optimizer.zero_grad()
            (p * p).sum().backward()
            optimizer.step()

        function = mc.jit(step) if compile else step
        for _ in range(5):
            function()
            scheduler.step()
        found.append(p.tolist())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6)
    assert function.compilations == 1, function.explain()


def warm_steps(rate):
    """A step of an optimiser that counts, and how often it was compiled in five calls."""
    p = nn.Parameter(mc.ones(1))

    class Warm(optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": 1.0})

        def step(self):
            with mc.no_grad():
                for p in self.param_groups[0]["params"]:
                    s = self.state[p]
                    s["n"] = s.get("n", 0) + 1
                    p.sub_(p.grad * rate(s["n"]))

    optimizer = Warm([p])

    def step():
        optimizer.zero_grad()
        p.sum().backward()
        optimizer.step()

    compiled = mc.jit(step)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(5):
            compiled()
            found.append(p.item())
    assert optimizer.state[p] == {"n": 5}
    return found, compiled


def test_a_number_that_is_asked_for_is_a_constant_and_explained():
    found, compiled = warm_steps(lambda n: float(n))
    assert found == [0, -2, -5, -9, -14]
    assert compiled.compilations == 4
    assert "float(n + 1)" in compiled.explain()


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (lambda n: 1 if n > 3 else 10, "(n + 1) > 3"),
        (lambda n: 10 if n <= 3 else 1, "(n + 1) <= 3"),
        (lambda n: 1 if n // 4 else 10, "(n + 1) // 4"),
        (lambda n: min(n, 4) ** 0 if int(n / 4) else 10, "int((n + 1) / 4)"),
        (lambda n: [10, 1][n // 4], "(n + 1) // 4"),
    ],
)
def test_a_branch_on_a_number_compiles_once_for_each_outcome(rate, expected):
    found, compiled = warm_steps(rate)
    assert found == [-9, -19, -29, -30, -31]
    assert compiled.compilations <= 3
    assert expected in compiled.explain()


def test_functions_of_math_bound_by_name_are_traced():
    found, compiled = warm_steps(lambda n: sqrt(n) * cos(n))
    expected = np.cumsum([-math.sqrt(n) * math.cos(n) for n in range(1, 6)]) + 1
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert compiled.compilations == 1
    assert sqrt is math.sqrt


def test_a_function_of_math_in_a_closure_is_traced():
    from math import log1p

    found, compiled = warm_steps(lambda n: log1p(n))
    expected = np.cumsum([-math.log1p(n) for n in range(1, 6)]) + 1
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert compiled.compilations == 1
    assert log1p is math.log1p


def test_an_int_of_the_state_stays_an_int_and_a_large_one_exact():
    p = nn.Parameter(mc.ones(1))
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.state[p].update(n=2**40, big=2**70, f=0.5)

    @mc.jit
    def f(x):
        s = optimizer.state[p]
        s["n"] += 1
        s["f"] = s["f"] / 2
        s["big"] += 1
        return x * (s["n"] - 2**40)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [f(mc.ones(1)).item() for _ in range(3)] == [1, 2, 3]
    assert optimizer.state[p] == {"n": 2**40 + 3, "big": 2**70 + 3, "f": 0.0625}


def test_a_number_of_the_state_may_be_the_result():
    p = nn.Parameter(mc.ones(1))
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.state[p]["n"] = 1

    @mc.jit
    def f():
        optimizer.state[p]["n"] += 1
        return optimizer.state[p]["n"], optimizer.state[p]["n"] / 4

    assert [f() for _ in range(3)] == [(2, 0.5), (3, 0.75), (4, 1.0)]
    assert type(f()[0]) is int and f.compilations == 1


def test_a_number_takes_the_dtype_of_tensors():
    p = nn.Parameter(mc.ones(1))
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.state[p].update(n=1, f=1.5)

    @mc.jit
    def f(half, integer):
        s = optimizer.state[p]
        return half * s["n"], half + s["f"], integer + s["n"], integer * s["f"], mc.maximum(half, 2)

    half, integer = mc.ones(1, dtype=mc.float16), mc.ones(1, dtype=mc.int32)
    found = [each.dtype for each in f(half, integer)]
    s = optimizer.state[p]
    assert found == [
        (half * s["n"]).dtype,
        (half + s["f"]).dtype,
        (integer + s["n"]).dtype,
        (integer * s["f"]).dtype,
        mc.float16,
    ]


def test_a_failing_trace_puts_the_state_back():
    p = nn.Parameter(mc.ones(1))
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.state[p]["n"] = 1

    @mc.jit
    def f(x):
        optimizer.state[p]["n"] += 1
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        f(mc.ones(1))
    assert optimizer.state[p] == {"n": 1}
    assert type(optimizer.state[p]["n"]) is int
    assert math.sqrt(4) == 2


def test_state_that_is_made_in_a_call_undoes_what_the_trace_did():
    p = nn.Parameter(mc.ones(1))
    optimizer = Adam([p])
    calls = {"n": 0}

    @mc.jit
    def step():
        calls["n"] += 1
        optimizer.zero_grad()
        p.sum().backward()
        optimizer.step()

    step()
    assert calls["n"] == 1
    assert optimizer.state[p]["step"] == 1
