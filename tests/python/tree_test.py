"""mc.tree: which containers are taken apart, how they are built again, and their part in a key."""

import dataclasses
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import pytest

import mycel as mc
from mycel import nn


class Point(NamedTuple):
    x: Any
    y: Any


@dataclass
class Pair:
    left: Any
    right: Any = None
    count: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class Frozen:
    value: Any
    doubled: Any = field(init=False, default=2)


class Stack:
    def __init__(self, items, name):
        self.items, self.name = items, name


mc.tree.register(
    Stack, lambda stack: (stack.items, stack.name), lambda name, items: Stack(list(items), name)
)


@pytest.mark.parametrize(
    ("tree", "leaves"),
    [
        (1, [1]),
        (None, []),
        ((), []),
        ([1, (2, [3]), None], [1, 2, 3]),
        ({"a": 1, "b": {"c": (2, 3)}}, [1, 2, 3]),
        ({2: "x", (1, 2): "y"}, ["x", "y"]),
        (Point(1, [2]), [1, 2]),
        (Pair(1, (2, 3)), [1, 2, 3]),
        (Frozen(1), [1, 2]),
        (OrderedDict(b=1, a=2), [1, 2]),
        (defaultdict(list, a=1), [1]),
        ("text", ["text"]),
    ],
)
def test_containers_go_apart_and_together(tree, leaves):
    found, structure = mc.tree.flatten(tree)
    assert found == leaves
    assert structure.num_leaves == len(leaves)
    built = mc.tree.unflatten(structure, found)
    assert built == tree
    assert type(built) is type(tree)
    assert mc.tree.structure(built) == structure


@pytest.mark.parametrize("leaf", [{1, 2}, deque([1]), range(3), object(), mc.ones(2), b"x"])
def test_everything_else_is_a_leaf(leaf):
    assert mc.tree.leaves([leaf])[0] is leaf


def test_modules_are_leaves_also_as_dataclasses():
    @dataclass(eq=False)
    class Net(nn.Module):
        size: int = 3

    for module in (nn.Linear(1, 1), nn.Sequential(nn.ReLU()), Net()):
        assert mc.tree.leaves({"m": module})[0] is module


def test_subclasses_of_containers_are_leaves():
    class Mine(dict):
        pass

    mine = Mine(a=1)
    assert mc.tree.leaves([mine])[0] is mine


def test_the_order_of_an_ordered_dict_is_its_own():
    tree = OrderedDict(a=1, b=2, c=3)
    tree.move_to_end("a")
    leaves, structure = mc.tree.flatten(tree)
    assert leaves == [2, 3, 1]
    assert list(structure.unflatten(leaves).items()) == [("b", 2), ("c", 3), ("a", 1)]


def test_a_default_dict_keeps_its_factory():
    built = mc.tree.map(lambda x: x + 1, defaultdict(list, a=1))
    assert built["a"] == 2
    assert built["new"] == []


def test_a_dataclass_is_built_without_init():
    @dataclass
    class Checked:
        value: Any
        scale: dataclasses.InitVar[int] = 1

        def __post_init__(self, scale):
            if self.value is None:
                raise ValueError("expects a value")

    built = mc.tree.map(lambda x: None, Checked(1))
    assert built.value is None


def test_registered_classes_keep_what_is_no_child():
    leaves, structure = mc.tree.flatten({"s": Stack([1, [2]], "name")})
    assert leaves == [1, 2]
    built = structure.unflatten([10, 20])["s"]
    assert (built.items, built.name) == ([10, [20]], "name")
    assert mc.tree.structure(Stack([1], "a")) == mc.tree.structure(Stack([2], "a"))
    assert mc.tree.structure(Stack([1], "a")) != mc.tree.structure(Stack([1], "b"))


def test_register_refuses_what_it_cannot_be():
    def none(*_):
        return (), None

    with pytest.raises(TypeError, match=r"\[tree.register\] expects a class to register, got int"):
        mc.tree.register(3, none, none)
    with pytest.raises(TypeError, match=r"register\] expects functions .* got int and function"):
        mc.tree.register(type("New", (), {}), 3, none)
    for kind in (Stack, Point, dict, tuple, list, int, str, mc.Tensor, type(None)):
        with pytest.raises(
            ValueError, match="expects a class that is no container or number yet, got"
        ):
            mc.tree.register(kind, none, none)

    class Bad:
        pass

    mc.tree.register(Bad, lambda x: 3, none)
    with pytest.raises(TypeError, match=r"flatten of Bad to return \(children, kept\)"):
        mc.tree.flatten(Bad())


def test_map_joins_trees_of_one_structure():
    assert mc.tree.map(lambda a, b: a * b, [1, {"x": 2}], [3, {"x": 4}]) == [3, {"x": 8}]
    with pytest.raises(ValueError, match=r"\[tree.map\] expects trees of one structure, got"):
        mc.tree.map(lambda a, b: a, [1], (1,))
    with pytest.raises(ValueError, match=r"\[tree.unflatten\] expects 2 leaves, got 1"):
        mc.tree.unflatten(mc.tree.structure([1, 2]), [1])


def test_structures_differ_by_kind_keys_types_and_order():
    trees = [
        [1],
        (1,),
        {"a": 1},
        {"b": 1},
        {1: 1},
        OrderedDict(a=1),
        Point(1, 2),
        Pair(1, 2),
        {"a": 1, "b": 2},
        {"b": 1, "a": 2},
        [None],
        [[]],
    ]
    structures = [mc.tree.structure(tree) for tree in trees]
    for i, one in enumerate(structures):
        assert [one == other for other in structures].index(True) == i
        assert hash(one) == hash(mc.tree.structure(trees[i]))
    assert structures[0] != 3


def test_paths_say_where_a_leaf_stands():
    tree = [{"x": Point(1, (2,))}, Pair(3, 4), Stack([5], "s")]
    assert mc.tree.structure(tree).paths() == [
        "[0]['x'].x",
        "[0]['x'].y[0]",
        "[1].left",
        "[1].right",
        "[2][0]",
    ]
    assert repr(mc.tree.structure([{"a": 1}])) == "TreeStructure([{'a': '*'}])"


def test_a_container_in_itself_raises_and_leaves_no_trace():
    tree: list[Any] = []
    tree.append(tree)
    for _ in range(20):
        with pytest.raises(RecursionError):
            mc.tree.flatten(tree)
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    assert mc.tree.leaves(deep) == [1]


def test_an_error_while_flattening_costs_no_depth():
    class Raises:
        pass

    def flatten(_):
        raise KeyError("mine")

    mc.tree.register(Raises, flatten, lambda kept, children: None)
    for _ in range(2000):
        with pytest.raises(KeyError, match="mine"):
            mc.tree.flatten([Raises()])
    assert mc.tree.leaves([[[1]]]) == [1]


def test_jit_takes_and_returns_every_container():
    @mc.jit
    def f(tree):
        return mc.tree.map(lambda leaf: leaf * 2, tree)

    x = mc.tensor([1.0, 2.0])
    for tree in (
        {"a": x},
        OrderedDict(a=x),
        [x, (x,)],
        Point(x, None),
        Pair(x, x),
        Frozen(x),
        Stack([x], "s"),
    ):
        result = f(tree)
        assert type(result) is type(tree)
        assert mc.tree.structure(result) == mc.tree.structure(tree)
        assert mc.tree.leaves(result)[0].tolist() == [2, 4]


def test_the_structure_is_part_of_the_key():
    @mc.jit
    def f(tree):
        return sum(mc.tree.leaves(tree))

    x, y = mc.ones(2), mc.ones(2)
    trees = [
        [x, y],
        (x, y),
        {"a": x, "b": y},
        {"a": x, "c": y},
        Point(x, y),
        Stack([x, y], "a"),
    ]
    for number, tree in enumerate(trees, 1):
        assert f(tree).tolist() == [2, 2]
        assert f(mc.tree.map(lambda leaf: leaf * 2, tree)).tolist() == [4, 4]
        assert f.compilations == number
    f(Stack([x, y], "b"))
    assert f.compilations == 7


def test_gradients_have_the_structure_of_the_argument():
    def loss(tree):
        return (tree.left * tree.right["w"]).sum()

    gradient = mc.grad(loss)(Pair(mc.tensor([1.0, 2.0]), {"w": mc.tensor([3.0, 4.0])}))
    assert isinstance(gradient, Pair)
    assert gradient.left.tolist() == [3, 4]
    assert gradient.right["w"].tolist() == [1, 2]


# --- containers that change while they are taken apart --------------------------------------------


class Meddler:
    """A registered class whose children are asked for by a function that runs `action`."""

    action = staticmethod(lambda: None)


mc.tree.register(Meddler, lambda m: (m.action() or (), None), lambda kept, children: Meddler())


def meddler(action):
    made = Meddler()
    made.action = action
    return made


@pytest.mark.parametrize("kind", [dict, OrderedDict])
def test_a_dict_that_loses_items_meanwhile_is_an_error(kind):
    tree = kind(a=None, b=[object() for _ in range(100)], c=object())
    tree["a"] = meddler(tree.clear)
    with pytest.raises(RuntimeError, match=r"^\[tree.leaves\] expects containers .* got a .*ict"):
        mc.tree.leaves(tree)


def test_a_list_that_loses_items_meanwhile_is_an_error():
    tree = [None, object(), object()]
    tree[0] = meddler(tree.clear)
    with pytest.raises(RuntimeError, match=r"^\[tree.leaves\] expects containers .* got a list"):
        mc.tree.leaves(tree)


@pytest.mark.parametrize("kind", [dict, OrderedDict])
def test_leaves_that_their_container_lets_go_are_kept(kind):
    tree = kind(a=mc.ones(3), b=["x" * 1000], c=None)
    tree["c"] = meddler(lambda: tree.update(a=0, b=0))
    leaves, structure = mc.tree.flatten(tree)
    assert leaves[0].tolist() == [1, 1, 1] and leaves[1] == "x" * 1000
    assert list(structure.unflatten(leaves)) == ["a", "b", "c"]
