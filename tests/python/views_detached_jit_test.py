"""Detached views in compiled functions: what is written to them has a gradient; new leaves."""

import pytest

import mycel as mc

MODES = {"eager": lambda f: f, "jit": mc.jit}


@pytest.fixture(params=MODES.values(), ids=MODES)
def compiled(request):
    return request.param


def leaf():
    return mc.tensor([6.0, 1.0], dtype=mc.float64).requires_grad_()


def test_a_write_to_a_detached_argument_that_shares_its_base(compiled):
    a = leaf()
    base, c = a * 1, a * 2
    d, e = base.data, base.detach()

    @compiled
    def f(base, c, d, e):
        e += c
        return d + d

    twice = f(base, c, d, e)
    assert e.requires_grad and not d.requires_grad and not twice.requires_grad
    assert base.tolist() == d.tolist() == e.tolist() == [18, 3]
    (e * e).sum().backward()
    assert a.grad.tolist() == [2 * 18 * 2, 2 * 3 * 2]


def test_a_write_to_a_part_of_a_detached_argument(compiled):
    a = leaf()
    base, c = a * 1, a * 2
    d = base.detach()
    e = d[0]

    @compiled
    def f(base, c, d, e):
        e += c[1]
        return d * 2

    assert f(base, c, d, e).requires_grad
    assert d.requires_grad and e.requires_grad
    (d * d).sum().backward()
    assert a.grad.tolist() == [0, 2 * 8 * 2]


def test_a_write_to_a_part_of_a_detached_view_with_a_gradient(compiled):
    a = leaf()
    base, c = a * 1, a * 2
    d = base.detach()
    d += a
    e = d[0]

    @compiled
    def f(base, c, e):
        e += c[1]
        return base * 2

    f(base, c, e)
    (d * d).sum().backward()
    assert a.grad.tolist() == [2 * 14, 2 * 14 * 2 + 2 * 2]


def test_a_write_to_a_detached_outer_tensor(compiled):
    a = leaf()
    base, c = a * 1, a * 2
    d = base.detach()

    @compiled
    def f(c):
        d.add_(c)
        return c + 1

    for _ in range(2):
        f(c)
    assert d.requires_grad
    (d * d).sum().backward()
    assert a.grad.tolist() == [2 * 30 * 4, 2 * 5 * 4]


def test_each_call_tells_which_detached_views_are_one():
    def f(base, c, d, e):
        e += c
        return d * 1

    @mc.jit
    def g(base, c, d, e):
        return f(base, c, d, e)

    for same in (True, False, True):
        for run in (f, g):
            base, c = leaf() * 1, leaf() * 2
            d = base.detach()
            e = d[:] if same else base.detach()
            assert run(base, c, d, e).requires_grad == same
            assert d.requires_grad == same and e.requires_grad
    assert g.compilations == 2


def test_a_detached_view_of_an_argument_that_is_written_and_returned(compiled):
    a = leaf()

    @compiled
    def f(a):
        e = a.detach()
        c = a * 3
        e += c
        return e, e[0]

    e, first = f(a)
    assert e.requires_grad and first.requires_grad and a.tolist() == [24, 4]
    (e * e).sum().backward()
    assert a.grad.tolist() == [2 * 24 * 3, 2 * 4 * 3]
    with mc.no_grad():
        first.fill_(9)
    assert a.tolist() == e.tolist() == [9, 4]


def test_a_detached_result_shares_elements_with_its_base(compiled):
    a = leaf()

    @compiled
    def f(a):
        y = a * 2
        e = y.detach()
        e += a * 3
        return y, e, e[0]

    y, e, first = f(a)
    with mc.no_grad():
        first.mul_(2)
    assert y.tolist() == e.tolist() == [60, 5]
    (e * e).sum().backward()
    assert a.grad.tolist() == [2 * 60 * 3, 2 * 5 * 3]


def test_a_new_leaf_stays_one(compiled):
    x = compiled(lambda: mc.zeros(3, requires_grad=True))()
    assert x.requires_grad and x.is_leaf
    x.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]


def test_a_view_of_a_new_leaf_has_a_gradient(compiled):
    part = compiled(lambda: mc.zeros(3, requires_grad=True)[:2])()
    assert part.requires_grad and not part.is_leaf
    with pytest.raises(RuntimeError, match="a view of one"):
        part.fill_(1)


def test_results_have_a_gradient_with_respect_to_a_new_leaf(compiled):
    @compiled
    def f(a):
        x = mc.ones(2, dtype=mc.float64).requires_grad_()
        return x, (x * x * a).sum()

    a = leaf()
    x, y = f(a)
    (first,) = mc.autograd.grad(y, [x], create_graph=True)
    assert first.tolist() == [12, 2]
    first.sum().backward()
    assert x.grad.tolist() == [12, 2] and a.grad.tolist() == [2, 2]


def test_an_argument_becomes_a_leaf(compiled):
    @compiled
    def f(a):
        return (a.requires_grad_() * 2).sum()

    a = mc.ones(2)
    f(a).backward()
    assert a.requires_grad and a.is_leaf and a.grad.tolist() == [2, 2]


def test_a_detached_leaf_shares_elements_with_its_base(compiled):
    @compiled
    def f(x):
        y = x * 2
        return y.detach().requires_grad_(), y[0]

    x, first = f(mc.zeros(3))
    first.fill_(4.0)
    assert x.requires_grad and x.is_leaf and x.tolist() == [4, 0, 0]
    x.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]


def test_a_detached_argument_becomes_a_leaf(compiled):
    @compiled
    def f(base, d):
        d.requires_grad_()
        base += 1
        return d * 2

    base = mc.zeros(2)
    d = base.detach()
    f(base, d)
    assert d.requires_grad and d.is_leaf and d.tolist() == [1, 1] and not base.requires_grad


PARTS = {
    "one row": (lambda y: y.expand(2, 3)[0, ::2], [0, 1, 0]),
    "part of a row": (lambda y: y.expand(2, 3)[1:, 1:], [1, 0, 0]),
    "a column": (lambda y: y[:, None].expand(3, 2)[1:, 1], [1, 0, 0]),
    "of a detached one": (lambda y: y.detach().expand(2, 3)[0, ::2], [1, 1, 1]),
}


@pytest.mark.parametrize(("part", "expected"), PARTS.values(), ids=PARTS)
def test_the_gradient_of_a_write_to_part_of_an_expanded_view(compiled, part, expected):
    x = mc.ones(3, requires_grad=True)
    y = x * 1

    @compiled
    def f(y):
        part(y).fill_(0)
        return y * 1

    f(y).sum().backward()
    assert x.grad.tolist() == expected


def test_values_written_to_part_of_an_expanded_view_have_a_gradient(compiled):
    x, w = mc.ones(3, requires_grad=True), mc.ones(2, requires_grad=True)

    @compiled
    def f(x, w):
        y = x * 1
        y.expand(2, 3)[0, ::2] = w * 5
        return y

    (f(x, w) * mc.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert x.grad.tolist() == [0, 2, 0] and w.grad.tolist() == [5, 15]


def test_a_detached_view_is_an_argument_and_captured(compiled):
    base, w = mc.tensor([1.0, 2.0, 3.0]), mc.ones(3, requires_grad=True)
    d = base.detach()

    @compiled
    def f(a):
        a[:] = w * 3
        return d.sum() + a.sum(), base.sum()

    total, of_base = f(d)
    assert d.requires_grad and not of_base.requires_grad
    total.backward()
    assert w.grad.tolist() == [6, 6, 6]


def test_a_part_of_a_detached_view_is_an_argument_and_captured(compiled):
    base, w = mc.tensor([1.0, 2.0, 3.0]), mc.ones(2, requires_grad=True)
    d = base.detach()

    @compiled
    def f(a):
        a[:] = w * 3
        return d.sum()

    f(d[1:]).backward()
    assert d.requires_grad
    assert w.grad.tolist() == [3, 3]


def test_a_detached_argument_that_shares_its_base_becomes_a_leaf(compiled):
    base = mc.tensor([1.0, 2.0, 3.0])
    d = base.detach()

    @compiled
    def f(x, y):
        y.requires_grad_()
        x[0] = 5.0
        return (y * y).sum()

    f(base, d).backward()
    assert d.requires_grad and not base.requires_grad
    assert d.grad.tolist() == [10, 4, 6]


def test_a_captured_detached_view_becomes_a_leaf(compiled):
    base = mc.tensor([1.0, 2.0, 3.0])
    d = base.detach()

    @compiled
    def f(x):
        before = d.sum()
        d.requires_grad_()
        base[0] = x
        return (d * d).sum() * before

    f(mc.tensor(5.0)).backward()
    assert d.requires_grad and not base.requires_grad
    assert d.grad.tolist() == [60, 24, 36]
