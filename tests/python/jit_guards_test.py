"""A change of Python's state that a trace read is a new trace, and nothing else is."""

import pytest

import mycel as mc
from mycel import nn, optim

SCALE = 2.0
OPTIONS = {"scale": 2.0}
NUMBERS = [1.0, 2.0]
NESTED = {"inner": [1.0]}
MANY = list(range(100))
other_global = 0


def scaled(x):
    return x * SCALE


def plus_default(x, amount=1.0, *, more=10.0):
    return x + amount + more


@pytest.fixture
def x():
    return mc.tensor([1.0])


def check(function, x, expected, compilations):
    """Calls twice: the second call never compiles."""
    for _ in range(2):
        assert function(x).item() == expected
    assert function.compilations == compilations, function.explain()


def test_globals(monkeypatch, x):
    f = mc.jit(lambda x: x * SCALE)
    check(f, x, 2, 1)
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    check(f, x, 3, 2)
    monkeypatch.setitem(globals(), "SCALE", 2.0 + 0)
    check(f, x, 2, 2)
    monkeypatch.setitem(globals(), "SCALE", 2)  # another type
    check(f, x, 2, 3)


def test_globals_that_called_functions_name(monkeypatch, x):
    f = mc.jit(lambda x: scaled(x))
    check(f, x, 2, 1)
    monkeypatch.setitem(globals(), "SCALE", 5.0)
    check(f, x, 5, 2)
    monkeypatch.setitem(globals(), "scaled", lambda x: x * 7)
    check(f, x, 7, 3)


def test_globals_that_are_not_named_do_not_matter(monkeypatch, x):
    f = mc.jit(lambda x: x * SCALE)
    f(x)
    monkeypatch.setitem(globals(), "other_global", 1)
    check(f, x, 2, 1)


def test_an_attribute_that_is_called_like_a_global_does_not_matter(monkeypatch, x):
    f = mc.jit(lambda x: x.sum())
    f(x)
    monkeypatch.setitem(globals(), "sum", 3)
    check(f, x, 1, 1)


def test_containers_by_their_items(monkeypatch, x):
    f = mc.jit(lambda x: x * OPTIONS["scale"] + sum(NUMBERS))
    check(f, x, 5, 1)
    monkeypatch.setitem(OPTIONS, "scale", 4.0)
    check(f, x, 7, 2)
    NUMBERS.append(1.0)
    try:
        check(f, x, 8, 3)
    finally:
        NUMBERS.pop()
    check(f, x, 7, 3)


def test_long_and_nested_containers_are_guarded(monkeypatch, x):
    f = mc.jit(lambda x: x + len(MANY) + NESTED["inner"][0])
    check(f, x, 102, 1)
    monkeypatch.setitem(NESTED, "inner", [2.0])
    check(f, x, 103, 2)
    monkeypatch.setitem(globals(), "MANY", MANY[:-1])
    check(f, x, 102, 3)


def test_closure_variables(x):
    factor = 2.0

    def f(x):
        return x * factor

    f = mc.jit(f)
    check(f, x, 2, 1)
    factor = 3.0
    check(f, x, 3, 2)
    factor = 2.0
    check(f, x, 2, 2)


def test_closure_variables_of_called_functions(x):
    def make(amount):
        def add(x):
            return x + amount

        def change(value):
            nonlocal amount
            amount = value

        return add, change

    add, change = make(1.0)
    table = {"add": add}
    f = mc.jit(lambda x: table["add"](x))
    check(f, x, 2, 1)
    change(5.0)
    check(f, x, 6, 2)


def test_defaults(x):
    f = mc.jit(lambda x: plus_default(x))
    try:
        check(f, x, 12, 1)
        plus_default.__defaults__ = (2.0,)
        check(f, x, 13, 2)
        plus_default.__kwdefaults__["more"] = 20.0
        check(f, x, 23, 3)
    finally:
        plus_default.__defaults__ = (1.0,)
        plus_default.__kwdefaults__["more"] = 10.0


class Net(nn.Module):
    bias = 0.0

    def __init__(self):
        self.factor = 2.0
        self.layers = [1.0]
        self.inner = nn.Dropout(0.5)
        self.unread = 0

    def forward(self, x):
        return x * self.factor + sum(self.layers) + self.bias + (100.0 if self.training else 0.0)


def test_module_attributes(x):
    net = Net()
    f = mc.jit(lambda x: net(x))
    check(f, x, 103, 1)
    net.factor = 3.0
    check(f, x, 104, 2)
    net.factor = 2.0
    check(f, x, 103, 2)
    net.layers.append(1.0)
    check(f, x, 104, 3)
    net.unread = 1
    check(f, x, 104, 3)
    del net.unread
    check(f, x, 104, 3)


def test_class_attributes_and_methods(monkeypatch, x):
    net = Net()
    f = mc.jit(lambda x: net(x))
    check(f, x, 103, 1)
    monkeypatch.setattr(Net, "bias", 1000.0)
    check(f, x, 1103, 2)
    monkeypatch.setattr(Net, "forward", lambda self, x: x * 0)
    check(f, x, 0, 3)


def test_train_and_eval(x):
    net = Net()
    f = mc.jit(lambda x: net(x))
    check(f, x, 103, 1)
    for _ in range(3):
        net.eval()
        check(f, x, 3, 2)
        net.train()
        check(f, x, 103, 2)


def test_dropout_follows_the_mode():
    layer = nn.Dropout(0.5)
    f = mc.jit(lambda x: layer(x))
    assert (f(mc.ones(1000)) == 0).any().item()
    layer.eval()
    assert (f(mc.ones(1000)) == 1).all().item()
    assert f.compilations == 2


def test_another_parameter_object():
    layer = nn.Linear(1, 1, bias=False)
    f = mc.jit(lambda x: layer(x))
    f(mc.ones(1, 1))
    layer.weight.data.fill_(3)
    assert f(mc.ones(1, 1)).item() == 3
    assert f.compilations == 1
    layer.weight = nn.Parameter(mc.tensor([[5.0]]))
    assert f(mc.ones(1, 1)).item() == 5
    assert f.compilations == 2
    layer.weight.requires_grad_(False)
    assert not f(mc.ones(1, 1)).requires_grad
    assert f.compilations == 3


def test_modes_and_dtypes(x):
    f = mc.jit(lambda x: x + 1)
    f(x)
    mc.set_mode("graph")
    try:
        f(x)
    finally:
        mc.set_mode("eager")
    assert f.compilations == 2
    f(x.double())
    assert f.compilations == 3


def test_numbers_of_an_optimizer_are_operands():
    p = nn.Parameter(mc.tensor([1.0]))
    optimizer = optim.AdamW([p], lr=0.1)

    @mc.jit
    def step():
        optimizer.zero_grad()
        (p * 2).sum().backward()
        optimizer.step()

    for lr, decay in ((0.1, 0.0), (0.2, 0.1), (0.4, 0.2)):
        before = p.item()
        optimizer.param_groups[0].update(lr=lr, weight_decay=decay, betas=(0.5, 0.5))
        step()
        assert abs(before * (1 - lr * decay) - lr - p.item()) < 1e-5
    assert step.compilations == 1


def test_momentum_that_becomes_zero_is_another_program():
    p = nn.Parameter(mc.tensor([1.0]))
    optimizer = optim.SGD([p], lr=0.1, momentum=0.9)

    @mc.jit
    def step():
        optimizer.zero_grad()
        p.sum().backward()
        optimizer.step()

    step()
    optimizer.param_groups[0]["momentum"] = 0.5
    step()
    assert step.compilations == 1
    optimizer.param_groups[0]["momentum"] = 0.0
    step()
    assert step.compilations == 2


def test_another_parameter_in_a_group():
    p, q = nn.Parameter(mc.ones(1)), nn.Parameter(mc.ones(1))
    optimizer = optim.SGD([p], lr=1.0)

    @mc.jit
    def step():
        optimizer.zero_grad()
        (p + q).sum().backward()
        optimizer.step()

    step()
    optimizer.add_param_group({"params": [q], "lr": 0.5})
    step()
    assert step.compilations == 2
    assert (p.item(), q.item()) == (-1, 0.5)


def test_gradients_at_entry_are_looked_at():
    p = mc.ones(1, requires_grad=True)

    @mc.jit
    def f():
        return p * 1 if p.grad is None else p.grad * 10

    assert f().item() == 1
    p.grad = mc.tensor([2.0])
    assert f().item() == 20
    p.grad = mc.tensor([3.0])
    assert f().item() == 30
    assert f.compilations == 2


def test_a_set_whose_items_cannot_be_compared_is_another_set(x):
    class Incomparable:
        def __hash__(self):
            return 1

        def __eq__(self, other):
            raise ValueError("not comparable")

    kinds = {Incomparable()}
    f = mc.jit(lambda x: x * sum(1 for _ in kinds))
    check(f, x, 1, 1)
    kinds.clear()
    kinds.add(Incomparable())
    check(f, x, 1, 2)


def test_what_changed_is_told_in_whole_characters_and_true_sizes(x):
    name, kinds = "aü" * 40, {1, 2, 3}
    f = mc.jit(lambda x: x * len(name) * sum(kinds))
    f(x)
    name = "b"
    f(x)
    kinds.add(4)
    f(x)
    assert "aüaü" in f.explain()
    assert "a set of 3 items" in f.explain()
