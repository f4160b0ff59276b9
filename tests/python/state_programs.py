"""Programs that read Python's state, for tests that change it.

A program is a generator: first it yields a function, then, after each change of state, the result
and how often the function was compiled by then.
"""

import mycel as mc


class Plain:
    """An object with attributes."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def run(make):
    """Asks for every result twice, the second time from the cache."""
    steps = make()
    function = mc.jit(next(steps))
    x = mc.tensor([1.0])
    for expected, compilations in steps:
        for _ in range(2):
            assert function(x).item() == expected, function.explain()
        assert function.compilations == compilations, function.explain()
