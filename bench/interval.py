"""The median of repeated measurements, with its confidence interval."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Median:
    """A median, and the ends of a confidence interval for the true one."""

    value: float
    low: float
    high: float


def median(values: Sequence[float], confidence: float = 0.95) -> Median:
    """Returns the median with a distribution-free interval, from the order of the values.

    Each value lies above the true median with probability one half, so the k-th smallest and the
    k-th largest enclose it unless fewer than k of the n values fall on one side: a binomial
    probability. The interval uses the largest k whose probability of failure is allowed; for too
    few values it is unbounded.
    """
    if not values:
        raise ValueError("[median] expects at least one value, got none")
    ordered = sorted(values)
    k = rank(len(ordered), confidence)
    low, high = (ordered[k - 1], ordered[-k]) if k else (-math.inf, math.inf)
    return Median(statistics.median(ordered), low, high)


def rank(count: int, confidence: float) -> int:
    """The largest k with 2 P(Binomial(count, 1/2) < k) <= 1 - confidence; 0 if there is none."""
    below, k = 0.0, 0
    while k < count // 2:
        below += math.comb(count, k) * 0.5**count
        if 2 * below > 1 - confidence:
            break
        k += 1
    return k
