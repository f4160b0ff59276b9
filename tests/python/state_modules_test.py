"""State of modules, NumPy arrays and trainers that a compiled function read."""

import contextlib
import math
import sys
import types

import numpy as np

import mycel as mc
from mycel import nn, optim
from state_programs import Plain, Programs

program = Programs()
module = types.ModuleType("settings")


# --- modules ---------------------------------------------------------------------------------


@program
def attribute_of_a_python_module():
    module.scale, module.unread = 2.0, 0
    yield lambda x: x * module.scale
    yield 2, 1
    module.unread = 1
    yield 2, 1
    module.scale = 3.0
    yield 3, 2


@program
def attribute_of_an_imported_module():
    sys.modules["settings_of_a_test"] = module
    module.scale = 2.0

    def f(x):
        import settings_of_a_test as settings

        return x * settings.scale

    yield f
    yield 2, 1
    module.scale = 3.0
    yield 3, 2


class Scaled(nn.Module):
    def __init__(self, config):
        self.config, self.factor, self.calls = config, 1.0, 0
        self.layers = [1.0]
        self.inner = nn.Dropout(0.0)

    def forward(self, x):
        x = self.inner(x * self.config.scale * self.factor * sum(self.layers))
        return x if self.training else -x


@program
def object_of_a_module():
    config = types.SimpleNamespace(scale=2.0, name="a")
    net = Scaled(config)
    yield lambda x: net(x)
    yield 2, 1
    config.scale = 3.0
    yield 3, 2
    config.name = "b"
    yield 3, 2


@program
def number_and_list_of_a_module():
    net = Scaled(Plain(scale=1.0))
    yield net
    yield 1, 1
    net.factor = 3.0
    yield 3, 2
    net.calls += 1
    yield 3, 2
    net.layers.append(2.0)
    yield 9, 3


@program
def training_flag_of_a_module():
    net = Scaled(Plain(scale=1.0))
    yield net
    yield 1, 1
    net.eval()
    yield -1, 2
    net.train()
    yield 1, 2


@program
def flag_of_a_child():
    class Noisy(nn.Module):
        def forward(self, x):
            return x * 2 if self.training else x

    class Net(nn.Module):
        def __init__(self):
            self.child = Noisy()

        def forward(self, x):
            return self.child(x)

    net = Net()
    yield lambda x: net(x)
    yield 2, 1
    net.child.training = False
    yield 1, 2


@program
def child_replaced():
    class Net(nn.Module):
        def __init__(self):
            self.child = nn.Dropout(0.0)

        def forward(self, x):
            return self.child(x) * 2

    class Negative(nn.Module):
        def forward(self, x):
            return -x

    net = Net()
    yield lambda x: net(x)
    yield 2, 1
    net.child = Negative()
    yield -2, 2


@program
def functions_of_a_module():
    class N(nn.Module):
        def __init__(self):
            self.functions = [lambda x: x * 2]
            self.hooks = {}

        def forward(self, x):
            for function in self.functions:
                x = function(x)
            for hook in self.hooks.values():
                x = hook(self, x)
            return x

    n, b = N(), Plain(k=3.0)
    yield n
    yield 2, 1
    n.functions.append(lambda x: -x)
    yield -2, 2
    n.hooks["a"] = lambda module, x: x * b.k
    yield -6, 3
    b.k = 4.0
    yield -8, 4


@program
def module_inside_a_sequential():
    b = Plain(k=2.0)

    class F(nn.Module):
        def forward(self, x):
            return x * b.k

    yield nn.Sequential(F(), nn.ReLU())
    yield 2, 1
    b.k = 3.0
    yield 3, 2


@program
def list_of_a_module_by_a_computed_name():
    class N(nn.Module):
        def __init__(self):
            self.list1 = [2.0]

        def forward(self, x):
            return x * getattr(self, f"list{1}")[0]

    n = N()
    yield n
    yield 2, 1
    n.list1[0] = 3.0
    yield 3, 2


# --- NumPy -----------------------------------------------------------------------------------


@program
def numpy_array_by_content():
    array = np.array([1.0, 2.0])
    yield lambda x: x * mc.tensor(array).sum()
    yield 3, 1
    array[1] = 3.0
    yield 4, 2
    array[1] = 2.0
    yield 3, 2


@program
def numpy_number():
    box = Plain(scale=np.float64(2.0))
    yield lambda x: x * float(box.scale)
    yield 2, 1
    box.scale = np.float64(3.0)
    yield 3, 2


@program
def shape_of_a_numpy_array():
    array = np.zeros((3, 4096))
    yield lambda x: x * array.shape[0]
    yield 3, 1
    array[0, 0] = 1
    yield 3, 1


# --- not a reason to compile again -----------------------------------------------------------


class Trainer:
    def __init__(self):
        self.history, self.steps, self.best = [], 0, None
        self.options = {"scale": 2.0, "log": 0}
        self.log = {}

    def step(self, x):
        return x * self.options["scale"]

    def train(self, step, x):
        loss = step(x)
        self.history.append(loss.item())
        self.steps += 1
        self.best = loss
        self.log[self.steps] = loss.item()
        return loss


@program
def history_of_a_trainer():
    trainer = Trainer()
    compiled = mc.jit(trainer.step)

    def f(x):
        return x * trainer.options["scale"]

    yield f
    yield 2, 1
    for _ in range(3):
        trainer.train(compiled, mc.ones(1))
    assert compiled.compilations == 1, compiled.explain()
    yield 2, 1
    trainer.options["scale"] = 3.0
    yield 3, 2


class CountingFinder:
    """Looks for modules, and counts how often; it finds none."""

    count = 0

    def find_spec(self, name, path=None, target=None):
        self.count += 1


@program
def what_an_import_in_the_traced_code_reads():
    finder = CountingFinder()

    def f(x):
        with contextlib.suppress(ImportError):
            import no_such_module_anywhere  # noqa: F401
        return x * 2

    sys.meta_path.insert(0, finder)
    try:
        yield f
        yield 2, 1
        assert finder.count
        finder.count = 0
        yield 2, 1
    finally:
        sys.meta_path.remove(finder)


@program
def names_in_the_standard_library():
    yield lambda x: x * math.floor(math.pi)
    yield 3, 1


@program
def state_of_an_optimizer_that_is_read():
    p = nn.Parameter(mc.ones(1))
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.state[p]["n"] = 2
    yield lambda x: x * optimizer.state[p]["n"]
    yield 2, 1
    optimizer.state[p]["n"] = 3
    yield 3, 1


test_a_change_of_state_is_seen = program.test()
