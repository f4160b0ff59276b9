"""Compiled functions on another device than the thread's."""

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import nn, optim


def there(values):
    return mc.tensor(values, device="reference")


MAKERS = {
    "zeros": lambda x: mc.zeros(2) + x,
    "ones_like": lambda x: mc.ones_like(x) * x,
    "full": lambda x: mc.full((2,), 3.0) * x,
    "arange": lambda x: mc.arange(2) + x,
    "eye": lambda x: mc.eye(2) @ x,
    "linspace": lambda x: mc.linspace(0, 1, 2) + x,
    "tensor": lambda x: mc.tensor([1.0, 2.0]) * x,
    "an array": lambda x: mc.from_numpy(np.array([1.0, 2.0], np.float32)) * x,
    "a number": lambda x: x * 2 + 1,
    "new_zeros": lambda x: x.new_zeros(2) + x,
    "where": lambda x: mc.where(x > 1, x, 0.0),
    "its own device": lambda x: mc.zeros(2, device=x.device) + x,
    "one_hot": lambda x: F.one_hot(mc.tensor([0, 1]), 2) * x,
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("captured", [False, True], ids=["argument", "captured"])
def test_what_is_made_inside_is_where_the_function_runs(make, captured):
    x, here = there([1.0, 2.0]), mc.tensor([1.0, 2.0])
    f = mc.jit((lambda: make(x + 0)) if captured else make)
    result = f() if captured else f(x)
    assert result.device == "reference"
    assert result.tolist() == make(here).tolist()
    assert mc.get_default_device() == "cpu"
    if not captured:
        assert f(here).device == "cpu"
        assert f.compilations == 2


def test_a_traced_tensor_says_where_it_will_be():
    seen = []

    @mc.jit
    def f(x):
        y = x * 2
        seen.extend([x.device, y.device, mc.zeros(1).device, mc.get_default_device()])
        return y.to(x.device) + x.to(y.device)

    assert f(there([1.0])).tolist() == [3]
    assert seen == ["reference"] * 4
    seen.clear()
    assert f(mc.tensor([1.0])).device == "cpu"
    assert seen == ["cpu"] * 4


def test_random_numbers_are_drawn_where_the_function_runs():
    def draw(x):
        return mc.rand(3) + x.new_zeros(3).uniform_() + F.dropout(mc.ones(3), 0.5)

    for device in ("cpu", "reference"):
        x = mc.zeros(3, device=device)
        mc.manual_seed(7)
        compiled = mc.jit(draw)(x)
        assert compiled.device == device
        mc.manual_seed(7)
        with mc.set_default_device(device):
            expected = draw(x)
        np.testing.assert_allclose(compiled.numpy(), expected.numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    "move",
    [
        lambda x: x.cpu(),
        lambda x: x.to("cpu"),
        lambda x: mc.zeros(2, device="cpu") + x,
        lambda x: mc.arange(2, device="cpu") + x,
        lambda x: mc.eye(2, device="cpu") @ x,
        lambda x: mc.tensor([1.0, 2.0], device="cpu") + x,
        lambda x: mc.rand(2, device="cpu") + x,
    ],
)
def test_a_function_runs_on_one_device(move):
    with pytest.raises(mc.CompileError, match=r"of the compiled function, reference, got cpu"):
        mc.jit(move)(there([1.0, 2.0]))
    assert mc.get_default_device() == "cpu"


def test_tensors_of_two_devices_are_refused_as_eagerly():
    x, y = there([1.0]), mc.ones(1)
    for call in (lambda: x + y, lambda: mc.jit(lambda a, b: a + b)(x, y)):
        with pytest.raises(ValueError, match="on one device"):
            call()
    with pytest.raises(ValueError, match="on one device in a compiled function, got reference and"):
        mc.jit(lambda a: a + y)(x)


def test_eager_and_compiled_calls_may_alternate():
    x, f = there([1.0, 2.0]), mc.jit(lambda x: x * mc.arange(2) + mc.ones(2))
    for _ in range(3):
        x = f(x * 2) + mc.ones(2, device="reference")
    assert x.tolist() == [2, 30]
    assert f.compilations == 1


@pytest.mark.parametrize("mode", ["eager", "jit", "graph"])
def test_a_model_trains_on_another_device(mode):
    def train(device):
        mc.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.LayerNorm(4), nn.Linear(4, 2))
        model.to(device)
        optimizer = optim.AdamW(model.parameters(), lr=0.1)
        x, y = mc.ones(2, 3, device=device), mc.tensor([0, 1], device=device)

        def step():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y) + mc.zeros((), device=device)
            loss.backward()
            optimizer.step()
            return loss.detach()

        step = mc.jit(step) if mode == "jit" else step
        with mc.set_mode("graph" if mode == "graph" else "eager"):
            return [step().item() for _ in range(4)]

    np.testing.assert_allclose(train("reference"), train("cpu"), rtol=1e-4)
