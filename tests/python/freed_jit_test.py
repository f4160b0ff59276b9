"""What of a compiled function's gradients a backward pass takes and frees."""

import pytest

import mycel as mc

MODES = {"eager": lambda f: f, "jit": mc.jit}


@pytest.fixture(params=MODES.values(), ids=MODES)
def compiled(request):
    return request.param


def test_results_that_share_no_operation_are_differentiated_one_by_one(compiled):
    a, b = mc.tensor([1.0, 2.0], requires_grad=True), mc.tensor([3.0, 4.0], requires_grad=True)

    @compiled
    def f(x):
        return (a * a * x).sum(), (b * b * a * x).sum()

    first, second = f(mc.tensor([1.0, 2.0]))
    first.backward()
    second.backward()
    assert a.grad.tolist() == [2 + 9, 8 + 32] and b.grad.tolist() == [6, 32]
    assert not a.grad.requires_grad
    for freed in (first, second):
        with pytest.raises(RuntimeError, match="retain_graph"):
            freed.backward()


def test_results_of_which_some_share_an_operation_are_differentiated_one_by_one(compiled):
    a, b = mc.tensor(2.0, requires_grad=True), mc.tensor(3.0, requires_grad=True)

    @compiled
    def f(x):
        first, second = a * a * x, b * b * x
        return first, first * second, second

    first, product, second = f(mc.tensor(1.0))
    first.backward()
    second.backward()
    assert a.grad.item() == 4 and b.grad.item() == 6
    with pytest.raises(RuntimeError, match="retain_graph"):
        product.backward()


def test_a_result_without_a_cotangent_has_no_part_in_a_gradient(compiled):
    a = mc.tensor([0.0, 1.0], requires_grad=True)

    @compiled
    def f():
        return mc.log(a).sum(), (a * 2).sum()

    logs, twice = f()
    twice.backward(retain_graph=True)
    assert a.grad.tolist() == [2, 2]
    twice.backward()
    assert a.grad.tolist() == [4, 4]
    logs.backward()
    assert a.grad.tolist() == [float("inf"), 5]


def test_a_gradient_that_the_function_has_freed_is_taken_no_more(compiled):
    a = mc.tensor([1.0, 2.0], requires_grad=True)
    kept = mc.zeros(())

    @compiled
    def f(x):
        square = a * a
        loss = (square * x).sum()
        kept.copy_(loss)
        loss.backward()
        return loss, square * 2, (a * x).sum()

    for _ in range(3):
        a.grad = None
        loss, square, other = f(mc.tensor([1.0, 2.0]))
        assert loss.requires_grad and square.requires_grad and kept.requires_grad
        for freed in (loss, square.sum(), kept * 2):
            with pytest.raises(RuntimeError, match="retain_graph"):
                freed.backward()
        other.backward()
        assert a.grad.tolist() == [2 + 1, 8 + 2]
        kept.detach_()


def test_a_pass_frees_only_what_it_used_itself(compiled):
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    square, cube = compiled(lambda x: (x * x, x * x * x))(x)
    square.sum().backward(retain_graph=True)
    cube.sum().backward()
    square.sum().backward()
    assert x.grad.tolist() == [2 + 3 + 2, 4 + 12 + 4]


def test_a_pass_frees_no_result_that_has_no_gradient_for_it(compiled):
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    w = mc.tensor([3.0, 4.0], requires_grad=True)
    first, second = compiled(lambda x, w: (x * x, mc.exp(w)))(x, w)
    (gradient,) = mc.autograd.grad(first.sum(), w, allow_unused=True, retain_graph=False)
    assert gradient is None
    mc.autograd.grad(first.sum() + second.sum() * 0.0, x)
    second.sum().backward()
    assert w.grad.tolist() == mc.exp(w).tolist()
