"""Programs that read Python's state, for tests that change it.

A program is a generator: first it yields a function, then, after each change of state, the result
and how often the function was compiled by then.
"""

import pytest

import mycel as mc


class Plain:
    """An object with attributes."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def assert_unread(state):
    """Here, as in a file of tests an assertion is rewritten."""
    assert not state.unread, f"bad: {state.items}"


class Programs:
    """The programs of one file; decorates each."""

    def __init__(self):
        self._all = []

    def __call__(self, make):
        self._all.append(make)
        return make

    def test(self):
        """A test of every program."""

        @pytest.mark.parametrize("make", self._all, ids=lambda make: make.__name__)
        def test_a_change_of_state_is_seen(make):
            run(make)

        return test_a_change_of_state_is_seen


def run(make):
    """Asks for every result twice, the second time from the cache."""
    steps = make()
    function = mc.jit(next(steps))
    x = mc.tensor([1.0])
    for expected, compilations in steps:
        for _ in range(2):
            assert function(x).item() == expected, function.explain()
        assert function.compilations == compilations, function.explain()
