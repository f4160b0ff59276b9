"""Programs that read Python's state: each change of it is seen, and nothing else compiles again.

Each program is a compiled function, and steps: a change, the result after it, and how often the
function was compiled by then. Every result is asked for twice, the second time from the cache.
"""

import collections
import dataclasses
import enum
import functools
import math
import sys
import types

import numpy as np
import pytest

import mycel as mc
from mycel import nn, optim

PROGRAMS = []
module = types.ModuleType("settings")


def program(make):
    """A generator of (result, compilations) pairs, whose first item is the function."""
    PROGRAMS.append(make)
    return make


@pytest.mark.parametrize("make", PROGRAMS, ids=lambda make: make.__name__)
def test_a_change_of_state_is_seen(make):
    steps = make()
    function = mc.jit(next(steps))
    x = mc.tensor([1.0])
    for expected, compilations in steps:
        for _ in range(2):
            assert function(x).item() == expected, function.explain()
        assert function.compilations == compilations, function.explain()


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


# --- globals, closures, defaults -----------------------------------------------------------------

scale, unrelated, config, rates, matrix = 2.0, 0, {}, [], np.zeros(2)


@program
def global_number():
    global scale, unrelated
    yield lambda x: x * scale
    yield 2, 1
    scale = 3.0
    yield 3, 2
    unrelated += 1
    yield 3, 2
    scale = 2.0
    yield 2, 2


@program
def global_number_of_another_type():
    global scale
    scale = 2
    yield lambda x: x * scale
    yield 2, 1
    scale = 2.0
    yield 2, 2
    scale = True
    yield 1, 3


@program
def global_string():
    global config
    config = "double"
    yield lambda x: x * 2 if config == "double" else x * 3
    yield 2, 1
    config = "triple"
    yield 3, 2


@program
def global_tuple():
    global rates
    rates = (1.0, 2.0)
    yield lambda x: x * sum(rates)
    yield 3, 1
    rates = (1.0, 2.0)
    yield 3, 1
    rates = (1.0, 4.0)
    yield 5, 2


@program
def global_that_appears():
    yield lambda x: x * globals_of_module.get("late", 2)
    yield 2, 1
    globals_of_module["late"] = 5
    yield 5, 2
    del globals_of_module["late"]
    yield 2, 2


globals_of_module = {}


@program
def closure_number():
    factor = 2.0

    def f(x):
        return x * factor

    yield f
    yield 2, 1
    factor = 4.0
    yield 4, 2


@program
def closure_of_a_closure():
    factor = 2.0

    def f(x):
        def inner(y):
            return y * factor

        return inner(x)

    yield f
    yield 2, 1
    factor = 4.0
    yield 4, 2


@program
def closure_object():
    box = Plain(value=2.0, other=1)

    def f(x):
        return x * box.value

    yield f
    yield 2, 1
    box.value = 3.0
    yield 3, 2
    box.other = 5
    yield 3, 2


@program
def default_argument():
    def scaled(x, by=2.0):
        return x * by

    yield lambda x: scaled(x)
    yield 2, 1
    scaled.__defaults__ = (3.0,)
    yield 3, 2


@program
def keyword_default():
    def scaled(x, *, by=2.0):
        return x * by

    yield lambda x: scaled(x)
    yield 2, 1
    scaled.__kwdefaults__["by"] = 3.0
    yield 3, 2


@program
def default_that_is_a_list():
    def scaled(x, by=[2.0]):  # noqa: B006
        return x * by[0]

    yield lambda x: scaled(x)
    yield 2, 1
    scaled.__defaults__[0][0] = 3.0
    yield 3, 2


@program
def default_that_is_an_object():
    box = Plain(value=2.0)

    def scaled(x, by=box):
        return x * by.value

    yield lambda x: scaled(x)
    yield 2, 1
    box.value = 3.0
    yield 3, 2


# --- functions -----------------------------------------------------------------------------------


def double(x):
    return x * 2


def triple(x):
    return x * 3


chosen = double


@program
def function_replaced():
    global chosen
    chosen = double
    yield lambda x: chosen(x)
    yield 2, 1
    chosen = triple
    yield 3, 2
    chosen = double
    yield 2, 2


@program
def function_in_a_table():
    table = {"a": double, "b": triple}
    yield lambda x: table["a"](x)
    yield 2, 1
    table["b"] = double
    yield 2, 1
    table["a"] = triple
    yield 3, 2


@program
def function_that_reads_an_object():
    box = Plain(value=2.0)

    def read():
        return box

    yield lambda x: x * read().value
    yield 2, 1
    box.value = 3.0
    yield 3, 2


@program
def function_attribute():
    def scaled(x):
        return x * scaled.factor

    scaled.factor = 2.0
    yield scaled
    yield 2, 1
    scaled.factor = 3.0
    yield 3, 2


@program
def partial_with_a_number():
    holder = Plain(f=functools.partial(lambda x, by: x * by, by=2.0))
    yield lambda x: holder.f(x)
    yield 2, 1
    holder.f = functools.partial(holder.f.func, by=3.0)
    yield 3, 2
    holder.f.keywords["by"] = 4.0
    yield 4, 3


@program
def partial_with_an_object():
    box = Plain(value=2.0)
    yield functools.partial(lambda box, x: x * box.value, box)
    yield 2, 1
    box.value = 3.0
    yield 3, 2


@program
def bound_method():
    class Scaler:
        factor = 2.0

        def run(self, x):
            return x * self.factor

    scaler = Scaler()
    yield scaler.run
    yield 2, 1
    scaler.factor = 3.0
    yield 3, 2
    del scaler.factor
    yield 2, 2


@program
def callable_object():
    class Scaler:
        def __init__(self):
            self.factor = 2.0

        def __call__(self, x):
            return x * self.factor

    scaler = Scaler()
    yield lambda x: scaler(x)
    yield 2, 1
    scaler.factor = 3.0
    yield 3, 2


@program
def method_replaced_on_the_class():
    class Scaler:
        def run(self, x):
            return x * 2

    scaler = Scaler()
    yield lambda x: scaler.run(x)
    yield 2, 1
    Scaler.run = lambda self, x: x * 3
    yield 3, 2


@program
def method_replaced_on_the_object():
    class Scaler:
        def run(self, x):
            return x * 2

    scaler = Scaler()
    yield lambda x: scaler.run(x)
    yield 2, 1
    scaler.run = lambda x: x * 3
    yield 3, 2


@program
def decorated_function():
    box = Plain(value=2.0)

    def wrapped(function):
        @functools.wraps(function)
        def run(*args):
            return function(*args)

        return run

    @wrapped
    def f(x):
        return x * box.value

    yield lambda x: f(x)
    yield 2, 1
    box.value = 3.0
    yield 3, 2


@program
def generator_that_reads():
    numbers = [1.0, 2.0]

    def each():
        for i in range(2):
            yield numbers[i]

    yield lambda x: x * sum(each())
    yield 3, 1
    numbers[1] = 4.0
    yield 5, 2


@program
def callback_given_to_a_builtin():
    box = Plain(value=2.0)
    yield lambda x: x * sum(map(lambda y: y * box.value, [1, 1]))  # noqa: C417
    yield 4, 1
    box.value = 3.0
    yield 6, 2


# --- objects and classes -------------------------------------------------------------------------


@program
def attribute_of_a_plain_object():
    box = Plain(scale=2.0, unread=0, history=[])
    yield lambda x: x * box.scale
    yield 2, 1
    box.scale = 3.0
    yield 3, 2
    box.unread = 1
    yield 3, 2
    box.history.append(1)
    yield 3, 2


@program
def attribute_of_a_namespace():
    box = types.SimpleNamespace(scale=2.0)
    yield lambda x: x * box.scale
    yield 2, 1
    box.scale = 3.0
    yield 3, 2


@program
def attribute_of_an_object_in_an_object():
    box = Plain(inner=Plain(scale=2.0))
    yield lambda x: x * box.inner.scale
    yield 2, 1
    box.inner.scale = 3.0
    yield 3, 2
    box.inner = Plain(scale=4.0)
    yield 4, 3


@program
def attribute_that_appears():
    box = Plain()
    yield lambda x: x * 2 if hasattr(box, "twice") else x
    yield 1, 1
    box.twice = True
    yield 2, 2


@program
def getattr_with_a_name_in_the_code():
    box = Plain(scale=2.0)
    yield lambda x: x * getattr(box, "scale")  # noqa: B009
    yield 2, 1
    box.scale = 3.0
    yield 3, 2


@program
def dataclass_field():
    @dataclasses.dataclass
    class Options:
        scale: float = 2.0
        epochs: int = 1

    options = Options()
    yield lambda x: x * options.scale
    yield 2, 1
    options.scale = 3.0
    yield 3, 2
    options.epochs = 9
    yield 3, 2


@program
def dataclass_as_a_dict():
    @dataclasses.dataclass
    class Options:
        scale: float = 2.0

    options = Options()
    yield lambda x: x * dataclasses.asdict(options)["scale"]
    yield 2, 1
    options.scale = 3.0
    yield 3, 2


@program
def attributes_by_vars():
    box = Plain(a=1.0, b=1.0)
    yield lambda x: x * sum(vars(box).values())
    yield 2, 1
    box.a = 2.0
    yield 3, 2
    box.__dict__["b"] = 3.0
    yield 5, 3


@program
def slots():
    class Slotted:
        __slots__ = ("scale", "unread")

    box = Slotted()
    box.scale, box.unread = 2.0, 0
    yield lambda x: x * box.scale
    yield 2, 1
    box.scale = 3.0
    yield 3, 2
    box.unread = 1
    yield 3, 2


@program
def property_of_an_object():
    class Box:
        def __init__(self):
            self._scale = 2.0

        @property
        def scale(self):
            return self._scale

    box = Box()
    yield lambda x: x * box.scale
    yield 2, 1
    box._scale = 3.0
    yield 3, 2


@program
def object_with_getattr():
    class Box:
        def __init__(self):
            self.table = {"scale": 2.0}

        def __getattr__(self, name):
            return self.table[name]

    box = Box()
    yield lambda x: x * box.scale
    yield 2, 1
    box.table["scale"] = 3.0
    yield 3, 2


@program
def object_with_getitem():
    class Box:
        def __init__(self):
            self.values = [1.0, 2.0]

        def __getitem__(self, i):
            return self.values[i]

    box = Box()
    yield lambda x: x * box[1]
    yield 2, 1
    box.values[1] = 3.0
    yield 3, 2


@program
def class_attribute():
    class Settings:
        scale = 2.0
        unread = 0

    yield lambda x: x * Settings.scale
    yield 2, 1
    Settings.scale = 3.0
    yield 3, 2
    Settings.unread = 1
    yield 3, 2


@program
def attribute_of_a_base_class():
    class Base:
        scale = 2.0

    class Derived(Base):
        pass

    box = Derived()
    yield lambda x: x * box.scale
    yield 2, 1
    Base.scale = 3.0
    yield 3, 2
    box.scale = 4.0
    yield 4, 3


@program
def enum_member():
    class Mode(enum.Enum):
        DOUBLE = 2
        TRIPLE = 3

    box = Plain(mode=Mode.DOUBLE)
    yield lambda x: x * box.mode.value
    yield 2, 1
    box.mode = Mode.TRIPLE
    yield 3, 2


@program
def named_tuple():
    Pair = collections.namedtuple("Pair", ["a", "b"])
    box = Plain(pair=Pair(2.0, 0.0))
    yield lambda x: x * box.pair.a
    yield 2, 1
    box.pair = Pair(3.0, 0.0)
    yield 3, 2


@program
def object_that_the_function_makes():
    box = Plain(scale=2.0)

    class Scaler:
        def __init__(self, box):
            self.box = box

        def run(self, x):
            return x * self.box.scale

    yield lambda x: Scaler(box).run(x)
    yield 2, 1
    box.scale = 3.0
    yield 3, 2


@program
def object_given_as_an_argument():
    box = Plain(scale=2.0)

    def scaled(x, box):
        return x * box.scale

    compiled = mc.jit(scaled)

    def f(x):
        return compiled(x, box)

    yield f
    yield 2, 1
    box.scale = 3.0
    yield 3, 2


# --- containers ----------------------------------------------------------------------------------


@program
def dict_by_a_constant_key():
    options = {"scale": 2.0, "epoch": 0}
    yield lambda x: x * options["scale"]
    yield 2, 1
    options["scale"] = 3.0
    yield 3, 2
    options["epoch"] += 1
    options["new"] = 1
    yield 3, 2


@program
def dict_by_get():
    options = {"scale": 2.0}
    yield lambda x: x * options.get("scale", 1.0) * options.get("more", 1.0)
    yield 2, 1
    options["more"] = 3.0
    yield 6, 2
    options["other"] = 3.0
    yield 6, 2


@program
def dict_in_a_dict():
    options = {"a": {"n": 2.0, "other": 0}, "b": {"n": 5.0}}
    yield lambda x: x * options["a"]["n"]
    yield 2, 1
    options["a"]["n"] = 3.0
    yield 3, 2
    options["a"]["other"] = options["b"]["n"] = 7.0
    yield 3, 2
    options["a"] = {"n": 4.0}
    yield 4, 3


@program
def dict_by_a_computed_key():
    options = {"k1": 2.0, "k2": 3.0}
    which = Plain(i=1)
    yield lambda x: x * options[f"k{which.i}"]
    yield 2, 1
    which.i = 2
    yield 3, 2
    options["k2"] = 4.0
    yield 4, 3


@program
def dict_that_is_iterated():
    parts = {"a": {"w": 1.0, "note": ""}, "b": {"w": 2.0, "note": ""}}

    def f(x):
        total = 0
        for _, part in parts.items():
            total = total + x * part["w"]
        return total

    yield f
    yield 3, 1
    parts["b"]["w"] = 3.0
    yield 4, 2
    parts["b"]["note"] = "unread"
    yield 4, 2
    parts["c"] = {"w": 1.0}
    yield 5, 3


@program
def key_that_is_looked_for():
    options = {}
    yield lambda x: x * 2 if "twice" in options else x
    yield 1, 1
    options["other"] = 1
    yield 1, 1
    options["twice"] = True
    yield 2, 2


@program
def list_that_is_iterated():
    numbers = [1.0, 2.0]

    def f(x):
        for number in numbers:
            x = x * number
        return x

    yield f
    yield 2, 1
    numbers[0] = 2.0
    yield 4, 2
    numbers.append(2.0)
    yield 8, 3


@program
def list_by_a_constant_index():
    numbers = [2.0, 5.0]
    yield lambda x: x * numbers[0]
    yield 2, 1
    numbers[1] = 7.0
    numbers.append(1.0)
    yield 2, 1
    numbers[0] = 3.0
    yield 3, 2
    numbers.insert(0, 4.0)
    yield 4, 3


@program
def list_from_the_end():
    numbers = [2.0, 5.0]
    yield lambda x: x * numbers[-1]
    yield 5, 1
    numbers.append(6.0)
    yield 6, 2


@program
def list_in_a_comprehension():
    numbers = [1.0, 2.0]
    yield lambda x: sum([x * number for number in numbers])
    yield 3, 1
    numbers[1] = 3.0
    yield 4, 2


@program
def length_of_a_list():
    items = [[], []]
    yield lambda x: x * len(items)
    yield 2, 1
    items[0].append(1)
    items[1] = None
    yield 2, 1
    items.append(1)
    yield 3, 2


@program
def whether_a_list_is_empty():
    items = []
    yield lambda x: x * 2 if items else x
    yield 1, 1
    items.append(1)
    yield 2, 2
    items.append(1)
    yield 2, 2


@program
def list_of_a_hundred_numbers():
    numbers = [1.0] * 100
    yield lambda x: x * sum(numbers)
    yield 100, 1
    numbers[99] = 2.0
    yield 101, 2


@program
def list_of_objects():
    boxes = [Plain(scale=1.0, unread=0), Plain(scale=2.0, unread=0)]
    yield lambda x: x * sum(box.scale for box in boxes)
    yield 3, 1
    boxes[1].scale = 3.0
    yield 4, 2
    boxes[1].unread = 1
    yield 4, 2


@program
def objects_in_a_tuple():
    boxes = (Plain(scale=1.0), Plain(scale=2.0))
    yield lambda x: x * boxes[1].scale
    yield 2, 1
    boxes[1].scale = 3.0
    yield 3, 2


@program
def set_that_is_asked():
    flags = {"a"}
    yield lambda x: x * 2 if "b" in flags else x
    yield 1, 1
    flags.add("b")
    yield 2, 2


@program
def deque():
    numbers = collections.deque([1.0, 2.0], maxlen=2)
    yield lambda x: x * sum(numbers)
    yield 3, 1
    numbers.append(3.0)
    yield 5, 2


@program
def container_in_a_container():
    nest = {"a": [{"b": (1.0, [2.0])}]}
    yield lambda x: x * nest["a"][0]["b"][1][0]
    yield 2, 1
    nest["a"][0]["b"][1][0] = 3.0
    yield 3, 2
    nest["a"].append(1)
    yield 3, 2


@program
def container_given_to_a_function():
    options = {"scale": 2.0, "epoch": 0}

    def scaled(x, options):
        return x * options["scale"]

    yield lambda x: scaled(x, options)
    yield 2, 1
    options["epoch"] = 1
    yield 2, 1
    options["scale"] = 3.0
    yield 3, 2


@program
def unpacked_keywords():
    options = {"by": 2.0}

    def scaled(x, by):
        return x * by

    yield lambda x: scaled(x, **options)
    yield 2, 1
    options["by"] = 3.0
    yield 3, 2


# --- modules -------------------------------------------------------------------------------------


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
def number_of_a_module():
    net = Scaled(Plain(scale=1.0))
    yield net
    yield 1, 1
    net.factor = 3.0
    yield 3, 2
    net.calls += 1
    yield 3, 2


@program
def list_of_a_module():
    net = Scaled(Plain(scale=1.0))
    yield net
    yield 1, 1
    net.layers.append(2.0)
    yield 3, 2


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
            self.child = nn.Identity() if hasattr(nn, "Identity") else nn.Dropout(0.0)

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


# --- NumPy ---------------------------------------------------------------------------------------


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


# --- not a reason to compile again ---------------------------------------------------------------


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
