"""Views alias their base, in eager mode, under mc.jit and under mc.grad."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import mycel as mc
from mycel import nn

MODES = ["eager", "jit"]


def run(function, mode, *args):
    return mc.jit(function)(*args) if mode == "jit" else function(*args)


def numbers(*shape):
    return mc.arange(int(np.prod(shape))).to(mc.float32).reshape(shape).clone()


# Everyday programs: x is 3 by 4, in Mycel and in NumPy alike.
def chained_index(x):
    x[0][1] = 5


def named_row(x):
    row = x[1]
    row[:] = 2
    row += 1


def loop_over_rows(x):
    for row in x:
        row *= 2
        row[0] = 7


def flat_element(x):
    x.reshape(-1)[5] = 1
    x.reshape(2, 6)[1] = 3


def transposed_row(x):
    x.T[0] = 1


def in_place_operators(x):
    x[1] += 2
    x[:, 0] *= 3
    x[0, 1] -= 1
    x[..., 1:3] /= 2


def steps(x):
    x[::2][:, ::-1] += 1
    x[1:][0, 1:3] = 8


def overlapping_source(x):
    x[1:] = x[:-1]
    x[:, :2] = x[:, 2:]
    x[:2] = x[1:, ::-1]


def new_axes(x):
    x[None, :, 1][0] = 4
    x[1, None, 2:] = 6


def written_twice(x):
    a, b = x[:2], x[1:]
    a += 1
    b *= 2
    a[1] = b[0] + a[0]


def whole_writes(x):
    v = x[1]
    x[...] = 3
    v += 1
    x += v


def fancy_positions_of_a_view(x):
    x[1:][:, [2, 0]] = 9
    x[:, 1:][[0, 2], [1, 1]] += 3


PROGRAMS = [
    chained_index,
    named_row,
    loop_over_rows,
    flat_element,
    transposed_row,
    in_place_operators,
    steps,
    overlapping_source,
    new_axes,
    written_twice,
    whole_writes,
    fancy_positions_of_a_view,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
@pytest.mark.parametrize("dtype", ["float32", "int64", "float16"])
def test_a_program_of_views_does_what_numpy_does(program, dtype):
    if dtype == "int64" and program is in_place_operators:
        pytest.skip("an integer tensor is not divided in place")
    x, expected = numbers(3, 4).to(getattr(mc, dtype)), np.arange(12.0).reshape(3, 4)
    expected = expected.astype(dtype)
    program(x)
    program(expected)
    np.testing.assert_array_equal(x.numpy(), expected)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_a_compiled_program_of_views_does_what_numpy_does(program):
    def body(x):
        x = x + 0
        program(x)
        return x

    expected = np.arange(12.0).reshape(3, 4)
    program(expected)
    np.testing.assert_array_equal(mc.jit(body)(numbers(3, 4)).numpy(), expected)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_gradients_pass_through_writes_in_eager_and_compiled_programs_alike(program):
    def loss(x):
        y = x * 2
        program(y)
        return (y * y).sum()

    x = numbers(3, 4)
    eager, compiled = mc.grad(loss)(x), mc.jit(mc.grad(loss))(x)
    np.testing.assert_array_equal(eager.numpy(), compiled.numpy())
    step = 1e-2
    for i in range(3):
        bump = np.zeros((3, 4), np.float32)
        bump[i, i] = step
        difference = (loss(x + mc.tensor(bump)) - loss(x - mc.tensor(bump))).item() / (2 * step)
        assert eager[i, i].item() == pytest.approx(difference, rel=2e-2, abs=0.2)


VIEWS = {
    "row": lambda x: x[0],
    "slice": lambda x: x[:, ::2],
    "reshape": lambda x: x.reshape(-1),
    "view": lambda x: x.view(2, 2, 2),
    "transpose": lambda x: x.T,
    "mT": lambda x: x.mT,
    "permute": lambda x: x.permute(1, 0),
    "expand": lambda x: x.expand(3, 2, 4),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "squeeze": lambda x: x.unsqueeze(0).squeeze(),
    "flatten": lambda x: x.flatten(),
    "detach": lambda x: x.detach(),
    "data": lambda x: x.data,
    "view of a view": lambda x: x[1:][0],
    "iteration": lambda x: next(iter(x)),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("mode", MODES)
def test_a_view_shows_what_its_base_holds_now(view, mode):
    def body(x):
        x = x + 0
        v = view(x)
        before = v + 0
        x += 1
        return before, v + 0, view(x + 0)

    before, now, expected = run(body, mode, numbers(2, 4))
    assert now.tolist() == expected.tolist()
    assert now.tolist() == (before + 1).tolist()


@pytest.mark.parametrize("view", [n for n in VIEWS if n != "expand"])
@pytest.mark.parametrize("mode", MODES)
def test_a_write_to_a_view_is_a_write_to_its_base(view, mode):
    def body(x):
        x = x + 0
        v = VIEWS[view](x)
        v += 100
        return x.sum(), v + 0

    total, v = run(body, mode, mc.zeros(2, 4))
    assert total.item() == 100 * v.numel()
    assert v.sum().item() == total.item()


def test_a_number_in_a_tensor_gives_a_view_as_the_number_does():
    x = mc.zeros(2, 2)
    x[mc.tensor(1)].add_(1)
    assert x.tolist() == [[0, 0], [1, 1]]


COPIES = {
    "clone": lambda x: x.clone(),
    "flip": lambda x: x.flip(0),
    "index arrays": lambda x: x[[0, 1]],
    "a mask": lambda x: x[mc.tensor([True, True])],
    "mc.tensor": lambda x: mc.tensor(x),
    "Parameter": lambda x: nn.Parameter(x).data,
    "reshape of a transposed": lambda x: x.T.reshape(-1),
    "deepcopy": lambda x: copy.deepcopy(x),
    "to another dtype": lambda x: x.to(mc.float64),
    "from_numpy(numpy())": lambda x: mc.from_numpy(x.numpy()),
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
}


@pytest.mark.parametrize("of", COPIES.values(), ids=COPIES)
def test_a_copy_has_elements_of_its_own(of):
    x = numbers(2, 4)
    v, before = of(x), of(x).tolist()
    x += 1
    assert v.tolist() == before
    v += 5
    assert x.tolist() == (numbers(2, 4) + 1).tolist()


def test_view_raises_where_reshape_copies():
    x = mc.zeros(2, 3)
    with pytest.raises(RuntimeError, match=r"\[view\] expects a shape under which .* reshape"):
        x.T.view(6)
    assert x.T.view(3, 1, 2).shape == (3, 1, 2)
    assert x[:, :2].reshape(4).shape == (4,)


@pytest.mark.parametrize("mode", MODES)
def test_a_view_with_coinciding_elements_is_not_written(mode):
    def body(x):
        x = x + 0
        x.expand(3, 2).add_(1)
        return x

    with pytest.raises(RuntimeError, match="elements lie apart"):
        run(body, mode, mc.zeros(2))
    assert mc.zeros(1).expand(1, 1).add_(1).tolist() == [[1]]


# Parameters, detached views, state dicts.
def test_data_and_detach_write_the_value_and_leave_the_gradient():
    p = nn.Parameter(mc.zeros(4))
    p.data[:2].fill_(1.0)
    p.detach()[2] = 3
    assert p.tolist() == [1, 1, 3, 0]
    p.data.view(-1).uniform_(5, 6)
    assert 5 <= p.min().item() <= p.max().item() <= 6
    p.data -= 5
    p.data[0].copy_(mc.tensor(9.0))
    assert p.requires_grad and p.is_leaf and p[0].item() == 9
    y = p * 2
    y.data[0] = 0
    y.sum().backward()
    assert p.grad.tolist() == [2, 2, 2, 2]


def test_data_that_moves_nowhere_stays_without_a_gradient():
    y = mc.ones(2, requires_grad=True) * 2
    for moved in (y.data, y.data.cpu(), y.data.to("cpu"), y.detach().to(mc.float32)):
        assert not moved.requires_grad
    assert y.requires_grad


def test_a_state_dict_writes_to_its_module():
    layer = nn.Linear(2, 1)
    state = layer.state_dict()
    state["weight"].copy_(mc.ones(1, 2))
    state["bias"].zero_()
    assert layer(mc.ones(1, 2)).tolist() == [[2]]
    with mc.no_grad():
        layer.weight += 1
    assert state["weight"].tolist() == [[2, 2]]
    assert not state["weight"].requires_grad


def test_a_new_base_leaves_earlier_views_the_old_value():
    x = mc.zeros(3)
    row, y = x[:2], mc.ones(3)
    x.data = y
    x += 1
    assert (x.tolist(), row.tolist(), y.tolist()) == ([2, 2, 2], [0, 0], [1, 1, 1])
    x.data = mc.ones(2, dtype=mc.int64)
    assert x.dtype == mc.int64


def test_a_leaf_and_its_views_are_written_without_recording_only():
    w = mc.ones(3, requires_grad=True)
    for write in (lambda: w[0].fill_(2), lambda: w.view(-1).add_(1), lambda: w.zero_()):
        with pytest.raises(RuntimeError, match=r"write to it inside mc\.no_grad\(\)"):
            write()
    with mc.no_grad():
        w[0].fill_(2)
        w.view(-1).add_(1)
    assert w.tolist() == [3, 2, 2]
    assert w.requires_grad and w.is_leaf


def test_a_view_made_a_leaf_has_a_gradient_of_its_own():
    x = mc.ones(3)
    v = x[:2].requires_grad_()
    (v * 3).sum().backward()
    assert v.grad.tolist() == [3, 3]
    assert not x.requires_grad
    with mc.no_grad():
        x += 1
    assert v.tolist() == [2, 2] and v.requires_grad


def test_a_write_without_recording_leaves_the_gradient_where_it_went():
    x = mc.ones(3, requires_grad=True)
    y = x * 2
    with mc.no_grad():
        y[0] = 7
    (y * y).sum().backward()
    assert x.grad.tolist() == [28, 8, 8]


def test_a_view_derives_in_the_gradient_mode_of_its_creation():
    x = mc.ones(3, requires_grad=True)
    recorded = x[:2]
    with mc.no_grad():
        silent = x[:2]
        x += 1
        assert recorded.requires_grad
    assert not silent.requires_grad
    (recorded * silent).sum().backward()
    assert x.grad.tolist() == [2, 2, 0]


def test_a_write_gives_all_views_its_gradient():
    w, x = mc.ones(2, requires_grad=True), mc.zeros(4)
    front, back = x[:2], x[2:]
    assert not front.requires_grad
    front.copy_(w * 3)
    assert x.requires_grad and front.requires_grad
    (front * front).sum().backward()
    assert w.grad.tolist() == [18, 18]
    assert back.tolist() == [0, 0]


def test_saved_values_are_not_overwritten():
    x = mc.ones(3, requires_grad=True)
    y = x * 2
    loss = (y * y).sum()
    y[0] = 100
    y.detach().zero_()
    loss.backward()
    assert x.grad.tolist() == [8, 8, 8]


DOORS = {
    "repr": repr,
    "str": str,
    "tolist": lambda v: v.tolist(),
    "numpy": lambda v: v.numpy().tolist(),
    "array": lambda v: np.asarray(v).tolist(),
    "dlpack": lambda v: np.from_dlpack(v).tolist(),
    "item": lambda v: v.sum().item(),
    "index": lambda v: v[0].item(),
    "bool": lambda v: bool(v[0]),
    "float": lambda v: float(v[0]),
    "int": lambda v: int(v[0]),
    "contains": lambda v: 5 in v,
    "pickle": lambda v: pickle.loads(pickle.dumps(v)).tolist(),
    "clone": lambda v: v.clone().tolist(),
    "equal": lambda v: (v == 5).tolist(),
    "matmul": lambda v: (v @ v).item(),
    "jit": lambda v: mc.jit(lambda a: a + 1)(v).tolist(),
    "captured": lambda v: mc.jit(lambda: v + 1)().tolist(),
    "iteration": lambda v: [e.item() for e in v],
    "concatenate": lambda v: mc.concatenate([v, v]).tolist(),
    "dtype and shape": lambda v: (v.dtype, v.shape, v.device, len(v), v.nbytes),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_every_door_shows_what_the_base_holds_now(door):
    x = mc.zeros(4)
    v = x[:2]
    x += 5
    assert door(v) == door(mc.full((2,), 5.0))


def test_numpy_arrays_keep_what_they_held():
    x = mc.ones(4)
    view, of_part = x.numpy(), x[:2].numpy()
    x[0] = 5
    x += 1
    assert view.tolist() == [1, 1, 1, 1]
    assert of_part.tolist() == [1, 1]


# What a write costs.
def test_a_write_of_a_row_allocates_no_more_than_the_row():
    x = mc.zeros(1 << 18, 64)  # 64 MiB
    kept = [x[0], x.view(-1), x.detach(), x.T]
    row = mc.ones(64)
    for write in (
        lambda: x.__setitem__(5, row),
        lambda: x[6].fill_(2),
        lambda: x[7].add_(row),
        lambda: x.T[:, 8].copy_(row),
        lambda: x.view(-1).__setitem__(slice(3, 60), 4),
        lambda: x.__setitem__(mc.tensor([10, 12]), 3),
        lambda: x[5:].__setitem__((mc.tensor([10, 12]), slice(0, 4)), 6),
        lambda: x.__setitem__(..., 1),
        lambda: x.zero_(),
        lambda: x.fill_(3),
        lambda: x.copy_(row),
        lambda: x.add_(row),
        lambda: x.mul_(2),
        lambda: x.__iadd__(1),
    ):
        write()
        before = mc.memory.allocated()
        mc.memory.reset_peak()
        write()
        assert mc.memory.peak() - before < 4096, write
        assert mc.memory.allocated() <= before
    assert kept[0].tolist() == x[0].tolist()


# Objects.
def test_every_name_of_an_object_sees_a_write():
    x = mc.zeros(3)
    names = [x, {"x": x}["x"]]
    x[1] = 5
    assert all(name.tolist() == [0, 5, 0] for name in names)


def test_a_view_keeps_its_base_and_a_base_no_view():
    x = mc.zeros(4)
    v = x[:2]
    gone = weakref.ref(v)
    del v
    assert gone() is None
    v = x[:2]
    del x
    v += 1
    assert v.tolist() == [1, 1]


def test_a_gradient_that_is_a_view_of_its_tensor_frees_with_it():
    before = mc.memory.allocated()
    for _ in range(20):
        x = mc.zeros(1000)
        x.grad = x.detach()
        y = mc.zeros(1000)
        x.grad, y.grad = y[:1000], x.detach()
    del x, y
    gc.collect()
    assert mc.memory.allocated() - before < 1000


def test_a_loop_of_views_keeps_nothing_of_those_that_are_gone():
    x = mc.zeros(4)
    for _ in range(100_000):
        x = x.reshape(2, 2).T.T.reshape(4).detach()
    x += 1
    assert x.tolist() == [1] * 4
    del x  # by recursion along a chain, this would end the process
