"""DataLoader: batches of a data set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Integral
from typing import Any

from mycel import _core
from mycel._core import functions
from mycel._public import public
from mycel._random import initial_seed
from mycel.data.dataset import ArrayDataset, Dataset

Collate = Callable[[list[Any]], Any]
_counting = threading.Lock()  # guards `epoch`: threads may share a loader


def collate(items: Sequence[Any]) -> Any:
    """Combines items into a batch: stacks tensors, converts numbers, keeps containers.

    Example:
        >>> from mycel.data.loader import collate
        >>> collate([(mc.zeros(2), 1), (mc.ones(2), 2)])
        [tensor([[0., 0.],
                [1., 1.]]), tensor([1, 2])]
    """
    first = items[0]
    if isinstance(first, _core.Tensor):
        return functions.stack(list(items))
    if isinstance(first, dict):
        return {key: collate([item[key] for item in items]) for key in first}
    if isinstance(first, (tuple, list)):
        lengths = sorted({len(item) for item in items})
        if len(lengths) > 1:
            raise ValueError(f"expects items of one length in a batch, got {lengths}")
        return [collate(column) for column in zip(*items, strict=True)]
    if isinstance(first, str):
        return list(items)
    if hasattr(first, "__array__"):  # also NumPy scalars, which keep their dtype
        return functions.stack([_core.tensor(item) for item in items])
    if isinstance(first, (bool, int, float)):
        return _core.tensor(list(items))
    raise TypeError(
        "expects items of tensors, arrays, numbers and text, or a collate_fn that makes a batch of "
        f"others, got {type(first).__name__}"
    )


class _Batches:
    """Iterates over the batches of an epoch; reads the data set in the calling thread."""

    def __init__(self, dataset: Any, batches: Iterable[list[int]], collate: Collate) -> None:
        self._dataset, self._batches, self._collate = dataset, iter(batches), collate

    def __iter__(self) -> _Batches:
        return self

    def _next(self) -> Any:
        return self._collate([self._dataset[i] for i in next(self._batches)])

    __next__ = _core.public_function(_next, "DataLoader")


@public
class DataLoader:
    """Iterates over a data set in batches, each a list of tensors; each iteration is one epoch.

    `dataset` has `__len__` and `__getitem__`; a list is a sequence of samples: tensors, arrays or
    numbers. An array or a tuple of arrays of equal length is read as an ArrayDataset: item i is
    element i of each. With `shuffle` each epoch has its own order, which depends only on `seed` (by
    default that of mc.manual_seed) and the epoch's number; `drop_last` omits a smaller last batch.
    `collate_fn` makes a batch from a list of items; by default tensors are stacked and numbers
    become tensors.

    `num_workers` C++ threads read Mycel's own data sets, `prefetch` batches ahead; 0 workers read
    each batch on demand. Data sets written in Python, and those with a `transform`, are read in the
    calling thread.

    Example:
        >>> loader = data.DataLoader(data.SyntheticDigits(10), batch_size=4)
        >>> [len(labels) for images, labels in loader]
        [4, 4, 2]
        >>> list(data.DataLoader([mc.zeros(2), mc.ones(2)], batch_size=2))
        [tensor([[0., 0.],
                [1., 1.]])]
        >>> list(data.DataLoader((mc.zeros(2), mc.ones(2)), batch_size=2))
        [[tensor([0., 0.]), tensor([1., 1.])]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        seed: int | None = None,
        num_workers: int = 1,
        prefetch: int = 4,
        collate_fn: Collate | None = None,
    ) -> None:
        if isinstance(dataset, tuple) and dataset and _is_array(dataset[0]):
            dataset = ArrayDataset(*dataset)
        elif _is_array(dataset):
            dataset = ArrayDataset(dataset)
        if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
            raise TypeError(
                "expects a data set with __len__ and __getitem__, or arrays, got "
                f"{type(dataset).__name__}"
            )
        first_seed = initial_seed() if seed is None else seed
        for name, value in (
            ("batch_size", batch_size),
            ("num_workers", num_workers),
            ("prefetch", prefetch),
            ("seed", first_seed),
        ):
            if not isinstance(value, Integral):
                raise TypeError(f"expects {name} to be an int, got {value!r}")
        if first_seed < 0 and seed is not None:
            raise ValueError(f"expects seed >= 0, got {seed}")
        if collate_fn is not None and not callable(collate_fn):
            raise TypeError(f"expects collate_fn to be a function, got {collate_fn!r}")
        self.dataset, self.batch_size = dataset, batch_size
        self.collate_fn = collate_fn
        self.epoch = 0
        self._options = _core.LoaderOptions(
            batch_size,
            bool(shuffle),
            bool(drop_last),
            first_seed % 2**64,
            num_workers,
            prefetch,
        )
        _core.num_batches(len(dataset), self._options)  # checks the options

    def __len__(self) -> int:
        return _core.num_batches(len(self.dataset), self._options)

    def set_epoch(self, epoch: int) -> None:
        """Sets the number of the next epoch, and so its order; the first is 0.

        Example:
            >>> loader = data.DataLoader(mc.arange(100), batch_size=100, shuffle=True)
            >>> (first,) = next(iter(loader))
            >>> loader.set_epoch(0)
            >>> (again,) = next(iter(loader))
            >>> (first == again).all()
            tensor(True)
        """
        self.epoch = epoch

    def __iter__(self) -> Iterator[Any]:
        with _counting:
            epoch = self.epoch
            self.epoch += 1
        source = getattr(self.dataset, "_source", None)
        plain = getattr(self.dataset, "transform", None) is None and self.collate_fn is None
        if source is not None and plain and type(self.dataset).__getitem__ is Dataset.__getitem__:
            return _core.Epoch(source, self._options, epoch)
        batches = _core.batches(len(self.dataset), self._options, epoch)
        return _Batches(self.dataset, batches, self.collate_fn or collate)


def _is_array(value: Any) -> bool:
    """Whether a value has elements to use as items, unlike a NumPy scalar or a 0-d tensor."""
    is_array = isinstance(value, _core.Tensor) or hasattr(value, "__array__")
    return is_array and getattr(value, "ndim", 1) > 0
