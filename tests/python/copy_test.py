"""copy and pickle keep all that a program set on tensors and modules."""

import copy
import pickle

import pytest

import mycel as mc
from mycel import nn, optim


class Tagged(nn.Parameter):
    pass


class Slotted(mc.Tensor):
    __slots__ = ("tag",)


def pickled(protocol):
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickled(pickle.DEFAULT_PROTOCOL),
    "pickle 2": pickled(2),
}
each_copy = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)


@each_copy
@pytest.mark.parametrize("kind", [nn.Parameter, Tagged, Slotted])
def test_a_tensor_keeps_its_own_attributes(copied, kind):
    value = kind(mc.tensor([1.0, 2.0]))
    value.tag = {"decay": [0.1]}
    value.name = "weight\0of a layer"
    made = copied(value)
    assert type(made) is kind
    assert made.tolist() == [1, 2]
    assert made.requires_grad == value.requires_grad
    assert made.tag == {"decay": [0.1]}
    assert made.name == value.name
    assert (made.tag is value.tag) == (copied is copy.copy)


@each_copy
def test_a_plain_tensor_is_copied(copied):
    for value in (mc.tensor([1, 2]), mc.tensor(1.5, dtype=mc.bfloat16), mc.zeros(0, 2)):
        made = copied(value)
        assert (made.dtype, made.tolist()) == (value.dtype, value.tolist())


@each_copy
def test_a_module_keeps_attributes_of_its_own_and_of_its_parameters(copied):
    model = nn.Linear(2, 1)
    model.tag, model.weight.tag = ["own"], "of the weight"
    made = copied(model)
    assert made.tag == ["own"]
    assert made.weight.tag == "of the weight"
    assert made.weight.tolist() == model.weight.tolist()
    assert not made.eval().training
    assert model.training


def test_attributes_that_lead_back_are_copied_once():
    p = nn.Parameter(mc.ones(1))
    p.itself, p.other = p, nn.Parameter(mc.zeros(1))
    p.other.back = p
    for copied in (COPIES["deepcopy"], COPIES["pickle"]):
        made = copied(p)
        assert made.itself is made
        assert made.other.back is made


def test_deepcopy_keeps_the_gradient_as_a_copy():
    model = nn.Linear(2, 1)
    model(mc.ones(1, 2)).sum().backward()
    made = copy.deepcopy(model)
    assert made.weight.grad.tolist() == [[1, 1]]
    model.zero_grad(set_to_none=False)
    assert made.weight.grad.tolist() == [[1, 1]]
    optim.SGD(made.parameters(), 1.0).step()
    assert (made.weight == model.weight - 1).all()


def test_what_a_class_says_of_its_own_copying_holds():
    class Net(nn.Module):
        def __init__(self):
            self.layer, self.cache = nn.Linear(2, 1), [1]

        def __getstate__(self):
            return {**super().__getstate__(), "cache": None}

        def __setstate__(self, state):
            self.__dict__.update(state, restored=True)

    for copied in (copy.copy, copy.deepcopy):
        made = copied(Net())
        assert (made.cache, made.restored) == (None, True)


@each_copy
def test_a_module_that_was_compiled_is_copied_without_its_program(copied):
    model = nn.Linear(2, 1)
    with mc.set_mode("graph"):
        expected = model(mc.ones(1, 2))
        made = copied(model)
        assert "_compiled" not in vars(made)
        assert made(mc.ones(1, 2)).tolist() == expected.tolist()
