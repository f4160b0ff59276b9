"""How much the interpretation of a traced function does, counted, and where it stops."""

import numpy as np
import pytest

import mycel as mc
from mycel._reads import Reads, known
from state_programs import Plain


def linked_list(length):
    head = None
    for at in range(length):
        head = Plain(value=at, after=head, kids=[head] if head else [])

    def total(x):
        found, node = 0, head
        while node is not None:
            found += node.value
            node = node.after
        return x * found

    return total


def stack_of_nodes(length):
    head = None
    for at in range(length):
        head = Plain(value=at, kids=[head] if head else [])

    def total(x):
        found, todo = 0, [head]
        while todo:
            node = todo.pop()
            found += node.value
            todo.extend(node.kids)
        return x * found

    return total


def tree_of(size):
    nodes = [Plain(value=1, kids=[]) for _ in range(size)]
    for at in range(1, size):
        nodes[(at - 1) // 2].kids.append(nodes[at])
    return nodes[0]


def recursion(size):
    root = tree_of(size)

    def total(node):
        return node.value + sum(total(each) for each in node.kids)

    return lambda x: x * total(root)


def search_that_returns_nodes(size):
    root = tree_of(size)

    def last(node):
        for each in node.kids:
            if last(each).value > 1:
                return each
        return node

    return lambda x: x * last(root).value


def items_of_each_object(size):
    objects = [Plain(value=at, options={"odd": at % 2}) for at in range(size)]
    return lambda x: x * sum(each.value for each in objects if each.options["odd"])


def objects_that_are_noted(size):
    objects = [Plain(value=at) for at in range(size)]

    def total(x):
        found = {}
        for at, each in enumerate(objects):
            found[at] = each
        return x * sum(each.value for each in found.values())

    return total


def recursive_inner_function(size):
    root = tree_of(size)

    def total(x):
        def go(node):
            return node.value + sum(map(go, node.kids))

        return x * go(root)

    return total


@pytest.fixture
def works(monkeypatch):
    """The work of each trace."""
    found = []
    finish = Reads.finish

    def finish_and_note(self):
        found.append(self.work)
        return finish(self)

    monkeypatch.setattr(Reads, "finish", finish_and_note)
    return found


@pytest.mark.parametrize(
    "make",
    [
        *(linked_list, stack_of_nodes, recursion, recursive_inner_function),
        *(search_that_returns_nodes, items_of_each_object, objects_that_are_noted),
    ],
)
def test_the_work_grows_as_the_number_of_objects(make, works):
    for size in (50, 100, 200):
        mc.jit(make(size))(mc.ones(1))
    first, second, third = works
    assert third - second < 2.4 * (second - first)


def test_the_work_grows_as_the_number_of_calls_of_functions_that_are_not_followed(works):
    def chain(length):
        lines = ["y = table"]
        lines += ["y = np.clip(np.abs(y) * 2 % 7, 0, 5) + rows[0]"] * length
        scope = {"np": np, "table": np.ones(3), "rows": [np.ones(3), {"k": 1.0}]}
        body = "\n    ".join([*lines, "return x * float(y.sum())"])
        exec(f"def total(x):\n    {body}", scope)
        return scope["total"]

    for length in (10, 20, 40):
        mc.jit(chain(length))(mc.ones(1))
    first, second, third = works
    assert third - second < 2.4 * (second - first)


@pytest.mark.parametrize("make", [linked_list, stack_of_nodes, search_that_returns_nodes])
def test_many_objects_are_traced(make):
    function = make(700)
    x = mc.ones(1)
    assert mc.jit(function)(x).item() == function(x).item()


def test_what_is_reached_is_guarded_where_there_is_too_much_to_follow(monkeypatch):
    monkeypatch.setattr(known, "MOST_WORK", 300)
    objects = [Plain(value=float(at), other=0) for at in range(100)]
    function = mc.jit(lambda x: x * sum(each.value for each in objects))
    x = mc.ones(1)
    assert function(x).item() == 4950
    assert "after 300 steps" in function.explain()
    objects[99].value += 1
    assert function(x).item() == 4951
    assert function(x).item() == 4951
    assert function.compilations == 2


def test_functions_called_after_the_limit_are_guarded(monkeypatch):
    monkeypatch.setattr(known, "MOST_WORK", 300)
    objects = [Plain(value=float(at)) for at in range(100)]
    last = Plain(value=1.0)

    def read(holder):
        return holder.value

    function = mc.jit(lambda x: x * sum(read(each) for each in objects) * read(last))
    x = mc.ones(1)
    assert function(x).item() == 4950
    last.value = 2.0
    assert function(x).item() == 9900


def test_thousands_of_dicts_are_guarded():
    rows = [{"k": 1.0, "unread": 0} for _ in range(3000)]
    function = mc.jit(lambda x: x * sum(each["k"] for each in rows[:2500]))
    assert function(mc.ones(1)).item() == 2500
    rows[2400]["k"] = 2.0
    assert function(mc.ones(1)).item() == 2501
    assert "more than" not in function.explain()


def test_a_warning_names_the_state_that_is_too_much_to_guard():
    numbers = [0.0] * 70000
    function = mc.jit(lambda x: x * sum(numbers))
    with pytest.warns(RuntimeWarning, match="does not see .* such as the 70000 items of numbers"):
        function(mc.ones(1))
    assert "as more than 65536 places are read" in function.explain()
