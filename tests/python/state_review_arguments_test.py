"""Containers and dataclasses among the arguments of a compiled function that it changes."""

import collections
import copy
import dataclasses

import pytest

import mycel as mc


@dataclasses.dataclass
class Record:
    a: object

    def __post_init__(self):
        self.twice = 2.0
        self.kept = [1.0]


@dataclasses.dataclass
class Slots:
    __slots__ = ("a", "b")
    a: object
    b: object


def put_in_dict(x, out):
    out["y"] = x * 2


def count_in_dict(x, out):
    out["n"] = out.get("n", 0) + 1
    return x * out["n"]


def append(x, kept):
    kept.append(1.0)
    kept.append(x + 1)
    return x * len(kept)


def clear(x, kept):
    kept.clear()
    return x


def nested(x, tree):
    tree["a"][0]["b"] = x * 3
    tree["a"].append({"c": x})
    del tree["gone"]


def swap(x, pair):
    pair["a"], pair["b"] = pair["b"], pair["a"]
    return x + pair["a"]["v"]


def own_tensor(x, out):
    out["x"] = x
    x.add_(1)


def write_fields(x, record):
    record.a = record.a + 1
    record.new = x * 2
    return x * record.a * record.twice


def write_slots(x, slots):
    slots.a, slots.b = slots.b, x * 2


def move(x, ordered):
    for key in list(ordered)[:1]:
        ordered.move_to_end(key)
    return x * ordered[next(iter(ordered))]


def add_default(x, table):
    table["k"].append(x * 2)


CASES = {
    "a new item": (put_in_dict, dict),
    "a number in a dict": (count_in_dict, dict),
    "an append": (append, list),
    "clear": (clear, lambda: [1.0, 2.0]),
    "nested": (nested, lambda: {"a": [{"b": 1.0}], "gone": 1}),
    "swapped containers": (swap, lambda: {"a": {"v": 1.0}, "b": {"v": 2.0}}),
    "a tensor of the call": (own_tensor, dict),
    "fields": (write_fields, lambda: Record(1.0)),
    "slots": (write_slots, lambda: Slots(mc.ones(1), mc.zeros(1))),
    "the order": (move, lambda: collections.OrderedDict(a=2.0, b=3.0)),
    "a defaultdict": (add_default, lambda: collections.defaultdict(list)),
}


def plain(value):
    """A value that == compares, with tensors as lists."""
    if isinstance(value, mc.Tensor):
        return value.tolist()
    if dataclasses.is_dataclass(value):
        fields = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
        return plain({**getattr(value, "__dict__", {}), **fields})
    if isinstance(value, dict):
        return [(key, plain(each)) for key, each in value.items()]
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


@pytest.mark.parametrize(("function", "make"), CASES.values(), ids=CASES)
def test_a_written_argument_is_as_in_eager_mode(function, make):
    eager, compiled = make(), make()
    step = mc.jit(function)
    for i in range(3):
        if function is nested:  # starts anew, so that the second call finds its compilation
            eager, compiled = make(), make()
        x, y = mc.tensor([float(i)]), mc.tensor([float(i)])
        assert plain(step(y, compiled)) == plain(function(x, eager))
        assert plain(compiled) == plain(eager)
        assert plain(y) == plain(x)


def test_a_written_argument_needs_no_second_compilation():
    step = mc.jit(put_in_dict)
    for i in range(3):
        out = {}
        step(mc.tensor([float(i)]), out)
        assert out["y"].item() == 2 * i
    assert step.compilations == 1


def test_an_argument_by_keyword_is_written():
    step = mc.jit(put_in_dict)
    out = {}
    step(mc.ones(1), out=out)
    assert out["y"].item() == 2


def test_containers_inside_keep_their_identity():
    inner = []
    out = {"inner": inner}

    @mc.jit
    def step(x, out):
        out["inner"].append(x * 2)
        out["again"] = out["inner"]

    step(mc.ones(1), out)
    assert out["inner"] is inner
    assert out["again"] is inner
    assert inner[0].item() == 2


def test_a_container_that_is_returned_is_the_one_that_was_given():
    @mc.jit
    def step(x, out):
        out["y"] = x * 2
        return out

    out = {}
    assert step(mc.ones(1), out) is out


def test_gradients_pass_through_a_written_argument():
    @mc.jit
    def step(x, out):
        out["y"] = x * x

    x, out = mc.tensor([3.0], requires_grad=True), {}
    step(x, out)
    out["y"].backward()
    assert x.grad.item() == 6


def test_a_write_happens_once_where_arguments_share_their_base():
    @mc.jit
    def step(a, b, kept):
        kept.append(1.0)
        a.add_(1)
        return b * 1

    base, kept = mc.zeros(4), []
    step(base[:3], base[1:], kept)
    assert kept == [1.0]


def test_other_attributes_of_a_dataclass_are_read():
    @mc.jit
    def step(x, record):
        return x * record.twice * record.kept[0]

    record = Record(1.0)
    assert step(mc.ones(1), record).item() == 2
    record.twice = 3.0
    assert step(mc.ones(1), record).item() == 3
    record.kept[0] = 2.0
    assert step(mc.ones(1), record).item() == 6
    other = copy.deepcopy(record)
    other.kept[0] = 4.0
    assert step(mc.ones(1), other).item() == 12


class Pair:
    """Registered in mc.tree."""

    def __init__(self, a, b):
        self.a, self.b = a, b


mc.tree.register(
    Pair, lambda pair: ([[pair.a], pair.b], None), lambda _, parts: Pair(parts[0][0], parts[1])
)


def test_a_registered_type_may_be_read():
    @mc.jit
    def step(x, pair):
        return x * pair.a * pair.b

    assert step(mc.ones(1), Pair(mc.tensor(2.0), 3.0)).item() == 6


def test_a_registered_type_that_is_written_is_refused():
    @mc.jit
    def step(x, pair):
        pair.a = x * 2

    with pytest.raises(mc.CompileError, match="registered types to stay as they are"):
        step(mc.ones(1), Pair(mc.tensor(2.0), 3.0))
