"""Edges of views, arguments and results in compiled functions, and which object each of them is."""

import threading

import pytest

import mycel as mc

MODES = {"eager": lambda f: f, "jit": mc.jit}


@pytest.fixture(params=MODES.values(), ids=MODES)
def compiled(request):
    return request.param


def test_a_view_that_asks_for_no_gradient_and_has_none_stays_one(compiled):
    base, w = mc.tensor([1.0, 2.0, 3.0]), mc.ones(2, requires_grad=True)
    argument, captured = base[:2], base[:2]

    @compiled
    def f(x):
        x.requires_grad_(False)
        captured.requires_grad_(False)
        return (x * captured).sum()

    f(argument)
    base[:2] = w * 3
    assert argument.requires_grad and captured.requires_grad
    (argument + captured).sum().backward()
    assert w.grad.tolist() == [6, 6]


@pytest.mark.parametrize("captured", [True, False])
def test_a_detached_view_shows_the_value_from_before_data_was_set(compiled, captured):
    p = mc.tensor([1.0, 2.0], requires_grad=True)

    @compiled
    def f(x):
        target = p if captured else x
        old = target.data
        target.data = target.detach() * 2
        return old, target.data

    old, new = f(p)
    older, newer = f(p)
    assert old.tolist() == [1, 2] and new.tolist() == [2, 4]
    assert older.tolist() == [2, 4] and newer.tolist() == p.tolist() == [4, 8]


def test_an_argument_that_is_a_captured_view_is_one_object(compiled):
    base = mc.tensor([1.0, 2.0, 3.0])
    view = base[:2]

    @compiled
    def f(x):
        view.requires_grad_()
        return x * 3

    f(view).sum().backward()
    assert view.grad.tolist() == [3, 3]


def test_another_view_is_not_the_captured_one(compiled):
    base = mc.tensor([1.0, 2.0, 3.0])
    view = base[:2]

    @compiled
    def f(x):
        view.requires_grad_()
        return x * view

    f(base[:2]).sum().backward()
    assert view.grad.tolist() == [1, 2]
    view.grad = None
    f(view).sum().backward()
    assert view.grad.tolist() == [2, 4]


def test_an_argument_given_twice_is_one_object(compiled):
    base = mc.tensor([1.0, 2.0, 3.0])
    view = base[:2]

    @compiled
    def f(x, y):
        x.requires_grad_()
        return x * y

    f(view, view).sum().backward()
    assert view.grad.tolist() == [2, 4]
    other = base[1:]
    f(other, base[1:]).sum().backward()
    assert other.grad.tolist() == [2, 3]


@pytest.mark.parametrize("captured", [True, False])
def test_a_view_made_before_its_base_was_detached_has_a_gradient(compiled, captured):
    w = mc.tensor([1.0, 2.0], requires_grad=True)
    h = w * 2

    @compiled
    def f(x):
        base = h if captured else x
        view = base[:1]
        base.detach_()
        return view, base[:1]

    before, after = f(h)
    assert before.requires_grad and not after.requires_grad and not h.requires_grad
    before.sum().backward()
    assert w.grad.tolist() == [2, 0]


def test_a_view_made_before_its_base_became_a_leaf_has_no_gradient(compiled):
    h = mc.tensor([1.0, 2.0])

    @compiled
    def f(h):
        before = h[:1]
        h.requires_grad_()
        return before, h[:1]

    before, after = f(h)
    assert not before.requires_grad
    (after * 3).sum().backward()
    assert h.grad.tolist() == [3, 0]


def test_a_view_of_a_new_tensor_made_before_that_was_detached_has_a_gradient(compiled):
    w = mc.tensor([1.0, 2.0], requires_grad=True)

    @compiled
    def f(x):
        y = w * x
        view = y[:1]
        y.detach_()
        return y, view

    y, view = f(mc.tensor([3.0, 4.0]))
    assert not y.requires_grad
    view.sum().backward()
    assert w.grad.tolist() == [3, 0]
    with mc.no_grad():
        y[0] = 7.0
    assert view.tolist() == [7]


def test_a_view_that_is_returned_twice_is_one_object(compiled):
    x = mc.tensor([1.0, 2.0, 3.0])

    @compiled
    def f(n):
        of_outer, of_argument, y = x[:2], n[:2], n * 2
        of_new, detached = y[:2], y.detach()[:1]
        return of_outer, of_outer, of_argument, of_argument, y, of_new, of_new, detached, detached

    a, b, c, d, y, e, g, h, i = f(mc.tensor([4.0, 5.0, 6.0]))
    assert a is b and c is d and e is g and h is i
    y[0] = 9.0
    assert e.tolist() == [9, 10] and h.tolist() == [9]


def test_a_part_of_a_new_tensor_that_is_returned_twice_is_one_object(compiled):
    @compiled
    def f(n):
        part = (n * 2)[:2]
        return part, part

    a, b = f(mc.tensor([4.0, 5.0, 6.0]))
    assert a is b and a.tolist() == [8, 10]


def test_a_tensor_copied_from_a_new_leaf_has_its_gradient(compiled):
    y, z = mc.zeros(2), mc.zeros(2)

    @compiled
    def f(z, x):
        leaf = (x * 2).detach().requires_grad_()
        y.copy_(leaf)
        z.copy_(leaf)
        return leaf, leaf * 5

    leaf, five = f(z, mc.tensor([1.0, 2.0]))
    assert y.requires_grad and z.requires_grad and y.tolist() == [2, 4]
    (y * 3 + z + five).sum().backward()
    assert leaf.grad.tolist() == [9, 9]


def test_a_tensor_copied_from_a_leaf_that_is_gone_requires_a_gradient(compiled):
    y = mc.zeros(2)

    @compiled
    def f(x):
        leaf = mc.ones(2, requires_grad=True)
        y.copy_(leaf)
        return leaf * x

    r = f(mc.tensor([2.0, 3.0]))
    assert y.requires_grad
    (gradient,) = mc.autograd.grad(r.sum(), [y])
    assert gradient.tolist() == [2, 3]


def test_gradients_of_arguments_that_share_a_written_base(compiled):
    base = mc.tensor([1.0, 2.0, 3.0, 4.0])
    a, b = base[:2], base[2:]

    @compiled
    def f(a, b):
        b += 1
        if a.grad is None:
            return a * 0
        a.grad *= 2
        return a.grad + b

    assert f(a, b).tolist() == [0, 0]
    a.grad = grad = mc.tensor([5.0, 6.0])
    assert f(a, b).tolist() == [15, 18]
    assert f(a, b).tolist() == [26, 31]
    assert a.grad is grad and grad.tolist() == [20, 24]
    a.grad = None
    assert f(a, b).tolist() == [0, 0]
    assert base.tolist() == [1, 2, 7, 8]


def test_a_gradient_of_a_detached_argument_that_shares_a_written_base(compiled):
    base = mc.tensor([1.0, 2.0, 3.0, 4.0])
    a, b = base[:2].detach(), base[2:]
    a.grad = mc.tensor([5.0, 6.0])

    @compiled
    def f(a, b):
        b += 1
        a += b
        grad = a.grad
        a.grad = grad * 2
        return grad

    assert f(a, b).tolist() == [5, 6]
    assert f(a, b).tolist() == [10, 12]
    assert a.grad.tolist() == [20, 24] and base.tolist() == [10, 13, 5, 6]


def test_a_gradient_that_is_left_in_one_of_two_views(compiled):
    base = mc.tensor([1.0, 2.0, 3.0, 4.0])
    a, b = base[:2], base[2:]
    a.grad = mc.tensor([5.0, 6.0])

    @compiled
    def f(a, b):
        b += 1
        b.grad, a.grad = a.grad, None
        return a.sum()

    f(a, b)
    assert a.grad is None and b.grad.tolist() == [5, 6]


def test_an_argument_that_the_function_detaches_gets_the_gradient_of_a_write(compiled):
    base, w = mc.tensor([1.0, 2.0, 3.0, 4.0]), mc.ones(2, requires_grad=True)

    @compiled
    def f(a, b):
        a.detach_()
        a *= w
        return a + b

    view = base[:2]
    f(view, base[2:])
    assert view.requires_grad and not base.requires_grad
    view.sum().backward()
    assert w.grad.tolist() == [1, 2]


def test_the_gradient_that_was_there_is_returned_as_another_takes_its_place(compiled):
    p = mc.tensor([1.0, 2.0], requires_grad=True)
    q = mc.tensor([1.0, 2.0], requires_grad=True)

    @compiled
    def f(q):
        earlier = p.grad, q.grad
        p.grad, q.grad = p.grad * 2, q.grad * 3
        return earlier

    p.grad, q.grad = mc.tensor([5.0, 6.0]), mc.tensor([7.0, 8.0])
    of_p, of_q = f(q)
    assert of_p.tolist() == [5, 6] and of_q.tolist() == [7, 8]
    of_p, of_q = f(q)
    assert of_p.tolist() == [10, 12] and of_q.tolist() == [21, 24]
    assert p.grad.tolist() == [20, 24] and q.grad.tolist() == [63, 72]


def test_a_failure_that_comes_from_sharing_that_is_not_known_yet(compiled):
    base, w = mc.tensor([1.0, 2.0, 3.0]), mc.ones(2, requires_grad=True)

    @compiled
    def f(a, b):
        a *= w
        if not b.requires_grad:
            raise ValueError("b has no gradient")
        return b.sum()

    assert f(base[:2], base[1:]).item() == 5


def test_an_exit_ends_a_function_at_once():
    calls = []

    @mc.jit
    def f(a, b):
        calls.append(1)
        a *= 2
        raise SystemExit

    base = mc.tensor([1.0, 2.0, 3.0])
    with pytest.raises(SystemExit):
        f(base[:2], base[1:])
    assert len(calls) == 1 and base.tolist() == [1, 2, 3]


def test_an_edge_that_another_thread_changed_during_the_trace_stays():
    h, w = mc.tensor([1.0, 2.0]), mc.ones(2, requires_grad=True)

    def write():
        h.requires_grad_(False)
        h.mul_(w)

    @mc.jit
    def f(x):
        h.requires_grad_()
        other = threading.Thread(target=write)
        other.start()
        other.join()
        raise ValueError

    with pytest.raises(ValueError):
        f(mc.ones(2))
    assert h.requires_grad and not h.is_leaf


def test_many_tensors_that_ask_for_a_gradient(compiled):
    tensors = [mc.tensor([float(i)]) for i in range(2000)]

    @compiled
    def f(x):
        for tensor in tensors:
            tensor.requires_grad_()
        return x

    f(mc.ones(1))
    assert all(tensor.requires_grad for tensor in tensors)
