"""Data sets: the base class, arrays, MNIST and synthetic digits."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from numbers import Integral
from typing import Any

from mycel import _core
from mycel._public import public
from mycel._types import ArrayLike

_Tensor = _core.Tensor
Transform = Callable[[_Tensor], Any]


def _checked(transform: Transform | None) -> Transform | None:
    if transform is not None and not callable(transform):
        raise TypeError(f"expects transform to be a function, got {type(transform).__name__}")
    return transform


@public
class Dataset:
    """A data set for DataLoader: `len(dataset)` items, each `dataset[i]` a tuple.

    A custom data set is a subclass that defines `__len__` and `__getitem__`.

    Example:
        >>> class Squares(data.Dataset):
        ...     def __len__(self):
        ...         return 4
        ...     def __getitem__(self, i):
        ...         return i, float(i * i)
        >>> list(data.DataLoader(Squares(), batch_size=2))
        [[tensor([0, 1]), tensor([0., 1.])], [tensor([2, 3]), tensor([4., 9.])]]
    """

    _source: _core.Dataset | None = None  # items made in C++ and loaded by threads
    transform: Transform | None = None

    def __len__(self) -> int:
        if self._source is None:
            raise NotImplementedError(f"expects a method `__len__` of {type(self).__name__}")
        return len(self._source)

    def __getitem__(self, index: int) -> Any:
        if self._source is None:
            raise NotImplementedError(f"expects a method `__getitem__` of {type(self).__name__}")
        first, *rest = self._source.item(operator.index(index))
        return (first if self.transform is None else self.transform(first), *rest)


@public
class ArrayDataset(Dataset):
    """Arrays or tensors of equal length: item i is element i of each.

    `transform` is applied to the first. Raises ValueError for unequal lengths.

    Example:
        >>> dataset = data.ArrayDataset(mc.arange(3), [0.5, 1.5, 2.5])
        >>> dataset[1]
        (tensor(1), tensor(1.5000))
    """

    def __init__(self, *arrays: ArrayLike, transform: Transform | None = None) -> None:
        self._source = _core.array_dataset([_core.tensor(array) for array in arrays])
        self.transform = _checked(transform)


TensorDataset = ArrayDataset


@public
class SyntheticDigits(Dataset):
    """Digits drawn from strokes with noise and small affine changes: no two alike.

    An item is a float32 image of 1x28x28 in [0, 1], or the result of `transform` for it, and an
    int64 label; it depends only on the seed and its index.

    Example:
        >>> image, label = data.SyntheticDigits(10)[0]
        >>> image.shape, label.dtype
        ((1, 28, 28), mc.int64)
    """

    def __init__(
        self, size: int = 60000, seed: int = 0, transform: Transform | None = None
    ) -> None:
        if not isinstance(size, Integral) or size < 0:
            raise ValueError(f"expects a size of at least 0, got {size!r}")
        self._source = _core.synthetic_digits(int(size), seed)
        self.transform = _checked(transform)


@public
class MNIST(Dataset):
    """The handwritten digits of Y. LeCun, C. Cortes and C. Burges, from their four IDX files.

    The files, gzipped or not, are searched for in `root`, `root`/mnist and `root`/MNIST/raw;
    without `root` in $MYCEL_DATA, else in ../shared/data. An item is a float32 image of 1x28x28 in
    [0, 1] and an int64 label; there are 60,000 items, or 10,000 with train=False. Raises OSError if
    the files are missing or damaged.

    Example:
        >>> digits = data.MNIST() if data.find_mnist() else data.SyntheticDigits()
        >>> len(digits), digits[0][0].shape
        (60000, (1, 28, 28))
    """

    def __init__(
        self,
        root: str | os.PathLike[str] = "",
        train: bool = True,
        transform: Transform | None = None,
    ) -> None:
        folder = find_mnist(root)
        if folder is None:
            raise FileNotFoundError(
                "expects the four files of MNIST, got no folder and found none in ../shared/data; "
                "SyntheticDigits needs no files"
            )
        self._source = _core.mnist(folder, train)
        self.transform = _checked(transform)


@_core.public_function
def find_mnist(root: str | os.PathLike[str] | None = None) -> str | None:
    """Returns the folder of MNIST's four files, with the same search as MNIST.

    Raises OSError if `root` or $MYCEL_DATA is given and lacks them; returns None if neither is
    given and nothing is found.

    Example:
        >>> try:
        ...     data.find_mnist("no/such/folder")
        ... except OSError:
        ...     print("not there")
        not there
    """
    return _core.find_mnist(os.fspath(root or ""))
