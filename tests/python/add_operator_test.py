"""docs/add-an-operator.md, applied as it stands to a copy of the tree, makes a working operator."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "add-an-operator.md"
SNIPPET = re.compile(r'```cpp file=(\S+) before="([^"]*)"\n(.*?)```\n', re.DOTALL)

pytestmark = pytest.mark.long

IN_PYTHON = """
import doctest, inspect
import mycel as mc
import mycel.nn.functional as F

x = mc.tensor([[1.5, -1.5, 0.0]], dtype=mc.float64)
expected = [[2.0, 0.5, 1.0]]
assert mc.squareplus(x).tolist() == F.squareplus(x).tolist() == expected
assert mc.jit(mc.squareplus)(x).tolist() == expected
assert mc.squareplus(mc.ones(2, dtype=mc.float16)).dtype == mc.float16

slope = mc.grad(lambda x: mc.squareplus(x).sum())
assert slope(x).tolist() == [[0.8, 0.2, 0.5]]
curvature = mc.grad(lambda x: slope(x)[0, 0])(x).tolist()[0]
assert [round(value, 12) for value in curvature] == [0.128, 0.0, 0.0]

assert str(inspect.signature(mc.squareplus)) == "(input)"
assert mc.squareplus.__doc__.startswith("(x + sqrt(x^2 + 4)) / 2 of each element")
assert "Barron, Squareplus" in mc.squareplus.__doc__
assert "squareplus" in mc.__all__ and "squareplus" in F.__all__
text = mc.squareplus.__doc__
example = doctest.DocTestParser().get_doctest(text, {"mc": mc}, "squareplus", "", 0)
assert doctest.DocTestRunner().run(example) == (0, 1)

try:
    mc.squareplus(mc.tensor([1]))
except TypeError as error:
    assert str(error).startswith("[squareplus] expects a floating-point dtype"), error
else:
    raise AssertionError("squareplus takes integers")
"""


def run(*command, **options):
    arguments = [str(part) for part in command]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copy_tree(target):
    for name in run("git", "ls-files", cwd=ROOT).splitlines():
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def apply_page(tree):
    """Puts each snippet of the page before the one line that it names."""
    snippets = SNIPPET.findall(PAGE.read_text())
    assert len(snippets) == PAGE.read_text().count("```cpp") == 4
    for file, before, code in snippets:
        text = (tree / file).read_text()
        assert text.count(f"\n{before}") == 1, (file, before)
        gap = "\n" if code.count("\n") > 1 else ""
        (tree / file).write_text(text.replace(f"\n{before}", f"\n{code}{gap}{before}"))


def build(tree, *targets):
    options = f"-DPython_EXECUTABLE={sys.executable}", "--log-level=WARNING"
    run("cmake", "-S", tree, "-B", tree / "build", "-G", "Ninja", *options)
    run("cmake", "--build", tree / "build", "--target", *targets)


def registry_test(tree, tests):
    command = tree / "build" / "tests" / "cpp" / "test_registry", f"--gtest_filter={tests}"
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_page_makes_an_operator(tmp_path):
    copy_tree(tmp_path)
    apply_page(tmp_path)
    build(tmp_path, "_core", "stubs", "test_registry")

    package = tmp_path / "build" / "python"
    run(sys.executable, "-c", IN_PYTHON, env={**os.environ, "PYTHONPATH": str(package)})
    for stub in ("functions.pyi", "functional.pyi"):
        lines = (package / "mycel" / "_core" / stub).read_text().splitlines()
        assert "def squareplus(input: Tensor) -> Tensor: ..." in lines

    done = registry_test(tmp_path, "-*LongTest.*")
    assert done.returncode == 0, done.stdout

    # The registry's tests see it: with a wrong gradient they name it.
    source = tmp_path / "mycel" / "ops" / "unary.cc"
    text = source.read_text()
    assert text.count("/ root + 1) / 2;") == 1
    source.write_text(text.replace("/ root + 1) / 2;", "/ root - 1) / 2;"))
    build(tmp_path, "test_registry")
    done = registry_test(tmp_path, "Registry.GradientsAreSlopes")
    assert done.returncode != 0 and "squareplus" in done.stdout
