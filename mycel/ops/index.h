// Indexing by integer arrays, as in NumPy.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

// `dims[k]` is the dim of x that the k-th index array indexes, in increasing order. The arrays
// broadcast to one shape, which takes the place of the indexed dims if they are neighbours, else
// comes first, unless `position` is set.
struct Index {
  Ints dims = {};
  std::optional<int64_t> position = {};
  bool from_end = true;   // negative positions count from the end; else they are out of range
  bool in_range = false;  // the positions are checked already
};
struct IndexPut {
  Ints dims = {};
  std::optional<int64_t> position = {};
  bool accumulate = false;  // add, for every repetition of an index; else the last one remains
  bool in_range = false;    // a read at these positions has checked them
  bool unique = false;      // no position repeats
};

Tensor index(const Tensor& x, const Tensors& indices, const Index& where);
// x with the elements that `index` would read replaced by `values`, which have the shape it would
// return.
Tensor index_put(const Tensor& x, const Tensor& values, const Tensors& indices,
                 const IndexPut& where);
// The shape of index(x, ...).
Dims indexed_dims(const Dims& x, const Dims& of_index, const Ints& dims,
                  const std::optional<int64_t>& position);

// A new last dim that is 1 at the index and 0 elsewhere, int64.
Tensor one_hot(const Tensor& index, Dim num_classes);
// Rows of a weight (n, d); the row `padding_idx` takes no gradient.
Tensor embedding(const Tensor& index, const Tensor& weight,
                 const std::optional<int64_t>& padding_idx = {});

void define_index();
void define_embedding();

}  // namespace mycel
