"""Mycel, a deep-learning framework: one program, one compiler, eager or as a graph."""

from __future__ import annotations

from mycel import _core

_core.set_package_folder(__path__[0])

from mycel import _tensor  # noqa: E402

_core.add_methods(_tensor.METHODS)

from mycel import autograd, tree  # noqa: E402
from mycel._context import enable_grad, no_grad, set_grad_enabled  # noqa: E402
from mycel._core import (  # noqa: E402
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
    from_dlpack,
    from_numpy,
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
    set_mode,
    short,
    tensor,
    uint8,
    uint16,
    uint32,
    uint64,
)
from mycel._core.functions import *  # noqa: E402, F403
from mycel._creation import (  # noqa: E402
    arange,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from mycel._jit import jit  # noqa: E402
from mycel._random import (  # noqa: E402
    Generator,
    initial_seed,
    manual_seed,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
)
from mycel._save import load, save  # noqa: E402
from mycel._transforms import grad, grad_all, value_and_grad  # noqa: E402

from mycel import data, nn, optim  # noqa: E402, isort: skip

__version__ = "0.1.0"
