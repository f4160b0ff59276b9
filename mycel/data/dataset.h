// The interface of data sets: numbered items of the same fields, such as an image and its label.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mycel/core/ndarray.h"

namespace mycel::data {

// The type of one array of an item.
struct Field {
  DType dtype;
  Shape shape;
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual int64_t size() const = 0;
  // The arrays of every item, in order.
  virtual const std::vector<Field>& fields() const = 0;
  // Writes item i, 0 <= i < size(), row-major, one address per field. Called by several threads at
  // once. Errors reach the caller that asked for the item.
  virtual void write(int64_t i, std::span<void* const> to) const = 0;
};

using Batch = std::vector<NDArray>;

// Item i; a negative one counts from the end. Raises IndexError.
Batch item(const Dataset& dataset, int64_t i);
// The given items, stacked along a new first axis: one buffer per field.
Batch stack(const Dataset& dataset, std::span<const int64_t> items);

}  // namespace mycel::data
