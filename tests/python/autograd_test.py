"""The tape as PyTorch has it: backward, mc.autograd.grad, requires_grad, detach, no_grad, .grad."""

import pytest

import mycel as mc
from mycel import nn


def variable(value):
    return mc.tensor(value, requires_grad=True)


# --- backward -----------------------------------------------------------------------------------


def test_gradients_add_up_until_they_are_cleared():
    x = variable([1.0, 2.0])
    (x * x).sum().backward()
    assert x.grad.tolist() == [2, 4]
    (x * 3).sum().backward()
    assert x.grad.tolist() == [5, 7]
    x.grad = None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_a_leaf_used_twice_gets_both_parts():
    x = variable(3.0)
    (x * x + x).backward()
    assert x.grad.item() == 7


def test_a_leaf_is_its_own_gradient():
    x = variable(3.0)
    x.backward()
    assert x.grad.item() == 1


def test_a_gradient_for_an_output_of_several_elements():
    x = variable([1.0, 2.0])
    (x * x).backward(mc.tensor([1.0, 10.0]))
    assert x.grad.tolist() == [2, 40]
    (x * x).backward(gradient=mc.ones(2))
    assert x.grad.tolist() == [4, 44]


def test_retain_graph_allows_another_pass():
    x = variable(3.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 12
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        y.backward()


def test_create_graph_makes_gradients_that_have_gradients():
    x = variable(2.0)
    (x**3).backward(create_graph=True)
    first = x.grad
    assert first.item() == 12 and first.requires_grad
    x.grad = None
    first.backward()
    assert x.grad.item() == 12 and not x.grad.requires_grad


def test_without_create_graph_gradients_are_plain():
    x = variable(2.0)
    (x**3).backward()
    assert not x.grad.requires_grad and x.grad.is_leaf


def test_only_leaves_get_a_gradient():
    x = variable(2.0)
    y = x * 3
    (y * y).backward()
    assert y.grad is None and not y.is_leaf
    assert x.grad.item() == 36


def test_a_write_to_the_gradient_changes_nothing_else():
    x, y = variable([1.0, 1.0]), variable([1.0, 1.0])
    (x + y).sum().backward()
    x.grad.zero_()
    assert x.grad.tolist() == [0, 0] and y.grad.tolist() == [1, 1]


def test_backward_inside_no_grad():
    x = variable(2.0)
    y = x * x
    with mc.no_grad():
        y.backward()
    assert x.grad.item() == 4


def test_values_that_are_overwritten_later_do_not_matter():
    x = variable(2.0)
    a = mc.tensor(5.0)
    y = x * a
    a.fill_(100.0)
    y.backward()
    assert x.grad.item() == 5


def test_writes_are_differentiated():
    x = variable([1.0, 2.0, 3.0])
    y = x * 2
    y[0] = 0
    y *= x
    y.sum().backward()
    assert x.grad.tolist() == [0, 8, 12]


def test_a_long_chain_needs_no_stack():
    x = variable(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1


# --- mc.autograd --------------------------------------------------------------------------------


def test_autograd_grad_leaves_grad_alone():
    x, y = variable(2.0), variable(5.0)
    of_x, of_y = mc.autograd.grad(x * y, [x, y])
    assert (of_x.item(), of_y.item()) == (5, 2)
    assert x.grad is None and y.grad is None


def test_autograd_grad_of_a_result_in_between():
    x = variable(2.0)
    h = x * x
    (gradient,) = mc.autograd.grad(h * 3, h)
    assert gradient.item() == 3


def test_autograd_grad_of_several_outputs():
    x = variable([1.0, 2.0])
    outputs = [(x * x).sum(), x * 3]
    (gradient,) = mc.autograd.grad(outputs, x, [None, mc.tensor([1.0, 10.0])])
    assert gradient.tolist() == [5, 34]


def test_an_unused_input_is_an_error_unless_allowed():
    x, y = variable(1.0), variable(1.0)
    z = x * 2
    with pytest.raises(RuntimeError, match=r"input 1 of type .* is not used; allow_unused=True"):
        mc.autograd.grad(z, [x, y], retain_graph=True)
    found = mc.autograd.grad(z, [x, y], allow_unused=True)
    assert found[0].item() == 2 and found[1] is None


def test_autograd_grad_frees_and_retains_as_backward_does():
    x = variable(2.0)
    y = x**3
    mc.autograd.grad(y, x, retain_graph=True)
    (first,) = mc.autograd.grad(y, x, create_graph=True)
    (second,) = mc.autograd.grad(first, x, create_graph=True)
    (third,) = mc.autograd.grad(second, x)
    assert (first.item(), second.item(), third.item()) == (12, 12, 6)
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        mc.autograd.grad(second, x)


def test_autograd_backward_of_several_tensors():
    x = variable([1.0, 2.0])
    mc.autograd.backward([x.sum(), x * 2], [None, mc.tensor([1.0, 10.0])])
    assert x.grad.tolist() == [3, 21]


# --- requires_grad, detach, no_grad -------------------------------------------------------------


def test_requires_grad_is_inherited_by_results():
    x, y = variable(1.0), mc.tensor(1.0)
    assert x.requires_grad and x.is_leaf and not y.requires_grad and y.is_leaf
    assert (x + y).requires_grad and not (y + y).requires_grad
    assert not (x > 0).requires_grad
    assert y.requires_grad_() is y and y.requires_grad
    assert not y.requires_grad_(False).requires_grad
    y.requires_grad = True
    assert (y * 2).requires_grad


def test_a_gradient_does_not_reach_what_requires_none():
    x, y = variable(2.0), mc.tensor(5.0)
    (x * y).backward()
    assert x.grad.item() == 5 and y.grad is None


def test_freezing_part_of_a_model():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    model[0].requires_grad_(False)
    model(mc.ones(1, 2)).sum().backward()
    assert model[0].weight.grad is None and model[1].weight.grad is not None


def test_detach_cuts_the_graph():
    x = variable(2.0)
    y = x * x
    cut = y.detach()
    assert cut.item() == 4 and not cut.requires_grad and cut.is_leaf
    (x * cut).backward()
    assert x.grad.item() == 4


def test_detach_in_place():
    x = variable(2.0)
    y = x * x
    assert y.detach_() is y
    assert not y.requires_grad and y.is_leaf


def test_no_grad_as_context_and_decorator():
    x = variable(1.0)
    with mc.no_grad():
        y = x * 2
        assert not y.requires_grad and y.is_leaf
        with mc.enable_grad():
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad

    @mc.no_grad()
    def f(x):
        return x * 2

    assert not f(x).requires_grad and f.__name__ == "f"
    assert mc.is_grad_enabled()


def test_no_grad_ends_with_an_exception():
    with pytest.raises(KeyError), mc.no_grad():
        raise KeyError
    assert mc.is_grad_enabled()


def test_set_grad_enabled_at_once_and_as_context():
    x = variable(1.0)
    with mc.set_grad_enabled(False):
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    mc.set_grad_enabled(False)
    try:
        assert not (x * 2).requires_grad
    finally:
        mc.set_grad_enabled(True)


def test_a_leaf_is_written_inside_no_grad_only():
    x = variable([1.0, 2.0])
    with pytest.raises(RuntimeError, match=r"leaf .* inside mc\.no_grad\(\)"):
        x += 1
    with mc.no_grad():
        x += 1
    assert x.tolist() == [2, 3] and x.requires_grad and x.is_leaf


def test_a_trained_leaf_forgets_its_gradient_by_name():
    x = variable([1.0])
    g = mc.tensor([5.0])
    x.grad = g
    assert x.grad is g
    (x * 2).sum().backward()
    assert x.grad.tolist() == [7]
    del x.grad
    assert x.grad is None


# --- under jit ----------------------------------------------------------------------------------


def test_all_of_it_inside_a_compiled_function():
    w = variable([1.0, 2.0])

    @mc.jit
    def f(x):
        y = w * w * x
        (first,) = mc.autograd.grad(y.sum(), w, create_graph=True)
        (second,) = mc.autograd.grad(first.sum(), w)
        y.backward(mc.tensor([1.0, 10.0]))
        with mc.no_grad():
            constant = y * 2
        assert not constant.requires_grad and not y.detach().requires_grad and y.requires_grad
        return first, second, constant

    for times in (1, 2):
        first, second, constant = f(mc.tensor([3.0, 5.0]))
        assert first.tolist() == [6, 20] and second.tolist() == [6, 10]
        assert constant.tolist() == [6, 40] and not constant.requires_grad
        assert w.grad.tolist() == [6 * times, 200 * times]


def test_variables_that_are_made_inside():
    @mc.jit
    def f(x):
        x = x.detach().requires_grad_()
        (x * x).sum().backward()
        return x.grad, (x * 1).detach()

    gradient, value = f(mc.tensor([1.0, 2.0], requires_grad=True))
    assert gradient.tolist() == [2, 4] and value.tolist() == [1, 2]
    assert not gradient.requires_grad


def test_mistakes_inside_a_compiled_function():
    def twice(x):
        y = (variable_of(x) ** 2).sum()
        y.backward()
        y.backward()

    def variable_of(x):
        return x.detach().requires_grad_()

    with pytest.raises(RuntimeError, match="retain_graph=True"):
        mc.jit(twice)(mc.ones(2))
    with pytest.raises(RuntimeError, match="one element, or a gradient"):
        mc.jit(lambda x: (variable_of(x) * 2).backward())(mc.ones(2))


# --- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: (variable([1.0, 2.0]) * 2).backward(), RuntimeError, "one element, or a gradient"),
        (lambda: mc.ones(()).backward(), RuntimeError, "depends on a tensor with requires_grad"),
        (lambda: variable([1.0]).backward(mc.ones(2)), ValueError, r"f32\[1\], got f32\[2\]"),
        (lambda: variable([1.0]).backward(2.0), TypeError, "gradient to be a tensor, got float"),
        (lambda: mc.tensor(1, requires_grad=True), RuntimeError, "floating-point"),
        (lambda: (variable(1.0) * 2).requires_grad_(False), RuntimeError, "expects a leaf"),
        (lambda: setattr(variable(1.0), "requires_grad", 1), TypeError, "True or False"),
        (lambda: setattr(variable(1.0), "grad", mc.ones(2)), ValueError, r"f32\[\], got f32\[2\]"),
        (lambda: setattr(variable(1.0), "grad", 1.0), TypeError, "tensor or None, got float"),
        (lambda: mc.autograd.grad(mc.ones(()), variable(1.0)), RuntimeError, "requires_grad=True"),
        (
            lambda: mc.autograd.grad(variable(1.0), mc.ones(())),
            RuntimeError,
            "inputs with requires",
        ),
        (lambda: mc.autograd.grad([1.0], variable(1.0)), TypeError, "outputs to be tensors"),
        (
            lambda: mc.autograd.grad(variable(1.0), variable(1.0), [None, None]),
            ValueError,
            "one gradient per output, got 2 for 1",
        ),
    ],
)
def test_mistakes_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
