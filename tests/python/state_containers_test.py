"""Items of containers that a compiled function read."""

import collections

from state_programs import Plain, Programs

program = Programs()


# --- containers ------------------------------------------------------------------------------


@program
def dict_by_a_constant_key():
    options = {"scale": 2.0, "epoch": 0}
    yield lambda x: x * options["scale"]
    yield 2, 1
    options["scale"] = 3.0
    yield 3, 2
    options["epoch"] += 1
    options["new"] = 1
    yield 3, 2


@program
def dict_by_get():
    options = {"scale": 2.0}
    yield lambda x: x * options.get("scale", 1.0) * options.get("more", 1.0)
    yield 2, 1
    options["more"] = 3.0
    yield 6, 2
    options["other"] = 3.0
    yield 6, 2


@program
def dict_in_a_dict():
    options = {"a": {"n": 2.0, "other": 0}, "b": {"n": 5.0}}
    yield lambda x: x * options["a"]["n"]
    yield 2, 1
    options["a"]["n"] = 3.0
    yield 3, 2
    options["a"]["other"] = options["b"]["n"] = 7.0
    yield 3, 2
    options["a"] = {"n": 4.0}
    yield 4, 3


@program
def dict_by_a_computed_key():
    options = {"k1": 2.0, "k2": 3.0}
    which = Plain(i=1)
    yield lambda x: x * options[f"k{which.i}"]
    yield 2, 1
    which.i = 2
    yield 3, 2
    options["k2"] = 4.0
    yield 4, 3


@program
def dict_that_is_iterated():
    parts = {"a": {"w": 1.0, "note": ""}, "b": {"w": 2.0, "note": ""}}

    def f(x):
        total = 0
        for _, part in parts.items():
            total = total + x * part["w"]
        return total

    yield f
    yield 3, 1
    parts["b"]["w"] = 3.0
    yield 4, 2
    parts["b"]["note"] = "unread"
    yield 4, 2
    parts["c"] = {"w": 1.0}
    yield 5, 3


@program
def key_that_is_looked_for():
    options = {}
    yield lambda x: x * 2 if "twice" in options else x
    yield 1, 1
    options["other"] = 1
    yield 1, 1
    options["twice"] = True
    yield 2, 2


@program
def list_that_is_iterated():
    numbers = [1.0, 2.0]

    def f(x):
        for number in numbers:
            x = x * number
        return x

    yield f
    yield 2, 1
    numbers[0] = 2.0
    yield 4, 2
    numbers.append(2.0)
    yield 8, 3


@program
def list_by_a_constant_index():
    numbers = [2.0, 5.0]
    yield lambda x: x * numbers[0]
    yield 2, 1
    numbers[1] = 7.0
    numbers.append(1.0)
    yield 2, 1
    numbers[0] = 3.0
    yield 3, 2
    numbers.insert(0, 4.0)
    yield 4, 3


@program
def list_from_the_end():
    numbers = [2.0, 5.0]
    yield lambda x: x * numbers[-1]
    yield 5, 1
    numbers.append(6.0)
    yield 6, 2


@program
def list_in_a_comprehension():
    numbers = [1.0, 2.0]
    yield lambda x: sum([x * number for number in numbers])
    yield 3, 1
    numbers[1] = 3.0
    yield 4, 2


@program
def length_of_a_list():
    items = [[], []]
    yield lambda x: x * len(items)
    yield 2, 1
    items[0].append(1)
    items[1] = None
    yield 2, 1
    items.append(1)
    yield 3, 2


@program
def whether_a_list_is_empty():
    items = []
    yield lambda x: x * 2 if items else x
    yield 1, 1
    items.append(1)
    yield 2, 2
    items.append(1)
    yield 2, 2


@program
def list_of_a_hundred_numbers():
    numbers = [1.0] * 100
    yield lambda x: x * sum(numbers)
    yield 100, 1
    numbers[99] = 2.0
    yield 101, 2


@program
def list_of_objects():
    boxes = [Plain(scale=1.0, unread=0), Plain(scale=2.0, unread=0)]
    yield lambda x: x * sum(box.scale for box in boxes)
    yield 3, 1
    boxes[1].scale = 3.0
    yield 4, 2
    boxes[1].unread = 1
    yield 4, 2


@program
def objects_in_a_tuple():
    boxes = (Plain(scale=1.0), Plain(scale=2.0))
    yield lambda x: x * boxes[1].scale
    yield 2, 1
    boxes[1].scale = 3.0
    yield 3, 2


@program
def set_that_is_asked():
    flags = {"a"}
    yield lambda x: x * 2 if "b" in flags else x
    yield 1, 1
    flags.add("b")
    yield 2, 2


@program
def deque():
    numbers = collections.deque([1.0, 2.0], maxlen=2)
    yield lambda x: x * sum(numbers)
    yield 3, 1
    numbers.append(3.0)
    yield 5, 2


@program
def container_in_a_container():
    nest = {"a": [{"b": (1.0, [2.0])}]}
    yield lambda x: x * nest["a"][0]["b"][1][0]
    yield 2, 1
    nest["a"][0]["b"][1][0] = 3.0
    yield 3, 2
    nest["a"].append(1)
    yield 3, 2


@program
def container_given_to_a_function():
    options = {"scale": 2.0, "epoch": 0}

    def scaled(x, options):
        return x * options["scale"]

    yield lambda x: scaled(x, options)
    yield 2, 1
    options["epoch"] = 1
    yield 2, 1
    options["scale"] = 3.0
    yield 3, 2


@program
def unpacked_keywords():
    options = {"by": 2.0}

    def scaled(x, by):
        return x * by

    yield lambda x: scaled(x, **options)
    yield 2, 1
    options["by"] = 3.0
    yield 3, 2


test_a_change_of_state_is_seen = program.test()
