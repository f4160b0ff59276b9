"""Writes through expanded views, in eager and compiled functions alike."""

import pytest

import mycel as mc

MAKE = {
    "expand": lambda x: x.expand(2, 3),
    "transposed": lambda x: x.expand(2, 3).T,
    "of a row": lambda x: x[0].expand(2, 3),
}
APART = {
    "row": lambda e: e[0].add_(1),
    "last row": lambda e: e[-1].mul_(3),
    "slice": lambda e: e[:1].fill_(2),
    "element": lambda e: e.__setitem__((1, 1), 7),
    "through data": lambda e: e[1].data.add_(1),
    "masked": lambda e: e[0].__setitem__(e[0] < 2, 9),
    "nothing": lambda e: e[:0].fill_(5),
    "square": lambda e: e[0].unsqueeze(0).reshape(-1)[1:].fill_(4),
}
COINCIDING = {
    "all": lambda e: e.add_(1),
    "fill": lambda e: e.fill_(1),
    "index": lambda e: e.__setitem__(..., 1),
    "data": lambda e: e.data.mul_(2),
}


def argument(make, write, x):
    mc.jit(lambda e: (write(e), None)[1])(make(x))


def outer(make, write, x):
    e = make(x)
    mc.jit(lambda: (write(e), None)[1])()


def inside(make, write, x):
    mc.jit(lambda x: (write(make(x)), None)[1])(x)


def local(make, write, x):
    def f(x):
        y = x * 1
        write(make(y))
        return y

    x.copy_(mc.jit(f)(x))


WHERE = [argument, outer, inside, local]


def start():
    return mc.tensor([[1.0, 2, 3]])


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("write", APART.values(), ids=APART)
@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_elements_that_lie_apart_are_written(make, write, where):
    expected, x = start(), start()
    try:
        write(make(expected))
    except RuntimeError:  # a row of the transposed view is one element
        with pytest.raises(RuntimeError, match="one element of its base"):
            where(make, write, x)
    else:
        where(make, write, x)
    assert x.tolist() == expected.tolist()


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("write", COINCIDING.values(), ids=COINCIDING)
@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_elements_that_coincide_are_not_written(make, write, where):
    x = start()
    with pytest.raises(RuntimeError, match="one element of its base"):
        write(make(x))
    with pytest.raises(RuntimeError, match="one element of its base"):
        where(make, write, x)
    assert x.tolist() == start().tolist()


def test_gradients_pass_through_a_compiled_write_to_a_part_of_an_expanded_view():
    def f(x, w):
        y = x * 1
        y.expand(2, 3)[1][1:].copy_(w * 2)
        return (y * y).sum()

    def gradients(function):
        x = mc.tensor([[1.0, 2, 3]], requires_grad=True)
        w = mc.tensor([4.0, 5], requires_grad=True)
        function(x, w).backward()
        return x.grad.tolist(), w.grad.tolist()

    assert gradients(mc.jit(f)) == ([[2, 0, 0]], [32, 40])
