"""Views alias their base, in eager mode and under mc.jit."""

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


READERS = {
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
    "==": lambda v: (v == 5).tolist(),
    "matmul": lambda v: (v @ v).item(),
    "jit": lambda v: mc.jit(lambda a: a + 1)(v).tolist(),
    "captured": lambda v: mc.jit(lambda: v + 1)().tolist(),
    "iteration": lambda v: [e.item() for e in v],
    "concatenate": lambda v: mc.concatenate([v, v]).tolist(),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_every_reader_shows_what_the_base_holds_now(read):
    x = mc.zeros(4)
    v = x[:2]
    x += 5
    assert read(v) == read(mc.full((2,), 5.0))


def test_a_view_has_the_dtype_of_its_base_and_a_shape_of_its_own():
    v = mc.zeros(4, 3, dtype=mc.float64)[:2]
    assert v.dtype == mc.float64
    assert v.shape == (2, 3)
    assert v.device == "cpu"
    assert (len(v), v.nbytes) == (2, 48)


def test_numpy_arrays_keep_what_they_held():
    x = mc.ones(4)
    view, of_part = x.numpy(), x[:2].numpy()
    x[0] = 5
    x += 1
    assert view.tolist() == [1, 1, 1, 1]
    assert of_part.tolist() == [1, 1]


# What a write costs.
def test_a_write_in_place_allocates_no_second_tensor():
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


def test_a_long_loop_of_views_is_freed_without_recursion():
    x = mc.zeros(4)
    for _ in range(100_000):
        x = x.reshape(2, 2).T.T.reshape(4).detach()
    x += 1
    assert x.tolist() == [1] * 4
    del x  # by recursion along a chain, this would end the process
