"""Random programs of views and writes give what NumPy and PyTorch give, eager and compiled."""

import os

import pytest

from fuzz import views_run

SHORT, LONG = 40, 2000
stored = views_run.stored_gradients()
gradient_seeds = sorted(stored)


@pytest.mark.parametrize("form", views_run.FORMS)
def test_programs_of_views_give_what_numpy_gives(form):
    wrong = [views_run.check_values(seed, form) for seed in range(SHORT)]
    assert not any(wrong), next(filter(None, wrong))


@pytest.mark.parametrize("form", views_run.GRADIENT_FORMS)
def test_programs_of_views_have_the_gradients_that_pytorch_gives(form):
    seeds = gradient_seeds[: SHORT // 2]
    wrong = [views_run.check_gradients(seed, form, stored[seed]) for seed in seeds]
    assert not any(wrong), next(filter(None, wrong))


@pytest.mark.long
@pytest.mark.parametrize("form", views_run.FORMS)
def test_all_programs_of_views_give_what_numpy_gives(form):
    first = int(os.environ.get("MYCEL_FUZZ_SEED", "0"))
    wrong = [views_run.check_values(seed, form) for seed in range(first, first + LONG)]
    assert not any(wrong), next(filter(None, wrong))


@pytest.mark.long
@pytest.mark.parametrize("form", views_run.GRADIENT_FORMS)
def test_all_programs_of_views_have_the_gradients_that_pytorch_gives(form):
    wrong = [views_run.check_gradients(seed, form, stored[seed]) for seed in gradient_seeds]
    assert not any(wrong), next(filter(None, wrong))
