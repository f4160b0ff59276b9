"""`python -m mycel run` and `python -m mycel opt`: programs of the IR as files."""

import math
import subprocess
import sys

import numpy as np
import pytest

from mycel._cli import main

NEWTON = """\
func @sqrt(%a: f64[], %x0: f64[]) -> (f64[], i64[]) {
  %zero = constant() {value = i64[]{0}} : i64[]
  %one = constant() {value = i64[]{1}} : i64[]
  %half = constant() {value = f64[]{0.5}} : f64[]
  %tiny = constant() {value = f64[]{1e-12}} : f64[]
  %inf = constant() {value = f64[]{inf}} : f64[]
  %x, %d, %n = while(%s = %x0, %c = %inf, %k = %zero) : (f64[], f64[], i64[]) {
    cond {
      %more = greater(%c, %tiny) : bool[]
      yield %more
    }
    body {
      %0 = divide(%a, %s) : f64[]
      %1 = add(%s, %0) : f64[]
      %next = multiply(%1, %half) : f64[]
      %2 = subtract(%next, %s) : f64[]
      %change = abs(%2) : f64[]
      %3 = add(%k, %one) : i64[]
      yield %next, %change, %3
    }
  }
  return %x, %n
}
"""
RECURRENCE = """\
func @recurrence(%h0: f32[2], %xs: f32[3,2], %w: f32[2]) -> (f32[2], f32[3,2]) {
  %h, %ys = scan(%a = %h0, %x = %xs) {carries = 1} : (f32[2], f32[3,2]) {
    body {
      %0 = multiply(%a, %w) : f32[2]
      %next = add(%0, %x) : f32[2]
      yield %next, %next
    }
  }
  return %h, %ys
}
"""
NESTED = """\
func @sign_log(%x: f64[]) -> (f64[]) {
  %zero = constant() {value = f64[]{0.0}} : f64[]
  %one = constant() {value = f64[]{1.0}} : f64[]
  %size = abs(%x) : f64[]
  %small = less(%size, %one) : bool[]
  %y = if(%small) : f64[] {
    then {
      yield %x
    }
    else {
      %0 = log(%size) : f64[]
      %far = add(%0, %one) : f64[]
      %positive = greater(%x, %zero) : bool[]
      %z = if(%positive) : f64[] {
        then {
          yield %far
        }
        else {
          %minus = neg(%far) : f64[]
          yield %minus
        }
      }
      yield %z
    }
  }
  return %y
}
"""
TWO = """\
func @double(%x: f32[2]) -> (f32[2]) {
  %0 = add(%x, %x) : f32[2]
  return %0
}

func @quadruple(%x: f32[2]) -> (f32[2]) {
  %0 = call(%x) {callee = "double"} : f32[2]
  %1 = call(%0) {callee = "double"} : f32[2]
  return %1
}
"""
CONSTANTS = """\
func @f(%x: f32[4]) -> (f32[4]) {
  %0 = constant() {value = f32[4]{1.0, 2.0, 3.0, 4.0}} : f32[4]
  %1 = multiply(%0, %0) : f32[4]
  %2 = exp(%x) : f32[4]
  %3 = add(%2, %1) : f32[4]
  return %3
}
"""
FOLDED = """\
func @f(%x: f32[4]) -> (f32[4]) {
  %0 = constant() {value = f32[4]{1.0, 2.0, 3.0, 4.0}} : f32[4]
  %1 = constant() {value = f32[4]{1.0, 4.0, 9.0, 16.0}} : f32[4]
  %2 = fusion(%x_1 = %x, %3 = %1) : f32[4] {
    body {
      %4 = exp(%x_1) : f32[4]
      %5 = add(%4, %3) : f32[4]
      yield %5
    }
  }
  return %2
}
"""
FUSED = """\
func @f(%x: f32[4]) -> (f32[4]) {
  %0 = constant() {value = f32[4]{1.0, 4.0, 9.0, 16.0}} : f32[4]
  %1 = fusion(%x_1 = %x, %2 = %0) : f32[4] {
    body {
      %3 = exp(%x_1) : f32[4]
      %4 = add(%3, %2) : f32[4]
      yield %4
    }
  }
  return %1
}
"""
LOOPS = """\
fusion
(a: f32[4], b: f32[4]) -> f32[i < 4] = exp(a[i]) + b[i]

4 lanes, arguments n0:i64 n1:i64 n2:i64 n3:i64 n4:i64 n5:i64 n6:i64
v1 = buffer n0 + n1 : f32
v4 = buffer n2 + n3 : f32
v9 = buffer n4 + n5 : f32
l1 parallel < n6 lanes in parts:
  v0 = l1 : i64
  v2 = v1 next v0 : f32
  v3 = load v2 : f32
  v5 = v4 next v0 : f32
  v6 = load v5 : f32
  v7 = exp v6 : f32
  v8 = add v7 v3 : f32
  v10 = v9 next v0 : f32
  store f32 v8 at v10
"""

on_both = pytest.mark.parametrize("device", ["cpu", "reference"])


@pytest.fixture
def mycel(tmp_path, capsys):
    """Runs a command on a program; returns (status, output, errors)."""

    def run(command, program, *arguments):
        file = tmp_path / "program.mir"
        file.write_text(program)
        status = main([command, *arguments[:1], str(file), *arguments[1:]])
        return status, *capsys.readouterr()

    return run


# --- run ----------------------------------------------------------------------------------------


@on_both
def test_newtons_iteration_by_while(mycel, device):
    status, output, errors = mycel("run", NEWTON, f"--device={device}", "2", "1")
    assert (status, errors) == (0, "")
    root, steps = output.splitlines()
    assert root == "tensor(1.4142, dtype=mc.float64)"
    assert steps == "tensor(6)"


@on_both
def test_a_recurrence_by_scan(mycel, device):
    inputs = "[1, 1]", "[[1, 2], [3, 4], [5, 6]]", "[2, 10]"
    status, output, errors = mycel("run", RECURRENCE, f"--device={device}", *inputs)
    assert (status, errors) == (0, "")
    assert output == (
        "tensor([  23., 1246.])\n"
        "tensor([[   3.,   12.],\n        [   9.,  124.],\n        [  23., 1246.]])\n"
    )


@on_both
@pytest.mark.parametrize(
    ("x", "expected"),
    [(0.25, 0.25), (-0.5, -0.5), (2.0, math.log(2) + 1), (-4.0, -math.log(4) - 1)],
)
def test_nested_ifs(mycel, device, x, expected):
    status, output, _ = mycel("run", NESTED, f"--device={device}", "--", str(x))
    assert status == 0
    assert output == f"tensor({expected:.4f}, dtype=mc.float64)\n"


def test_which_function_and_calls_of_others(mycel):
    assert mycel("run", TWO, "--function=quadruple", "[1, 2]")[1] == "tensor([4., 8.])\n"
    assert mycel("run", TWO, "--function=double", "[1, 2]")[1] == "tensor([2., 4.])\n"
    assert mycel("run", TWO, "--device=cpu", "[1, 2]")[1] == "tensor([2., 4.])\n"


def test_inputs_from_npy_files(mycel, tmp_path):
    np.save(tmp_path / "x.npy", np.array([1, 2]))
    assert mycel("run", TWO, "--seed=0", str(tmp_path / "x.npy"))[1] == "tensor([2., 4.])\n"


def test_random_inputs_repeat_by_seed(mycel):
    first, second, other = (mycel("run", TWO, f"--seed={seed}")[1] for seed in (1, 1, 2))
    assert first == second != other


def test_inputs_of_every_kind_of_dtype(mycel):
    program = (
        "func @f(%a: bool[2], %b: i8[], %c: bf16[2], %d: u64[1]) -> "
        "(bool[2], i8[], bf16[2], u64[1]) {\n  return %a, %b, %c, %d\n}\n"
    )
    status, output, errors = mycel(
        "run", program, "--device=cpu", "[True, False]", "100", "[0.5, 1]", "[18446744073709551615]"
    )
    assert (status, errors) == (0, "")
    assert output == (
        "tensor([ True, False])\ntensor(100, dtype=mc.int8)\n"
        "tensor([0.5000, 1.0000], dtype=mc.bfloat16)\n"
        "tensor([18446744073709551615], dtype=mc.uint64)\n"
    )
    assert mycel("run", program, "--device=cpu")[0] == 0  # random ones


# --- opt ----------------------------------------------------------------------------------------


def test_passes_run_in_order_and_the_result_is_a_program(mycel):
    status, output, errors = mycel("opt", CONSTANTS, "--passes=fold_constants,fuse")
    assert (status, errors) == (0, "")
    assert output == FOLDED
    assert mycel("opt", FOLDED, "--passes=")[1] == FOLDED
    x = "[0, 0, 0, 0]"
    assert mycel("run", output, "--device=reference", x)[1] == "tensor([ 2.,  5., 10., 17.])\n"


def test_without_passes_the_program_is_printed(mycel):
    for program in (NEWTON, RECURRENCE, NESTED, TWO):
        assert mycel("opt", program, "--device=cpu")[1] == program


@pytest.mark.parametrize("program", [NEWTON, RECURRENCE, NESTED, TWO, CONSTANTS])
def test_every_pass_leaves_a_program(mycel, program):
    from mycel import _core

    for name, doc in _core.passes():
        assert doc
        status, output, errors = mycel("opt", program, f"--passes={name}")
        assert (status, errors) == (0, ""), name
        assert mycel("opt", output, "--passes=")[1] == output


def test_the_compilers_own_passes(mycel):
    assert mycel("opt", CONSTANTS, "--passes=pipeline") == (0, FUSED, "")
    status, output, _ = mycel("opt", CONSTANTS, "--passes=pipeline", "--each")
    assert status == 0
    changed = [line[3:] for line in output.splitlines() if line.startswith("// ")]
    assert changed == ["fold_constants", "eliminate_dead_code", "fuse"]
    assert output.endswith(f"// fuse\n{FUSED}\n")


# --- loops --------------------------------------------------------------------------------------


def test_formulas_and_loops_of_generated_kernels(mycel):
    assert mycel("loops", FUSED, "--vector-bits=128") == (0, LOOPS, "")
    status, output, _ = mycel("loops", CONSTANTS, "--vector-bits=128")
    assert status == 0
    assert [line for line in output.splitlines() if " " not in line and line] == [
        "multiply",
        "exp",
        "add",
    ]


def test_machine_code_of_generated_kernels(mycel):
    status, output, _ = mycel("loops", FUSED, "--assembly")
    assert status == 0
    assert "nest_" in output and ".text" in output


# --- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "program", "arguments", "message"),
    [
        ("opt", TWO, ["--passes=fold"], 'there is no pass "fold"; there are expand_composites, '),
        ("opt", TWO, ["--device=abacus"], "abacus"),
        ("run", TWO, ["--device=abacus", "[1, 2]"], "abacus"),
        ("run", TWO, ["--function=triple", "[1, 2]"], "[run] expects a function of the file, got"),
        ("run", TWO, ["--seed=0", "1", "2"], "[run] expects 1 inputs, got 2"),
        ("run", TWO, ["--seed=0", "[1, 2, 3]"], "argument 0 of type f32[2], got f32[3]"),
        ("run", TWO, ["--seed=0", "abc"], "a number, a list or a .npy file, got 'abc'"),
        ("run", TWO, ["--seed=0", "none.npy"], "none.npy"),
        ("run", "", ["--seed=0"], "expects a function, got an empty file"),
        ("run", "func f", ["--seed=0"], 'program.mir:1:6: expects "@", got "f"'),
        (
            "opt",
            TWO.replace("add(%x, %x)", "add(%x, %y)"),
            ["--passes=fuse"],
            "program.mir:2:16: %y is not defined here",
        ),
        (
            "opt",
            TWO.replace("add(%x", "plus(%x"),
            ["--passes=fuse"],
            'program.mir:2:8: there is no operation "plus"',
        ),
        (
            "run",
            "func @f(%x: f32[n]) -> (f32[n]) {\n  return %x\n}\n",
            ["--seed=0"],
            "expects arguments of known sizes, got f32[n] for %x",
        ),
        ("opt", "\0", ["--passes="], "program.mir:1:1: "),
    ],
)
def test_mistakes_are_named(mycel, command, program, arguments, message):
    status, output, errors = mycel(command, program, *arguments)
    assert (status, output) == (1, "")
    assert errors.startswith("error: ") and message in errors


def test_files_that_cannot_be_read(tmp_path, capsys):
    assert main(["opt", str(tmp_path / "missing.mir")]) == 1
    assert "missing.mir" in capsys.readouterr().err
    (tmp_path / "binary.mir").write_bytes(b"\xff\xfe")
    assert main(["run", str(tmp_path / "binary.mir")]) == 1
    assert "binary.mir" in capsys.readouterr().err


# --- as a command -------------------------------------------------------------------------------


def test_the_commands_from_a_shell(tmp_path):
    file = tmp_path / "newton.mir"
    file.write_text(NEWTON)

    def shell(*arguments):
        command = [sys.executable, "-m", "mycel", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = shell("run", str(file), "9", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tensor(3., dtype=mc.float64)\n")
    done = shell("opt", "--passes=fold_constants,fuse", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert "while(" in done.stdout and "fusion(" in done.stdout
    file.write_text("func @f(")
    done = shell("run", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f'error: {file}:1:9: expects "%", got the end of the text\n'
    assert shell().returncode == 2
