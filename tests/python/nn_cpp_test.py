"""The layers in Python and in C++: the same keys, shapes and, from one seed, the same numbers."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

import mycel as mc
from mycel import nn


class Sign(nn.Module):
    def forward(self, x):
        return (x > 0).to(mc.int64)


LAYERS = {
    "linear": (lambda: nn.Linear(3, 4), (5, 3)),
    "linear_plain": (lambda: nn.Linear(3, 4, bias=False), (3,)),
    "conv": (
        lambda: nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=2, groups=2),
        (2, 4, 9, 8),
    ),
    "conv_same": (lambda: nn.Conv2d(2, 3, 3, padding="same", bias=False), (1, 2, 5, 5)),
    "max_pool": (lambda: nn.MaxPool2d(3, stride=2, padding=1), (1, 2, 7, 7)),
    "avg_pool": (lambda: nn.AvgPool2d((2, 3)), (1, 2, 6, 6)),
    "batch_norm": (lambda: nn.BatchNorm2d(3, momentum=0.3), (4, 3, 2, 2)),
    "layer_norm": (lambda: nn.LayerNorm((3, 4)), (2, 3, 4)),
    "layer_norm_plain": (lambda: nn.LayerNorm(4, bias=False), (2, 4)),
    "dropout": (lambda: nn.Dropout(0.3), (50,)),
    "flatten": (lambda: nn.Flatten(), (2, 3, 4)),
    "relu": (lambda: nn.ReLU(), (7,)),
    "embedding": (lambda: nn.Sequential(Sign(), nn.Embedding(2, 3, padding_idx=1)), (6,)),
    "sequential": (
        lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 2))),
        (2, 4),
    ),
}


@pytest.fixture(scope="module")
def from_cpp(tmp_path_factory):
    program = Path(mc._core.__file__).parents[2] / "tests/cpp/seeded_layers"
    path = tmp_path_factory.mktemp("layers") / "layers.safetensors"
    subprocess.run([program, path], check=True, timeout=120)
    return mc.load(path)


def test_both_sides_have_the_same_layers(from_cpp):
    assert {key.split(".")[0] for key in from_cpp} == set(LAYERS)
    layers = {type(make()) for make, _ in LAYERS.values()} | {nn.Embedding}
    lists = {nn.ModuleList, nn.ParameterList}  # C++ has std::vector
    every = {value for value in vars(nn).values() if isinstance(value, type)}
    assert {c for c in every if issubclass(c, nn.Module)} - {nn.Module} - lists == layers


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_the_same_on_both_sides(name, from_cpp):
    make, shape = LAYERS[name]
    mc.manual_seed(5)
    layer = make()
    output = layer(mc.randn(*shape)).detach()
    mine = {**layer.state_dict(), "output": output}
    theirs = {
        key.split(".", 1)[1]: value for key, value in from_cpp.items() if key.startswith(f"{name}.")
    }
    assert set(theirs) == set(mine)
    for key, value in mine.items():
        assert theirs[key].dtype == value.dtype
        np.testing.assert_array_equal(theirs[key].numpy(), value.numpy(), err_msg=key)
