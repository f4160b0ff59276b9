"""Mycel, a deep-learning framework: one program, one compiler, eager or as a graph.

Example:
    >>> import mycel as mc
    >>> x = mc.tensor([1., 2.], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
"""

from __future__ import annotations

from mycel import _core, _tensor, autograd, data, memory, nn, optim, tree
from mycel._context import enable_grad, no_grad
from mycel._core import (
    CompileError,
    InternalError,
    Tensor,
    bfloat16,
    bool,
    device,
    double,
    dtype,
    float,
    float16,
    float32,
    float64,
    get_default_device,
    get_mode,
    half,
    int,
    int8,
    int16,
    int32,
    int64,
    is_grad_enabled,
    long,
    set_default_device,
    set_grad_enabled,
    set_mode,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)
from mycel._core import (
    functions as _functions,
)
from mycel._core.functions import *  # noqa: F403
from mycel._creation import (
    arange,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from mycel._jit import jit
from mycel._random import (
    Generator,
    initial_seed,
    manual_seed,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
)
from mycel._save import load, load_metadata, save
from mycel._transforms import grad, grad_all, value_and_grad

_core.set_package_folder(__path__[0])  # noqa: F405
_core.add_methods(_tensor.METHODS)
allclose = _tensor.METHODS["allclose"]
equal = _tensor.METHODS["equal"]

__version__ = "0.1.0"
__all__ = [
    "CompileError",
    "Generator",
    "InternalError",
    "Tensor",
    "allclose",
    "arange",
    "autograd",
    "bfloat16",
    "bool",
    "data",
    "device",
    "double",
    "dtype",
    "empty",
    "empty_like",
    "enable_grad",
    "equal",
    "eye",
    "float",
    "float16",
    "float32",
    "float64",
    "from_dlpack",
    "from_numpy",
    "full",
    "full_like",
    "get_default_device",
    "get_mode",
    "grad",
    "grad_all",
    "half",
    "initial_seed",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_grad_enabled",
    "jit",
    "linspace",
    "load",
    "load_metadata",
    "long",
    "manual_seed",
    "memory",
    "nn",
    "no_grad",
    "ones",
    "ones_like",
    "optim",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "save",
    "set_default_device",
    "set_grad_enabled",
    "set_mode",
    "short",
    "tensor",
    "tree",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "value_and_grad",
    "zeros",
    "zeros_like",
]
__all__ += _functions.__all__
