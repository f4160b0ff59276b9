"""Embedding layers."""

from __future__ import annotations

from mycel import _core
from mycel._core import functional, functions
from mycel._public import public
from mycel.nn._checks import check_size
from mycel.nn.module import Module
from mycel.nn.parameter import Parameter


@public
class Embedding(Module):
    """A table of vectors, looked up by integers: (...) to (..., embedding_dim).

    Parameter: weight (num_embeddings, embedding_dim), drawn from the normal distribution; the row
    `padding_idx` is zeros and gets no gradient. A call raises IndexError for an integer without a
    row.

    Example:
        >>> nn.Embedding(10, 3)(mc.tensor([[1, 2], [3, 4]])).shape
        (2, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        dtype: _core.dtype = _core.float32,
    ) -> None:
        check_size("num_embeddings", num_embeddings, 0)
        check_size("embedding_dim", embedding_dim, 0)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"expects padding_idx among {num_embeddings} rows, got {padding_idx}")
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        weight = functions.randn((num_embeddings, embedding_dim), dtype=dtype)
        if self.padding_idx is not None:
            weight[self.padding_idx] = 0
        self.weight = Parameter(weight)

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """Integers (...) to vectors (..., embedding_dim)."""
        return functional.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """The sizes."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        return text if self.padding_idx is None else f"{text}, padding_idx={self.padding_idx}"
