"""The command line: runs, transforms and prints IR programs from files."""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path

from mycel import _core, _random


def main(arguments: list[str] | None = None) -> int:
    """Runs a command and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mycel", description="Programs of Mycel's IR.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_run(commands)
    _add_opt(commands)
    _add_loops(commands)
    options = parser.parse_args(arguments)
    try:
        options.execute(options)
    except (OSError, ValueError, TypeError, RuntimeError, IndexError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("run", help="compile a function of a file and run it")
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "inputs",
        nargs="*",
        help="one per argument: a number, a list such as [1,2], or a .npy file; without any, "
        "random numbers from --seed",
    )
    parser.add_argument("--function", default="", help="which function; the first by default")
    parser.add_argument("--device", default="cpu", help="cpu or reference")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(execute=_run)


def _add_opt(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    names = ", ".join(name for name, _ in _core.passes())
    parser = commands.add_parser("opt", help="apply passes to a file and print it")
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--passes",
        default="",
        help=f'in order, separated by commas: {names}; or "pipeline", those of the compiler',
    )
    parser.add_argument(
        "--each", action="store_true", help="print after each pass that changed something"
    )
    parser.add_argument("--device", default="cpu", help="whose offers the passes ask")
    parser.set_defaults(execute=_opt)


def _add_loops(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("loops", help="print the formulas and loops of generated kernels")
    parser.add_argument("file", type=Path)
    parser.add_argument("--function", default="", help="which function; the first by default")
    parser.add_argument(
        "--vector-bits", type=int, default=0, help="of the vectors; this machine's by default"
    )
    parser.add_argument("--assembly", action="store_true", help="machine code in place of loops")
    parser.set_defaults(execute=_loops)


def _read(file: Path) -> _core.Program:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is no text: {error}") from None
    return _core.Program(text, str(file))


def _run(options: argparse.Namespace) -> None:
    program = _read(options.file)
    expected = program.arguments(options.function)
    if options.inputs:
        if len(options.inputs) != len(expected):
            raise ValueError(f"[run] expects {len(expected)} inputs, got {len(options.inputs)}")
        given = [
            _input(text, dtype)
            for text, (_, dtype, _) in zip(options.inputs, expected, strict=True)
        ]
    else:
        generator = _random.Generator(options.seed)
        given = [_random_input(dtype, shape, generator) for _, dtype, shape in expected]
    for result in program.run(options.function, given, options.device):
        print(_core.to_host(result))


def _input(text: str, dtype: _core.dtype) -> _core.Tensor:
    if text.endswith(".npy"):
        import numpy as np

        return _core.tensor(np.load(text, allow_pickle=False), dtype=dtype)
    try:
        return _core.tensor(ast.literal_eval(text), dtype=dtype)
    except (SyntaxError, ValueError):
        raise ValueError(f"[run] expects a number, a list or a .npy file, got {text!r}") from None


def _random_input(
    dtype: _core.dtype, shape: tuple[int, ...], generator: _random.Generator
) -> _core.Tensor:
    """Returns normal numbers for floats, small positive and negative ones for integers."""
    return _core.cast(_random.randn(shape, generator=generator), dtype)


def _opt(options: argparse.Namespace) -> None:
    program = _read(options.file)
    device = _core.device(options.device)
    names = [name for name in options.passes.split(",") if name]
    for name in _core.pipeline() if names == ["pipeline"] else names:
        before = str(program) if options.each else ""
        program.run_passes([name], device)
        if options.each and str(program) != before:
            print(f"// {name}\n{program}")
    if not options.each:
        print(program, end="")


def _loops(options: argparse.Namespace) -> None:
    program = _read(options.file)
    print(program.loops(options.function, options.vector_bits, options.assembly), end="")
