// Wraps or copies memory owned by another library as an NDArray.
#pragma once

#include <memory>
#include <string_view>

#include "mycel/core/ndarray.h"

namespace mycel::python {

enum class CopyMode {
  kAlways,
  kNever,       // raises ValueError if a copy is needed
  kIfWritable,  // shares the memory only if its owner cannot write to it
};

struct ForeignArray {
  void* data;  // of element [0, ..., 0]
  DType dtype;
  Shape shape;
  Strides strides;  // in bytes
  bool writable;
};

// Copies or shares the elements as `mode` says. Kernels cannot read in place elements at addresses
// that are not multiples of their size, or bools stored as bytes other than 0 and 1: kIfWritable
// copies those, kNever raises ValueError. `owner` is released when the memory is no longer needed.
// Raises ValueError, with `op` in its message, for a shape and strides that no memory can have.
NDArray adopt(const ForeignArray& foreign, CopyMode mode, std::shared_ptr<void> owner,
              std::string_view op);

}  // namespace mycel::python
