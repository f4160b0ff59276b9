"""Gradients that are written and replaced, in eager and compiled functions alike."""

import pytest

import mycel as mc


@pytest.fixture(params=["eager", "jit"])
def mode(request):
    return mc.jit if request.param == "jit" else lambda f: f


@pytest.fixture(params=["argument", "outer"])
def run(request, mode):
    """Calls f(p), with p as an argument or captured."""

    def call(f, p):
        return mode(f)(p) if request.param == "argument" else mode(lambda: f(p))()

    return call


def leaf(values=(1.0, 2.0), grad=(1.0, 1.0)):
    p = mc.tensor(list(values), requires_grad=True)
    if grad is not None:
        p.grad = mc.tensor(list(grad))
    return p


WRITES = {
    "mul_": (lambda p: p.grad.mul_(3), [3, 3]),
    "zero_": (lambda p: p.grad.zero_(), [0, 0]),
    "element": (lambda p: p.grad.__setitem__(0, 5), [5, 1]),
    "view": (lambda p: p.grad.view(-1)[1:].add_(1), [1, 2]),
    "data": (lambda p: p.grad.data.mul_(2), [2, 2]),
    "accumulate": (lambda p: (p * 4).sum().backward(), [5, 5]),
    "accumulate twice": (lambda p: [(p * k).sum().backward() for k in (2, 3)], [6, 6]),
}


@pytest.mark.parametrize(("write", "expected"), WRITES.values(), ids=WRITES)
def test_who_holds_a_gradient_sees_what_is_written_to_it(run, write, expected):
    p = leaf()
    kept, view = p.grad, p.grad[:1]
    run(lambda p: (write(p), None)[1], p)
    assert p.grad is kept
    assert kept.tolist() == expected and view.tolist() == expected[:1]


def test_who_holds_a_gradient_that_is_replaced_keeps_it(run):
    p = leaf()
    kept = p.grad

    def f(p):
        p.grad.mul_(2)
        p.grad = p.grad * 3

    run(f, p)
    assert kept.tolist() == [2, 2] and p.grad.tolist() == [6, 6]


def test_a_gradient_that_is_written_and_cleared_is_written(run):
    p = leaf()
    kept = p.grad

    def f(p):
        p.grad.mul_(2)
        p.grad = None

    run(f, p)
    assert kept.tolist() == [2, 2] and p.grad is None


def test_a_gradient_that_is_returned_is_the_gradient(run):
    p = leaf()

    def f(p):
        p.grad.mul_(2)
        return p.grad, p.grad[:1]

    grad, view = run(f, p)
    assert grad is p.grad
    view += 1
    assert p.grad.tolist() == [3, 2]


def test_a_new_gradient_that_is_returned_is_the_gradient(run):
    p = leaf(grad=None)

    def f(p):
        (p * p).sum().backward()
        return p.grad, p.grad[1:]

    grad, view = run(f, p)
    assert grad is p.grad
    view += 1
    assert p.grad.tolist() == [2, 5]


def test_a_tensor_that_is_set_as_gradient_is_the_gradient(run):
    p, outer = leaf(), mc.tensor([7.0, 8.0])

    def f(p):
        p.grad = outer
        p.grad.add_(1)

    run(f, p)
    assert p.grad is outer and outer.tolist() == [8, 9]


def test_two_tensors_may_have_one_gradient(run):
    p, q = leaf(grad=None), leaf()

    def f(p):
        q.grad = p.grad = p.detach() * 2

    run(f, p)
    assert p.grad is q.grad and q.grad.tolist() == [2, 4]


def test_a_recorded_sum_of_gradients_is_another_tensor():
    p = leaf()
    kept = p.grad
    (p * p * p).sum().backward(create_graph=True)
    assert p.grad is not kept and kept.tolist() == [1, 1]
    assert p.grad.requires_grad


# --- gradients that are other tensors, too -----------------------------------------------------


def test_a_captured_gradient_that_is_written_is_the_gradient():
    p = leaf()
    g = p.grad

    @mc.jit
    def f():
        g.mul_(2)
        early = p.grad * 1
        p.grad.add_(1)
        return early, g * 1

    for start in (1, 3):
        early, late = f()
        assert early.tolist() == [2 * start] * 2 and late.tolist() == [2 * start + 1] * 2
    assert p.grad is g and g.tolist() == [7, 7]
    assert f.compilations == 1


def test_a_gradient_that_is_an_argument_is_the_gradient(run):
    p = leaf()

    def f(p):
        def inner(q, g):
            g.mul_(2)
            q.grad.add_(1)
            return g + q.grad

        return inner(p, p.grad)

    assert run(f, p).tolist() == [6, 6]
    q = leaf()

    def outer(q, g):
        g.mul_(2)
        q.grad.add_(1)
        return g + q.grad

    assert mc.jit(outer)(q, q.grad).tolist() == [6, 6]
    assert q.grad.tolist() == [3, 3]


def test_a_gradient_that_two_tensors_have_is_written_for_both():
    p, q = leaf(), leaf()
    q.grad = p.grad

    @mc.jit
    def f():
        (p * 2).sum().backward()
        (q * 3).sum().backward()
        return q.grad * 1

    assert f().tolist() == [6, 6]
    assert p.grad is q.grad and p.grad.tolist() == [6, 6]
    q.grad = leaf().grad
    assert f().tolist() == [4, 4]
    assert p.grad.tolist() == [8, 8]


def test_the_gradient_of_a_tensor_that_is_written(run):
    p = leaf()

    def f(p):
        with mc.no_grad():
            p.sub_(p.grad)
            p.grad.mul_(2)
            p.sub_(p.grad)

    run(f, p)
    assert p.tolist() == [-2, -1] and p.grad.tolist() == [2, 2]
