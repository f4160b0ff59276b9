"""Every public name has a docstring, and every example in one runs as it is shown."""

import doctest
import inspect

import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import autograd, data, memory, nn, optim, tree
from mycel.optim import lr_scheduler

MODULES = {
    "mc": mc,
    "nn": nn,
    "F": F,
    "nn.init": nn.init,
    "optim": optim,
    "optim.lr_scheduler": lr_scheduler,
    "data": data,
    "tree": tree,
    "autograd": autograd,
    "memory": memory,
}
EXAMPLE_NAMES = {"mc": mc, "nn": nn, "F": F, "optim": optim, "data": data}


def public_attributes(kind):
    """What users call on objects of a class that Mycel defines: its own and inherited methods."""
    for name in dir(kind):
        value = inspect.getattr_static(kind, name)
        if not name.startswith("_") and callable(getattr(kind, name)):
            yield name, getattr(value, "__func__", value)
        elif not name.startswith("_") and inspect.isdatadescriptor(value):
            yield name, value


def public_names():
    """(dotted name, object) of everything that users are meant to name."""
    for prefix, module in MODULES.items():
        yield prefix, module
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, mc.dtype) or name in {"autograd", "data", "nn", "optim"}:
                continue
            yield f"{prefix}.{name}", value
            if inspect.isclass(value) and not issubclass(value, BaseException):
                for attribute, found in public_attributes(value):
                    yield f"{prefix}.{name}.{attribute}", found


NAMES = dict(public_names())
EXAMPLES = sorted(name for name, value in NAMES.items() if ">>>" in (value.__doc__ or ""))


def test_every_public_name_has_a_docstring():
    without = [name for name, value in NAMES.items() if not (value.__doc__ or "").strip()]
    assert not without


def test_docstrings_are_not_inherited_from_builtins():
    inherited = [
        name
        for name, value in NAMES.items()
        if inspect.isclass(value) and value.__doc__ in {base.__doc__ for base in value.__mro__[1:]}
    ]
    assert not inherited


def test_every_operation_has_an_example():
    kinds = "function", "functional", "method"
    definitions = [d for d in mc._core.definitions() if any(d[kind] for kind in kinds)]
    assert len(definitions) > 80
    assert not [d["names"][0] for d in definitions if ">>>" not in d["example"]]
    assert not [d["names"][0] for d in definitions if d["example"] not in d["doc"]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run_as_shown(name):
    text = inspect.cleandoc(NAMES[name].__doc__)
    mc.manual_seed(0)
    parsed = doctest.DocTestParser().get_doctest(text, dict(EXAMPLE_NAMES), name, None, 0)
    report = []
    doctest.DocTestRunner().run(parsed, out=report.append)
    assert not report, "".join(report)
