"""nn.Module: what becomes a part, under which name, in which mode and dtype."""

import copy
import pickle

import numpy as np
import pytest

import mycel as mc
from mycel import nn, optim


class Scale(nn.Module):
    def __init__(self, factor=2.0):
        self.factor = nn.Parameter(mc.tensor(factor))
        self.register_buffer("offset", mc.tensor([1.0, 2.0]))
        self.register_buffer("calls", mc.tensor(0), persistent=False)

    def forward(self, x):
        return x * self.factor + self.offset


class Net(nn.Module):
    def __init__(self):
        self.scale = Scale()
        self.linear = nn.Linear(2, 3)
        self.size = 7

    def forward(self, x):
        return self.linear(self.scale(x))


def names(pairs):
    return [name for name, _ in pairs]


def test_attributes_become_parts_without_a_call_of_super():
    net = Net()
    assert names(net.named_parameters()) == ["scale.factor", "linear.weight", "linear.bias"]
    assert names(net.named_buffers()) == ["scale.offset", "scale.calls"]
    assert names(net.named_children()) == ["scale", "linear"]
    assert names(net.named_modules()) == ["", "scale", "linear"]
    assert list(net.state_dict()) == [
        "scale.factor",
        "scale.offset",
        "linear.weight",
        "linear.bias",
    ]
    assert names(net.named_parameters(recurse=False)) == []
    assert names(net.scale.named_parameters(prefix="s")) == ["s.factor"]
    assert net(mc.ones(4, 2)).shape == (4, 3)


def test_a_call_of_super_does_no_harm_wherever_it_stands():
    class Late(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter(mc.zeros(2))
            self.eval()
            super().__init__()
            self.bias = nn.Parameter(mc.zeros(1))

    late = Late()
    assert names(late.named_parameters()) == ["weight", "bias"]


def test_parts_may_be_assigned_replaced_and_deleted_later():
    net = Net()
    net.extra = nn.Parameter(mc.ones(1))
    net.linear = nn.Linear(2, 1, bias=False)
    assert names(net.named_parameters()) == ["extra", "scale.factor", "linear.weight"]
    del net.extra
    del net.linear
    del net.scale.offset
    assert list(net.state_dict()) == ["scale.factor"]
    assert names(net.named_buffers()) == ["scale.calls"]
    assert not hasattr(net, "extra")
    with pytest.raises(AttributeError, match="linear"):
        net.linear  # noqa: B018


def test_none_keeps_the_place_of_a_part():
    net = Net()
    net.linear.bias = None
    net.scale.register_buffer("absent", None)
    net.register_parameter("later", None)
    net.add_module("nothing", None)
    assert net.later is None
    assert "linear.bias" not in net.state_dict()
    assert list(net.children()) == [net.scale, net.linear]
    net.later = nn.Parameter(mc.ones(2))
    net.scale.absent = mc.ones(3)
    assert "later" in names(net.named_parameters())
    assert net.state_dict()["scale.absent"].shape == (3,)


def test_a_plain_tensor_is_no_part_and_cannot_replace_a_parameter():
    net = Net()
    net.constant = mc.ones(5)
    assert "constant" not in net.state_dict()
    with pytest.raises(TypeError, match=r"expects an nn.Parameter or None for .*Scale\.factor"):
        net.scale.factor = mc.ones(1)
    with pytest.raises(TypeError, match=r"\[register_buffer\] expects a Tensor or None, got list"):
        net.register_buffer("b", [1.0])
    for name in ("a.b", "", "size", "forward"):
        with pytest.raises(ValueError, match=r"\[register_buffer\] expects a name"):
            net.register_buffer(name, mc.ones(1))
    with pytest.raises(TypeError, match=r"\[add_module\] expects a Module or None, got int"):
        net.add_module("more", 3)
    with pytest.raises(ValueError, match=r"\[register_parameter\] expects a name that is free"):
        net.register_parameter("linear", nn.Parameter(mc.ones(1)))


def test_a_buffer_that_is_replaced_stays_a_buffer():
    scale = Scale()
    scale.offset = mc.tensor([5.0, 6.0])
    assert scale.state_dict()["offset"].tolist() == [5, 6]
    assert not scale.offset.requires_grad


def test_a_shared_parameter_is_trained_once_and_saved_under_each_name():
    class Tied(nn.Module):
        def __init__(self):
            self.one = nn.Linear(2, 2, bias=False)
            self.two = nn.Linear(2, 2, bias=False)
            self.two.weight = self.one.weight
            self.again = self.one

    tied = Tied()
    assert names(tied.named_parameters()) == ["one.weight"]
    assert list(tied.state_dict()) == ["one.weight", "two.weight", "again.weight"]
    assert names(tied.named_modules()) == ["", "one", "two"]
    copied = copy.deepcopy(tied)
    assert copied.two.weight is copied.one.weight
    assert copied.one.weight is not tied.one.weight
    tied.double()
    assert tied.two.weight is tied.one.weight


def test_train_and_eval_reach_every_module():
    net = nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.BatchNorm2d(1)))
    assert all(module.training for module in net.modules())
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.train()
    assert net[1][0].training


def test_a_change_of_dtype_keeps_the_parameters_and_their_optimiser():
    net = Net()
    net.index = mc.arange(3)
    before = list(net.parameters())
    optimizer = optim.SGD(net.parameters(), lr=1.0)
    assert net.to(mc.float64) is net
    assert {p.dtype for p in net.parameters()} == {mc.float64}
    assert net.scale.offset.dtype == mc.float64
    assert net.scale.calls.dtype == mc.int64
    assert all(a is b for a, b in zip(before, net.parameters(), strict=True))
    net(mc.ones(1, 2, dtype=mc.float64)).sum().backward()
    optimizer.step()
    assert net.linear.bias.requires_grad
    assert {p.dtype for p in net.float().parameters()} == {mc.float32}


def test_a_compiled_call_follows_a_change_of_dtype():
    net = nn.Linear(2, 3)
    forward = mc.jit(lambda x: net(x))
    x = mc.ones(1, 2)
    for dtype in (mc.float32, mc.float64, mc.float64):
        net.to(dtype)
        result = forward(x.to(dtype))
        assert result.dtype == dtype
        np.testing.assert_allclose(result.detach().numpy(), net(x.to(dtype)).detach().numpy())
    assert forward.compilations == 2


def test_a_module_moves_to_a_device_and_stays_there():
    def places(net):
        return {str(value.device) for value in net.state_dict().values()}

    net, source = Net(), Net()
    before = list(net.parameters())
    assert places(net.to("reference")) == {"reference"}
    assert all(a is b for a, b in zip(before, net.parameters(), strict=True))
    net.load_state_dict(source.state_dict())
    assert places(net) == {"reference"}
    result = net(mc.ones(1, 2).to("reference"))
    np.testing.assert_allclose(result.detach().numpy(), source(mc.ones(1, 2)).detach().numpy())
    with pytest.raises(RuntimeError, match=r"\[to\] expects .* from reference to cpu.* detach"):
        result.to("cpu")
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    result.sum().backward()
    optimizer.step()
    assert places(net) == {"reference"}
    assert str(optimizer.state[net.linear.bias]["momentum_buffer"].device) == "reference"
    assert places(net.to("cpu")) == {"cpu"}


def test_a_gradient_of_before_a_change_of_dtype_is_refused():
    net = nn.Linear(2, 1)
    net(mc.ones(1, 2)).sum().backward()
    late = net(mc.ones(1, 2)).sum()
    net.double()
    assert net.weight.grad.dtype == mc.float64
    net.zero_grad()
    with pytest.raises(ValueError, match=r"expects a gradient of type f64\[.*\], got f32"):
        late.backward()
    with pytest.raises(TypeError, match=r"\[data\] expects a floating-point tensor"):
        net.weight.data = mc.ones(1, 2, dtype=mc.int64)


def test_gradients_are_asked_for_and_forgotten():
    net = Net()
    net.scale.requires_grad_(False)
    net(mc.ones(1, 2)).sum().backward()
    assert net.scale.factor.grad is None
    assert net.linear.bias.grad.tolist() == [1, 1, 1]
    net.zero_grad(set_to_none=False)
    assert net.linear.bias.grad.tolist() == [0, 0, 0]
    net.zero_grad()
    assert net.linear.bias.grad is None


def test_apply_visits_the_inside_first():
    seen = []
    Net().apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Scale", "Linear", "Net"]


def test_a_copied_state_dict_stays_as_it_is_and_loads_into_another():
    one, two = Net(), Net()
    views = one.state_dict()
    assert not any(value.requires_grad for value in views.values())
    state = {name: value.clone() for name, value in views.items()}
    weight = one.linear.weight
    with mc.no_grad():
        weight.mul_(0)
    assert state["linear.weight"].abs().sum().item() > 0
    assert views["linear.weight"].abs().sum().item() == 0
    parameter = two.linear.weight
    result = two.load_state_dict(state)
    assert result.missing_keys == result.unexpected_keys == []
    assert two.linear.weight is parameter
    assert parameter.requires_grad
    assert parameter.is_leaf
    np.testing.assert_array_equal(parameter.detach().numpy(), state["linear.weight"].numpy())


def test_a_wrong_state_dict_is_named_and_changes_nothing():
    net = Net()
    state = net.state_dict()
    before = net.scale.factor.item()
    state["scale.factor"] = mc.tensor(9.0)
    state["linear.weight"] = mc.ones(3)
    state["linear.bias"] = [1, 2, 3]
    del state["scale.offset"]
    state["more"] = mc.ones(1)
    with pytest.raises(ValueError, match=r"\[load_state_dict\] expects") as caught:
        net.load_state_dict(state)
    for part in (
        "linear.weight: expects shape (3, 2), got (3,)",
        "linear.bias: expects a tensor, got list",
        "missing: scale.offset",
        "unexpected: more",
    ):
        assert part in str(caught.value)
    assert net.scale.factor.item() == before


def test_a_partial_state_dict_loads_when_not_strict():
    net = Net()
    result = net.load_state_dict({"scale.factor": mc.tensor(9.0), "more": mc.ones(1)}, strict=False)
    assert net.scale.factor.item() == 9
    assert result.missing_keys == ["scale.offset", "linear.weight", "linear.bias"]
    assert result.unexpected_keys == ["more"]


def test_modules_are_copied_and_pickled_whole():
    net = Net().eval()
    x = mc.ones(2, 2)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert other(x).tolist() == net(x).tolist()
        assert not other.scale.training
        assert list(other.state_dict()) == list(net.state_dict())
        with mc.no_grad():
            other.linear.weight.zero_()
        assert net.linear.weight.abs().sum().item() > 0


def test_repr_shows_the_tree():
    assert repr(Net()) == (
        "Net(\n  (scale): Scale()\n  (linear): Linear(in_features=2, out_features=3, bias=True)\n)"
    )


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r"\[Net\] expects a method `forward`"):
        type("Net", (nn.Module,), {})()(mc.ones(1))


def test_a_parameter_is_a_leaf_of_its_own():
    source = mc.ones(2)
    parameter = nn.Parameter(source)
    assert parameter.requires_grad
    assert parameter.is_leaf
    with mc.no_grad():
        parameter.add_(1)
    assert source.tolist() == [1, 1]
    assert repr(parameter) == "Parameter([2., 2.], requires_grad=True)"
    assert not nn.Parameter(source, requires_grad=False).requires_grad
    assert isinstance(nn.Parameter(source) * 2, mc.Tensor)
    assert not isinstance(nn.Parameter(source) * 2, nn.Parameter)
