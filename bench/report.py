"""The table that the benchmarks print: both figures, their ratio or distance, and its bar."""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table: both figures, and their ratio or distance against its bar, if any."""

    what: str
    ours: str
    peer: str
    figure: float
    bar: float | None = None
    at_least: bool = True

    def holds(self) -> bool:
        """Whether the figure meets its bar."""
        if self.bar is None:
            return True
        return self.figure >= self.bar if self.at_least else self.figure <= self.bar


def speed(what: str, ours: float, peer: float, peer_name: str, bar: float | None = None) -> Row:
    """Returns a row with the speed relative to the peer, from seconds per call."""
    return Row(what, duration(ours), f"{duration(peer)} ({peer_name})", peer / ours, bar)


def duration(seconds: float) -> str:
    """Formats seconds with a unit: 1.25 us, 12.7 ms, 15 s."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def table(rows: list[Row]) -> Iterator[str]:
    """Yields the lines of a table of rows."""
    cells = [("what", "Mycel", "peer", "figure", "bar", "")]
    for row in rows:
        bar = "" if row.bar is None else f"{'>=' if row.at_least else '<='} {row.bar:.3g}"
        verdict = "" if row.bar is None else "holds" if row.holds() else "MISSED"
        cells.append((row.what, row.ours, row.peer, f"{row.figure:.3g}", bar, verdict))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        yield "  ".join(padded).rstrip()


def show(rows: Callable[[], list[Row]]) -> None:
    """Measures and prints the table."""
    start = time.monotonic()
    measured = rows()
    print("\n".join(table(measured)) if measured else "nothing was measured")
    print(f"took {time.monotonic() - start:.0f} s")


def main(rows: Callable[[], list[Row]], description: str | None) -> None:
    """Runs one benchmark as a program, which takes no arguments."""
    formatter = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser(description=description, formatter_class=formatter).parse_args()
    show(rows)
