"""Leaves that a function makes, freezes or overwrites: compiled, their gradients are the same."""

import pytest

import mycel as mc
from wraps import wraps


def leaf(*values: float) -> mc.Tensor:
    return mc.tensor([float(value) for value in values], requires_grad=True)


def copied(p: mc.Tensor, x: mc.Tensor) -> None:
    with mc.no_grad():
        p.copy_(x * 2)


def written(p: mc.Tensor, x: mc.Tensor) -> None:
    with mc.no_grad():
        p[:] = x * 2


def replaced(p: mc.Tensor, x: mc.Tensor) -> None:
    p.data = x * 2


@wraps
@pytest.mark.parametrize("overwrite", [copied, written, replaced])
def test_a_parameter_that_is_overwritten_before_it_is_read_has_a_gradient(wrap, overwrite):
    p, q = leaf(1, 1, 1), leaf(1, 2, 3)

    @wrap
    def loss(x: mc.Tensor) -> mc.Tensor:
        overwrite(p, x)
        return (p * x * q).sum()

    for _ in range(2):
        p.grad = q.grad = None
        loss(mc.tensor([1.0, 2.0, 3.0])).backward()
        assert p.grad.tolist() == [1, 4, 9]
        assert q.grad.tolist() == [2, 8, 18]
        assert p.tolist() == [2, 4, 6]


@wraps
def test_a_view_of_a_parameter_that_is_overwritten_has_a_gradient(wrap):
    p = leaf(1, 1, 1)
    v = p[1:]

    @wrap
    def loss(x: mc.Tensor) -> mc.Tensor:
        copied(p, x)
        return (v * x[1:]).sum()

    loss(mc.tensor([1.0, 2.0, 3.0])).backward()
    assert p.grad.tolist() == [0, 2, 3]


@wraps
def test_an_overwritten_result_of_an_operation_has_a_gradient(wrap):
    w = leaf(1, 1, 1)
    y = w * 2

    @wrap
    def loss(x: mc.Tensor) -> mc.Tensor:
        copied(y, x)
        return (y * x).sum()

    loss(mc.tensor([1.0, 2.0, 3.0])).backward()
    assert w.grad.tolist() == [2, 4, 6]


@wraps
def test_gradients_of_gradients_with_respect_to_an_overwritten_parameter(wrap):
    p = leaf(1, 1, 1)

    @wrap
    def loss(x: mc.Tensor) -> mc.Tensor:
        copied(p, x)
        return (p * p * p).sum()

    (gradient,) = mc.autograd.grad(loss(mc.tensor([1.0, 2.0, 3.0])), [p], create_graph=True)
    gradient.sum().backward()
    assert gradient.tolist() == [12, 48, 108]
    assert p.grad.tolist() == [12, 24, 36]


def captured(wrap, tensor, change):
    """A step that changes a tensor that it captures."""
    step = wrap(lambda x: change(tensor, x))
    return lambda x: step(x)


def given(wrap, tensor, change):
    """A step that changes a tensor that is an argument."""
    step = wrap(change)
    return lambda x: step(tensor, x)


places = pytest.mark.parametrize("place", [captured, given])


def read_then_on(c: mc.Tensor, x: mc.Tensor) -> mc.Tensor:
    before = c.sum()
    c.requires_grad_()
    return (c * x).sum() * before


@wraps
@places
def test_a_tensor_becomes_a_leaf_after_it_was_read(wrap, place):
    c = mc.tensor([1.0, 2.0])
    place(wrap, c, read_then_on)(mc.tensor([1.0, 2.0])).backward()
    assert c.requires_grad and c.is_leaf
    assert c.grad.tolist() == [3, 6]


@wraps
@places
def test_a_tensor_becomes_a_leaf_after_it_was_written(wrap, place):
    def change(c, x):
        with mc.no_grad():
            c.mul_(2)
        c.requires_grad_()
        return (c * x).sum()

    c = mc.tensor([1.0, 2.0])
    place(wrap, c, change)(mc.tensor([1.0, 2.0])).backward()
    assert c.grad.tolist() == [1, 2]
    assert c.tolist() == [2, 4]


@wraps
@places
def test_a_view_becomes_a_leaf(wrap, place):
    base = mc.tensor([1.0, 2.0, 3.0])
    c = base[:2]
    place(wrap, c, read_then_on)(mc.tensor([1.0, 2.0])).backward()
    assert c.requires_grad and not base.requires_grad
    assert c.grad.tolist() == [3, 6]


def read_then_off(c: mc.Tensor, x: mc.Tensor) -> mc.Tensor:
    before = c.sum()
    c.requires_grad_(False)
    return (c * x).sum() * before


@wraps
@places
def test_a_parameter_is_frozen_after_it_was_read(wrap, place):
    c = leaf(1, 2)
    step = place(wrap, c, read_then_off)
    assert step(mc.tensor([1.0, 2.0])).requires_grad
    assert not c.requires_grad
    assert not step(mc.tensor([1.0, 2.0])).requires_grad
    c.requires_grad_()
    step(mc.tensor([1.0, 2.0])).backward()
    assert c.grad is None


@wraps
@places
def test_a_frozen_parameter_may_be_written(wrap, place):
    w = leaf(5, 6)

    def change(c, x):
        c.requires_grad_(False)
        c.mul_(w)
        return (c * x).sum()

    c = leaf(1, 2)
    place(wrap, c, change)(mc.tensor([1.0, 2.0])).backward()
    assert c.detach().tolist() == [5, 12]
    assert c.requires_grad and not c.is_leaf
    assert w.grad.tolist() == [1, 4]


@wraps
@places
def test_a_parameter_is_frozen_for_a_part_of_a_step(wrap, place):
    def change(c, x):
        before = c.sum()
        c.requires_grad_(False)
        middle = (c * x).sum()
        c.requires_grad_()
        return before * middle * c.sum()

    c = leaf(1, 2)
    place(wrap, c, change)(mc.tensor([1.0, 2.0])).backward()
    assert c.requires_grad
    assert c.grad.tolist() == [30, 30]


@wraps
@places
def test_a_tensor_is_a_leaf_for_a_part_of_a_step(wrap, place):
    def change(c, x):
        before = c.sum()
        c.requires_grad_()
        (c * x).sum().backward()
        c.requires_grad_(False)
        return before

    c = mc.tensor([1.0, 2.0])
    step = place(wrap, c, change)
    for count in (1, 2):
        assert not step(mc.tensor([1.0, 2.0])).requires_grad
        assert not c.requires_grad
        assert c.grad.tolist() == [count, 2 * count]


@wraps
@places
def test_detach_in_place_cuts_the_gradient(wrap, place):
    def change(c, x):
        c.detach_()
        return (c * x).sum()

    w, x = leaf(1, 2), leaf(1, 2)
    c = w * 2
    place(wrap, c, change)(x).backward()
    assert not c.requires_grad
    assert w.grad is None
    assert x.grad.tolist() == [2, 4]


@wraps
@places
def test_a_result_of_an_operation_is_detached_and_becomes_a_leaf(wrap, place):
    def change(c, x):
        c.detach_()
        c.requires_grad_()
        return (c * x).sum()

    w = leaf(1, 2)
    c = w * 2
    place(wrap, c, change)(mc.tensor([1.0, 2.0])).backward()
    assert c.is_leaf
    assert w.grad is None
    assert c.grad.tolist() == [1, 2]


def test_a_trace_that_fails_leaves_leaves_as_they_were():
    c, p = mc.tensor([1.0, 2.0]), leaf(1, 2)

    @mc.jit
    def step(x):
        c.requires_grad_()
        p.requires_grad_(False)
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        step(mc.tensor([1.0]))
    assert not c.requires_grad
    assert p.requires_grad
    (p * p).sum().backward()
    assert p.grad.tolist() == [2, 4]


@wraps
def test_a_result_of_a_leaf_that_is_not_returned_requires_a_gradient(wrap):
    @wrap
    def step(x: mc.Tensor) -> mc.Tensor:
        y = mc.ones(3).requires_grad_()
        return (y * x).sum()

    result = step(mc.tensor([1.0, 2.0, 3.0]))
    assert result.requires_grad
    result.backward()


@wraps
def test_leaves_that_a_result_does_not_use_get_no_gradient(wrap):
    c, d = leaf(1, 2), leaf(3, 4)
    results = wrap(lambda x, d: ((c * x).sum(), (d * x).sum()))(mc.tensor([1.0, 2.0]), d)
    assert mc.autograd.grad(results[0], [c, d], allow_unused=True, retain_graph=True)[1] is None
    results[0].backward()
    assert c.grad.tolist() == [1, 2]
    assert d.grad is None


def test_a_graph_reaches_a_leaf_that_was_frozen_for_a_while():
    p = leaf(1, 2)
    y = (p * p).sum()
    p.requires_grad_(False)
    y.backward(retain_graph=True)
    assert p.grad is None
    p.requires_grad_()
    y.backward()
    assert p.grad.tolist() == [2, 4]


def test_a_result_that_requires_a_gradient_is_asked_to_again():
    y = leaf(1, 2) * 2
    assert y.requires_grad_() is y
    assert not y.is_leaf
    with pytest.raises(RuntimeError, match="expects a leaf"):
        y.requires_grad_(False)


@wraps
def test_a_leaf_that_is_returned_keeps_its_gradient(wrap):
    @wrap
    def step(x: mc.Tensor) -> mc.Tensor:
        y = (x * 2).detach().requires_grad_()
        (y * y).sum().backward()
        return y

    y = step(mc.tensor([1.0, 2.0]))
    assert y.grad.tolist() == [4, 8]
    (y * 3).sum().backward()
    assert y.grad.tolist() == [7, 11]


@wraps
def test_a_view_that_shares_its_base_and_becomes_a_leaf_keeps_its_gradient(wrap):
    @wrap
    def step(base: mc.Tensor, view: mc.Tensor) -> mc.Tensor:
        base[0] = 5.0
        view.requires_grad_()
        (view * view).sum().backward()
        return base.sum()

    base = mc.tensor([1.0, 2.0, 3.0])
    view = base[:2]
    assert not step(base, view).requires_grad
    assert view.requires_grad and not base.requires_grad
    assert view.grad.tolist() == [10, 4]
