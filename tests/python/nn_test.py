"""Every layer against its formula in NumPy: output, parameters, keys, options and repr."""

from collections import OrderedDict

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from mycel import nn

f64 = mc.float64


def array(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def shapes(module):
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


def close(tensor, expected, tolerance=1e-12):
    np.testing.assert_allclose(tensor.detach().numpy(), expected, rtol=tolerance, atol=tolerance)


def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """(N, C, H', W', kh, kw): what each position of a kernel sees."""
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(2, 3))
    return seen[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def conv2d(x, w, b, stride, padding, dilation, groups):
    x = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    parts = zip(np.split(x, groups, 1), np.split(w, groups), strict=True)
    sums = [
        np.einsum("nchwij,ocij->nohw", windows(part, w.shape[2:], stride, dilation), weight)
        for part, weight in parts
    ]
    return np.concatenate(sums, 1) + b[:, None, None]


def test_linear_is_x_times_the_transposed_weight_plus_the_bias():
    layer, x = nn.Linear(3, 2, dtype=f64), array(4, 5, 3)
    close(layer(mc.tensor(x)), x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy())
    assert shapes(layer) == {"weight": (2, 3), "bias": (2,)}
    assert (layer.in_features, layer.out_features) == (3, 2)
    assert repr(layer) == "Linear(in_features=3, out_features=2, bias=True)"
    plain = nn.Linear(3, 2, bias=False)
    assert plain.bias is None
    assert shapes(plain) == {"weight": (2, 3)}
    assert plain(mc.ones(3)).shape == (2,)


@pytest.mark.parametrize(
    ("kernel", "options"),
    [
        (3, {}),
        ((3, 2), {"stride": (2, 1), "padding": (1, 2)}),
        (3, {"dilation": 2, "groups": 2}),
        (1, {"stride": 3}),
        ((2, 3), {"dilation": (2, 1), "padding": 1, "groups": 4, "stride": 2}),
    ],
)
def test_conv2d_is_the_sum_over_each_window(kernel, options):
    layer, x = nn.Conv2d(4, 8, kernel, **options, dtype=f64), array(2, 4, 9, 8)
    w, b = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    expected = conv2d(x, w, b, layer.stride, layer.padding, layer.dilation, layer.groups)
    close(layer(mc.tensor(x)), expected)
    assert shapes(layer) == {"weight": (8, 4 // layer.groups, *layer.kernel_size), "bias": (8,)}


def test_conv2d_pads_by_name_and_prints_what_differs():
    x = mc.tensor(array(1, 2, 6, 5))
    same = nn.Conv2d(2, 3, 3, padding="same", bias=False, dtype=f64)
    w = same.weight.detach().numpy()
    close(same(x), conv2d(x.numpy(), w, np.zeros(3), (1, 1), (1, 1), (1, 1), 1))
    assert nn.Conv2d(2, 3, 3, padding="valid", dtype=f64)(x).shape == (1, 3, 4, 3)
    assert same(x[0]).shape == (3, 6, 5)
    assert repr(nn.Conv2d(1, 6, 5)) == "Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))"
    assert repr(same) == (
        "Conv2d(2, 3, kernel_size=(3, 3), stride=(1, 1), padding='same', bias=False)"
    )
    with pytest.raises(ValueError, match=r"\[Conv2d\] expects groups .* got 3 for 4 and 6"):
        nn.Conv2d(4, 6, 3, groups=3)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, None, 0), ((3, 2), (1, 2), (1, 0))])
def test_pooling_is_the_maximum_or_mean_of_each_window(kernel, stride, padding):
    x = array(2, 3, 6, 7)
    k = nn.Conv2d(1, 1, kernel).kernel_size
    s = k if stride is None else stride
    pad = np.broadcast_to(padding, 2)
    widths = ((0, 0), (0, 0), (pad[0],) * 2, (pad[1],) * 2)
    largest = windows(np.pad(x, widths, constant_values=-np.inf), k, s).max((-2, -1))
    mean = windows(np.pad(x, widths), k, s).mean((-2, -1))
    close(nn.MaxPool2d(kernel, stride, padding)(mc.tensor(x)), largest)
    close(nn.AvgPool2d(kernel, stride, padding)(mc.tensor(x)), mean)


def test_pooling_has_no_state_and_says_its_window():
    assert shapes(nn.MaxPool2d(2)) == {}
    assert repr(nn.MaxPool2d(2)) == (
        "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
    )
    assert repr(nn.AvgPool2d(3, stride=1)) == "AvgPool2d(kernel_size=3, stride=1, padding=0)"
    x = mc.ones(1, 1, 5, 5)
    assert nn.MaxPool2d(2, ceil_mode=True)(x).shape == (1, 1, 3, 3)
    assert nn.AvgPool2d(2, padding=1, count_include_pad=False)(x).tolist()[0][0][0][0] == 1


def test_batch_norm_normalises_by_the_batch_and_moves_its_statistics():
    layer, x = nn.BatchNorm2d(3, momentum=0.25, dtype=f64), array(4, 3, 2, 5) * 3 + 1
    layer.weight.data.copy_(mc.tensor([1.0, 2.0, 3.0]))
    layer.bias.data.copy_(mc.tensor([-1.0, 0.0, 1.0]))
    w, b = (np.array(v)[:, None, None] for v in ([1, 2, 3], [-1, 0, 1]))
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    at = (slice(None), None, None)
    close(layer(mc.tensor(x)), (x - mean[at]) / np.sqrt(var[at] + 1e-5) * w + b)
    running = 0.25 * mean, 0.75 + 0.25 * x.var((0, 2, 3), ddof=1)
    close(layer.running_mean, running[0])
    close(layer.running_var, running[1])
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    close(layer(mc.tensor(x)), (x - running[0][at]) / np.sqrt(running[1][at] + 1e-5) * w + b)
    assert layer.num_batches_tracked.item() == 1


def test_batch_norm_has_parameters_and_buffers_as_asked():
    per_channel = dict.fromkeys(["weight", "bias", "running_mean", "running_var"], (3,))
    assert shapes(nn.BatchNorm2d(3)) == {**per_channel, "num_batches_tracked": ()}
    assert list(shapes(nn.BatchNorm2d(3, track_running_stats=False))) == ["weight", "bias"]
    plain, x = (
        nn.BatchNorm2d(3, affine=False, track_running_stats=False, dtype=f64),
        array(4, 3, 2, 2),
    )
    assert shapes(plain) == {}
    close(plain.eval()(mc.tensor(x)).mean((0, 2, 3)), np.zeros(3))  # there is only the batch's
    assert repr(nn.BatchNorm2d(3)) == (
        "BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
    )
    with pytest.raises(ValueError, match=r"\[BatchNorm2d\] expects input \(N, C, H, W\)"):
        plain(mc.ones(2, 3))


def test_layer_norm_normalises_the_trailing_dims():
    layer, x = nn.LayerNorm((3, 4), eps=1e-3, dtype=f64), array(2, 5, 3, 4)
    layer.weight.data.copy_(mc.tensor(array(3, 4, seed=1)))
    layer.bias.data.copy_(mc.tensor(array(3, 4, seed=2)))
    mean, var = x.mean((2, 3), keepdims=True), x.var((2, 3), keepdims=True)
    expected = (x - mean) / np.sqrt(var + 1e-3) * array(3, 4, seed=1) + array(3, 4, seed=2)
    close(layer(mc.tensor(x)), expected)
    assert shapes(layer) == {"weight": (3, 4), "bias": (3, 4)}
    assert shapes(nn.LayerNorm(4, bias=False)) == {"weight": (4,)}
    assert nn.LayerNorm(np.int64(4)).normalized_shape == (4,)
    with pytest.raises(TypeError, match=r"\[LayerNorm\] expects normalized_shape .* got 2.5"):
        nn.LayerNorm(2.5)
    assert shapes(nn.LayerNorm(4, elementwise_affine=False)) == {}
    assert repr(nn.LayerNorm(4)) == "LayerNorm((4,), eps=1e-05, elementwise_affine=True)"


def test_embedding_looks_up_rows_and_leaves_the_padding_alone():
    table = nn.Embedding(5, 3, padding_idx=-2)
    weight = table.weight.detach().numpy()
    index = np.array([[0, 3], [4, 0]])
    out = table(mc.tensor(index))
    np.testing.assert_array_equal(out.detach().numpy(), weight[index])
    assert not weight[3].any()
    out.sum().backward()
    np.testing.assert_array_equal(table.weight.grad.numpy()[:, 0], [2, 0, 0, 0, 1])
    assert shapes(table) == {"weight": (5, 3)}
    assert repr(table) == "Embedding(5, 3, padding_idx=3)"
    with pytest.raises(ValueError, match=r"\[Embedding\] expects padding_idx among 5 rows, got 5"):
        nn.Embedding(5, 3, padding_idx=5)


def test_dropout_thins_out_in_training_only():
    mc.manual_seed(0)
    layer, x = nn.Dropout(0.25), mc.ones(4000)
    out = layer(x).numpy()
    assert set(out) == {0, np.float32(4 / 3)}
    assert 800 < (out == 0).sum() < 1200
    assert not np.array_equal(layer(x).numpy(), out)
    assert layer.eval()(x).tolist() == x.tolist()
    assert nn.Dropout(1.0)(x).sum().item() == 0
    assert repr(layer) == "Dropout(p=0.25)"
    with pytest.raises(ValueError, match=r"\[Dropout\] expects p in \[0, 1\], got 1.5"):
        nn.Dropout(1.5)


def test_flatten_and_relu():
    x = array(2, 3, 4, 5)
    np.testing.assert_array_equal(nn.Flatten()(mc.tensor(x)).numpy(), x.reshape(2, 60))
    np.testing.assert_array_equal(nn.Flatten(0, 1)(mc.tensor(x)).numpy(), x.reshape(6, 4, 5))
    np.testing.assert_array_equal(nn.ReLU()(mc.tensor(x)).numpy(), np.maximum(x, 0))
    assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"
    assert repr(nn.ReLU()) == "ReLU()"


def test_relu_in_place_changes_its_input():
    model = nn.Sequential(nn.Linear(3, 3), nn.ReLU(inplace=True))
    hidden = model[0](mc.tensor(array(4, 3), dtype=mc.float32))
    out = model[1](hidden)
    assert hidden.tolist() == out.tolist() == F.relu(hidden).tolist()
    out.sum().backward()
    positive = (hidden > 0).to(mc.float32).sum(0)
    assert model[0].bias.grad.tolist() == positive.tolist()
    assert repr(model[1]) == "ReLU(inplace=True)"


def test_weights_are_uniform_within_the_bound_of_the_fan_in():
    for layer, fan_in in ((nn.Linear(100, 50), 100), (nn.Conv2d(4, 40, (3, 5), groups=2), 30)):
        for parameter in (layer.weight, layer.bias):
            bound, values = fan_in**-0.5, parameter.detach().numpy()
            assert np.abs(values).max() <= bound
            assert np.abs(values).max() > 0.9 * bound
            assert abs(values.mean()) < 0.4 * bound


def test_the_seed_decides_the_weights():
    def weights():
        mc.manual_seed(3)
        return nn.Linear(4, 4).weight.tolist(), nn.Embedding(3, 2).weight.tolist()

    assert weights() == weights()


def test_sequential_runs_its_modules_in_order():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2, bias=False))
    x = mc.tensor(array(5, 3), dtype=mc.float32)
    expected = F.linear(F.relu(F.linear(x, model[0].weight, model[0].bias)), model[2].weight)
    assert model(x).tolist() == expected.tolist()
    assert list(shapes(model)) == ["0.weight", "0.bias", "2.weight"]
    assert len(model) == 3
    assert list(model) == [model[0], model[1], model[-1]]
    assert repr(model) == (
        "Sequential(\n"
        "  (0): Linear(in_features=3, out_features=4, bias=True)\n"
        "  (1): ReLU()\n"
        "  (2): Linear(in_features=4, out_features=2, bias=False)\n"
        ")"
    )
    with pytest.raises(IndexError, match="expects an index below 3, got 3"):
        model[3]
    with pytest.raises(TypeError, match=r"\[Sequential\] expects modules, got function"):
        nn.Sequential(lambda x: x)
    with pytest.raises(TypeError, match=r"got a list of them; write Sequential\(\*modules\)"):
        nn.Sequential([nn.ReLU()])


def test_sequential_is_sliced_extended_and_named():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    head = model[:2]
    assert isinstance(head, nn.Sequential)
    assert list(head) == [model[0], model[1]]
    assert list(shapes(model[1:])) == ["2.weight", "2.bias"]
    assert len(model[1:].append(nn.ReLU())) == 3
    model[1] = nn.Dropout(0.0)
    assert isinstance(model[1], nn.Dropout)
    assert list(shapes(model.append(nn.Linear(2, 1)))) == [
        f"{i}.{name}" for i in (0, 2, 3) for name in ("weight", "bias")
    ]
    del model[0]
    model.insert(0, nn.Flatten())
    assert [type(layer).__name__ for layer in model] == ["Flatten", "Dropout", "Linear", "Linear"]
    relu = nn.ReLU()
    twice = nn.Sequential(relu, nn.Linear(2, 2), relu)
    assert len(list(twice)) == 3
    assert list(twice.children()) == [relu, twice[1]]
    named = nn.Sequential(OrderedDict(first=nn.Linear(1, 2), act=nn.ReLU()))
    assert list(shapes(named)) == ["first.weight", "first.bias"]
    assert named[1] is named.act


def test_lists_of_modules_and_parameters_register_their_parts():
    class Net(nn.Module):
        def __init__(self):
            self.layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(2))
            self.scales = nn.ParameterList([mc.zeros(2), nn.Parameter(mc.ones(3))])

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    net = Net()
    assert list(shapes(net)) == [
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.weight",
        "layers.1.bias",
        "scales.0",
        "scales.1",
    ]
    assert net(mc.ones(1, 2)).shape == (1, 2)
    net.layers[0] = nn.Linear(2, 2, bias=False)
    assert len(net.layers) == 2
    assert "layers.0.bias" not in shapes(net)


def test_an_error_of_every_pair_is_refused():
    prediction, target = mc.ones(3, 1), mc.tensor([1.0, 2.0, 3.0])
    for wrap in (lambda f: f, mc.jit):
        with pytest.raises(
            ValueError, match=r"\[mse_loss\] expects .* got f32\[3,1\] and f32\[3\]"
        ):
            wrap(F.mse_loss)(prediction, target)
        assert wrap(F.mse_loss)(prediction, target[:, None]).item() == pytest.approx(5 / 3)
        assert wrap(F.mse_loss)(prediction, target[0]).item() == 0
