"""NumPy arrays with the methods of tensors that programs of views and writes use.

A NumPy view aliases its base, so these arrays say what such a program gives. Fresh results are
row-major: the strides that decide between a view and a copy are logical ones.
"""

from __future__ import annotations

import numpy as np


class Array:
    def __init__(self, array):
        self.array = array

    # --- views -------------------------------------------------------------------------------

    def __getitem__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        if Ellipsis not in index:
            index = (*index, Ellipsis)  # else NumPy gives a scalar for an element
        return Array(self.array[index])

    def __iter__(self):
        return (Array(self.array[i, ...]) for i in range(len(self.array)))

    def view(self, *shape):
        array = self.array.view()
        array.shape = shape  # raises where a copy is needed
        return Array(array)

    def reshape(self, *shape):
        return Array(self.array.reshape(shape))

    def flatten(self, start, end):
        shape = self.array.shape
        return self.reshape(*shape[:start], -1, *shape[end + 1 :])

    def permute(self, *dims):
        return Array(self.array.transpose(dims))

    def transpose(self, first, second):
        return Array(self.array.swapaxes(first, second))

    def expand(self, *shape):
        strides = np.broadcast_to(self.array, shape).strides
        return Array(np.lib.stride_tricks.as_strided(self.array, shape, strides))

    def squeeze(self, dim):
        return Array(self.array.squeeze(dim) if self.array.shape[dim] == 1 else self.array[...])

    def unsqueeze(self, dim):
        return Array(np.expand_dims(self.array, dim))

    def detach(self):
        return Array(self.array[...])

    @property
    def data(self):
        return Array(self.array[...])

    # --- fresh results -----------------------------------------------------------------------

    def clone(self):
        return Array(self.array.copy(order="C"))

    def __add__(self, other):
        return Array(np.ascontiguousarray(self.array + values_of(other)).reshape(self.array.shape))

    def __sub__(self, other):
        return Array(np.ascontiguousarray(self.array - values_of(other)).reshape(self.array.shape))

    def __mul__(self, other):
        return Array(np.ascontiguousarray(self.array * values_of(other)).reshape(self.array.shape))

    def sum(self, dim):
        return Array(np.array(self.array.sum(dim), order="C"))

    # --- writes ------------------------------------------------------------------------------

    def __setitem__(self, index, value):
        self.array[index] = values_of(value)

    def copy_(self, other):
        self.array[...] = values_of(other)
        return self

    fill_ = copy_

    def zero_(self):
        return self.copy_(0)

    def add_(self, other):
        np.add(self.array, values_of(other), out=self.array)
        return self

    def sub_(self, other):
        np.subtract(self.array, values_of(other), out=self.array)
        return self

    def mul_(self, other):
        np.multiply(self.array, values_of(other), out=self.array)
        return self

    __iadd__ = add_
    __isub__ = sub_
    __imul__ = mul_


def values_of(value):
    return value.array if isinstance(value, Array) else value
