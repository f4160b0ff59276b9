"""What other threads may do while an operation works that takes long."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

import mycel as mc

MANY = 1 << 20


def sums_while_it_is_written(x: mc.Tensor, add: Callable[[], mc.Tensor]) -> list[np.ndarray]:
    done = threading.Event()

    def write() -> None:
        value = 0.0
        while not done.is_set():
            value += 1
            x[:] = value

    writer = threading.Thread(target=write)
    writer.start()
    sums = [add().numpy() for _ in range(100)]
    done.set()
    writer.join()
    return sums


@pytest.mark.parametrize("compiled", [False, True])
def test_what_works_long_reads_one_value_of_a_tensor_that_another_thread_writes(compiled):
    x, zeros = mc.zeros(MANY), mc.zeros(MANY)

    def add() -> mc.Tensor:
        return zeros + x

    sums = sums_while_it_is_written(x, mc.jit(add) if compiled else add)
    assert all(each.min() == each.max() for each in sums)


def test_four_threads_write_one_tensor_by_a_compiled_function_that_takes_long():
    x = mc.zeros(MANY)

    @mc.jit
    def step() -> None:
        x.add_(1.0)

    threads = [threading.Thread(target=lambda: [step() for _ in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (x == 100).all()


def test_python_runs_beside_an_operation_that_takes_long():
    x = mc.rand(1 << 24)
    steps: list[float] = []
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            steps.append(time.perf_counter())
            time.sleep(0)

    counter = threading.Thread(target=count)
    counter.start()
    begin = time.perf_counter()
    mc.sin(x)
    end = time.perf_counter()
    done.set()
    counter.join()
    inside = [step for step in steps if begin + 0.25 * (end - begin) < step < end]
    assert inside
