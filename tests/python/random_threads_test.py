"""Drawing from the one default generator by many threads, and loaders that are left early.

A lock that is waited for under the interpreter's would stop the program: hence processes of their
own, and a limit.
"""

import subprocess
import sys
import textwrap

import pytest


def run(code, seconds=60):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        timeout=seconds,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("traced", [False, True])
def test_threads_draw_much_and_little_and_make_mistakes(traced):
    """Who holds the generator's lock wants the interpreter's: after much work, or for an error."""
    code = """
        import threading
        import mycel as mc
        import mycel.nn.functional as F

        wrong = mc.ones(300, 300, dtype=mc.int64)
        failed = []

        def fail():
            for _ in range(300):
                try:
                    F.dropout(wrong)
                except TypeError:
                    failed.append(1)

        def succeed():
            for _ in range(300):
                {draw}

        def draw_many():
            for _ in range(100):
                mc.rand(300, 300)

        work = (fail, succeed, draw_many, fail, succeed, draw_many)
        threads = [threading.Thread(target=each) for each in work]
        [t.start() for t in threads]
        [t.join() for t in threads]
        print(len(failed))
    """
    draw = "mc.jit(lambda: mc.rand(2)).lower()" if traced else "mc.rand(2)"
    assert run(code.format(draw=draw)) == ["600"]


def test_a_seed_set_in_a_compiled_function_holds_at_each_call():
    code = """
        import mycel as mc

        @mc.jit
        def f():
            mc.manual_seed(3)
            return mc.rand(1)

        print(f().item(), f().item())
    """
    first, second = run(code)
    assert first == second


@pytest.mark.parametrize("leave", ["break", "raise KeyError", "pass"])
def test_loops_that_are_left_early(leave):
    code = f"""
        import mycel as mc
        from mycel import data

        class Squares(data.Dataset):
            def __len__(self):
                return 100

            def __getitem__(self, i):
                return mc.tensor(float(i)) ** 2

        def shift(image):
            if shift.fails:
                raise KeyError("transform")
            return image + 1

        for fails in (False, True):
            shift.fails = fails
            for dataset in (Squares(), data.SyntheticDigits(100, transform=shift),
                            data.SyntheticDigits(100)):
                loader = data.DataLoader(dataset, batch_size=4, num_workers=8, prefetch=8)
                for _ in range(5):
                    try:
                        for number, batch in enumerate(loader):
                            if number == 2:
                                {leave}
                    except KeyError:
                        pass
        print("over")
    """
    assert run(code) == ["over"]
