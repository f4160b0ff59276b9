"""Containers and functions of the standard library that give objects of the state."""

import collections
import logging
import threading
import warnings

import mycel as mc
from state_programs import Plain, Programs

program = Programs()


@program
def sorted_objects():

    class P:
        pass

    a = P()
    a.k = 1
    a.v = 3.0
    b = P()
    b.k = 2
    b.v = 4.0
    L = [a, b]
    yield lambda x: x * sorted(L, key=lambda p: p.k)[0].v
    yield 3, 1
    a.k = 9
    yield 4, 2
    b.v = 8.0
    yield 8, 3


@program
def sum_of_lists():

    class P:
        pass

    p = P()
    p.k = 1.0
    q = P()
    q.k = 2.0
    a = [p]
    b = [q]
    yield lambda x: x * (a + b)[1].k
    yield 2, 1
    q.k = 3.0
    yield 3, 2


@program
def slice_of_objects():

    class P:
        pass

    p = P()
    p.k = 1.0
    q = P()
    q.k = 2.0
    a = [p, q]
    yield lambda x: x * a[1:][0].k
    yield 2, 1
    q.k = 3.0
    yield 3, 2


@program
def reversed_objects():

    class P:
        pass

    p = P()
    p.k = 1.0
    q = P()
    q.k = 2.0
    a = [p, q]
    yield lambda x: x * list(reversed(a))[0].k  # noqa: RUF015
    yield 2, 1
    q.k = 3.0
    yield 3, 2


@program
def list_of_values():

    class P:
        pass

    p = P()
    p.k = 1.0
    q = P()
    q.k = 2.0
    a = {"p": p, "q": q}
    yield lambda x: x * list(a.values())[1].k
    yield 2, 1
    q.k = 3.0
    yield 3, 2


@program
def tuple_of_a_set():

    class P:
        pass

    p = P()
    p.k = 1.0
    q = P()
    q.k = 2.0
    a = {p, q}
    yield lambda x: x * tuple(a)[0].k * tuple(a)[1].k  # noqa: RUF015
    yield 2, 1
    q.k = 3.0
    yield 3, 2
    p.k = 5.0
    yield 15, 3


@program
def zip_of_objects():

    class P:
        pass

    p = P()
    p.k = 1.0
    q = P()
    q.k = 2.0
    a = [p]
    b = [q]
    yield lambda x: x * list(zip(a, b, strict=True))[0][1].k  # noqa: RUF015
    yield 2, 1
    q.k = 3.0
    yield 3, 2


@program
def starred_target():

    class P:
        pass

    p = P()
    p.k = 1.0
    q = P()
    q.k = 2.0
    a = [p, q]

    def f(x):
        _, *s = a
        return x * s[0].k

    yield f
    yield 2, 1
    q.k = 3.0
    yield 3, 2


@program
def order_of_an_ordered_dict():
    d = collections.OrderedDict(a=1.0, b=2.0)
    yield lambda x: x * next(iter(d.values()))
    yield 1, 1
    d.move_to_end("a")
    yield 2, 2


@program
def first_of_an_ordered_dict():
    d = collections.OrderedDict(a=1.0, b=2.0)
    yield lambda x: x * list(d.values())[0]  # noqa: RUF015
    yield 1, 1
    d.move_to_end("a")
    yield 2, 2


@program
def length_of_a_user_dict():
    d = collections.UserDict(a=1)
    yield lambda x: x * len(d)
    yield 1, 1
    d["b"] = 2.0
    yield 2, 2


@program
def derived_user_dict():

    class U(collections.UserDict):
        pass

    d = U(a=1.0)
    yield lambda x: x * d["a"]
    yield 1, 1
    d["a"] = 2.0
    yield 2, 2


@program
def length_of_a_user_list():
    d = collections.UserList([1.0])
    yield lambda x: x * len(d)
    yield 1, 1
    d.append(2.0)
    yield 2, 2


@program
def length_of_a_user_string():
    d = [collections.UserString("a")]
    yield lambda x: x * len(d[0])
    yield 1, 1
    d[0].data = "abc"
    yield 3, 2


@program
def dict_in_a_named_tuple():
    P = collections.namedtuple("P", "k d")
    st = [P(1.0, {"z": 1.0})]
    yield lambda x: x * st[0].k * st[0].d["z"]
    yield 1, 1
    st[0] = P(2.0, st[0].d)
    yield 2, 2
    st[0].d["z"] = 4.0
    yield 8, 3


@program
def flag_of_an_event():
    event = threading.Event()
    yield lambda x: x * 2 if event.is_set() else x
    yield 1, 1
    event.set()
    yield 2, 2


@program
def level_of_a_logger():
    logger, root = logging.getLogger("mycel.test.level"), logging.getLogger("mycel.test")
    root.setLevel(logging.WARNING)
    yield lambda x: x * 2 if logger.isEnabledFor(logging.INFO) else x
    yield 1, 1
    root.setLevel(logging.INFO)
    yield 2, 2


@program
def attribute_in_a_format():
    box = Plain(k=2.0)
    yield lambda x: x * float("{.k}".format(box))  # noqa: UP032 - the method is meant
    yield 2, 1
    box.k = 3.0
    yield 3, 2


test_a_change_of_state_is_seen = program.test()


def test_a_logger_in_a_compiled_function_is_no_state():
    log, scale = logging.getLogger("mycel.test"), [2.0]
    log.addHandler(logging.NullHandler())

    def f(x):
        log.warning("scaled by %s", scale)
        return x * scale[0]

    function = mc.jit(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it takes the time
        for value in (2.0, 3.0, 3.0):
            scale[0] = value
            assert function(mc.ones(1)).item() == value
    assert function.compilations <= 3
