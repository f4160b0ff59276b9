"""The modes of a thread: gradients, the graph mode, the default device."""

import asyncio
import inspect
import signal
import threading

import numpy as np
import pytest

import mycel as mc
from mycel import nn

# What a mode is called, how it is read, its usual value and another.
MODES = {
    "set_grad_enabled": (mc.is_grad_enabled, True, False),
    "set_mode": (mc.get_mode, "eager", "graph"),
    "set_default_device": (mc.get_default_device, "cpu", "reference"),
}


@pytest.fixture(autouse=True)
def usual_modes():
    yield
    for name, (_, usual, _) in MODES.items():
        getattr(mc, name)(usual)


@pytest.mark.parametrize("name", MODES)
def test_a_mode_is_set_by_a_call_or_for_a_with(name):
    (now, usual, other), mode = MODES[name], getattr(mc, name)
    with mode(other):
        assert now() == other
        with mode(usual):
            assert now() == usual
        assert now() == other
    assert now() == usual
    mode(other)
    assert now() == other
    with mode(other):
        pass
    assert now() == other


@pytest.mark.parametrize("name", MODES)
def test_a_mode_ends_with_its_with_when_that_raises(name):
    (now, usual, other), mode = MODES[name], getattr(mc, name)
    with pytest.raises(KeyError), mode(other):
        raise KeyError
    assert now() == usual


@pytest.mark.parametrize("name", MODES)
def test_one_scope_may_be_entered_again(name):
    (now, usual, other), mode = MODES[name], getattr(mc, name)
    scope = mode(other)
    with scope:
        with scope, mode(usual):
            pass
        assert now() == other
    assert now() == usual
    with scope:
        assert now() == other
    assert now() == usual
    with pytest.raises(RuntimeError, match="expects to be left after it was entered"):
        scope.__exit__(None, None, None)


@pytest.mark.parametrize("name", MODES)
def test_a_mode_holds_for_one_thread(name):
    (now, usual, other), mode = MODES[name], getattr(mc, name)
    found = []
    with mode(other):
        thread = threading.Thread(target=lambda: found.append(now()))
        thread.start()
        thread.join()
    assert found == [usual]


def test_a_with_of_graph_mode_compiles_the_calls_inside_alone():
    model, x = nn.Linear(2, 1), mc.ones(1, 2)
    with mc.set_mode("graph"):
        inside = model(x)
    assert "_compiled" in vars(model)
    compiled = vars(model)["_compiled"]["forward"]
    assert (compiled.compilations, inside.shape) == (1, (1, 1))
    with mc.no_grad():
        model(x)
    assert compiled.compilations == 1


def test_gradient_modes_nest():
    with mc.no_grad():
        assert not mc.is_grad_enabled()
        with mc.enable_grad():
            assert mc.is_grad_enabled()
            with mc.set_grad_enabled(False):
                assert not mc.is_grad_enabled()
            assert mc.is_grad_enabled()
        assert not mc.is_grad_enabled()
    assert mc.is_grad_enabled()


def test_a_gradient_mode_may_decorate():
    @mc.no_grad
    def bare():
        return mc.is_grad_enabled()

    @mc.no_grad()
    def called(x, *, y):
        """Its text."""
        return mc.is_grad_enabled(), x, y

    assert bare() is False
    assert called(1, y=2) == (False, 1, 2)
    assert called.__doc__ == "Its text."
    assert mc.enable_grad(mc.is_grad_enabled)() is True
    with pytest.raises(TypeError, match=r"\[no_grad\] expects a function to decorate, got int"):
        mc.no_grad(3)


# --- as decorators -------------------------------------------------------------------------------


def test_a_mode_holds_in_the_body_of_a_generator_alone():
    @mc.no_grad()
    def called(n):
        for _ in range(n):
            yield mc.is_grad_enabled()

    @mc.no_grad
    def bare(n):
        yield from (mc.is_grad_enabled() for _ in range(n))

    for body in (called, bare):
        assert inspect.isgeneratorfunction(body)
        seen = [(inside, mc.is_grad_enabled()) for inside in body(3)]
        assert seen == [(False, True)] * 3
    interleaved = [(a, b, mc.is_grad_enabled()) for a, b in zip(called(2), called(2), strict=True)]
    assert interleaved == [(False, False, True)] * 2


def test_a_generator_in_a_mode_is_sent_values_and_errors():
    seen = []

    @mc.no_grad()
    def body():
        try:
            seen.append(((yield 1), mc.is_grad_enabled()))
            yield 2
        except KeyError:
            seen.append(("KeyError", mc.is_grad_enabled()))
            yield 3
        finally:
            seen.append(("end", mc.is_grad_enabled()))
        return 4

    run = body()
    assert (next(run), run.send("sent"), run.throw(KeyError())) == (1, 2, 3)
    with pytest.raises(StopIteration) as end:
        next(run)
    assert end.value.value == 4
    assert seen == [("sent", False), ("KeyError", False), ("end", False)]
    assert mc.is_grad_enabled()


def test_a_generator_that_is_closed_ends_in_its_mode():
    seen = []

    @mc.no_grad()
    def body():
        try:
            yield
        finally:
            seen.append(mc.is_grad_enabled())

    run = body()
    next(run)
    run.close()
    assert seen == [False]
    assert mc.is_grad_enabled()


def test_an_error_in_a_generator_leaves_its_mode():
    @mc.no_grad()
    def body():
        yield 1
        raise KeyError

    with pytest.raises(KeyError):
        list(body())
    assert mc.is_grad_enabled()


def test_a_mode_inside_a_generator_ends_with_its_next_value():
    @mc.no_grad()
    def body():
        with mc.enable_grad():
            yield mc.is_grad_enabled()
            yield mc.is_grad_enabled()

    # As in PyTorch: what a body opens does not outlast a yield, at which the decorator's mode ends.
    assert [(inside, mc.is_grad_enabled()) for inside in body()] == [(True, True), (False, True)]


def test_a_generator_of_a_mode_is_traced_in_it():
    @mc.no_grad()
    def doubled(x):
        yield x * 2

    def f(x):
        return sum(doubled(x)) + x

    assert mc.grad(f)(mc.tensor(3.0)).item() == 1.0
    assert mc.jit(mc.grad(f))(mc.tensor(3.0)).item() == 1.0


@pytest.mark.parametrize("name", MODES)
def test_a_setting_may_decorate(name):
    (get_mode, usual, value), set_mode = MODES[name], getattr(mc, name)

    @set_mode(value)
    def body():
        """Its text."""
        return get_mode()

    @set_mode(value)
    def generator():
        yield get_mode()
        yield get_mode()

    assert get_mode() == usual
    assert body() == value
    assert body.__doc__ == "Its text."
    assert [(inside, get_mode()) for inside in generator()] == [(value, usual)] * 2
    with pytest.raises(TypeError, match=rf"\[{name}\] expects a function to decorate, got int"):
        set_mode(value)(3)
    assert get_mode() == usual


def test_a_mode_that_decorates_a_class_is_of_its_making():
    with pytest.warns(FutureWarning, match=r"\[no_grad\] decorates the making of Made's objects"):

        @mc.no_grad()
        class Made:
            def __init__(self):
                self.made_in = mc.is_grad_enabled()

    assert Made().made_in is False


def test_a_mode_does_not_hold_in_a_coroutine():
    @mc.no_grad()
    async def body():
        return mc.is_grad_enabled()

    assert asyncio.run(body()) is True  # as in PyTorch


@pytest.mark.parametrize("value", ["x", 1, 0.0, None, mc.tensor(True), []])
def test_only_a_bool_sets_the_gradient_mode(value):
    with pytest.raises(
        TypeError, match=r"\[set_grad_enabled\] expects enabled to be True or False"
    ):
        mc.set_grad_enabled(value)
    assert mc.is_grad_enabled()


def test_a_bool_of_numpy_sets_the_gradient_mode():
    with mc.set_grad_enabled(np.bool_(False)):
        assert not mc.is_grad_enabled()


@pytest.mark.parametrize("mode", ["grpah", "", None, 1, b"graph", "graph\0"])
def test_another_mode_is_refused(mode):
    with pytest.raises(ValueError, match=r'\[set_mode\] expects "eager" or "graph", got'):
        mc.set_mode(mode)
    assert mc.get_mode() == "eager"


# --- a Ctrl-C at any moment -----------------------------------------------------------------------


def in_no_grad():
    with mc.no_grad():
        mc.ones(5) * 2


def in_setting():
    with mc.set_grad_enabled(False):
        mc.ones(5) * 2


@mc.no_grad()
def in_decorated():
    mc.ones(5) * 2


def in_graph_mode():
    with mc.set_mode("graph"):
        mc.ones(5) * 2


def in_default_device():
    with mc.set_default_device("reference"):
        mc.get_default_device()


@mc.no_grad()
def in_enable_grad():
    with mc.enable_grad():
        mc.ones(5) * 2


model = nn.Linear(2, 1)


def in_grad_of_a_module():
    mc.grad(lambda model: model(mc.ones(1, 2)).sum())(model)
    assert model.weight.is_leaf


@pytest.mark.parametrize(
    "body",
    [
        in_no_grad,
        in_setting,
        in_decorated,
        in_graph_mode,
        in_default_device,
        in_enable_grad,
        in_grad_of_a_module,
    ],
)
def test_a_ctrl_c_at_any_moment_leaves_the_modes_as_they_were(body):
    def stop(number, frame):
        raise KeyboardInterrupt

    def interrupt(delay):
        """Runs the body again and again until the timer rings."""
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, delay)
            while True:
                body()

    body()
    before = signal.signal(signal.SIGALRM, stop)
    try:
        for i in range(300):
            interrupt(1e-4 + 7e-7 * i)
            assert mc.is_grad_enabled()
            assert mc.get_mode() == "eager"
            assert mc.get_default_device() == "cpu"
            if body is in_grad_of_a_module:
                assert model.weight.requires_grad
                model(mc.ones(1, 2)).sum().backward()
                assert model.weight.grad.tolist() == [[1, 1]]
                model.zero_grad()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
