"""A random program as data: inputs, calls, what is returned, and its text as Python."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

FLOATS = ("float32", "float64", "float16", "bfloat16")

SPECIAL = "np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5, -0.25"


@dataclass(frozen=True)
class Input:
    """A tensor that the program is given.

    `values` says how it is filled: "uniform" in [low, high), "quarters" (multiples of 1/4 there, so
    there are ties), "distinct", or "special" (NaN, infinities, zeros of both signs). `layout` says
    how it lies in memory. As for `role`: an "argument" is passed, as is a "leaf", whose gradient is
    recorded; what is "captured" or a "parameter" is a global of the function. One with `of` is
    another input or a view of it.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    seed: int
    low: float = -2
    high: float = 2
    values: str = "uniform"
    layout: str = "plain"
    role: str = "argument"
    of: str = ""

    def text(self) -> str:
        """An expression that makes it."""
        if self.of:
            return self.of
        view = LAYOUTS[self.layout](self.shape)[1]
        made = f"mc.tensor({self._numbers()}, dtype=mc.{self.dtype}){view}"
        if self.role == "leaf":
            return f"{made}.requires_grad_()"
        return f"mc.nn.Parameter({made})" if self.role == "parameter" else made

    def base_shape(self) -> tuple[int, ...]:
        """The shape of the tensor that it is a view of."""
        return LAYOUTS[self.layout](self.shape)[0]

    def _numbers(self) -> str:
        shape = self.base_shape()
        low, high = self.low, self.high
        if self.dtype.startswith("uint"):
            low, high = max(low, 0), max(high, 1)
        if self.dtype == "bool":
            return f"rng({self.seed}).integers(0, 2, {shape})"
        if self.values == "distinct":
            count = _count(shape)
            if self.dtype not in FLOATS:
                return f"rng({self.seed}).permutation({count}).reshape({shape})"
            steps = f"rng({self.seed}).permutation({count}) / {max(count, 1)}"
            return f"({low:g} + {high - low:g} * {steps}).reshape({shape})"
        if self.dtype not in FLOATS:
            return f"rng({self.seed}).integers({low:g}, {max(int(high), int(low) + 1)}, {shape})"
        if self.values == "special":
            return f"rng({self.seed}).choice([{SPECIAL}], {shape})"
        if self.values == "quarters":
            return f"rng({self.seed}).integers({4 * low:g}, {4 * high:g}, {shape}) / 4"
        return f"rng({self.seed}).uniform({low:g}, {high:g}, {shape})"


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for extent in shape:
        count *= extent
    return count


def _permutation(rank: int) -> tuple[int, ...]:
    """The dims of a channels-last tensor for rank 4, else in reverse order."""
    return (0, 3, 1, 2) if rank == 4 else tuple(reversed(range(rank)))


def _permuted(shape: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
    order = _permutation(len(shape))
    base = [0] * len(shape)
    for position, dim in enumerate(order):
        base[dim] = shape[position]
    return tuple(base), f".permute{order}"


# By name: from the input's shape, the shape of its base and the view that makes it.
LAYOUTS = {
    "plain": lambda shape: (shape, ""),
    "permuted": _permuted,
    "strided": lambda shape: ((*shape[:-1], 2 * shape[-1]), "[..., ::2]"),
    "offset": lambda shape: ((shape[0] + 1, *shape[1:]), "[1:]"),
    "reversed": lambda shape: (shape, "[::-1]"),
    "expanded": lambda shape: ((1, *shape[1:]), f".expand{shape}"),
}


@dataclass(frozen=True)
class Call:
    """A statement: `results = text`, with the operands' names in place of {0}, {1}, ...

    Without results it is a write. `sums` is true if rounding depends on an order of summation.
    """

    text: str
    operands: tuple[str, ...]
    results: tuple[str, ...] = ()
    sums: bool = False

    def line(self) -> str:
        """The statement as Python."""
        value = self.text.format(*self.operands)
        return f"{', '.join(self.results)} = {value}" if self.results else value

    def noisy_lines(self) -> list[str]:
        """The statement with what it gives or writes moved by `noise` (see stability.py)."""
        value = self.text.format(*self.operands)
        operands = f"[{', '.join(self.operands)}]"
        if self.results:
            return [f"{', '.join(self.results)} = noise({value}, {self.sums}, {operands})"]
        return [f"noise.note({operands})", value, f"noise.move_written({self.operands[0]})"]


@dataclass(frozen=True)
class Program:
    """Inputs, statements and results.

    With `gradient`, positions of arguments, the function's value is the loss (a term of `terms` for
    each output), and its gradient of order `order` is what runs. With `optimizer` the function
    updates the parameters among the inputs. It is called `times` times on the same tensors, which
    the statements `between` may change after each call; there `r` is the list of its results.
    `nested` is true if what runs calls compiled functions itself.
    """

    inputs: tuple[Input, ...]
    calls: tuple[Call, ...]
    outputs: tuple[str, ...]
    terms: tuple[str, ...] = ()
    gradient: tuple[int, ...] = ()
    transform: str = "grad"
    order: int = 1
    optimizer: str = ""
    times: int = 1
    between: tuple[str, ...] = ()
    nested: bool = False

    def arguments(self) -> list[Input]:
        """Those that are passed, in order."""
        return [each for each in self.inputs if each.role in ("argument", "leaf")]

    def sums(self) -> bool:
        """Whether its bits may depend on an order of summation."""
        backward = bool(self.terms) or any(each.role == "leaf" for each in self.inputs)
        return backward or any(call.sums for call in self.calls)

    def most_elements(self) -> int:
        """The number of elements of the largest input: no sum over one has more terms."""
        return max((_count(each.shape) for each in self.inputs), default=1)

    def writes(self) -> bool:
        """Whether a statement changes a value that it was given."""
        return bool(self.optimizer) or any(not call.results for call in self.calls)

    def setup(self) -> list[str]:
        """The lines that make the inputs."""
        lines = [f"{each.name} = {each.text()}" for each in self.inputs]
        if self.optimizer:
            names = ", ".join(each.name for each in self.inputs if each.role == "parameter")
            lines.append(f"o = mc.optim.{self.optimizer.format(f'[{names}]')}")
        return lines

    def function(self, noisy: bool = False) -> list[str]:
        """The lines of `def f`."""
        head = f"def f({', '.join(each.name for each in self.arguments())}):"
        body = [
            line for call in self.calls for line in (call.noisy_lines() if noisy else [call.line()])
        ]
        return [head, *(f"    {line}" for line in [*body, *self._end(noisy)])]

    def _end(self, noisy: bool) -> list[str]:
        if not self.terms:
            return [f"return {', '.join(self.outputs)}"]
        pairs = zip(self.terms, self.outputs, strict=True)
        terms = [(term.format(name), name) for term, name in pairs]
        loss = " + ".join(
            f"noise({term}, True, [{name}])" if noisy else term for term, name in terms
        )
        if self.optimizer:
            return [f"loss = {loss}; loss.backward(); o.step(); o.zero_grad()", "return loss"]
        return [f"return {loss}"]

    def target(self) -> str:
        """The expression of the function that runs; `j` compiles what is nested in it."""
        f = "j(f)" if self.nested else "f"
        if not self.gradient:
            return f"lambda *x: {f}(*x)" if self.nested else f
        first = f"mc.{self.transform}({f}, argnums={self.gradient})"
        if self.order == 1:
            return first
        norm = f"lambda *x: sum((d * d).sum() for d in {first}(*x))"
        return f"mc.grad({norm}, argnums={self.gradient})"

    def used(self) -> set[str]:
        """The names that statements and results read."""
        texts = [*self.between, *(each.of for each in self.inputs)]
        mentioned = set(re.findall(r"\w+", " ".join(texts)))
        return {name for call in self.calls for name in call.operands} | {*self.outputs, *mentioned}

    def without_input(self, name: str) -> Program:
        """The program without an argument or global that it does not read."""
        names = [each.name for each in self.arguments()]
        position = names.index(name) if name in names else len(names)
        return replace(
            self,
            inputs=tuple(each for each in self.inputs if each.name != name),
            gradient=tuple(n - (n > position) for n in self.gradient if n != position),
        )
