"""Every public name has a docstring with an example, which runs as it is shown.

Left out are names that start with an underscore (the docstring of the class speaks for its `x[i]`
and the like), dtypes, what overrides a method that its base class shows (`forward`, `extra_repr`,
`get_lr`; the example of a layer calls it), and InternalError, which nobody can raise on purpose.
"""

import doctest
import inspect
import textwrap

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
    yield "Jit", mc._core.Jit  # what mc.jit returns
    for attribute, found in public_attributes(mc._core.Jit):
        yield f"Jit.{attribute}", found


def has_example(value):
    return ">>>" in (value.__doc__ or "")


def overrides_one_that_is_shown(name):
    owner, _, attribute = name.rpartition(".")
    bases = NAMES[owner].__mro__[1:] if inspect.isclass(NAMES.get(owner)) else ()
    return any(has_example(getattr(base, attribute, None)) for base in bases)


NAMES = dict(public_names())
# An inherited docstring runs once, under the shortest name.
EXAMPLES = {
    value.__doc__: name
    for name, value in sorted(NAMES.items(), key=lambda item: -len(item[0]))
    if has_example(value)
}


def test_every_public_name_has_a_docstring():
    without = [name for name, value in NAMES.items() if not (value.__doc__ or "").strip()]
    assert not without


def test_every_public_name_has_an_example():
    without = {name for name, value in NAMES.items() if not has_example(value)}
    assert {name for name in without if not overrides_one_that_is_shown(name)} == {
        "mc.InternalError"
    }


def test_docstrings_fit_a_terminal():
    docs = [(name, inspect.getdoc(value)) for name, value in NAMES.items()]
    assert not [name for name, doc in docs if any(len(line) > 100 for line in doc.split("\n"))]


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
    shown = {d["names"][0]: textwrap.indent(d["example"], "    ") for d in definitions}
    assert not [d["names"][0] for d in definitions if shown[d["names"][0]] not in d["doc"]]


@pytest.mark.parametrize("name", sorted(EXAMPLES.values()))
def test_examples_run_as_shown(name):
    text = inspect.cleandoc(NAMES[name].__doc__)
    mc.manual_seed(0)
    parsed = doctest.DocTestParser().get_doctest(text, dict(EXAMPLE_NAMES), name, None, 0)
    assert any(example.want for example in parsed.examples), "it shows no result"
    report = []
    doctest.DocTestRunner().run(parsed, out=report.append)
    assert not report, "".join(report)
