"""State that a compiled function reads in match, walrus, try, f-strings and iterators."""

import itertools

from state_programs import Plain, Programs

program = Programs()


@program
def match_statement():
    b, c = Plain(mode="a"), {"inner": {"k": 2.0, "unread": 0}}

    def f(x):
        match b.mode:
            case "a":
                x = x * 1
            case _:
                x = x * 10
        match c:
            case {"inner": {"k": k}}:
                return x * k
        return x

    yield f
    yield 2, 1
    c["inner"]["unread"] = 1
    yield 2, 1
    c["inner"]["k"] = 3.0
    yield 3, 2
    b.mode = "b"
    yield 30, 3


@program
def conditional_and_walrus():
    a, b, s = Plain(k=2.0), Plain(k=3.0), Plain(first=True)
    yield lambda x: x * c.k if (c := a if s.first else b) else x
    yield 2, 1
    s.first = False
    yield 3, 2
    b.k = 4.0
    yield 4, 3


@program
def key_error_that_is_caught():
    d = {}

    def f(x):
        try:
            return x * d["k"]
        except KeyError:
            return x * 2

    yield f
    yield 2, 1
    d["k"] = 3.0
    yield 3, 2


@program
def text_with_an_attribute():
    b = Plain(name="2")
    yield lambda x: x * float(f"{b.name}.0")
    yield 2, 1
    b.name = "3"
    yield 3, 2


@program
def code_that_was_executed():
    names = {"k": 2.0}
    exec("def f(x): return x * k", names)
    yield names["f"]
    yield 2, 1
    names["k"] = 3.0
    yield 3, 2


@program
def iterators():
    a, b = [Plain(k=1.0)], [Plain(k=1.0)]

    def f(x):
        for _, (first, second) in enumerate(zip(a, b, strict=True)):
            x = x * first.k * second.k
        return x * next(iter(a)).k * sum(each.k for each in itertools.chain(a, b))

    yield f
    yield 2, 1
    b[0].k = 2.0
    yield 6, 2
    a[0].k = 2.0
    yield 32, 3


@program
def sorted_by_an_attribute():
    a = [Plain(k=2.0), Plain(k=1.0)]
    yield lambda x: x * sorted(a, key=lambda b: b.k)[-1].k
    yield 2, 1
    a[1].k = 3.0
    yield 3, 2


@program
def yield_from_objects():
    boxes = [Plain(k=1.0), Plain(k=2.0)]

    def each():
        yield from boxes

    def f(x):
        for box in each():
            x = x * box.k
        return x

    yield f
    yield 2, 1
    boxes[0].k = 3.0
    yield 6, 2


@program
def object_in_an_exception():
    box = Plain(k=2.0)

    class FoundError(Exception):
        pass

    def f(x):
        try:
            raise FoundError(box)
        except FoundError as found:
            return x * found.args[0].k

    yield f
    yield 2, 1
    box.k = 3.0
    yield 3, 2


test_a_change_of_state_is_seen = program.test()
