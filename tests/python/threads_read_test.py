"""Threads that read a tensor while a compiled call works on it in place."""

import threading

import numpy as np
import pytest

import mycel as mc

SIZE = 1_000_000


@mc.jit
def compiled_bounds(x):
    return mc.stack([x.min(), x.max()])


def bounds(x):
    return np.array([x.min(), x.max()])


def exported(make):
    """The bounds of an array that shares the tensor's memory, now and once more later."""

    def read(p):
        array = make(p)
        first = bounds(array)
        p.sum()
        np.testing.assert_array_equal(bounds(array), first)
        return first

    return read


READS = {
    "eager": lambda p: bounds((p * 1).numpy()),
    "numpy": exported(lambda p: p.numpy()),
    "dlpack": exported(lambda p: np.from_dlpack(p)),
    "view": exported(lambda p: p[10:].numpy()),
    "copy": exported(lambda p: p.clone().numpy()),
    "compiled": lambda p: compiled_bounds(p).numpy(),
    "in place": lambda p: bounds(mc.zeros(SIZE).add_(p).numpy()),
    "list": lambda p: bounds(np.array(p[::1000].tolist())),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_read_shows_the_tensor_before_or_after_a_step(read):
    p = mc.zeros(SIZE)
    over = threading.Event()

    @mc.jit
    def step():
        p.add_(1)

    def work():
        try:
            for _ in range(150):
                step()
        finally:
            over.set()

    step()
    thread = threading.Thread(target=work)
    thread.start()
    torn = 0
    while not over.is_set():
        low, high = read(p)
        torn += low != high
    thread.join()
    assert torn == 0 and p[0].item() == 151


def test_threads_that_read_what_the_other_writes_wait_for_each_other_in_turns():
    a, b = mc.zeros(SIZE), mc.zeros(SIZE)

    @mc.jit
    def to_a():
        a.add_(b * 0 + 1)

    @mc.jit
    def to_b():
        b.add_(a * 0 + 1)

    def eager(x, y):
        x.add_(y * 0 + 1)

    works = [to_a, to_b, lambda: eager(a, b), lambda: eager(b, a)]
    threads = [
        threading.Thread(target=lambda work=work: [work() for _ in range(40)], daemon=True)
        for work in works
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    assert (a == a[0]).all().item() and (b == b[0]).all().item()
