"""Optimisers against their formulas in NumPy; groups and mistakes."""

import numpy as np
import pytest

import mycel as mc
from mycel import nn, optim
from training import START, TARGET, loss_of, parameter


def sgd(lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    buffer = None

    def update(p, g):
        nonlocal buffer
        g = g + weight_decay * p
        if momentum:
            buffer = g if buffer is None else momentum * buffer + (1 - dampening) * g
            g = g + momentum * buffer if nesterov else buffer
        return p - lr * g

    return update


def adadelta(lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
    square = acc = 0.0

    def update(p, g):
        nonlocal square, acc
        g = g + weight_decay * p
        square = rho * square + (1 - rho) * g**2
        delta = np.sqrt(acc + eps) / np.sqrt(square + eps) * g
        acc = rho * acc + (1 - rho) * delta**2
        return p - lr * delta

    return update


def adamw(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
    m = v = t = 0

    def update(p, g):
        nonlocal m, v, t
        t += 1
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        step = m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        return p * (1 - lr * weight_decay) - lr * step

    return update


RULES = [
    (optim.SGD, sgd, {"lr": 0.1}),
    (optim.SGD, sgd, {}),
    (optim.SGD, sgd, {"lr": 0.1, "weight_decay": 0.3}),
    (optim.SGD, sgd, {"lr": 0.1, "momentum": 0.9}),
    (optim.SGD, sgd, {"lr": 0.1, "momentum": 0.9, "dampening": 0.25, "weight_decay": 0.1}),
    (optim.SGD, sgd, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (optim.Adadelta, adadelta, {}),
    (optim.Adadelta, adadelta, {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1}),
    (optim.AdamW, adamw, {}),
    (optim.AdamW, adamw, {"lr": 0.1, "betas": (0.7, 0.9), "eps": 1e-2, "weight_decay": 0.2}),
]


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize(("kind", "rule", "options"), RULES)
def test_steps_follow_the_formula(kind, rule, options, compiled):
    p = parameter()
    optimizer, update, expected = kind([p], **options), rule(**options), START

    def step():
        optimizer.zero_grad()
        loss_of(p).backward()
        optimizer.step()

    run = mc.jit(step) if compiled else step
    for _ in range(6):
        expected = update(expected, 4 * (expected - TARGET) ** 3)
        run()
        np.testing.assert_allclose(p.detach().numpy(), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [mc.bfloat16, mc.float16])
@pytest.mark.parametrize(("kind", "rule", "options"), RULES)
def test_parameters_of_16_bits_are_updated_in_float32(kind, rule, options, dtype):
    p = nn.Parameter(mc.tensor(START).to(dtype))
    start = p.detach().to(mc.float64).numpy()
    optimizer = kind([p], **options)
    p.grad = mc.tensor(TARGET).to(dtype)
    optimizer.step()
    expected = rule(**options)(start, p.grad.to(mc.float64).numpy())
    digits = 8 if dtype == mc.bfloat16 else 11
    np.testing.assert_allclose(p.detach().to(mc.float64).numpy(), expected, rtol=2.0**-digits)
    assert {slot.dtype for slot in optimizer.state.get(p, {}).values()} <= {dtype, mc.float32}


def test_groups_have_options_of_their_own():
    a, b, c = parameter(), parameter(), parameter()
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5, "momentum": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": iter([c]), "weight_decay": 1.0})
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5, 0.1]
    assert [group["momentum"] for group in optimizer.param_groups] == [0, 0.5, 0]
    rules = sgd(0.1), sgd(0.5, momentum=0.5), sgd(0.1, weight_decay=1.0)
    expected = [START] * 3
    for _ in range(3):
        optimizer.zero_grad()
        (a.sum() + b.sum() + c.sum()).backward()
        optimizer.step()
        ones = np.ones_like(START)
        expected = [rule(value, ones) for rule, value in zip(rules, expected, strict=True)]
    for mine, value in zip((a, b, c), expected, strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), value, rtol=1e-12)


def test_a_group_that_is_added_later_is_trained_by_the_compiled_step():
    a, b = parameter(), parameter()
    optimizer = optim.SGD([a], lr=0.1)

    @mc.jit
    def step():
        optimizer.zero_grad()
        (a + b).sum().backward()
        optimizer.step()

    step()
    optimizer.add_param_group({"params": [b], "lr": 1.0})
    step()
    np.testing.assert_allclose(a.detach().numpy(), START - 0.2, rtol=1e-12)
    np.testing.assert_allclose(b.detach().numpy(), START - 1, rtol=1e-12)
    assert step.compilations == 2


def test_parameters_without_a_gradient_stay_as_they_are():
    used, unused, frozen = parameter(), parameter(), parameter()
    frozen.requires_grad_(False)
    optimizer = optim.AdamW([used, unused, frozen], weight_decay=0.5)
    used.sum().backward()
    optimizer.step()
    assert not np.array_equal(used.detach().numpy(), START)
    np.testing.assert_array_equal(unused.detach().numpy(), START)
    np.testing.assert_array_equal(frozen.numpy(), START)
    assert list(optimizer.state) == [used]


def test_zero_grad_forgets_gradients_or_zeroes_them():
    p = parameter()
    optimizer = optim.SGD([p])
    p.sum().backward()
    gradient = p.grad
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.abs().sum().item() == 0
    optimizer.zero_grad()
    assert p.grad is None
    assert gradient.shape == (3, 4)


def test_a_closure_computes_the_loss_and_its_gradients():
    p = parameter()
    optimizer = optim.SGD([p], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(p)
        loss.backward()
        return loss

    with mc.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == pytest.approx(((START - TARGET) ** 4).sum())
    expected = sgd(0.1)(START, 4 * (START - TARGET) ** 3)
    np.testing.assert_allclose(p.detach().numpy(), expected, rtol=1e-12)


def test_a_change_of_numbers_compiles_nothing():
    p = parameter()
    optimizer = optim.SGD([p], lr=0.1, momentum=0.9, weight_decay=0.1)

    @mc.jit
    def step():
        optimizer.zero_grad()
        p.sum().backward()
        optimizer.step()

    expected, buffer = START, 0
    for number in range(4):
        group = optimizer.param_groups[0]
        group["lr"], group["momentum"], group["weight_decay"] = 0.1 / (number + 1), 0.8, 0.2
        buffer = 0.8 * buffer + (1 + 0.2 * expected)
        expected = expected - 0.1 / (number + 1) * buffer
        step()
    np.testing.assert_allclose(p.detach().numpy(), expected, rtol=1e-12)
    assert step.compilations == 1
    optimizer.param_groups[0]["momentum"] = 0.0
    before = p.detach().numpy().copy()
    step()
    np.testing.assert_allclose(p.detach().numpy(), before - 0.025 * (1 + 0.2 * before))


@pytest.mark.parametrize("rate", [1, True, mc.tensor(1.0), np.float32(1)])
def test_numbers_may_be_of_any_kind(rate):
    eager, compiled = parameter(), parameter()
    for p in (eager, compiled):
        optimizer = optim.SGD([p], lr=rate)
        p.sum().backward()
        (mc.jit(optimizer.step) if p is compiled else optimizer.step)()
        np.testing.assert_allclose(p.detach().numpy(), START - 1, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda p: optim.SGD([]), ValueError, r"\[SGD\] expects at least one parameter"),
        (lambda p: optim.SGD(p), TypeError, "expects a list of parameters, .* got Parameter"),
        (lambda p: optim.SGD([p, p]), ValueError, "expects each parameter once"),
        (lambda p: optim.SGD([[p]]), TypeError, "tensors, got list"),
        (lambda p: optim.SGD([p * 2]), ValueError, "leaves, got a result"),
        (lambda p: optim.SGD([p], lr=-1), ValueError, "lr to be at least 0, got -1"),
        (lambda p: optim.SGD([p], lr=float("nan")), ValueError, "got nan"),
        (lambda p: optim.SGD([p], lr="0.1"), ValueError, "got '0.1'"),
        (lambda p: optim.SGD([p], nesterov=True), ValueError, "momentum above 0"),
        (lambda p: optim.SGD([{"params": [p], "lr": -1}]), ValueError, "got -1"),
        (lambda p: optim.SGD([("a", p), p]), TypeError, "names for all parameters or for none"),
        (lambda p: optim.SGD([{"lr": 1}]), TypeError, 'dict with "params"'),
        (lambda p: optim.Adadelta([p], rho=1.5), ValueError, r"rho in \[0, 1\], got 1.5"),
        (lambda p: optim.AdamW([p], betas=(0.9, 1.0)), ValueError, "betas"),
        (lambda p: optim.AdamW([p], eps=-1), ValueError, "eps to be at least 0"),
        (lambda p: optim.lr_scheduler.StepLR(optim.SGD([p]), 0), ValueError, "got 0"),
        (lambda p: optim.lr_scheduler.StepLR(p, 1), TypeError, "expects an optimiser"),
    ],
)
def test_mistakes_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make(parameter())


def test_repr_lists_the_groups():
    assert repr(optim.SGD([parameter()], lr=0.1)) == (
        "SGD (\nParameter Group 0\n    dampening: 0.0\n    lr: 0.1\n    momentum: 0.0\n"
        "    nesterov: False\n    weight_decay: 0.0\n)"
    )
