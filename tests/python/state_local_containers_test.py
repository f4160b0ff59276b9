"""Objects in containers that the traced code makes: found there, and nothing else guarded."""

import collections
import functools
import operator
import types
import warnings

import pytest

import mycel as mc
from state_programs import Plain, Programs

program = Programs()
Pair = collections.namedtuple("Pair", "first second")


class Held:
    """An object whose attribute is a list that its constructor makes."""

    def __init__(self, box):
        self.boxes = [box]


def unpacked(box, x):
    _, *rest = [x, box, box]
    return rest[0]


def appended(box, x):
    boxes = []
    boxes.append(box)
    return boxes[0]


def stored(box, x):
    boxes = {}
    boxes["a"] = box
    return boxes["a"]


def updated(box, x):
    boxes = {}
    boxes.update(a=box)
    return boxes["a"]


def extended(box, x):
    boxes = [x]
    boxes += [box]
    return boxes[-1]


def by_bound_method(box, x):
    boxes = []
    put = boxes.append
    put(box)
    take = boxes.pop
    return take()


def added(box, x):
    first, last = [x], [box]
    return (first + last)[1]


def boxes_by_name(box):
    return {"a": box}


def given(box):
    yield box


def given_by_another(box):
    yield from given(box)


def returned(box):
    return {"boxes": [box]}


def looped(box):
    found = None
    for _, each in enumerate([box]):
        found = each
    return found


# What finds the object again that it put into a container; all read its attribute k.
PLACES = {
    "list": lambda box, x: [box][0],
    "tuple": lambda box, x: (x, box)[1],
    "dict": lambda box, x: {"a": box}["a"],
    "slice": lambda box, x: [x, box][1:][0],
    "sum_of_lists": added,
    "union_of_dicts": lambda box, x: ({"b": x} | {"a": box})["a"],
    "spread_dict": lambda box, x: {**boxes_by_name(box), "b": x}["a"],
    "spread_list": lambda box, x: [x, *[box]][1],
    "list_comprehension": lambda box, x: [each for each in [box] if each][-1],
    "dict_comprehension": lambda box, x: {each.name: each for each in [box]}["a"],
    "generator": lambda box, x: next(each for each in [box]),
    "generator_function": lambda box, x: list(given(box))[-1],
    "yield_from": lambda box, x: next(given_by_another(box)),
    "unpacked": unpacked,
    "appended": appended,
    "stored": stored,
    "updated": updated,
    "extended": extended,
    "bound_method": by_bound_method,
    "attribute": lambda box, x: Held(box).boxes[0],
    "named_tuple": lambda box, x: Pair(x, box).second,
    "namespace": lambda box, x: types.SimpleNamespace(a=box).a,
    "deque": lambda box, x: collections.deque([box])[0],
    "ordered_dict": lambda box, x: collections.OrderedDict(a=box)["a"],
    "sorted": lambda box, x: sorted([box], key=lambda each: each.name)[0],
    "items": lambda box, x: next(iter({"a": box}.items()))[1],
    "zip": lambda box, x: list(zip([x], [box], strict=True))[-1][1],
    "returned": lambda box, x: returned(box)["boxes"][0],
    "looped": lambda box, x: looped(box),
    "default": lambda box, x: {}.get("a", box),
    "star": lambda box, x: (lambda *boxes: boxes[0])(box),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_object_is_found_where_the_code_put_it(place):
    box, find = Plain(k=2.0, name="a", unread=0), PLACES[place]
    function = mc.jit(lambda x: x * find(box, x).k)
    for change, expected, compilations in (({}, 2, 1), ({"unread": [1]}, 2, 1), ({"k": 3.0}, 3, 2)):
        box.__dict__.update(change)
        for _ in range(2):
            assert function(mc.ones(1)).item() == expected, function.explain()
        assert function.compilations == compilations, function.explain()


# --- dicts of options ----------------------------------------------------------------------------


@program
def copies_of_a_dict():
    base = {"a": {"k": 2.0, "unread": 0}}

    def f(x):
        merged = {**base, "b": 1}
        return x * merged["a"]["k"] * base.copy()["a"]["k"] * dict(base)["a"]["k"]

    yield f
    yield 8, 1
    base["a"]["unread"] = 1
    yield 8, 1
    base["a"]["k"] = 3.0
    yield 27, 2


@program
def pairs_of_dicts():
    inner = {"k": {"v": 2.0}}

    def f(x):
        for _, each in (("a", inner),):
            x = x * each["k"]["v"]
        return x

    yield f
    yield 2, 1
    inner["k"]["v"] = 3.0
    yield 3, 2


@program
def items_that_another_function_takes():
    options = {"a": {"k": 2.0, "unread": 0}}

    def product(x, pairs):
        for _, each in pairs:
            x = x * each["k"]
        return x

    yield lambda x: product(x, options.items())
    yield 2, 1
    options["a"]["unread"] = 1
    yield 2, 1
    options["a"]["k"] = 3.0
    yield 3, 2


# --- methods and partial functions ---------------------------------------------------------------


@program
def bound_method_of_a_dict():
    options = {"k": 2.0, "unread": 0}
    get = options.get

    def f(x):
        own = options.get
        return x * get("k") * own("k")

    yield f
    yield 4, 1
    options["unread"] = 1
    yield 4, 1
    options["k"] = 3.0
    yield 9, 2


@program
def partial_functions():
    numbers, options = [1.0, 1.0], {"k": 1.0}
    total, get = functools.partial(sum, numbers), functools.partial(operator.getitem, options)
    yield lambda x: x * total() * get("k") * functools.partial(sum, numbers)()
    yield 4, 1
    numbers.append(1.0)
    yield 9, 2
    options["k"] = 2.0
    yield 18, 3


# --- positions and elements of tensors -----------------------------------------------------------


@program
def list_as_an_index():
    positions, taken = [1], [0]

    def f(x):
        y = mc.stack([x[0], x[0] * 2, x[0] * 3])
        y[taken] = 5.0
        return y[positions] + y[0]

    yield f
    yield 7, 1
    positions[0] = 2
    yield 8, 2
    taken[0] = 2
    yield 6, 3


@program
def list_that_is_assigned():
    values = [1.0, 2.0]

    def f(x):
        y = mc.zeros(2)
        y[:] = values
        return x * y.sum()

    yield f
    yield 3, 1
    values[1] = 3.0
    yield 4, 2


# --- chains --------------------------------------------------------------------------------------


@program
def list_of_a_hundred_nodes():
    nodes = [Plain(k=1.0, next=None)]
    for _ in range(99):
        nodes.append(Plain(k=1.0, next=nodes[-1]))
    head = nodes[-1]

    def f(x):
        node = head
        while node is not None:
            x, node = x * node.k, node.next
        return x

    yield f
    yield 1, 1
    nodes[0].k = 2.0
    yield 2, 2


test_a_change_of_state_is_seen = program.test()


def test_what_the_code_changes_in_a_container_of_its_own_happens_in_each_call():
    box, history = Plain(n=0), []
    append = history.append

    def f(x):
        [box][0].n += 1
        append(1)
        return x * 2

    function = mc.jit(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(4):
            function(mc.ones(1))
    assert box.n == len(history) == 4
