"""One table of what Mycel and NumPy both have: a name, our expression, NumPy's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import mycel as mc
from ops import numpy_inputs as make

SAME, FLOAT, BOOL, INT64, SUM = "same", "float", "bool", "int64", "sum"


@dataclass(frozen=True)
class Row:
    """An operator of tensors of one dtype.

    `result` is the dtype: the inputs', theirs if it floats and else float32, or one by name.
    `terms` tells how many values one result adds up, by which its tolerance grows.
    """

    name: str
    ours: Callable[..., Any]
    numpy: Callable[..., Any]
    inputs: Callable[[str], list[tuple[make.Operand, ...]]] = make.unary
    dtypes: tuple[str, ...] = make.ALL
    result: str = SAME
    terms: int = 0


def _whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """Of floats; integers are whole already."""
    return lambda x: function(x) if x.dtype.kind == "f" else x


UNARY = (
    Row("neg", lambda x: -x, np.negative, dtypes=make.NUMBERS),
    Row("abs", mc.abs, np.abs, dtypes=make.NUMBERS),
    Row("exp", mc.exp, np.exp, result=FLOAT),
    Row("log", mc.log, np.log, result=FLOAT),
    Row("log1p", mc.log1p, np.log1p, result=FLOAT),
    Row("sqrt", mc.sqrt, np.sqrt, result=FLOAT),
    Row("rsqrt", mc.rsqrt, lambda x: 1 / np.sqrt(x), result=FLOAT),
    Row("tanh", mc.tanh, np.tanh, result=FLOAT),
    Row("sin", mc.sin, np.sin, result=FLOAT),
    Row("cos", mc.cos, np.cos, result=FLOAT),
    Row("floor", mc.floor, _whole(np.floor), dtypes=make.NUMBERS),
    Row("isnan", mc.isnan, np.isnan, result=BOOL),
    Row("logical_not", mc.logical_not, np.logical_not, result=BOOL),
    Row("clip", lambda x: mc.clip(x, 1, 5), lambda x: np.clip(x, 1, 5), dtypes=make.NUMBERS),
    Row(
        "clip from below",
        lambda x: mc.clip(x, min=1),
        lambda x: np.clip(x, 1, None),
        dtypes=make.NUMBERS,
    ),
    Row(
        "clip from above",
        lambda x: mc.clip(x, max=1),
        lambda x: np.clip(x, None, 1),
        dtypes=make.NUMBERS,
    ),
)

_PAIRS = tuple(
    Row(name, ours, theirs, make.binary, dtypes, result)
    for name, ours, theirs, dtypes, result in (
        ("add", lambda x, y: x + y, np.add, make.ALL, SAME),
        ("subtract", lambda x, y: x - y, np.subtract, make.NUMBERS, SAME),
        ("multiply", lambda x, y: x * y, np.multiply, make.ALL, SAME),
        ("divide", lambda x, y: x / y, np.divide, make.ALL, FLOAT),
        ("floor_divide", lambda x, y: x // y, np.floor_divide, make.NUMBERS, SAME),
        ("remainder", lambda x, y: x % y, np.remainder, make.NUMBERS, SAME),
        ("maximum", mc.maximum, np.maximum, make.ALL, SAME),
        ("minimum", mc.minimum, np.minimum, make.ALL, SAME),
        ("equal", lambda x, y: x == y, np.equal, make.ALL, BOOL),
        ("not_equal", lambda x, y: x != y, np.not_equal, make.ALL, BOOL),
        ("less", lambda x, y: x < y, np.less, make.ALL, BOOL),
        ("less_equal", lambda x, y: x <= y, np.less_equal, make.ALL, BOOL),
        ("greater", lambda x, y: x > y, np.greater, make.ALL, BOOL),
        ("greater_equal", lambda x, y: x >= y, np.greater_equal, make.ALL, BOOL),
        ("logical_and", mc.logical_and, np.logical_and, make.ALL, BOOL),
        ("logical_or", mc.logical_or, np.logical_or, make.ALL, BOOL),
        (
            "where",
            lambda x, y: mc.where(x < y, x, y),
            lambda x, y: np.where(x < y, x, y),
            make.ALL,
            SAME,
        ),
    )
)
BINARY = (
    *_PAIRS,
    Row("power", lambda x, y: x**y, np.power, make.powers, make.NUMBERS),
    Row("matmul", lambda x, y: x @ y, np.matmul, make.matrices, make.NUMBERS, terms=65),
)


def _reduced(
    name: str, ours: Callable[..., Any], theirs: Callable[..., Any], **facts: Any
) -> tuple[Row, ...]:
    """One row per way to name the dims."""
    over: tuple[tuple[Any, bool], ...] = ((None, False), (1, False), (-1, True), ((0, 2), False))
    return tuple(
        Row(
            f"{name} over {dim}" + (" kept" if keep else ""),
            lambda x, dim=dim, keep=keep: ours(x, dim=dim, keepdim=keep),
            lambda x, dim=dim, keep=keep: theirs(x, axis=dim, keepdims=keep),
            **facts,
        )
        for dim, keep in over
    )


def _variance(x: np.ndarray, **options: Any) -> Any:
    return np.var(x, ddof=1, **options)


_NUMBERS = {"inputs": make.cubes_and_empty, "terms": 60}
_EDGES = {"inputs": make.cubes_with_edges}
REDUCTIONS = (
    *_reduced("sum", mc.sum, np.sum, dtypes=make.BOOL + make.INTEGERS, result=SUM, **_NUMBERS),
    *_reduced("sum", mc.sum, np.sum, dtypes=make.FLOATS, **_NUMBERS),
    *_reduced("mean", mc.mean, np.mean, dtypes=make.FLOATS, **_NUMBERS),
    *_reduced("var", mc.var, _variance, dtypes=make.FLOATS, **_NUMBERS),
    *_reduced("amax", mc.amax, np.max, **_EDGES),
    *_reduced("amin", mc.amin, np.min, **_EDGES),
    *_reduced("any", mc.any, np.any, result=BOOL, inputs=make.cubes_and_empty),
    *_reduced("all", mc.all, np.all, result=BOOL, inputs=make.cubes_and_empty),
    Row("max", mc.max, np.max, **_EDGES),
    Row("min", mc.min, np.min, **_EDGES),
    Row("max values", lambda x: mc.max(x, dim=1)[0], lambda x: np.max(x, axis=1), **_EDGES),
    Row(
        "max indices",
        lambda x: mc.max(x, dim=1)[1],
        lambda x: np.argmax(x, axis=1),
        result=INT64,
        **_EDGES,
    ),
    Row(
        "min indices",
        lambda x: mc.min(x, dim=-1, keepdim=True)[1],
        lambda x: np.argmin(x, axis=-1, keepdims=True),
        result=INT64,
        **_EDGES,
    ),
    Row("argmax", mc.argmax, np.argmax, result=INT64, **_EDGES),
    Row(
        "argmax over 0",
        lambda x: mc.argmax(x, dim=0, keepdim=True),
        lambda x: np.argmax(x, axis=0, keepdims=True),
        result=INT64,
        **_EDGES,
    ),
    Row(
        "cumsum of integers",
        lambda x: mc.cumsum(x, dim=1),
        lambda x: np.cumsum(x, axis=1),
        dtypes=make.BOOL + make.INTEGERS,
        result=SUM,
        inputs=make.cubes_and_empty,
    ),
    Row(
        "cumsum",
        lambda x: mc.cumsum(x, dim=0),
        lambda x: np.cumsum(x, axis=0),
        dtypes=make.FLOATS,
        **_NUMBERS,
    ),
    Row("sort", lambda x: mc.sort(x, dim=1)[0], lambda x: np.sort(x, axis=1), **_EDGES),
    Row(
        "sort indices",
        lambda x: mc.sort(x, dim=1, stable=True)[1],
        lambda x: np.argsort(x, axis=1, kind="stable"),
        result=INT64,
        **_EDGES,
    ),
)


def _shaped(name: str, ours: Callable[..., Any], theirs: Callable[..., Any] | None = None) -> Row:
    """What moves values about: of three dims, in every dtype."""
    return Row(name, ours, theirs or ours, make.cubes)


def _assigned(index: Any, value: Any) -> Row:
    def ours(x: Any) -> Any:
        y = x + x
        y[index] = value(x)
        return y

    return Row(f"x[{index}] = v", ours, ours, make.cubes, make.NUMBERS)


ROWS, COLUMNS = np.array([2, 0, 0, -1]), np.array([[1], [-2]])
INDICES: tuple[Any, ...] = (
    0,
    -1,
    (1, 2),
    (2, 3, 4),
    ...,
    (..., 0),
    (slice(None), None, 1),
    (slice(1, 3),),
    (slice(None, None, 2), slice(None, None, 3), slice(4, 1, -2)),
    (slice(2, 2),),
    (slice(-100, 100), slice(-2, None)),
    (None, ..., None),
)
SHAPES = (
    *(_shaped(f"x[{index}]", lambda x, index=index: x[index]) for index in INDICES),
    _shaped("x[rows]", lambda x: x[mc.tensor(ROWS)], lambda x: x[ROWS]),
    _shaped(
        "x[rows, columns]",
        lambda x: x[mc.tensor(ROWS), mc.tensor(COLUMNS)],
        lambda x: x[ROWS, COLUMNS],
    ),
    _shaped("x[:, rows]", lambda x: x[:, mc.tensor(ROWS)], lambda x: x[:, ROWS]),
    _assigned(0, lambda x: x[1]),
    _assigned((slice(None), slice(0, 4, 2)), lambda x: x[:, 1:3]),
    _assigned((..., -1), lambda x: 3),
    _assigned((slice(None, None, -1),), lambda x: x),
    _shaped("reshape", lambda x: x.reshape(5, -1)),
    _shaped("view", lambda x: (x + x).view(15, 4), lambda x: (x + x).reshape(15, 4)),
    _shaped("flatten", lambda x: mc.flatten(x, 1), lambda x: x.reshape(3, -1)),
    _shaped("permute", lambda x: x.permute(2, 0, 1), lambda x: x.transpose(2, 0, 1)),
    _shaped("transpose", lambda x: mc.transpose(x, 0, -1), lambda x: np.swapaxes(x, 0, -1)),
    _shaped("squeeze", lambda x: mc.squeeze(x[:, :1], 1), lambda x: np.squeeze(x[:, :1], 1)),
    _shaped("unsqueeze", lambda x: mc.unsqueeze(x, -2), lambda x: np.expand_dims(x, -2)),
    _shaped(
        "expand",
        lambda x: x[:, :1].expand(2, 3, 4, 5),
        lambda x: np.broadcast_to(x[:, :1], (2, 3, 4, 5)),
    ),
    _shaped(
        "concatenate",
        lambda x: mc.concatenate([x, x[:, :0], x[:, 1:2]], dim=1),
        lambda x: np.concatenate([x, x[:, :0], x[:, 1:2]], axis=1),
    ),
    _shaped("stack", lambda x: mc.stack([x, x], dim=-1), lambda x: np.stack([x, x], axis=-1)),
    _shaped(
        "pad",
        lambda x: mc.nn.functional.pad(x, (1, 0, 0, 2), value=1),
        lambda x: np.pad(x, ((0, 0), (0, 2), (1, 0)), constant_values=1),
    ),
    *(
        _shaped(
            "pad",
            lambda x, mode=mode: mc.nn.functional.pad(x, (1, 0, 0, 1), mode=mode),
            lambda x, numpys=numpys: np.pad(x, ((0, 0), (0, 1), (1, 0)), mode=numpys),
        )
        for mode, numpys in (("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap"))
    ),
    _shaped(
        "gather",
        lambda x: mc.gather(x, 0, mc.tensor(np.array([[[2], [0]], [[1], [1]]]))),
        lambda x: np.take_along_axis(x[:, :2, :1], np.array([[[2], [0]], [[1], [1]]]), axis=0),
    ),
    _shaped(
        "embedding",
        lambda x: mc.nn.functional.embedding(mc.tensor(ROWS % 3), x[:, 0]),
        lambda x: x[ROWS % 3, 0],
    ),
)

TABLE = UNARY + BINARY + REDUCTIONS + SHAPES
