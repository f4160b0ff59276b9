"""Written arguments that lie scattered in their base compile a bounded number of times."""

import pytest

import mycel as mc

SLICES = {
    "columns": (lambda x, i: x[:, i : i + 2], 7),
    "one column": (lambda x, i: x[:, i], 8),
    "steps": (lambda x, i: x[i::4][:2], 4),
    "columns of the transposed": (lambda x, i: x.T[:, i : i + 2], 7),
    "part": (lambda x, i: x[i : i + 2, i : i + 3], 6),
}


@pytest.mark.parametrize(("part", "count"), SLICES.values(), ids=SLICES)
def test_scattered_batches_of_one_base_are_one_compilation(part, count):
    def step(batch):
        batch += 1
        batch.reshape(-1)[0] = 5
        batch[0] *= 2
        return batch * 2

    compiled = mc.jit(step)
    expected, x = (mc.arange(64, dtype=mc.float32).reshape(8, 8) for _ in range(2))
    for i in range(count):
        right = step(part(expected, i))
        assert compiled(part(x, i)).tolist() == right.tolist()
        assert x.tolist() == expected.tolist()
    assert compiled.compilations == 1


def test_a_scattered_argument_is_told_from_one_that_is_not():
    def f(a):
        v = a.reshape(-1)
        v += 1
        return v * 1

    compiled = mc.jit(f)
    for make in (
        lambda: mc.zeros(4, 4)[:, :2],
        lambda: mc.zeros(4, 2),
        lambda: mc.zeros(2, 4).T,
        lambda: mc.zeros(8, 2)[2:6],
        lambda: mc.zeros(4, 4)[:, 2:],
    ):
        expected, got = make(), make()
        right = f(expected)
        assert compiled(got).tolist() == right.tolist()
        assert got.tolist() == expected.tolist()
    assert compiled.compilations == 3


def test_scattered_arguments_that_overlap_see_each_others_writes():
    def f(a, b):
        a += 1
        b *= 2
        return a * 1

    compiled = mc.jit(f)
    for one, other in [(0, 1), (1, 0), (0, 0), (0, 2)]:
        expected, x = (mc.arange(12, dtype=mc.float32).reshape(3, 4) for _ in range(2))
        right = f(expected[:, one : one + 2], expected[:, other : other + 2])
        got = compiled(x[:, one : one + 2], x[:, other : other + 2])
        assert got.tolist() == right.tolist() and x.tolist() == expected.tolist()


def test_gradients_pass_through_a_scattered_argument_that_is_written():
    def f(a):
        a *= 3
        return (a * a).sum()

    def gradient(function):
        x = mc.arange(6, dtype=mc.float32).reshape(2, 3).requires_grad_()
        y = x * 1
        function(y[:, 1:]).backward()
        return x.grad.tolist()

    assert gradient(f) == gradient(mc.jit(f)) == [[0, 18, 36], [0, 72, 90]]


def test_view_refuses_a_scattered_argument_as_it_does_without_jit():
    compiled = mc.jit(lambda a: a.view(-1) * 2)
    for make in (lambda: mc.arange(6).reshape(2, 3), lambda: mc.zeros(4, 3)[1:]):
        assert compiled(make()).tolist() == (make().reshape(-1) * 2).tolist()
    assert compiled.compilations == 2  # int64 and float32
    for make in (lambda: mc.zeros(3, 2).T, lambda: mc.zeros(2, 4)[:, :3]):
        with pytest.raises(RuntimeError, match=r"\[view\].*permuted"):
            compiled(make())
    columns = mc.arange(8.0).reshape(2, 4)[:, 1:2]
    assert mc.jit(lambda a: a.view(2))(columns).tolist() == [1, 5]
