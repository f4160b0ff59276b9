"""tools/check_statics on small trees written for the purpose, and on this one."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "check_statics"), "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True)


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_this_tree_has_no_initialiser_that_may_run_python():
    result = run(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("code", "called"),
    [
        ('static nb::object os = nb::module_::import_("os");', "nb::module_::import_, nb::object"),
        ('static nb::object os(nb::module_::import_("os"));', "nb::module_::import_, nb::object"),
        ('static auto os{nb::module_::import_("os")};', "nb::module_::import_"),
        ("static std::string f = [] { return folder(); }();", "folder"),
        ("static std::string f =\n    current().name;", "current"),
        ("static const Callable add{op};", "Callable"),
        ("static Callable add;", "Callable"),
        ("static auto* add = new Callable(op);", "Callable"),
        ("static auto add = std::make_unique<int>(count(op));", "count"),
        ("static Callable& add = callable(kName);", "callable"),
        ("static thread_local int n = count();", "count"),
        ("static PyObject* name = table[index()];", "index"),
        ("static std::once_flag once;\n  std::call_once(once, [] { import(); });", "import"),
    ],
)
def test_a_planted_call_fails_and_names_its_line(tmp_path, code, called):
    write(tmp_path, "python/src/a.cc", f"// A file.\nvoid f() {{\n  {code}\n}}\n")
    result = run(tmp_path)
    assert result.returncode == 1
    line = 4 if "call_once" in code else 3
    assert result.stdout.startswith(
        f"python/src/a.cc:{line}: a static's initialiser calls {called}"
    )


@pytest.mark.parametrize(
    "code",
    [
        'static constinit Imported type{"collections", "OrderedDict"};',
        "static constexpr int kMost = most();",
        "static auto* table = new std::unordered_map<int, PyObject*>();",
        "static std::atomic<int> next{1};",
        'static const char* names[] = {"import(os)", nullptr};  // import(os)',
        "static std::string folder;",
        "static Callable* found = nullptr;",
    ],
)
def test_a_constant_and_an_empty_container_pass(tmp_path, code):
    write(tmp_path, "python/src/a.cc", f"void f() {{\n  {code}\n}}\n")
    result = run(tmp_path)
    assert result.returncode == 0, result.stdout


def test_static_functions_are_no_objects(tmp_path):
    code = (
        "struct S {\n  static Table make(nb::object from);\n  static int f() { return g(); }\n};\n"
    )
    write(tmp_path, "python/src/a.cc", code)
    assert run(tmp_path).returncode == 0


def test_the_core_is_checked_where_it_can_reach_python(tmp_path):
    code = "void f() {\n  static const Plan plan = make_plan();\n}\n"
    write(tmp_path, "mycel/codegen/plan.cc", code)
    assert run(tmp_path).returncode == 0
    write(tmp_path, "mycel/ops/plan.cc", code)
    result = run(tmp_path)
    assert result.stdout.startswith("mycel/ops/plan.cc:2: a static's initialiser calls make_plan")
