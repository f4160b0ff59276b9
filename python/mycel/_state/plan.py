"""The arithmetic on optimisers' numbers that each call of a compiled function repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mycel import _core

MOST_EXACT = 1 << 53  # numbers are passed as float64
WIDE = {int: _core.int64, float: _core.float64}
_NO = "ValueError"


class Known(NamedTuple):
    """A number of the plan, by its index among the values."""

    number: int


class Plan:
    """Builds a function from a trace's arithmetic on state numbers, which each call runs first.

    The function computes what Python would, with ints of any size. An error only means that this
    compilation does not apply to the call.
    """

    def __init__(self) -> None:
        self.values: list[Any] = []  # of the last run; operands and results are read here
        self._known: dict[str, Any] = {"values": self.values}
        self._lines: list[str] = []
        self._numbers = _core.StateNumbers(self.values)

    def read(self, holder: dict[Any, Any], key: Any, value: int | float) -> int:
        """Adds the number under a key of a dict, whose type is guarded; returns its index."""
        index = self._add(f"{self._name(holder)}[{self._name(key)}]", value)
        self._lines.append(
            f"if type(v{index}) is int and abs(v{index}) > {MOST_EXACT}: raise {_NO}"
        )
        return index

    def compute(self, function: Callable[..., Any], operands: tuple[Any, ...], value: Any) -> int:
        """Adds a function of numbers; the plan does not apply if the result has another type."""
        given = [f"v{x.number}" if isinstance(x, Known) else self._name(x) for x in operands]
        index = self._add(f"{self._name(function)}({', '.join(given)})", value)
        wrong = f"type(v{index}) is not {type(value).__name__}"
        if type(value) is int:
            wrong += f" or abs(v{index}) > {MOST_EXACT}"
        self._lines.append(f"if {wrong}: raise {_NO}")
        return index

    def constant(self, value: int | float) -> int:
        """Adds a number that is the same in every call."""
        return self._add(self._name(value), value)

    def operand(self, index: int) -> _core.Tensor:
        """Returns a number as a 0-d tensor of the trace."""
        return self._numbers.operand(index, WIDE[type(self.values[index])])

    def compiled(self) -> Callable[[], bool]:
        """Returns a function that recomputes all values; False if the trace does not apply."""
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
