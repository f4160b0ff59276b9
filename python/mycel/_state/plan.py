"""The arithmetic that every call of a compiled function does on numbers of optimisers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mycel import _core

MOST_EXACT = 1 << 53  # numbers travel as float64
WIDE = {int: _core.int64, float: _core.float64}
_NO = "ValueError"


class Known(NamedTuple):
    """A number that the plan knows, by its place among the values."""

    number: int


class Plan:
    """The arithmetic of a trace on numbers of the state, as a function that every call runs first.

    So a call finds what Python would: ints of any size, and errors, of which it knows nothing more
    than that this compilation does not stand for the call.
    """

    def __init__(self) -> None:
        self.values: list[Any] = []  # what the last run found; operands and results are read here
        self._known: dict[str, Any] = {"values": self.values}
        self._lines: list[str] = []
        self._numbers = _core.StateNumbers(self.values)

    def read(self, holder: dict[Any, Any], key: Any, value: int | float) -> int:
        """The number that stands in a dict; its type is guarded."""
        index = self._add(f"{self._name(holder)}[{self._name(key)}]", value)
        self._lines.append(
            f"if type(v{index}) is int and abs(v{index}) > {MOST_EXACT}: raise {_NO}"
        )
        return index

    def compute(self, function: Callable[..., Any], operands: tuple[Any, ...], value: Any) -> int:
        """A result of numbers; calls in which it has another type are not this plan's."""
        given = [f"v{x.number}" if isinstance(x, Known) else self._name(x) for x in operands]
        index = self._add(f"{self._name(function)}({', '.join(given)})", value)
        wrong = f"type(v{index}) is not {type(value).__name__}"
        if type(value) is int:
            wrong += f" or abs(v{index}) > {MOST_EXACT}"
        self._lines.append(f"if {wrong}: raise {_NO}")
        return index

    def constant(self, value: int | float) -> int:
        """A number that is the same in every call."""
        return self._add(self._name(value), value)

    def operand(self, index: int) -> _core.Tensor:
        """A number as a 0-d tensor of the trace."""
        return self._numbers.operand(index, WIDE[type(self.values[index])])

    def compiled(self) -> Callable[[], bool]:
        """Finds all values anew; whether the trace stands for them."""
        names = "".join(f"v{i}, " for i in range(len(self.values)))
        lines = "\n".join(f"        {line}" for line in (*self._lines, f"values[:] = ({names})"))
        text = f"def run():\n    try:\n{lines}\n    except Exception:\n        return False\n"
        exec(text + "    return True\n", self._known)
        run: Callable[[], bool] = self._known.pop("run")
        return run

    def _add(self, expression: str, value: int | float) -> int:
        self._lines.append(f"v{len(self.values)} = {expression}")
        self.values.append(value)
        return len(self.values) - 1

    def _name(self, value: Any) -> str:
        name = f"c{len(self._known)}"
        self._known[name] = value
        return name
