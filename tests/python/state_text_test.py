"""Text that compiled code makes of objects, as a key or for its length."""

import dataclasses
import types

import pytest

import mycel as mc
from state_programs import Plain


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
