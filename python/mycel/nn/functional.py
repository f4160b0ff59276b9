"""Functional forms of the layers, from the definitions of the operations.

Example:
    >>> F.relu(mc.tensor([-1., 2.]))
    tensor([0., 2.])
"""

from mycel._core.functional import *  # noqa: F403
from mycel._core.functional import __all__ as __all__
