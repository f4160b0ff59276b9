"""Random programs give the same in every mode; and the fuzzer finds what is put wrong."""

import functools
import os
import random

import pytest

import mycel as mc
from fuzz import check, compare, definitions, featured, generate, modes, run, worker
from fuzz.builder import Builder
from fuzz.program import Call, Input, Program
from fuzz.script import script
from fuzz.shrink import shrink


def clean(seeds, seconds):
    """Runs the programs of the seeds while time is left, and prints how many ran."""
    report = worker.run(seeds, seconds, len(os.sched_getaffinity(0)))
    print(f"{report.programs} random programs in {report.seconds:.0f} s")
    assert not report.faults, "\n".join(run.text_of(found) for found in report.faults)
    assert report.programs > 0


def test_random_programs_give_the_same_in_every_mode():
    clean(range(200), seconds=40)


@pytest.mark.long
def test_many_random_programs_give_the_same_in_every_mode():
    clean(range(1000, 11_000), seconds=1800)


def test_a_seed_always_gives_the_same_program():
    for seed in (3, 4, 5):
        assert generate.program_of(seed) == generate.program_of(seed)


def test_every_operation_is_called():
    def is_called(operation):
        builders = [Builder(random.Random(seed), "float32", [3, 4, 2]) for seed in range(8)]
        return any(featured.call(builder, operation) for builder in builders)

    assert not [each.name for each in definitions.operations() if not is_called(each)]


def broken_in_jit(monkeypatch, name, break_result):
    """Compiled programs compute another value for a function of mycel."""
    right = getattr(mc, name)
    in_eager_run = modes.namespace

    def wrong(*args, **kwargs):
        result = right(*args, **kwargs)
        return break_result(result) if mc._core.is_tracing() else result

    @functools.wraps(in_eager_run)
    def namespace():
        names = in_eager_run()
        proxy = type("mycel", (), {"__getattr__": lambda self, key: getattr(mc, key)})()
        setattr(proxy, name, wrong)
        return names | {"mc": proxy}

    monkeypatch.setattr(modes, "namespace", namespace)


def first_found(seeds):
    for seed in seeds:
        kind, found = check.check(seed, "", lambda text: None)
        if kind == "fault":
            return found
    return None


def test_a_broken_operation_is_found_and_shrunk(monkeypatch):
    broken_in_jit(monkeypatch, "tanh", lambda result: result * 1.01)
    found = first_found(range(60))
    assert found is not None
    assert found.mode == "jit"
    assert "tanh" in found.script
    assert len(found.script.splitlines()) < 10


def test_a_script_runs_by_itself():
    program = Program(
        inputs=(Input("a", (2, 3), "float32", 1), Input("b", (3,), "float32", 2, layout="strided")),
        calls=(
            Call("{0} @ {1}", ("a", "b"), ("v0",), sums=True),
            Call("{0}.mul_(2)", ("a",)),
        ),
        outputs=("v0",),
        times=2,
    )
    printed = []
    exec(script(program, modes.JIT), {"print": lambda *values: printed.append(repr(values))})
    assert len(printed) == 2
    assert printed[0] == printed[1]


def test_a_long_program_is_shrunk_to_what_is_needed(monkeypatch):
    broken_in_jit(monkeypatch, "amax", lambda result: result + 1)
    program = Program(
        inputs=(Input("a", (4, 5), "float32", 1), Input("b", (5, 4), "float32", 2)),
        calls=(
            Call("({0} @ {1})", ("a", "b"), ("v0",), sums=True),
            Call("mc.tanh({0})", ("v0",), ("v1",)),
            Call("mc.amax({0}, dim=1)", ("v1",), ("v2",)),
            Call("({0} * {1})", ("v1", "v2"), ("v3",)),
            Call("{0}[1:]", ("v3",), ("v4",)),
        ),
        outputs=("v4", "v0"),
        times=3,
    )
    fault = compare.first_fault(program, [modes.JIT])
    assert fault.kind == "value"
    small, _ = shrink(program, fault)
    assert [call.text for call in small.calls] == ["mc.amax({0}, dim=1)"]
    assert small.times == 1
    assert len(script(small, modes.JIT).splitlines()) < 10


def test_what_is_read_twice_is_not_nested():
    read_twice = (
        Call("({0} @ {1})", ("a", "a"), ("v0",), sums=True),
        Call("mc.amax({0})", ("v0",), ("v1",)),
        *(Call("({0} * {1})", (f"v{i}", "v0"), (f"v{i + 1}",)) for i in range(1, 8)),
    )
    program = Program((Input("a", (2, 2), "float32", 1),), read_twice, ("v8",))
    text = script(program, modes.JIT)
    assert text.count("(a @ a)") == 1
    exec(text, {"print": lambda *values: None})


@pytest.mark.parametrize("at_jump", [True, False])
def test_a_jump_within_rounding_is_no_fault(at_jump):
    """floor(x / 3 * 3): an element at the jump may be one less, others may not."""
    program = Program(
        inputs=(Input("a", (64,), "float32", 1, low=1, high=9, values="quarters"),),
        calls=(
            Call("({0} / 3)", ("a",), ("v0",)),
            Call("({0} * 3)", ("v0",), ("v1",)),
            Call("mc.floor({0})", ("v1",), ("v2",)),
        ),
        outputs=("v2",),
    )
    expected = modes.run(program, modes.EAGER)
    value = expected.values[0]
    given = modes.run(program, modes.EAGER).values[1].array
    moved = value.array.copy()
    whole = given % 1 == 0
    moved[whole if at_jump else ~whole] -= 1
    changed = modes.Value(value.what, value.dtype, moved)
    got = modes.Outcome((changed, *expected.values[1:]))
    fault = compare.fault_of(program, modes.JIT, expected, {modes.JIT: got})
    assert (fault is None) == at_jump
