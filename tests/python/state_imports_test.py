"""A module that the traced code imports runs outside the trace, as it outlives it."""

import importlib
import math
import sys

import pytest

import mycel as mc


@pytest.fixture
def write_module(tmp_path, monkeypatch):
    """Writes modules, and forgets them after the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def write(name, text):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        importlib.invalidate_caches()

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


X = [1.0, 2.0]


def test_tensors_of_an_imported_module_live_on(write_module):
    write_module("late_tables", "import mycel as mc\ntable = mc.arange(2.0) * 2\n")

    @mc.jit
    def function(x):
        from late_tables import table

        return x + table

    x = mc.tensor(X)
    for _ in range(2):
        assert function(x).tolist() == [1.0, 4.0]
    table = sys.modules["late_tables"].table
    assert (table + 1).tolist() == [1.0, 3.0]
    table.copy_(mc.tensor([5.0, 5.0]))
    assert function(x).tolist() == [6.0, 7.0]
    assert function.compilations == 1


def test_a_module_that_another_one_imports_runs_outside_too(write_module):
    write_module("late_inner", "import mycel as mc\nscale = mc.tensor(3.0)\n")
    write_module("late_outer", "from late_inner import scale\ndouble = scale * 2\n")

    @mc.jit
    def function(x):
        module = importlib.import_module("late_outer")
        return x * module.double

    x = mc.tensor(X)
    assert function(x).tolist() == [6.0, 12.0]
    assert function(x).tolist() == [6.0, 12.0]
    assert (sys.modules["late_inner"].scale + 1).item() == 4


def test_what_is_read_of_an_imported_module_is_guarded(write_module):
    write_module("late_settings", "scale = 2.0\noptions = {'offset': 1.0}\n")

    @mc.jit
    def function(x):
        import late_settings

        return x * late_settings.scale + late_settings.options["offset"]

    x = mc.tensor(X)
    assert function(x).tolist() == [3.0, 5.0]
    sys.modules["late_settings"].scale = 3.0
    assert function(x).tolist() == [4.0, 7.0]
    sys.modules["late_settings"].options["offset"] = 0.0
    assert function(x).tolist() == [3.0, 6.0]
    assert function(x).tolist() == [3.0, 6.0]
    assert function.compilations == 3


def test_modules_of_the_package_are_made_by_an_import(write_module):
    write_module(
        "late_model",
        "import mycel as mc\nfrom mycel import nn\n"
        "class Scale(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.weight = nn.Parameter(mc.tensor(2.0))\n"
        "    def forward(self, x):\n"
        "        return x * self.weight\n"
        "model = Scale()\n",
    )

    @mc.jit
    def function(x):
        from late_model import model

        return model(x)

    x = mc.tensor(X)
    assert function(x).tolist() == [2.0, 4.0]
    with mc.no_grad():
        sys.modules["late_model"].model.weight.fill_(4.0)
    assert function(x).tolist() == [4.0, 8.0]
    assert function.compilations == 1


def test_a_compiled_function_is_called_by_an_import(write_module):
    write_module(
        "late_compiled",
        "import mycel as mc\nsquare = mc.jit(lambda x: x * x)\nnine = square(mc.tensor(3.0))\n",
    )

    @mc.jit
    def function(x):
        import late_compiled

        return x * late_compiled.nine + late_compiled.square(x)

    x = mc.tensor(X)
    for _ in range(2):
        assert function(x).tolist() == [10.0, 22.0]
    assert sys.modules["late_compiled"].nine.item() == 9


def test_an_import_that_fails_leaves_the_trace_as_it_was(write_module):
    write_module("late_failure", "import mycel as mc\nmade = mc.ones(2) * 2\nraise ValueError\n")

    @mc.jit
    def function(x):
        try:
            import late_failure  # noqa: F401
        except ValueError:
            return x * 2
        return x

    x = mc.tensor(X)
    for _ in range(2):
        assert function(x).tolist() == [2.0, 4.0]
    assert function.compilations == 1


def test_an_imported_module_gets_the_functions_of_math(write_module):
    write_module("late_math", "from math import sqrt\n")

    @mc.jit
    def function(x):
        import late_math

        return x * late_math.sqrt(4.0)

    x = mc.tensor(X)
    for _ in range(2):
        assert function(x).tolist() == [2.0, 4.0]
    assert sys.modules["late_math"].sqrt is math.sqrt


@pytest.mark.parametrize("name", ["colorsys", "wave", "this"])
def test_modules_of_the_standard_library_are_imported(name, capsys):
    sys.modules.pop(name, None)

    @mc.jit
    def function(x):
        return x * len(importlib.import_module(name).__name__)

    x = mc.tensor(X)
    for _ in range(2):
        assert function(x).tolist() == [len(name), 2 * len(name)]
