"""Writes views_gradients.json: what PyTorch gives for programs of views and writes, by seed.

    In tests/python: python -m fuzz.views_torch [--programs 2000]      with PyTorch installed

Programs are left out where PyTorch raises: for a saved value that was overwritten, and for writes
to what iteration gives, which is an output of unbind.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any

import numpy as np
import torch

from fuzz import views_run
from fuzz.views_programs import Program, generate


def leaf(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, requires_grad=True)


# A fresh result is row-major here, as with us.
leaf.new = lambda tensor: tensor.contiguous()


def checked(program: Program) -> Program:
    """The program with writes that PyTorch checks: one through `.data` changes saved values."""
    parts = {
        part: [line.replace(".data", ".detach()") for line in getattr(program, part)]
        for part in ("before", "body", "after")
    }
    return dataclasses.replace(program, **parts)


def gradients(program: Program) -> list[list[float]] | None:
    """Of the inputs, flat; None where PyTorch raises."""
    try:
        values = views_run.run(checked(program), "eager", leaf, None)
        eval(program.loss(), values).backward()
    except RuntimeError:
        return None
    for name, right in views_run.expected(program).items():
        if views_run.compare(name, values[name].detach().numpy(), right):
            raise AssertionError(f"PyTorch's {name} is not NumPy's in\n{program.script()}")
    found: list[Any] = []
    for name in program.inputs:
        gradient = values[name].grad
        zeros = torch.zeros_like(values[name])
        flat = (zeros if gradient is None else gradient).flatten().tolist()
        found.append([int(x) if x == int(x) else x for x in flat])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--programs", type=int, default=2000, help="that PyTorch runs")
    wanted = parser.parse_args().programs
    lines = []
    seed = 0
    while len(lines) < wanted:
        program = generate(seed, gradients=True)
        if (found := gradients(program)) is not None:
            entry = [views_run.fingerprint(program), *found]
            lines.append(f'"{seed}": {json.dumps(entry, separators=(",", ":"))}')
        seed += 1
    views_run.STORED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(lines)} of {seed} programs, {views_run.STORED.stat().st_size} bytes")


if __name__ == "__main__":
    main()
