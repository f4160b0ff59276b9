"""Text that compiled code makes of objects, as a key or for its length."""

import contextlib
import dataclasses
import io
import logging
import sys
import types

import pytest

import mycel as mc
from state_programs import Plain, assert_unread


class Shown:
    """Its text is as long as its numbers say."""

    def __init__(self, size):
        self.size, self.sizes = size, [size]

    def __str__(self):
        return "s" * self.size

    def __repr__(self):
        return "r" * self.sizes[0]

    def __format__(self, text):
        return "f" * self.size


@dataclasses.dataclass
class Options:
    sizes: list


WAYS = {
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "format": format,
    "f": lambda value: f"{value}",
    "f_repr": lambda value: f"{value!r}",
    "f_spec": lambda value: f"{value!s:>{40}}",
    "percent": lambda value: "%s" % (value,),  # noqa: UP031
    "percent_name": lambda value: "%(a)s" % {"a": value},  # noqa: UP031
    "format_method": lambda value: "{}".format(value),  # noqa: UP032
    "format_map": lambda value: "{a}".format_map({"a": value}),
    "join": lambda value: ",".join([str(value)]),
    "map": lambda value: ",".join(map(str, [value])),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_nested_container_is_shown(way):
    inner = {"k": [2]}
    state, show = Plain(items=[1, (inner,)], unread=0), WAYS[way]
    function = mc.jit(lambda x: x * sum(map(ord, show(state.items))))
    for _ in range(3):
        for _ in range(2):
            expected = sum(map(ord, show(state.items)))
            assert function(mc.ones(1)).item() == expected, function.explain()
        inner["k"][0] += 1
    assert function.compilations == 3
    state.unread = 1
    inner["k"][0] -= 1
    function(mc.ones(1))
    assert function.compilations == 3


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "make",
    [
        *(Shown, lambda size: [Shown(size)], lambda size: Options([size] * size)),
        lambda size: types.SimpleNamespace(sizes=types.SimpleNamespace(value=[size])),
    ],
    ids=["object", "list_of_objects", "dataclass", "namespace"],
)
def test_an_object_is_shown(way, make):
    state, show = Plain(value=make(2)), WAYS[way]
    function = mc.jit(lambda x: x * sum(map(ord, show(state.value))))

    def check():
        for _ in range(2):
            expected = sum(map(ord, show(state.value)))
            assert function(mc.ones(1)).item() == expected, function.explain()

    check()
    change(state.value, 3)
    check()
    change(state.value, 41)
    check()


def change(value, size):
    """Another text for the same object."""
    if isinstance(value, Shown):
        value.size = value.sizes[0] = size
    elif isinstance(value, list):
        change(value[0], size)
    elif isinstance(value, Options):
        value.sizes.append(size)
    else:
        value.sizes.value[0] = size


LOGGER = logging.getLogger("mycel.test")


class FailureError(Exception):
    def __init__(self, *shown, code=0):
        super().__init__(*shown)
        self.code = code


def _raise_from(state):
    try:
        int(state.unread)
    except KeyError as error:
        raise FailureError(f"{state.items!r:>40}", code=3) from error


def _raise_in_block(state):
    if state.unread:
        with contextlib.suppress(KeyError):
            raise FailureError(f"{state.items}{'' if state.unread else state.unread}")


def _raise(state):
    if state.unread:
        raise ValueError(f"bad after {state.items}")


def _raise_text(state):
    if state.unread:
        raise ValueError(str(state.items), repr(state.items))


def _print(state):
    print(f"{state.items}", "{}".format(state.items), end="")  # noqa: UP032


def _log(state):
    LOGGER.debug(f"{state.items}")


SHOWS = [
    *(_raise_from, _raise_in_block, _raise, _raise_text, assert_unread, _print, _log),
]


@pytest.mark.parametrize("show", SHOWS)
def test_a_text_that_only_a_message_shows_is_not_guarded(show):
    state = Plain(items=[], unread=0)

    def function(x):
        show(state)
        return x * 2

    function = mc.jit(function)
    for position in range(4):
        assert function(mc.ones(1)).item() == 2
        state.items.append(position)
    assert function.compilations == 1, function.explain()


class Keeper:
    def __exit__(self, kind, error, trace):
        self.size = len(str(error))
        return True

    def __enter__(self):
        return self


def _caught(state):
    try:
        raise FailureError(f"{state.items}")
    except FailureError as error:
        return len(str(error))


def _fail(state):
    raise FailureError(f"{state.items}")


def _caught_outside(state):
    try:
        _fail(state)
    except FailureError as error:
        return len(error.args[0])


def _caught_without_name(state):
    try:
        _fail(state)
    except FailureError:
        return len(str(sys.exc_info()[1]))


def _caught_by_block(state):
    with Keeper() as keeper:
        _fail(state)
    return keeper.size


def _printed_and_read(state):
    file = io.StringIO()
    print(f"{state.items}", file=file)
    return len(file.getvalue())


def _made_but_not_raised(state):
    return len(str(FailureError(f"{state.items}")))


def _given(state):
    return (lambda text, other: len(text))(f"{state.items}" + "a", print())


@pytest.mark.parametrize(
    "read",
    [
        *(_caught, _caught_outside, _caught_without_name, _caught_by_block, _printed_and_read),
        *(_made_but_not_raised, _given),
    ],
)
def test_a_message_that_is_read_is_guarded(read):
    state = Plain(items=[], unread=0)
    function = mc.jit(lambda x: x * read(state))
    for position in range(3):
        for _ in range(2):
            assert function(mc.ones(1)).item() == read(state), function.explain()
        state.items.append(position)
    assert function.compilations == 3
