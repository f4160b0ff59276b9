"""What other threads may do while an operation works that takes long."""

import threading
import time

import mycel as mc

MANY = 1 << 20


def test_an_operation_reads_one_value_of_a_tensor_that_another_thread_writes():
    x = mc.zeros(MANY)
    done = threading.Event()

    def write() -> None:
        value = 0.0
        while not done.is_set():
            value += 1
            x[:] = value

    writer = threading.Thread(target=write)
    writer.start()
    sums = [(x + 0.0).numpy() for _ in range(100)]
    done.set()
    writer.join()
    assert all(each.min() == each.max() for each in sums)


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
