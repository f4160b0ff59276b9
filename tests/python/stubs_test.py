"""The type stubs and annotations say what the runtime's signatures say."""

import ast
import inspect
from pathlib import Path

import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import autograd, data, memory, nn, optim, stubs, tree
from mycel.optim import lr_scheduler

STUBS = Path(mc.__file__).parent / "_core"
ALIASES = {"axis", "keepdims"}  # other spellings, which stubs give as keywords


def parsed(name):
    return ast.parse((STUBS / name).read_text())


def functions_of(body):
    """The functions of a module or class by name; of overloads the last."""
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


CORE = parsed("__init__.pyi")
CLASSES = {node.name: node for node in CORE.body if isinstance(node, ast.ClassDef)}
TENSOR = functions_of(CLASSES["Tensor"].body)
STUBBED = {
    mc: {**functions_of(CORE.body), **functions_of(parsed("functions.pyi").body)},
    F: functions_of(parsed("functional.pyi").body),
}


def stub_parameters(function):
    """(name, can be given by position, has a default) of each parameter but aliases."""
    arguments = function.args
    positional = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    found = [(a.arg, True, d is not None) for a, d in zip(positional, defaults, strict=True)]
    if arguments.vararg:
        found.append((arguments.vararg.arg, True, True))
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    found += [(a.arg, False, d is not None) for a, d in keywords if a.arg not in ALIASES]
    return found


def runtime_parameters(function):
    """The same of what runs.

    Python cannot say that a parameter must be given after one that need not be (mc.normal's size):
    the signature that runs has it and all that follow as keywords, the stub gives it a default.
    """
    if hasattr(function, "__nb_signature__"):
        ((text, *_),) = function.__nb_signature__
        return stub_parameters(ast.parse(stubs._cleaned(text) + ": ...").body[0])
    found = []
    misplaced = False
    for p in inspect.signature(function).parameters.values():
        optional = p.default is not p.empty or p.kind is p.VAR_POSITIONAL
        misplaced = misplaced or (p.kind is p.KEYWORD_ONLY and not optional)
        found.append((p.name, misplaced or p.kind is not p.KEYWORD_ONLY, misplaced or optional))
    return found


def written_in_python(function):
    return inspect.isfunction(inspect.unwrap(function))


# --- operations and Tensor ----------------------------------------------------------------------


@pytest.mark.parametrize("module", [mc, F], ids=["mc", "F"])
def test_every_function_from_c_has_a_stub_of_its_signature(module):
    found = 0
    for name in module.__all__:
        value = getattr(module, name)
        if not callable(value) or inspect.isclass(value) or isinstance(value, mc.dtype):
            continue
        if written_in_python(value):
            continue
        assert name in STUBBED[module], name
        assert stub_parameters(STUBBED[module][name]) == runtime_parameters(value), name
        found += 1
    assert found > 10


def test_every_method_of_tensor_has_a_stub_of_its_signature():
    methods = {name: getattr(mc.Tensor, name) for name in dir(mc.Tensor) if name[0] != "_"}
    methods = {name: value for name, value in methods.items() if callable(value)}
    assert len(methods) > 100
    assert set(methods) - set(TENSOR) == set()
    for name, value in methods.items():
        assert stub_parameters(TENSOR[name]) == runtime_parameters(value), name


def forms_of(body, name):
    """(names of the parameters, result) of each overload."""
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == name]
    return [([a.arg for a in node.args.args], ast.unparse(node.returns)) for node in found]


def test_what_a_definition_overloads_has_a_stub():
    functions, methods = parsed("functions.pyi").body, CLASSES["Tensor"].body
    assert (["condition"], "tuple[Tensor, ...]") in forms_of(functions, "where")
    assert (["condition", "input", "other"], "Tensor") in forms_of(functions, "where")
    for name in ("max", "min"):
        result = f"_{name.title()}Result"
        assert (["input", "other"], "Tensor") in forms_of(functions, name)
        assert (["input", "dim", "keepdim"], result) in forms_of(functions, name)
        assert (["self", "other"], "Tensor") in forms_of(methods, name)
    overloaded = {d["names"][0] for d in mc._core.definitions() if d["overloads"]}
    assert overloaded == {"where", "max", "min"}


def test_no_method_is_stubbed_that_does_not_exist():
    assert not [name for name in TENSOR if not hasattr(mc.Tensor, name)]


def test_every_attribute_of_tensor_has_a_stub():
    attributes = {
        name for name in dir(mc.Tensor) if name[0] != "_" and not callable(getattr(mc.Tensor, name))
    }
    annotated = {
        node.target.id for node in CLASSES["Tensor"].body if isinstance(node, ast.AnnAssign)
    }
    assert attributes == annotated


def test_operators_have_stubs():
    special = {name for name in vars(mc.Tensor) if name.startswith("__")}
    implied = {"__new__", "__doc__", "__repr__", "__getattribute__", "__delattr__", "__setattr__"}
    operators = {name for name in special - implied if name not in vars(object)}
    refused = {"__delitem__"}  # it is there in order to raise
    assert operators - set(TENSOR) == refused


def test_every_class_from_c_has_a_stub():
    for module in (mc, tree):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) and value.__module__.startswith("mycel._core"):
                assert value.__name__ in CLASSES, name


def test_dtypes_are_annotated():
    annotated = {n.target.id for n in CORE.body if isinstance(n, ast.AnnAssign)}
    assert annotated >= {n for n in mc.__all__ if isinstance(getattr(mc, n), mc.dtype)}


def test_the_stubs_are_those_of_this_build(tmp_path):
    stubs.main(str(tmp_path))
    for file in ("__init__.pyi", "functions.pyi", "functional.pyi"):
        assert (tmp_path / "_core" / file).read_text() == (STUBS / file).read_text()


# --- what is written in Python ------------------------------------------------------------------


def python_functions():
    for module in (mc, nn, nn.init, optim, lr_scheduler, data, tree, autograd, memory):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value):
                for method, function in vars(value).items():
                    unwrapped = inspect.unwrap(function) if callable(function) else None
                    if inspect.isfunction(unwrapped):
                        yield f"{module.__name__}.{name}.{method}", unwrapped
            elif callable(value) and written_in_python(value):
                yield f"{module.__name__}.{name}", inspect.unwrap(value)


def test_every_python_function_is_annotated():
    functions = dict(python_functions())
    assert len(functions) > 100
    for name, function in functions.items():
        given = function.__annotations__
        parameters = [p for p in inspect.signature(function).parameters if p not in ("self", "cls")]
        missing = [p for p in [*parameters, "return"] if p not in given]
        assert not missing, (name, missing)


def test_type_checkers_find_the_annotations():
    assert (Path(mc.__file__).parent / "py.typed").exists()
