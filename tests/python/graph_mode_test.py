"""mc.set_mode("graph"): the outermost module call and optimizer.step() are compiled."""

import io
import threading

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import data, nn, optim


class LeNet(nn.Module):
    def __init__(self):
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.reshape(x.shape[0], -1)
        return F.log_softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), -1)


class Traced(nn.Module):
    """Notes of each call of `forward` whether it was traced."""

    def __init__(self, inner=None):
        self.inner = inner
        self.weight = nn.Parameter(mc.ones(()))

    def forward(self, x):
        note_call(x)
        return (self.inner(x) if self.inner else x) * self.weight


NOTES = io.StringIO()  # writing is an effect outside Python's state: it happens while tracing


def note_call(x):
    NOTES.write("traced " if "traced" in repr(x) else "eager ")


def noted():
    return NOTES.getvalue().split()


@pytest.fixture
def graph_mode():
    NOTES.seek(0)
    NOTES.truncate()
    mc.set_mode("graph")
    yield
    mc.set_mode("eager")


def train(mode, make_optimizer, steps=8):
    """The losses of LeNet on synthetic digits, one per step, and the trained parameters."""
    mc.manual_seed(0)
    model = LeNet()
    optimizer = make_optimizer(model.parameters())
    loader = data.DataLoader(data.SyntheticDigits(16 * steps), batch_size=16, shuffle=True)
    losses = []
    mc.set_mode(mode)
    try:
        for images, labels in loader:
            optimizer.zero_grad()
            loss = F.nll_loss(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    finally:
        mc.set_mode("eager")
    return losses, model.state_dict(), (model, optimizer)


def compilations(owner):
    """Of each compiled method of a module or optimiser."""
    return {name: f.compilations for name, f in vars(owner).get("_compiled", {}).items()}


@pytest.mark.parametrize(
    "make_optimizer",
    [
        lambda p: optim.Adadelta(p, lr=1.0),
        lambda p: optim.SGD(p, lr=0.05, momentum=0.9),
        lambda p: optim.AdamW(p, lr=1e-3),
    ],
    ids=["adadelta", "sgd", "adamw"],
)
def test_lenet_trains_as_it_does_eagerly(make_optimizer):
    eager, eager_state, objects = train("eager", make_optimizer)
    assert [compilations(each) for each in objects] == [{}, {}]
    graph, graph_state, (model, optimizer) = train("graph", make_optimizer)
    np.testing.assert_allclose(graph, eager, rtol=1e-5)
    for name, value in eager_state.items():
        expected, found = value.numpy(), graph_state[name].numpy()
        assert np.linalg.norm(found - expected) <= 1e-3 * np.linalg.norm(expected), name
    assert compilations(model) == {"forward": 1}
    assert compilations(optimizer) == {"_update_all": 1}
    assert min(graph) < graph[0]


def test_the_outermost_call_is_compiled_and_inner_ones_are_part_of_it(graph_mode):
    model = Traced(Traced())
    for _ in range(3):
        assert model(mc.ones(2)).tolist() == [1, 1]
    assert noted() == ["traced", "traced"]
    assert compilations(model) == {"forward": 1}
    assert compilations(model.inner) == {}


def test_what_lies_between_is_eager(graph_mode):
    model = Traced()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    hidden = model(mc.ones(2)) * 2
    assert hidden.tolist() == [2, 2]  # a value at once
    assert "traced" not in repr(hidden)
    hidden.sum().backward()
    assert model.weight.grad.item() == 4
    optimizer.step()
    assert model.weight.item() == pytest.approx(0.6)


def test_a_jitted_function_holds_the_calls_inside_it(graph_mode):
    model = Traced()
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    @mc.jit
    def step(x):
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()

    for _ in range(3):
        step(mc.ones(2))
    assert step.compilations == 1
    assert compilations(model) == compilations(optimizer) == {}
    assert model.weight.item() == pytest.approx(0.4)


def test_a_new_shape_and_a_new_mode_are_new_compilations(graph_mode):
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    for _ in range(2):
        model(mc.ones(1, 2))
        model(mc.ones(3, 2))
    assert compilations(model) == {"forward": 2}
    model.eval()
    for _ in range(2):
        model(mc.ones(1, 2))
    assert compilations(model) == {"forward": 3}


def test_learning_rates_change_without_a_compilation(graph_mode):
    weight = nn.Parameter(mc.zeros(()))
    optimizer = optim.SGD([weight], lr=1.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    for _ in range(4):
        weight.grad = mc.tensor(-1.0)
        optimizer.step()
        scheduler.step()
    assert weight.item() == 1.875
    assert compilations(optimizer) == {"_update_all": 1}


def test_running_statistics_are_written(graph_mode):
    layer = nn.BatchNorm2d(1)
    x = mc.full((2, 1, 2, 2), 5.0)
    for _ in range(3):
        layer(x)
    assert layer.running_mean.item() == pytest.approx(5 * (1 - 0.9**3))
    assert layer.num_batches_tracked.item() == 3


def test_a_closure_is_run_eagerly_and_the_update_compiled(graph_mode):
    model = Traced()
    optimizer = optim.SGD(model.parameters(), lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = model(mc.ones(1)).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 1
    assert model.weight.item() == 0.5


def test_gradients_of_gradients(graph_mode):
    model = nn.Sequential(nn.Linear(1, 1, bias=False))

    def f(x):
        return (model(x) ** 3).sum()

    w = model[0].weight.item()
    x = mc.tensor([[2.0]])
    assert mc.grad(f)(x).item() == pytest.approx(12 * w**3)
    second = mc.grad(lambda x: mc.grad(f)(x).sum())(x)
    assert second.item() == pytest.approx(12 * w**3)


def test_a_module_that_cannot_be_traced_raises_and_never_falls_back(graph_mode):
    class Branches(nn.Module):
        def forward(self, x):
            note_call(x)
            if x.sum() > 0:
                return x
            return -x

    model = Branches()
    for expected in (1, 2):
        with pytest.raises(mc.CompileError, match=r"bool.*traced") as caught:
            model(mc.ones(2))
        assert noted() == ["traced"] * expected
        assert "if x.sum() > 0" in str(caught.traceback[-1].statement)
    mc.set_mode("eager")
    assert model(mc.ones(2)).tolist() == [1, 1]


def test_an_exception_of_the_module_passes(graph_mode):
    class Fails(nn.Module):
        def forward(self, x):
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        Fails()(mc.ones(1))
    assert Traced()(mc.ones(1)).item() == 1


def test_the_mode_belongs_to_the_thread(graph_mode):
    found = []

    def work():
        found.append(mc.get_mode())
        mc.set_mode("eager")
        Traced()(mc.ones(1))
        found.append(noted()[-1])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["eager", "eager"]
    assert mc.get_mode() == "graph"
    Traced()(mc.ones(1))
    assert noted()[-1] == "traced"


def test_threads_share_a_compiled_module():
    model = nn.Linear(4, 4)
    x = mc.randn(3, 4)
    expected = model(x).tolist()
    results = []

    def work():
        mc.set_mode("graph")
        results.extend(model(x).tolist() for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 20
    for found in results:
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert compilations(model) == {"forward": 1}


def test_other_modes_are_refused():
    with pytest.raises(ValueError, match=r'\[set_mode\] expects "eager" or "graph", got "lazy"'):
        mc.set_mode("lazy")
    assert mc.get_mode() == "eager"
