"""Measures several frameworks in one run, each in its own worker process.

A worker's program defines cases, functions that return (statement, namespace), and ends with
`serve(cases)`. The driver keeps the workers alive and interleaves blocks of measurements, so that
a slow moment of the machine affects all frameworks alike.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import timeit
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peers

Case = Callable[..., tuple[str, dict[str, Any]]]

# By default glibc unmaps large blocks and maps them again at every step; this keeps them.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 32)}


def serve(cases: Mapping[str, Case]) -> None:
    """Runs a worker: prepares and times cases as requested by the driver's lines of JSON."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # keeps what libraries print out of the answers
    timers: dict[str, timeit.Timer] = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                statement, namespace = cases[request["case"]](**request["options"])
                timers[request["name"]] = timeit.Timer(statement, globals=namespace)
                answer = 0.0
            else:
                answer = timers[request["name"]].timeit(request["calls"])
        except Exception:
            print(json.dumps({"error": traceback.format_exc()}), file=answers)
        else:
            print(json.dumps({"answer": answer}), file=answers)


class WorkerError(RuntimeError):
    """A worker could not prepare or run a case; the message ends with the worker's error."""


class Worker:
    """A process whose program calls `serve`; use it in a `with` statement."""

    def __init__(self, command: list[str | Path], environment: Mapping[str, str] | None = None):
        threads = str(len(os.sched_getaffinity(0)))
        self._process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, "OMP_NUM_THREADS": threads, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def prepare(self, name: str, case: str, **options: Any) -> None:
        """Builds a case under a name."""
        self._ask(do="prepare", name=name, case=case, options=options)

    def seconds(self, name: str, calls: int) -> float:
        """Returns the total time of a number of calls."""
        return self._ask(do="time", name=name, calls=calls)

    def _ask(self, **request: Any) -> float:
        assert self._process.stdin and self._process.stdout
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise WorkerError(f"worker ended with status {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return float(answer["answer"])

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()


@dataclass(frozen=True)
class Subject:
    """One case of one worker, under the name that the tables show."""

    name: str
    worker: Worker


def start(stack: contextlib.ExitStack, framework: str, **environment: str) -> Worker | None:
    """Starts a worker that lives as long as the stack; None, with a message, for an absent peer."""
    python = Path(sys.executable) if framework == "mycel" else peers.python_of(framework)
    if python is None:
        print(peers.absence(framework, framework), flush=True)
        return None
    program = Path(__file__).parent / f"with_{framework}.py"
    return stack.enter_context(Worker([python, program], environment))


def prepare(name: str, worker: Worker, case: str, **options: Any) -> Subject:
    """Prepares a subject and runs it once, so that it is compiled."""
    worker.prepare(name, case, **options)
    worker.seconds(name, 1)
    return Subject(name, worker)


def prepare_peer(name: str, worker: Worker | None, case: str, **options: Any) -> list[Subject]:
    """Prepares a subject; empty, with a message, if the peer is absent or cannot run the case."""
    if worker is None:
        return []
    try:
        return [prepare(name, worker, case, **options)]
    except WorkerError as error:
        print(f"skipping {name}: {str(error).strip().splitlines()[-1]}", flush=True)
        return []


def medians(
    subjects: list[Subject], rounds: int = 9, block_seconds: float = 0.2
) -> dict[str, float]:
    """Returns each subject's seconds per call: the median over rounds of one block each."""
    calls = {each.name: calls_in(each, block_seconds) for each in subjects}
    measured: dict[str, list[float]] = {each.name: [] for each in subjects}
    for _ in range(rounds):
        for each in subjects:
            each.worker.seconds(each.name, max(1, calls[each.name] // 10))  # wakes the threads
            seconds = each.worker.seconds(each.name, calls[each.name])
            measured[each.name].append(seconds / calls[each.name])
    return {name: statistics.median(values) for name, values in measured.items()}


def calls_in(subject: Subject, seconds: float) -> int:
    """Returns the number of calls that take about that long."""
    calls = 1
    while True:
        taken = subject.worker.seconds(subject.name, calls)
        if taken >= seconds / 4:
            return max(1, round(calls * seconds / taken))
        calls *= 4
