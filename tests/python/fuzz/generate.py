"""From a seed to a program."""

from __future__ import annotations

import random

from fuzz import definitions, families, families_wide, modes
from fuzz.builder import Builder
from fuzz.program import Program

ATTEMPTS = 6
DTYPES = {"float32": 11, "float64": 5, "float16": 1, "bfloat16": 1}
EXTENTS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 2, 7: 2, 8: 3, 16: 3, 24: 1, 33: 1}


def program_of(seed: int, family: str = "") -> Program:
    """The program of a seed, of any family or of one; one without calls if none was found.

    An operation that fails inside while a program is made is its last call.
    """
    rng = random.Random(seed)
    operations = definitions.operations()
    makers, weights = zip(*FAMILIES.values(), strict=True)
    for _ in range(ATTEMPTS):
        make = FAMILIES[family][0] if family else rng.choices(makers, weights)[0]
        builder = _builder(rng)
        program = make(builder, operations[seed % len(operations)])
        if builder.failure:
            return builder.program(list(builder.calls[-1].results))
        if program and program.outputs and not modes.run(program, modes.EAGER).error:
            return program
    return Program((), (), ())


def _builder(rng: random.Random) -> Builder:
    dtype = rng.choices(list(DTYPES), list(DTYPES.values()))[0]
    extents = rng.choices(list(EXTENTS), list(EXTENTS.values()), k=3)
    if rng.random() < 0.03:
        extents[0] = 0
    return Builder(rng, dtype, extents)


# What makes programs of a family, and how often.
FAMILIES = {
    "dense": (families.dense, 4),
    "nests": (families.nests, 12),
    "image": (families.image, 2),
    "mixed": (families.mixed, 9),
    "writes": (families.writes, 2),
    "training": (families.training, 2),
    "typed": (families_wide.typed, 3),
    "long": (families_wide.long, 2),
    "called": (families_wide.called, 2),
    "leaves": (families_wide.leaves, 1),
}
