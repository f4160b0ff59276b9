"""Data sets, and their batches."""

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
