"""The states of optimisers and of schedules: saved, and loaded again."""

import copy

import numpy as np
import pytest

import mycel as mc
from mycel import optim
from training import loss_of, parameter, train

KINDS = [  # one of each rule with everything that it remembers
    lambda params: optim.SGD(params, lr=0.1, momentum=0.9),
    lambda params: optim.Adadelta(params),
    lambda params: optim.AdamW(params, lr=0.1),
]


@pytest.mark.parametrize("make", KINDS)
def test_training_goes_on_from_a_state_dict_as_if_nothing_had_been(make):
    whole, first, second = parameter(), parameter(), parameter()
    expected = train(make([whole]), whole, 6)
    optimizer = make([first])
    second.data.copy_(mc.tensor(train(optimizer, first, 3)))
    state = optimizer.state_dict()
    train(optimizer, first, 1)  # the state is a snapshot
    resumed = make([second])
    resumed.param_groups[0]["lr"] = 77.0
    resumed.load_state_dict(state)
    np.testing.assert_array_equal(train(resumed, second, 3), expected)


@pytest.mark.parametrize("make", KINDS)
def test_a_state_dict_loads_into_a_compiled_step(make):
    p, whole = parameter(), parameter()
    optimizer = make([p])

    @mc.jit
    def step():
        optimizer.zero_grad()
        loss_of(p).backward()
        optimizer.step()

    step()
    weights, state = p.detach().clone(), optimizer.state_dict()
    for _ in range(3):
        step()
    p.data.copy_(weights)
    optimizer.load_state_dict(state)
    step()
    np.testing.assert_allclose(p.detach().numpy(), train(make([whole]), whole, 2), rtol=1e-13)
    assert step.compilations == 1


def test_a_state_dict_has_numbers_in_the_place_of_parameters():
    a, b = parameter(), parameter()
    optimizer = optim.AdamW([{"params": [a], "lr": 0.5}, {"params": [b]}])
    b.sum().backward()
    optimizer.step()
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0], [1]]
    assert state["param_groups"][0]["lr"] == 0.5
    assert list(state["state"]) == [1]
    slots = state["state"][1]
    assert list(slots) == ["exp_avg", "exp_avg_sq", "step"]
    assert slots["step"].item() == 1
    assert slots["exp_avg"].shape == (3, 4)


def test_the_order_of_saved_slots_does_not_matter():
    p, q = parameter(), parameter()
    optimizer = optim.Adadelta([p])
    train(optimizer, p, 2)
    state = optimizer.state_dict()
    state["state"] = {"0": dict(sorted(state["state"][0].items()))}  # as a file may have it
    q.data.copy_(p.detach())
    other = optim.Adadelta([q])
    other.load_state_dict(state)
    np.testing.assert_array_equal(train(other, q, 2), train(optimizer, p, 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["param_groups"].pop(), r"expects groups of \[1, 1\] parameters, got \[1\]"),
        (lambda s: s["param_groups"][1].update(lr=-1), r"\[load_state_dict\] expects lr .* got -1"),
        (lambda s: s["state"].update({7: s["state"][0]}), "for parameter 7, a number below 2"),
        (lambda s: s["state"].update(a=s["state"][0]), "for parameter a, a number below 2"),
        (lambda s: s["state"][1].pop("step"), r"for parameter 1, the slots .*, got \['exp_avg'"),
        (lambda s: s["state"][1].update(more=mc.ones(1)), "for parameter 1, the slots"),
        (
            lambda s: s["state"][1].update(exp_avg=mc.ones(4)),
            r"for parameter 1, exp_avg of shape \(3, 4\), got \(4,\)",
        ),
        (lambda s: s["state"][1].update(step=3), r"step of shape \(\), got None"),
    ],
)
def test_a_wrong_state_dict_is_refused_and_changes_nothing(change, message):
    a, b = parameter(), parameter()
    optimizer = optim.AdamW([{"params": [a]}, {"params": [b]}])
    (a.sum() + b.sum()).backward()
    optimizer.step()
    state = copy.deepcopy(optimizer.state_dict())
    optimizer.step()
    before = copy.deepcopy(optimizer.state_dict())
    state["param_groups"][0]["lr"] = 5.0
    change(state)
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    for number, slots in before["state"].items():
        for name, value in slots.items():
            assert after["state"][number][name].tolist() == value.tolist()


def test_loading_forgets_what_the_state_dict_has_not():
    p = parameter()
    optimizer = optim.SGD([p], momentum=0.9)
    fresh = optimizer.state_dict()
    train(optimizer, p, 1)
    optimizer.load_state_dict(fresh)
    assert optimizer.state_dict()["state"] == {}


def test_step_lr_multiplies_every_group():
    optimizer = optim.SGD([{"params": parameter()}, {"params": parameter(), "lr": 0.1}], lr=1.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    rates = []
    for _ in range(5):
        rates.append(scheduler.get_last_lr())
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(rates, np.outer([1, 1, 0.5, 0.5, 0.25], [1, 0.1]))
    assert optimizer.param_groups[0]["initial_lr"] == 1


def test_a_schedule_goes_on_from_its_state_dict():
    def make():
        optimizer = optim.SGD([parameter()], lr=1.0)
        return optimizer, optim.lr_scheduler.StepLR(optimizer, 3, 0.1)

    optimizer, scheduler = make()
    for _ in range(4):
        scheduler.step()
    other_optimizer, other = make()
    other_optimizer.load_state_dict(optimizer.state_dict())
    other.load_state_dict(scheduler.state_dict())
    for _ in range(2):
        scheduler.step()
        other.step()
    assert other.last_epoch == 6
    assert other.get_last_lr() == scheduler.get_last_lr() == pytest.approx([0.01])


def test_the_state_of_a_parameter_is_an_empty_dict_at_first():
    p = parameter()
    optimizer = optim.SGD([p])
    assert optimizer.state[p] == {} and list(optimizer.state) == [p]
    optimizer.state[p]["n"] = 1
    assert optimizer.state_dict()["state"] == {0: {"n": 1}}
    assert copy.deepcopy(optimizer.state_dict())["state"] == {0: {"n": 1}}


def test_groups_keep_names_and_other_keys():
    layer = mc.nn.Linear(2, 1)
    optimizer = optim.SGD([{"params": layer.named_parameters(), "note": "mine"}], lr=0.5)
    group = optimizer.param_groups[0]
    assert group["param_names"] == ["weight", "bias"] and group["note"] == "mine"
    assert group["params"] == list(layer.parameters())
    assert optim.SGD(layer.named_parameters()).param_groups[0]["param_names"] == ["weight", "bias"]


def test_the_groups_of_a_scheduled_optimizer_make_another_one():
    optimizer = optim.SGD([parameter()], lr=0.5)
    optim.lr_scheduler.StepLR(optimizer, 1)
    other = optim.SGD(optimizer.param_groups)
    assert (other.param_groups[0]["lr"], other.param_groups[0]["initial_lr"]) == (0.5, 0.5)


class Counting(optim.Optimizer):
    """A rule of one's own, with a number, a tensor and a nested dict as state."""

    def __init__(self, params, rate=0.5):
        super().__init__(params, {"rate": rate})

    def step(self):
        with mc.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    if not state:
                        state.update(n=0, mean=mc.zeros_like(p), more={"n": 0.0})
                    state["n"] += 1
                    state["more"]["n"] += 0.5
                    state["mean"].mul_(0.5).add_(p.grad)
                    p.sub_(state["mean"] * (group["rate"] / state["n"]) + state["more"]["n"])


def test_the_state_of_a_rule_of_ones_own_is_saved_and_loaded():
    whole, first, second = parameter(), parameter(), parameter()
    expected = train(Counting([whole]), whole, 6)
    optimizer = Counting([first])
    second.data.copy_(mc.tensor(train(optimizer, first, 3)))
    state = copy.deepcopy(optimizer.state_dict())
    train(optimizer, first, 1)
    resumed = Counting([second], rate=9.0)
    resumed.load_state_dict(state)
    assert resumed.state[second]["n"] == 3
    np.testing.assert_array_equal(train(resumed, second, 3), expected)
