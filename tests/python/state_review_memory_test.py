"""What a compiled function keeps alive, and options of optimisers that are lists."""

import gc
import weakref

import mycel as mc
from mycel import nn, optim


def dropped_models(call):
    """References to the parameters of models that were dropped, all but the last."""
    gone = []
    for _ in range(4):
        model = nn.Linear(4, 4)
        gone.append(weakref.ref(model.weight))
        call(model)
    del model
    gc.collect()
    return gone[:-1]


def test_a_model_that_was_an_argument_is_freed_by_the_next_compilation():
    @mc.jit
    def step(model, x):
        return model(x)

    gone = dropped_models(lambda model: step(model, mc.ones(4)))
    assert [each() for each in gone] == [None] * 3


def test_a_model_that_was_read_is_freed_by_the_next_compilation():
    holder = {}

    @mc.jit
    def step(x):
        return holder["model"](x)

    def call(model):
        holder["model"] = model
        step(mc.ones(4))

    gone = dropped_models(call)
    assert [each() for each in gone] == [None] * 3


def test_models_that_live_keep_their_compilations():
    @mc.jit
    def step(model, x):
        return model(x)

    models = [nn.Linear(4, 4) for _ in range(3)]
    for _ in range(2):
        for model in models:
            assert step(model, mc.ones(4)).tolist() == model(mc.ones(4)).tolist()
    assert step.compilations == 3


def test_another_model_in_the_place_of_a_dropped_one_is_another():
    @mc.jit
    def step(model, x):
        return model(x)

    for _ in range(4):
        model = nn.Linear(2, 2)
        assert step(model, mc.ones(2)).tolist() == model(mc.ones(2)).tolist()
        del model


def test_the_betas_may_be_a_list():
    found = []
    for betas in ((0.9, 0.99), [0.9, 0.99]):
        p = nn.Parameter(mc.ones(1))
        optimizer = optim.AdamW([p], betas=betas)

        @mc.jit
        def step(p=p, optimizer=optimizer):
            p.sum().backward()
            optimizer.step()
            optimizer.zero_grad()

        step()
        optimizer.param_groups[0]["betas"] = type(betas)([0.5, 0.6])
        step()
        found.append(p.item())
        assert step.compilations == 1
    assert found[0] == found[1]
