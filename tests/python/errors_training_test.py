"""Mistakes with optimisers, data and files; and the user's own errors, which are left alone."""

import pytest

import mycel as mc
from mistakes import check
from mycel import data, nn, optim

w = mc.ones(3, requires_grad=True)
p = nn.Parameter(mc.ones(1))

OPTIMIZERS = {
    "no parameters": (
        lambda: optim.SGD(nn.ReLU().parameters(), lr=0.1),
        ValueError,
        "[SGD] expects at least one parameter, got none",
    ),
    "a model": (
        lambda: optim.SGD(nn.Linear(2, 2), lr=0.1),
        TypeError,
        "[SGD] expects a list of parameters, such as model.parameters(), got Linear",
    ),
    "negative rate": (
        lambda: optim.SGD([p], lr=-0.1),
        ValueError,
        "[SGD] expects lr to be at least 0, got -0.1",
    ),
    "names for some parameters": (
        lambda: optim.SGD([("weight", p), mc.ones(1)]),
        TypeError,
        "[SGD] expects names for all parameters or for none, got both kinds",
    ),
    "another rule's state": (
        lambda: optim.AdamW([p]).load_state_dict(optim.SGD([p], momentum=0.9).state_dict()),
        ValueError,
        "[load_state_dict] expects a state of AdamW, with the options lr, eps, weight_decay, "
        "betas, got one without eps, betas and with momentum, dampening, nesterov",
    ),
    "negative rate of a group": (
        lambda: optim.Adadelta([{"params": [p], "lr": -1}]),
        ValueError,
        "[Adadelta] expects lr to be at least 0, got -1",
    ),
    "a parameter twice": (
        lambda: optim.SGD([p, p], lr=0.1),
        ValueError,
        "[SGD] expects each parameter once, got one twice",
    ),
    "betas": (
        lambda: optim.AdamW([p], betas=0.9),
        ValueError,
        "[AdamW] expects betas to be two numbers in [0, 1), got 0.9",
    ),
    "state": (
        lambda: optim.SGD([p]).load_state_dict({}),
        TypeError,
        '[load_state_dict] expects a dict with "state" and "param_groups", as state_dict() gives '
        "it, got []",
    ),
    "schedule": (
        lambda: optim.lr_scheduler.StepLR(optim.SGD([p]), step_size=0),
        ValueError,
        "[StepLR] expects step_size to be an int of at least 1, got 0",
    ),
}

digits = data.SyntheticDigits(4)


class Uneven(data.Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, i):
        return mc.ones(i + 1)


DATA = {
    "no data set": (
        lambda: data.DataLoader(3),
        TypeError,
        "[DataLoader] expects a data set with __len__ and __getitem__, or arrays, got int",
    ),
    "batch size": (
        lambda: data.DataLoader(digits, batch_size=0),
        ValueError,
        "[DataLoader] expects batch_size >= 1, got 0",
    ),
    "batch size of another type": (
        lambda: data.DataLoader(digits, batch_size="64"),
        TypeError,
        "[DataLoader] expects batch_size to be an int, got '64'",
    ),
    "workers": (
        lambda: data.DataLoader(digits, num_workers=-1),
        ValueError,
        "[DataLoader] expects num_workers >= 0, got -1",
    ),
    "unknown keyword": (
        lambda: data.DataLoader(digits, suffle=True),
        TypeError,
        "DataLoader.__init__() got an unexpected keyword argument 'suffle'",
    ),
    "items of different shapes": (
        lambda: list(data.DataLoader(Uneven(), batch_size=2)),
        ValueError,
        "[DataLoader] expects tensors of one shape, got f32[1] and f32[2]",
    ),
    "arrays of different lengths": (
        lambda: data.ArrayDataset(mc.ones(3), mc.ones(4)),
        ValueError,
        "[ArrayDataset] expects arrays of equal length, got 3 and 4",
    ),
    "item": (
        lambda: digits[4],
        IndexError,
        "[SyntheticDigits] expects an item in [-4, 3], got 4",
    ),
    "save before what": (
        lambda: mc.save("model", {"w": w}),
        TypeError,
        "[save] expects a dict of tensors, then a path, as in mc.save(model.state_dict(), "
        '"model.safetensors"), got str',
    ),
    "save a model": (
        lambda: mc.save({"model": nn.ReLU()}, "model"),
        TypeError,
        "[save] expects tensors, numbers, text and containers of them, got 'model': ReLU",
    ),
    "load a missing file": (
        lambda: mc.load("/no/model"),
        FileNotFoundError,
        "[load] expects a file, got none at /no/model",
    ),
}

GROUPS = {"optimizers": OPTIMIZERS, "data": DATA}
CASES = {
    f"{group}: {name}": case for group, cases in GROUPS.items() for name, case in cases.items()
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_mistake(case):
    check(*case)


def test_mnist_without_files(tmp_path):
    check(
        lambda: data.MNIST(tmp_path),
        OSError,
        "[MNIST] expects train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte "
        f"and t10k-labels-idx1-ubyte (or each with .gz) in {tmp_path} (as given), in its mnist or "
        "in its MNIST/raw, got none of these folders with all four; SyntheticDigits needs no files",
    )


def test_files_that_are_damaged(tmp_path):
    path = tmp_path / "model.safetensors"
    mc.save({"w": w}, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    check(
        lambda: mc.load(path),
        OSError,
        f'[load] expects data_offsets of the array "w" to lie in [0, 11], got [0,12] in {path}',
    )
    path.write_bytes(b"no weights")
    check(
        lambda: mc.load(path),
        OSError,
        "[load] expects a header of at most 2 bytes, got a length of 7523097587056930670 in "
        f"{path}",
    )


class Failing(nn.Module):
    def forward(self, x):
        raise KeyError("mine")


class FailingItems(Uneven):
    def __getitem__(self, i):
        raise KeyError("mine")


def fail(*_):
    raise KeyError("mine")


CALLS = {
    "module": lambda: nn.Sequential(nn.Sequential(Failing()))(w),
    "data set": lambda: list(data.DataLoader(FailingItems())),
    "transform": lambda: list(data.DataLoader(data.SyntheticDigits(4, transform=fail))),
    "collate_fn": lambda: list(data.DataLoader(digits, collate_fn=fail)),
    "closure": lambda: optim.SGD([p]).step(fail),
    "differentiated": lambda: mc.grad(fail)(w),
    "compiled": lambda: mc.jit(fail)(w),
    "tree": lambda: mc.tree.map(fail, [1]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_users_own_errors_pass_as_they_are(call):
    with pytest.raises(KeyError) as raised:
        call()
    assert raised.value.args == ("mine",)
    assert {str(entry.path) for entry in raised.traceback} == {__file__}


def test_a_parameter_group_that_lost_an_option():
    optimizer = optim.SGD([mc.zeros(2, requires_grad=True)], lr=0.1)
    optimizer.param_groups[0]["params"][0].sum().backward()
    del optimizer.param_groups[0]["momentum"]
    with pytest.raises(TypeError, match="expects momentum in the parameter group, got nothing"):
        optimizer.step()
