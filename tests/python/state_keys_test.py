"""What is read under a name or key that is known: other items and attributes are not guarded."""

import pytest

import mycel as mc
from mycel import nn
from state_programs import Plain, Programs

program = Programs()


@program
def attribute_by_a_name_from_an_object():
    config = Plain(name="scale", history=0, rest=Plain(scale=1.0, offset=5.0))
    yield lambda x: x * getattr(config.rest, config.name)
    yield 1, 1
    config.rest.offset = 6.0
    yield 1, 1
    config.rest.scale = 2.0
    yield 2, 2
    config.name = "offset"
    yield 6, 3


@program
def entry_of_a_table_by_a_setting():
    table = {"relu": lambda x: x * 2, "none": lambda x: x}
    config = {"act": "relu"}
    yield lambda x: table[config["act"]](x)
    yield 2, 1
    table["none"] = lambda x: x * 5
    table["other"] = None
    yield 2, 1
    table["relu"] = lambda x: x * 3
    yield 3, 2
    config["act"] = "none"
    yield 5, 3


@program
def entry_by_an_argument_of_a_function():
    table = {"a": [1.0], "b": [2.0]}
    config = {"kind": "a"}

    def pick(kind):
        name = kind
        return table[name][0]

    yield lambda x: x * pick(config.get("kind"))
    yield 1, 1
    table["b"] = [4.0]
    yield 1, 1
    table["a"][0] = 3.0
    yield 3, 2
    config["kind"] = "b"
    yield 4, 3


@program
def entries_by_two_arguments():
    table = {"a": 1.0, "b": 2.0}

    def pick(kind):
        return table[kind]

    yield lambda x: x * pick("a") * pick("b")
    yield 2, 1
    table["b"] = 3.0
    yield 3, 2
    table["a"] = 2.0
    yield 6, 3


@program
def entry_by_a_variable_that_is_set_twice():
    table = {"a": 1.0, "b": 2.0}
    config = Plain(other=False)

    def function(x):
        name = "a"
        if config.other:
            name = "b"
        return x * table[name]

    yield function
    yield 1, 1
    config.other = True
    yield 2, 2
    table["b"] = 5.0
    yield 5, 3


@program
def entry_by_a_counted_variable():
    table = [1.0, 2.0, 4.0]

    def function(x):
        at = 0
        for _ in range(2):
            x = x * table[at]
            at = at + 1
        return x

    yield function
    yield 2, 1
    table[1] = 3.0
    yield 3, 2


@program
def entry_by_a_class_s_constant():
    class Config:
        kind = "a"

    config, table = Config(), {"a": 1.0, "b": 2.0}
    yield lambda x: x * table[config.kind]
    yield 1, 1
    table["b"] = 3.0
    yield 1, 1
    config.kind = "b"
    yield 3, 2


@program
def entry_by_a_property():
    class Config:
        def __init__(self):
            self.kinds = ["a"]

        @property
        def kind(self):
            return self.kinds[0]

    config, table = Config(), {"a": 1.0, "b": 2.0}
    yield lambda x: x * table[config.kind]
    yield 1, 1
    config.kinds[0] = "b"
    yield 2, 2
    table["b"] = 3.0
    yield 3, 3


test_a_change_of_state_is_seen = program.test()


def test_a_key_that_the_traced_code_sets():
    table, config = {"a": 1.0, "b": 2.0}, Plain(kind="a")

    @mc.jit
    def function(x):
        config.kind = "b"
        found = table[config.kind]
        config.kind = "a"
        return x * found

    x = mc.ones(1)
    assert function(x).item() == 2
    table["b"] = 3.0
    assert function(x).item() == 3


def test_a_key_that_a_function_sets_which_is_called_later():
    table, config = {"a": 1.0, "b": 2.0}, Plain(kind="a")

    def choose(kind):
        config.kind = kind

    @mc.jit
    def function(x):
        choose("b")
        found = table[config.kind]
        choose("a")
        return x * found

    x = mc.ones(1)
    assert function(x).item() == 2
    table["b"] = 3.0
    assert function(x).item() == 3


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_module_s_own_setting_picks_a_function(name):
    table = {"a": lambda x: x, "b": lambda x: x * 2}

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = name

        def forward(self, x):
            return table[self.act](x)

    block = Block()
    function = mc.jit(lambda x: block(x))
    x = mc.ones(1)
    assert function(x).item() == (1 if name == "a" else 2)
    table["b" if name == "a" else "a"] = None
    assert function(x).item() == (1 if name == "a" else 2)
    assert function.compilations == 1
    table[name] = lambda x: x * 4
    assert function(x).item() == 4
