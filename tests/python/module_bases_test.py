"""Modules that have other base classes, slots and abstract methods."""

import copy
import pickle
import types
from abc import ABC, abstractmethod
from collections import UserDict
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import pytest

import mycel as mc
from mycel import nn, optim

T = TypeVar("T")


class Plain:
    pass


class Slotted:
    __slots__ = ("extra",)


class Needs:
    def __init__(self, name):
        self.name = name


class Made:
    def __new__(cls, *args, **kwargs):
        made = super().__new__(cls)
        made.marked = True
        return made


class Abstract(ABC):
    @abstractmethod
    def forward(self, x): ...


class HasForward(Protocol):
    def forward(self, x): ...


BASES = {
    "a plain class before": (Plain, nn.Module),
    "a plain class behind": (nn.Module, Plain),
    "a class with slots before": (Slotted, nn.Module),
    "a class with slots behind": (nn.Module, Slotted),
    "a class that needs an argument before": (Needs, nn.Module),
    "a class that needs an argument behind": (nn.Module, Needs),
    "a class with __new__ before": (Made, nn.Module),
    "a class with __new__ behind": (nn.Module, Made),
    "an abstract class before": (Abstract, nn.Module),
    "an abstract class behind": (nn.Module, Abstract),
    "a protocol": (HasForward, nn.Module),
    "a generic class before": (Generic[T], nn.Module),
    "a generic class behind": (nn.Module, Generic[T]),
    "a dict": (nn.Module, dict),
    "a dict of the user's": (nn.Module, UserDict),
    "two": (Plain, nn.Module, Made),
}


def make(bases):
    def init(self):
        nn.Module.__init__(self)
        self.layer = nn.Linear(2, 1)

    return types.new_class(
        "Net",
        bases,
        exec_body=lambda body: body.update(
            {"__init__": init, "forward": lambda self, x: self.layer(x) + 1}
        ),
    )


@pytest.mark.parametrize("bases", BASES.values(), ids=BASES)
def test_a_module_has_other_base_classes_in_any_order(bases):
    kind = make(bases)
    net, x = kind(), mc.ones(1, 2)
    assert net.training
    assert [name for name, _ in net.named_parameters()] == ["layer.weight", "layer.bias"]
    expected = net.layer(x) + 1
    assert (net(x) == expected).all()
    assert (mc.jit(net)(x) == expected).all()
    net(x).sum().backward()
    assert net.layer.bias.grad.tolist() == [1]
    if Made in bases:
        assert net.marked


def test_the_base_class_calls_no_initialiser_of_the_next_class():
    class Lora(nn.Module, Needs):
        def __init__(self):
            super().__init__()
            Needs.__init__(self, "lora")

    class Linear(nn.Linear, Needs):
        def __init__(self):
            nn.Linear.__init__(self, 2, 1)
            Needs.__init__(self, "linear")

    assert Lora().name == "lora"
    assert Linear().name == "linear"


def test_the_base_class_calls_the_next_initialiser_if_asked():
    class Net(nn.Module, Needs):
        call_super_init = True

        def __init__(self):
            super().__init__("net")

    assert Net().name == "net"


@pytest.mark.parametrize(
    ("arguments", "given"), [(((3,), {}), "1 by position"), (((), {"x": 3}), "'x'")]
)
def test_arguments_that_nothing_takes_are_refused(arguments, given):
    class Net(nn.Module):
        pass

    for kind in (Net, nn.Module):
        name = kind.__name__
        with pytest.raises(TypeError, match=rf"expects no arguments of {name}\(\), got {given}"):
            kind(*arguments[0], **arguments[1])


def test_a_layer_has_other_base_classes_in_any_order():
    class Before(Plain, nn.Linear):
        pass

    class Behind(nn.Linear, Made):
        pass

    for kind in (Before, Behind):
        layer = kind(2, 1, bias=False)
        assert layer(mc.ones(1, 2)).item() == layer.weight.sum().item()
    assert layer.marked


def test_an_abstract_module_is_not_made():
    class Base(nn.Module, ABC):
        @abstractmethod
        def forward(self, x): ...

    with pytest.raises(TypeError, match="abstract"):
        Base()


def test_attributes_may_be_set_before_the_base_class_is_initialised():
    class Net(nn.Module):
        def __init__(self):
            self.size = 2
            self.layer = nn.Linear(2, 1)
            super().__init__()

    net = Net()
    assert net.size == 2
    assert len(list(net.parameters())) == 2


def test_a_module_may_be_a_dataclass():
    @dataclass(eq=False)
    class Net(nn.Module):
        size: int
        layers: list = field(default_factory=list)

        def __post_init__(self):
            super().__init__()
            self.layer = nn.Linear(self.size, 1)

        def forward(self, x):
            return self.layer(x)

    net = Net(2)
    assert net(mc.ones(1, 2)).shape == (1, 1)
    assert len(net.state_dict()) == 2
    assert mc.jit(net)(mc.ones(1, 2)).tolist() == net(mc.ones(1, 2)).tolist()


def test_an_own_setattr_is_not_called_before_the_own_init():
    class Net(nn.Module):
        def __init__(self):
            self.__dict__["log"] = []
            self.layer = nn.ReLU()

        def __setattr__(self, name, value):
            self.log.append(name)
            super().__setattr__(name, value)

    assert Net().log == ["layer"]


@pytest.mark.parametrize(
    "bases",
    [(nn.Module,), (Plain, nn.Module), (nn.Module, Plain), (Slotted, nn.Module), (Plain, nn.ReLU)],
)
def test_an_own_setattr_calls_supers_beside_other_base_classes(bases):
    def set_attribute(self, name, value):
        super(Net, self).__setattr__(name, value)
        self.__dict__.setdefault("log", []).append(name)

    Net = types.new_class(
        "Net", bases, exec_body=lambda body: body.update({"__setattr__": set_attribute})
    )
    net = Net()
    net.weight = nn.Parameter(mc.ones(1))
    assert net.log[-1] == "weight"
    assert [name for name, _ in net.named_parameters()] == ["weight"]
    with pytest.raises(TypeError, match=r"expects an nn\.Parameter or None"):
        net.weight = mc.ones(1)
    del net.weight
    assert list(net.parameters()) == []
    with pytest.raises(AttributeError):
        del net.weight


def test_a_write_by_an_own_setattr_is_guarded():
    class Net(Plain, nn.Module):
        def __setattr__(self, name, value):
            super().__setattr__(name, value)

        def forward(self, x):
            return x * self.scale

    net = Net()
    net.scale = 2.0
    forward = mc.jit(net)
    assert forward(mc.ones(1)).tolist() == [2]
    net.scale = 3.0
    assert forward(mc.ones(1)).tolist() == [3]


class Slots(nn.Module):
    __slots__ = ("__hidden", "layer", "unset", "weight")

    def __init__(self):
        self.weight = nn.Parameter(mc.ones(2))
        self.layer = nn.Linear(2, 1)
        self.other = nn.Parameter(mc.ones(1))
        self.__hidden = 3

    def hidden(self):
        return self.__hidden

    def forward(self, x):
        return self.layer(x * self.weight) + self.other


NAMES = ["other", "weight", "layer.weight", "layer.bias"]


def test_parts_in_slots_are_parts():
    net = Slots()
    assert sorted(name for name, _ in net.named_parameters()) == sorted(NAMES)
    assert sorted(net.state_dict()) == sorted(NAMES)
    assert [name for name, _ in net.named_children()] == ["layer"]
    net.load_state_dict({name: value + 1 for name, value in net.state_dict().items()})
    assert net.weight.tolist() == [2, 2]
    net.eval()
    assert not net.layer.training
    expected = net(mc.ones(1, 2))
    assert (mc.jit(net)(mc.ones(1, 2)) == expected).all()


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_parts_in_slots_are_copied(copied):
    net = copied(Slots())
    assert sorted(name for name, _ in net.named_parameters()) == sorted(NAMES)
    assert net.hidden() == 3
    assert not hasattr(net, "unset")


def test_an_optimiser_has_other_base_classes_in_any_order():
    class Before(Plain, optim.SGD):
        pass

    class Behind(optim.SGD, Plain):
        pass

    for kind in (Before, Behind):
        p = nn.Parameter(mc.ones(1))
        p.grad = mc.ones(1)
        kind([p], lr=0.5).step()
        assert p.tolist() == [0.5]


def test_a_parameter_has_other_base_classes():
    class Named(Plain, nn.Parameter):
        pass

    net = nn.Module()
    net.p = Named(mc.ones(1))
    assert [name for name, _ in net.named_parameters()] == ["p"]


@pytest.mark.parametrize("name", ["a.b", "", "."])
@pytest.mark.parametrize("part", [nn.Parameter(mc.ones(1)), nn.ReLU()], ids=["tensor", "module"])
def test_a_part_has_a_name_without_a_dot(name, part):
    """Two parts of one dotted path would be one entry of the state_dict."""
    with pytest.raises(ValueError, match="expects a name without a dot"):
        setattr(nn.Module(), name, part)
    net = nn.Module()
    setattr(net, name, 3)
    assert getattr(net, name) == 3
