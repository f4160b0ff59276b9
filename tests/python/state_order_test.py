"""State that decides the order of what a compiled function sorts."""

import functools
import heapq
import operator

from state_programs import Plain, Programs

program = Programs()


def of_objects(first):
    """The program whose function picks the value of the object whose rank is lowest."""

    def steps():
        objects = [Plain(rank=1, value=2.0, unread=0), Plain(rank=2, value=3.0, unread=0)]
        yield lambda x: x * first(objects).value
        yield 2, 1
        objects[0].unread = 1
        yield 2, 1
        objects[0].rank = 9
        yield 3, 2

    steps.__name__ = first.__name__
    return program(steps)


def of_dicts(first):
    """The same of dicts."""

    def steps():
        rows = [{"rank": 1, "value": 2.0}, {"rank": 2, "value": 3.0}]
        yield lambda x: x * first(rows)["value"]
        yield 2, 1
        rows[0]["unread"] = 1
        yield 2, 1
        rows[0]["rank"] = 9
        yield 3, 2

    steps.__name__ = first.__name__
    return program(steps)


@of_objects
def sorted_by_an_attribute(objects):
    return sorted(objects, key=operator.attrgetter("rank"))[0]


@of_objects
def list_sorted_by_an_attribute(objects):
    mine = list(objects)
    mine.sort(key=operator.attrgetter("rank"))
    return mine[0]


@of_objects
def sorted_by_a_getter_that_is_kept(objects, key=operator.attrgetter("rank")):
    options = {"key": key, "reverse": True}
    return sorted(objects, **options)[-1]


@of_objects
def least_by_an_attribute(objects):
    return min(objects, key=operator.attrgetter("rank"))


@of_objects
def smallest_of_a_heap(objects):
    return heapq.nsmallest(1, objects, key=operator.attrgetter("rank"))[0]


@of_dicts
def sorted_by_an_item(rows):
    return sorted(rows, key=operator.itemgetter("rank"))[0]


@of_dicts
def list_sorted_by_an_item(rows):
    mine = [*rows]
    mine.sort(key=operator.itemgetter("rank"))
    return mine[0]


@of_dicts
def sorted_by_a_method(rows):
    return sorted(rows, key=operator.methodcaller("get", "rank"))[0]


@program
def names_sorted_by_what_a_dict_has():
    ranks, values = {"a": 1, "b": 2}, {"a": 2.0, "b": 3.0}
    yield lambda x: x * values[sorted(["a", "b"], key=ranks.get)[0]]
    yield 2, 1
    ranks["a"] = 3
    yield 3, 2


@program
def lists_sorted_by_their_items():
    pairs = {"a": [1, 2.0], "b": [2, 3.0]}
    yield lambda x: x * sorted(pairs.values())[0][1]
    yield 2, 1
    pairs["a"][0] = 3
    yield 3, 2


@program
def lists_sorted_by_their_length():
    lists = [[2.0], [3.0, 0.0]]
    yield lambda x: x * sorted(lists, key=len)[0][0]
    yield 2, 1
    lists[0] += [0.0, 0.0]
    yield 3, 2


@program
def rows_sorted_by_a_list_in_them():
    rows = [Plain(rank=[1], value=2.0), Plain(rank=[2], value=3.0)]
    yield lambda x: x * sorted(rows, key=lambda row: row.rank)[0].value
    yield 2, 1
    rows[0].rank[0] = 3
    yield 3, 2


@program
def rows_sorted_by_a_function_with_an_option():
    rows = [Plain(rank=1, value=2.0), Plain(rank=2, value=3.0)]

    def rank(row, sign):
        return row.rank * sign

    yield lambda x: x * sorted(rows, key=functools.partial(rank, sign=-1))[-1].value
    yield 2, 1
    rows[0].rank = 3
    yield 3, 2


test_a_change_of_state_is_seen = program.test()
