"""A test that takes `wrap` holds for a function itself and for the compiled one."""

import pytest

import mycel as mc

wraps = pytest.mark.parametrize("wrap", [lambda f: f, mc.jit], ids=["eager", "jit"])
