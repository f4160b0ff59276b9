"""A program has the same bits with any pass of the compiler left out, and in eager mode.

Exceptions are the order of a sum, which is a loop nest's own, and the kernels of a library:
programs with either agree to a tolerance.
"""

import numpy as np
import pytest

import mycel as mc
import mycel.nn.functional as F
from bits import drawn, same_bits
from fuzz.modes import passes

FLOATS = [mc.float32, mc.float64, mc.float16, mc.bfloat16]
# Of the largest element: sums of up to 216 terms, rounded to the dtype more than once.
TOLERANCE = {mc.float32: 2e-5, mc.float64: 1e-13, mc.float16: 4e-3, mc.bfloat16: 4e-2}


def results_of(program, dtype, wrap):
    """What a program gives for drawn arguments, and what it left of them."""
    arguments = [drawn(4, 6, 9, seed=i).to(dtype) for i in range(3)]
    results = wrap(program)(*arguments)
    return [each.to(mc.float64) for each in (*results, *arguments)]


def each_way(program, dtype, monkeypatch):
    """The results of a compiled program; and by name those without a pass, and in eager mode."""
    whole = results_of(program, dtype, mc.jit)
    others = {"eager": results_of(program, dtype, lambda f: f)}
    for name in passes():
        monkeypatch.setenv("MYCEL_SKIP_PASS", name)
        others[name] = results_of(program, dtype, mc.jit)
    monkeypatch.delenv("MYCEL_SKIP_PASS")
    return whole, others


def gradients_of(function):
    """The program that gives the gradients of the sum of a function's results."""

    def total(x, y, z):
        return sum(result.sum() for result in function(x, y, z))

    def gradients(x, y, z):
        return mc.grad(total, argnums=(0, 1, 2))(x, y, z)

    gradients.__name__ = f"gradients_of_{function.__name__}"
    return gradients


def cases(programs, short):
    """Programs with dtypes; those with other dtypes than `short` run with `make test-long`."""
    return [
        pytest.param(
            program,
            dtype,
            marks=() if dtype in short else pytest.mark.long,
            id=f"{program.__name__}-{dtype.name}",
        )
        for program in programs
        for dtype in FLOATS
    ]


# --- programs without sums -----------------------------------------------------------------------


def elementwise(x, y, z):
    t = x * y
    u = t + z
    v = (t * 0.3 - z).tanh() * u
    w = mc.where(x > y, u * z + 0.5, v - x * 2)
    return t, u, v, w, (w * w - t * t).exp(), -(x - y), 0 - x, x + 0, x * 1 - (y / 4)


def normalised(x, y, z):
    h = x * y + z
    h = (h - h.amax(-1, keepdim=True)).exp()
    return h, h * z + y, mc.maximum(h, y) * 2 + 1


def chain(x, y, z):
    for _ in range(8):
        x = (x * 0.9 + y).sigmoid() - z * 0.1
    return x, x.sqrt(), (x * x + 1).rsqrt(), x.abs().log1p() / (y * y + 0.5)


def activations(x, y, z):
    return F.relu(x) * y, F.gelu(x + y) - z, x * F.sigmoid(y) + z.tanh(), (z.exp() + 1).log() + x


def extremes(x, y, z):
    m = mc.maximum(x * y, z)
    return m.amax(-1) * 2, (x + z).clip(-0.5, 0.5), mc.minimum(m, y).abs(), mc.where(x > 0, m, z)


def moved(x, y, z):
    t = (x.transpose(0, 1) * 2).reshape(6, -1).T
    c = mc.cat([x + y, z], 1)
    return t + 1, c[:, ::2] * 3, c.flip(1)[:, 1:4] - x[:, :3], mc.stack([x, y * 2]).amax(0)


def picked(x, y, z):
    gathered = mc.gather(y * 2, -1, x.argsort(-1)) + z
    return gathered, y.sort(-1).values - x, z[:, [2, 0]] * x[:, 1:3], x.max(1).values * 3


def broadcast(x, y, z):
    row, column = y[:1, :1] * 0.5, z[:, :, :1] + 1
    return x * row + column, (row - column).tanh(), mc.where(x > 0, row, column) * 3


def repeated(x, y, z):
    a, b, c = (x + y) * z, (x + y) * z, (y + x) * z
    return a - b, a * c, (x + y).exp() * (x + y).exp(), (a * 1).mT.mT + (b - 0)


def written(x, y, z):
    w = x * 2
    w[:, 1:3] = y[:, :2] + 1
    w[0] *= z[0]
    x += y
    z[:, 0].copy_(x[:, 1])
    return w, w[:, 2] - z[:, 0]


def whole_numbers(x, y, z):
    i, j = (x * 8).to(mc.int64), (y * 8).to(mc.int64)
    return (i * 3 + j) // 4, (i % 5) - j.abs(), (i * j).sum(-1), (i < j) & (z > 0), i.cumsum(1)


def adamw(p, m, v):
    g = (p * 3).tanh()
    m.mul_(0.9).add_(g * 0.1)
    v.copy_(v.abs() * 0.999 + g * g * 0.001)
    p.mul_(1 - 0.01 * 0.1)
    p.sub_(m / 0.19 * 0.01 / ((v / 0.002).sqrt() + 1e-3))
    return g, p * 2


def adadelta(p, square, delta):
    g = p * 2 - 0.5
    square.copy_(square.abs() * 0.9 + g * g * 0.1)
    step = ((delta.abs() + 1e-3).sqrt() / (square + 1e-3).sqrt()) * g
    delta.copy_(delta.abs() * 0.9 + step * step * 0.1)
    p.sub_(step)
    return (step,)


def momentum(p, buffer, z):
    g = F.relu(p) * z + p * 0.01
    buffer.mul_(0.9).add_(g)
    p.sub_((g + buffer * 0.9) * 0.1)
    return (p * 1,)


def gradient_of_a_gradient(x, y, z):
    def slope(x):
        return (mc.grad(lambda x: ((x * y).tanh() * z).sum())(x) ** 2).sum()

    return (mc.grad(slope)(x),)


# Here a gradient adds up no more than two numbers for one element.
WITHOUT_SUMS = [chain, activations, extremes, moved, picked, repeated]
EXACT = [
    *WITHOUT_SUMS,
    broadcast,
    written,
    whole_numbers,
    adamw,
    adadelta,
    momentum,
    gradient_of_a_gradient,
    *map(gradients_of, [elementwise, *WITHOUT_SUMS]),
]


@pytest.mark.parametrize(
    ("program", "dtype"),
    [*cases([elementwise, normalised], FLOATS), *cases(EXACT, [mc.float32])],
)
def test_without_a_pass_the_bits_are_the_same(program, dtype, monkeypatch):
    whole, others = each_way(program, dtype, monkeypatch)
    for name, results in others.items():
        for i, (a, b) in enumerate(zip(whole, results, strict=True)):
            assert same_bits(a, b), (name, i)


# --- programs with sums --------------------------------------------------------------------------


def softmax(x, y, z):
    return F.softmax(x * y, -1), F.log_softmax(x + z, 1), (F.softmax(z, 0) * y).exp()


def losses(x, y, z):
    labels = (z.detach().abs() * 3).to(mc.int64).clip(0, 5)[:, 0]
    return F.mse_loss(x, y), F.cross_entropy(x, labels), F.nll_loss(F.log_softmax(y, 1), labels)


def batch_norm(x, y, z):
    mean, var = mc.zeros(6, dtype=x.dtype), mc.ones(6, dtype=x.dtype)
    out = F.batch_norm(x, mean, var, y[1, :, 0], z[1, :, 0], training=True)
    return out, mean, var, F.relu(out) * 2


def layer_norm(x, y, z):
    return F.layer_norm(x, (9,), y[0, 0], z[0, 0]), (x - x.mean(-1, keepdim=True)) * y


def products(x, y, z):
    return x @ y.mT, F.linear(x * 2, y[0] + 1, z[0, :, 0])


def convolution(x, y, z):
    out = F.conv2d(x[:, None], y[:3, None, :3, :3], z[0, :3, 0])
    return out, F.max_pool2d(F.relu(out), 2) * 2, F.avg_pool2d(x, 2)


WITH_SUMS = [softmax, losses, batch_norm, layer_norm, products, convolution]


@pytest.mark.parametrize(
    ("program", "dtype"),
    cases([*WITH_SUMS, *map(gradients_of, [broadcast, *WITH_SUMS])], [mc.float32]),
)
def test_without_a_pass_a_program_with_sums_agrees_to_rounding(program, dtype, monkeypatch):
    whole, others = each_way(program, dtype, monkeypatch)
    for name, results in others.items():
        for i, (a, b) in enumerate(zip(whole, results, strict=True)):
            expected = a.numpy()
            allowed = TOLERANCE[dtype] * max(1.0, np.abs(expected).max())
            np.testing.assert_allclose(b.numpy(), expected, 0, allowed, err_msg=f"{name}, {i}")


# --- the choice ----------------------------------------------------------------------------------


def test_a_pass_that_cannot_be_left_out_is_an_error_that_lists_the_others(monkeypatch):
    names = [name for name in dict.fromkeys(mc._core.pipeline()) if name in passes()]
    for name in ("fusion", "expand_composites"):
        monkeypatch.setenv("MYCEL_SKIP_PASS", name)
        with pytest.raises(ValueError) as error:
            mc.jit(lambda x: x + 1)(mc.ones(2))
        assert str(error.value).startswith("MYCEL_SKIP_PASS expects one of " + ", ".join(names))
        assert f'got "{name}"' in str(error.value)
