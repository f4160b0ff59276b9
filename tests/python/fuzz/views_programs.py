"""Random programs of views and writes.

A program has inputs and three parts: `before` makes views of the inputs, `body` is what may be
compiled, `after` writes to what the body left. Its text runs on Mycel, on PyTorch and on the NumPy
arrays of `views_oracle`, which the writer runs along to know the shapes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fuzz.views_oracle import Array

DTYPES = {"float32": 4, "float64": 3, "int64": 3}  # and how often
SHAPES = [(6,), (2, 3), (4, 3), (2, 3, 2), (1, 4), (3, 1, 2), (), (0, 3)]
SHAPE_WEIGHTS = [3, 4, 4, 3, 2, 2, 1, 1]
MOST_ELEMENTS = 64
MOST_RANK = 4
LARGEST = 1e4  # so that sums of small integers are exact, and need no tolerance


@dataclass
class Program:
    seed: int
    dtype: str
    gradients: bool
    inputs: dict[str, np.ndarray]
    before: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)  # the tensors there are before the body
    results: list[str] = field(default_factory=list)  # the tensors that the body makes

    def body_as_function(self, captured: bool = False) -> str:
        """`def body(...)`, of the parameters or of outer tensors."""
        lines = [*self.body, f"return {', '.join(self.results) or 'None'}"]
        parameters = "" if captured else ", ".join(self.parameters)
        function = [f"def body({parameters}):", *indent(lines)]
        if not captured:
            return "\n".join(function)
        if changed := [name for name in self.parameters if assigns(self.body, name)]:
            function.insert(1, f"    nonlocal {', '.join(changed)}")
        return "\n".join(
            [f"def make({', '.join(self.parameters)}):", *indent(function), "    return body"]
        )

    def loss(self) -> str:
        names = [*self.parameters, *self.results]
        terms = [f"({name} * {name} * {i + 1}).sum()" for i, name in enumerate(names)]
        return " + ".join(terms)

    def script(self) -> str:
        """The program as one that runs by itself."""
        makes = [
            f"{name} = mc.tensor({array.tolist()}, dtype=mc.{self.dtype})"
            + (f".reshape{array.shape}" if array.size == 0 else "")
            for name, array in self.inputs.items()
        ]
        call = f"{', '.join(self.results)} = " if self.results else ""
        lines = [
            f"# seed {self.seed}",
            "import mycel as mc",
            *makes,
            *self.before,
            *("@mc.jit\n" + self.body_as_function()).splitlines(),
            f"{call}body({', '.join(self.parameters)})",
            *self.after,
        ]
        if self.gradients:
            lines.insert(2 + len(makes), "[x.requires_grad_() for x in (a, b)]")
            lines.append(f"({self.loss()}).backward()")
        return "\n".join(lines)


def indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for text in lines for line in text.splitlines()]


def assigns(lines: list[str], name: str) -> bool:
    return any(line.startswith((f"{name} +=", f"{name} -=", f"{name} *=")) for line in lines)


def overlaps_itself(array: np.ndarray) -> bool:
    """Whether two indices stand for one element."""
    if array.size == 0:
        return False
    addresses = sum(
        (
            index * stride
            for index, stride in zip(np.indices(array.shape), array.strides, strict=True)
        ),
        start=np.zeros(array.shape, int),
    )
    return len(np.unique(addresses)) < array.size


class Writer:
    """Writes one program, statement by statement, and runs each on NumPy."""

    def __init__(self, seed: int, gradients: bool):
        self.random = random.Random(f"{seed}, {gradients}")
        dtype = self.random.choices(list(DTYPES), list(DTYPES.values()))[0]
        if gradients:
            dtype = "float64"
        self.values: dict[str, Array] = {}
        self.is_leaf: dict[str, bool] = {}  # or a view of one that is not detached
        inputs = {name: self.input(name, dtype) for name in ("a", "b")}
        self.program = Program(seed, dtype, gradients, inputs)
        self.lines = self.program.before

    def input(self, name: str, dtype: str) -> np.ndarray:
        shape = self.random.choices(SHAPES, SHAPE_WEIGHTS)[0]
        array = np.array(
            [self.random.randint(-4, 9) for _ in range(int(np.prod(shape)))], dtype
        ).reshape(shape)
        self.values[name] = Array(array.copy())
        self.is_leaf[name] = True
        return array

    def write_program(self) -> Program:
        program = self.program
        if program.gradients:
            self.define("a * 1", leaf=False)
        for _ in range(self.random.randint(0, 3)):
            self.view()
        program.parameters = list(self.values)
        self.lines = program.body
        for _ in range(self.random.randint(2, 7)):
            self.random.choices([self.view, self.write, self.fresh], [4, 5, 2])[0]()
        program.results = list(self.values)[len(program.parameters) :]
        self.lines = program.after
        for _ in range(self.random.randint(1, 3)):
            self.random.choices([self.view, self.write], [1, 4])[0]()
        return program

    # --- statements --------------------------------------------------------------------------

    def run(self, line: str) -> bool:
        """Adds a statement, unless it makes numbers too large; says whether it did."""
        kept = {name: value.array.copy() for name, value in self.values.items()}
        exec(line, {"new": lambda x: x}, self.values)
        self.values.pop("row", None)  # of a loop
        if any(np.abs(value.array).max(initial=0) > LARGEST for value in self.values.values()):
            for name, array in kept.items():
                self.values[name].array[...] = array
            return False
        self.lines.append(line)
        return True

    def define(self, expression: str, leaf: bool) -> None:
        name = "abcdefghijklmnopqrstuvwxyz"[len(self.values)]
        if not self.run(f"{name} = {expression}"):
            self.values.pop(name, None)
            return
        array = self.values[name].array
        if array.size > MOST_ELEMENTS or array.ndim > MOST_RANK:
            self.lines.pop()
            del self.values[name]
            return
        self.is_leaf[name] = leaf

    def pick(self, fits: Callable[[str], bool] = lambda name: True) -> str | None:
        names = [name for name in self.values if fits(name)]
        return self.random.choice(names) if names else None

    def constant(self) -> int:
        return self.random.choice([-2, -1, 0, 1, 2, 3, 5])

    def view(self) -> None:
        name = self.pick()
        expression = self.view_of(name)
        leaf = self.is_leaf[name] and not expression.endswith((".data", ".detach()"))
        self.define(expression, leaf)

    def fresh(self) -> None:
        name = self.pick()
        shape = self.values[name].array.shape
        other = self.pick(lambda n: self.values[n].array.shape == shape)
        choices = [f"{name} * 2", f"{name} + {other}", f"{name}.clone()", f"{name} * {other}"]
        if shape:
            choices.append(f"{name}.sum({self.random.randrange(len(shape))})")
        self.define(f"new({self.random.choice(choices)})", leaf=False)

    def write(self) -> None:
        name = self.pick(self.may_write)
        if name is None:
            return
        for _ in range(5):
            kinds = [self.write_whole, self.write_whole, self.write_part]
            if self.is_leaf_with_gradient(name):
                kinds = [self.write_detached]
            line = self.random.choice(kinds)(name)
            if line and self.run(line):
                return

    # --- expressions -------------------------------------------------------------------------

    def may_write(self, name: str) -> bool:
        return not overlaps_itself(self.values[name].array)

    def is_leaf_with_gradient(self, name: str) -> bool:
        return self.program.gradients and self.is_leaf[name]

    def index(self, shape: tuple[int, ...]) -> str:
        """A basic index, without its brackets."""
        items = []
        count = self.random.randint(1, len(shape))
        from_the_end = self.random.random() < 0.2
        for extent in shape[-count:] if from_the_end else shape[:count]:
            start = self.random.randint(0, extent)
            choices = [":", f"{start}:", f":{start}", "::2", f"{start}:{start + 2}", "1:-1"]
            if extent:
                choices += [str(self.random.randrange(extent)), "-1"]
            items.append(self.random.choice(choices))
        if from_the_end:
            items.insert(0, "...")
        elif self.random.random() < 0.1:
            items.insert(0, "None")
        return ", ".join(items)

    def view_of(self, name: str) -> str:
        shape = self.values[name].array.shape
        dims = list(range(len(shape)))
        choices = [f"{name}.detach()", f"{name}.data", f"{name}.unsqueeze(0)"]
        choices.append(self.reshaped(name))
        choices.append(f"{name}.expand({', '.join(map(str, (2, *shape)))})")
        if dims:
            dim = self.random.choice(dims)
            choices += [f"{name}[{self.index(shape)}]"] * 4
            choices += [f"{name}.squeeze({dim})", self.reshaped(name)]
            shuffled = self.random.sample(dims, len(dims))
            choices.append(f"{name}.permute({', '.join(map(str, shuffled))})")
            choices.append(f"{name}.transpose({dim}, {self.random.choice(dims)})")
        if dims and shape[0]:
            choices.append(f"tuple({name})[{self.random.randrange(shape[0])}]")
        if len(dims) >= 2 and np.prod(shape):
            choices.append(f"{name}.flatten({dims[-2]}, {dims[-1]})")
        return self.random.choice(choices)

    def reshaped(self, name: str) -> str:
        """A view of another shape where there is one, else a reshape, which copies."""
        array = self.values[name].array
        shapes = [(array.size,), (1, array.size)]
        shapes += [(n, array.size // n) for n in (2, 3, 4) if array.size and array.size % n == 0]
        shape = self.random.choice(shapes)
        sizes = ", ".join(map(str, shape))
        viewed = array.view()
        try:
            viewed.shape = shape
        except AttributeError:
            return f"{name}.reshape({sizes})"
        return f"{name}.{self.random.choice(['view', 'reshape'])}({sizes})"

    def source(self, shape: tuple[int, ...], target: str) -> str:
        """A number, or a tensor of the shape."""

        def fits(name: str) -> bool:
            array, written = self.values[name].array, self.values[target].array
            return array.shape == shape and not np.may_share_memory(array, written)

        other = self.pick(fits) if self.random.random() < 0.6 else None
        return other or str(self.constant())

    def write_whole(self, name: str) -> str:
        value = self.source(self.values[name].array.shape, name)
        lines = [f"{name}.add_({value})", f"{name}.sub_({value})", f"{name}.mul_({value})"]
        lines += [f"{name} += {value}", f"{name} -= {value}", f"{name} *= {value}"]
        lines += [f"{name}.mul_(2).sub_({value})", f"{name}.zero_()"]
        lines.append(f"{name}.copy_({value})" if value in self.values else f"{name}.fill_({value})")
        lines.append(self.write_detached(name))
        return self.random.choice(lines)

    def write_detached(self, name: str) -> str:
        value = self.source(self.values[name].array.shape, name)
        detached = self.random.choice(["data", "detach()"])
        return f"{name}.{detached}.{self.random.choice(['add_', 'mul_'])}({value})"

    def write_part(self, name: str) -> str | None:
        shape = self.values[name].array.shape
        if not shape or not np.prod(shape):
            return None
        index = self.index(shape)
        value = self.source(self.values[name][eval(f"np.s_[{index}]")].array.shape, name)
        lines = [f"{name}[{index}] = {value}"] * 3
        lines.append(f"{name}[{index}] {self.random.choice('+-*')}= {value}")
        lines.append(f"{name}[{index}].add_({value})")
        lines.append(f"{name}.data[{index}] = {value}")
        lines.append(f"for row in {name}: row.add_({self.constant()})")
        lines.append(f"{name}[[{shape[0] - 1}]] = {self.constant()}")
        if len(shape) > 1:
            lines.append(f"{name}[0][{shape[1] - 1}] = {self.constant()}")
        return self.random.choice(lines)


def generate(seed: int, gradients: bool = False) -> Program:
    return Writer(seed, gradients).write_program()
