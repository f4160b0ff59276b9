"""Data sets and their batches.

Example:
    >>> loader = data.DataLoader(data.SyntheticDigits(100), batch_size=32, shuffle=True)
    >>> images, labels = next(iter(loader))
    >>> images.shape, labels.shape
    ((32, 1, 28, 28), (32,))
"""

from mycel.data.dataset import (
    MNIST,
    ArrayDataset,
    Dataset,
    SyntheticDigits,
    TensorDataset,
    find_mnist,
)
from mycel.data.loader import DataLoader

__all__ = [
    "MNIST",
    "ArrayDataset",
    "DataLoader",
    "Dataset",
    "SyntheticDigits",
    "TensorDataset",
    "find_mnist",
]
