"""Globals, closures, defaults and functions that a compiled function read."""

import builtins
import functools

from state_programs import Plain, Programs

program = Programs()


scale, unrelated, config, rates = 2.0, 0, {}, []


# --- globals, closures, defaults -------------------------------------------------------------


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


# --- functions -------------------------------------------------------------------------------


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
def method_replaced_on_the_class_and_then_on_the_object():
    class Scaler:
        def run(self, x):
            return x * 2

    scaler = Scaler()
    yield lambda x: scaler.run(x)
    yield 2, 1
    Scaler.run = lambda self, x: x * 3
    yield 3, 2
    scaler.run = lambda x: x * 4
    yield 4, 3


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


@program
def built_in_name():
    builtins.mycel_scale = 2.0
    yield lambda x: x * mycel_scale  # noqa: F821
    yield 2, 1
    builtins.mycel_scale = 3.0
    yield 3, 2
    del builtins.mycel_scale


test_a_change_of_state_is_seen = program.test()
