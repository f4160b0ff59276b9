"""Runs programs in processes of their own: one that crashes or hangs is a fault like others."""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Any

LONGEST = 120.0  # seconds without a word from a worker
RENEWED_AFTER = 400  # programs: compiled code stays in memory


@dataclass(frozen=True)
class Found:
    """A program that fails."""

    seed: int
    mode: str
    message: str
    script: str


@dataclass
class Report:
    """What a run of the fuzzer found."""

    programs: int = 0
    rejected: int = 0
    seconds: float = 0.0
    faults: list[Found] = field(default_factory=list)


def run(
    seeds: Iterable[int],
    seconds: float,
    workers: int,
    family: str = "",
    most_faults: int = 10,
    tell: Callable[[Found], None] = lambda found: None,
) -> Report:
    """Runs the programs of the seeds while time is left; tells of each that fails."""
    start = time.monotonic()
    report, waiting, told = Report(), iter(seeds), 0
    pool = [_Worker(family) for _ in range(workers)]
    try:
        while True:
            report.seconds = time.monotonic() - start
            for each in pool:
                if report.seconds < seconds and len(report.faults) < most_faults:
                    each.give(waiting)
            busy = [each for each in pool if each.seed is not None]
            if not busy:
                return report
            connection.wait([each.pipe for each in busy], timeout=1.0)
            for each in busy:
                each.look(report)
            for found in report.faults[told:]:
                tell(found)
            told = len(report.faults)
    finally:
        for each in pool:
            each.stop()


class _Worker:
    """One process, and the seed that it works on."""

    def __init__(self, family: str) -> None:
        self._family = family
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._family), daemon=True)
        self._process.start()
        theirs.close()
        self.seed: int | None = None
        self._given = 0
        self._script = ""
        self._heard = time.monotonic()

    def give(self, waiting: Iterator[int]) -> None:
        """Has it run the next program, unless it runs one or there is none."""
        if self.seed is not None:
            return
        seed = next(waiting, None)
        if seed is None:
            return
        if self._given >= RENEWED_AFTER:
            self.stop()
            self._start()
        self.seed, self._script = seed, ""
        self._given += 1
        self._heard = time.monotonic()
        self.pipe.send(seed)

    def look(self, report: Report) -> None:
        """Takes what it says, or notes that it died or hangs."""
        assert self.seed is not None
        try:
            while self.seed is not None and self.pipe.poll():
                self._take(self.pipe.recv(), report)
        except EOFError:
            self._process.join()
            self._lost(report, f"ended with status {self._process.exitcode}")
        if self.seed is not None and time.monotonic() - self._heard > LONGEST:
            self._lost(report, f"did not end in {LONGEST:.0f} seconds")

    def _take(self, said: tuple[str, Any], report: Report) -> None:
        self._heard = time.monotonic()
        kind, value = said
        if kind == "script":
            self._script = value
            return
        report.programs += kind != "rejected"
        report.rejected += kind == "rejected"
        if kind == "fault":
            report.faults.append(value)
        self.seed = None

    def _lost(self, report: Report, message: str) -> None:
        assert self.seed is not None
        report.faults.append(Found(self.seed, "process", message, self._script))
        report.programs += 1
        self.stop()
        self._start()

    def stop(self) -> None:
        """Ends the process."""
        self.pipe.close()
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()


def _serve(pipe: connection.Connection, family: str) -> None:
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # What an earlier run left on disk must not stand in for what this one compiles.
    os.environ["MYCEL_CACHE"] = ""
    from fuzz import check

    while True:
        try:
            seed = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            pipe.send(check.check(seed, family, lambda text: pipe.send(("script", text))))
        except Exception:
            pipe.send(("fault", Found(seed, "fuzzer", traceback.format_exc(), "")))
