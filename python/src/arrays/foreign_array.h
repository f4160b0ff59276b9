// Memory that somebody else owns, as an array of ours.
#pragma once

#include <memory>
#include <string_view>

#include "mycel/core/ndarray.h"

namespace mycel::python {

enum class CopyMode {
  kAlways,
  kNever,       // raises ValueError where a copy would be needed
  kIfWritable,  // shares the memory only if its owner cannot write to it
};

struct ForeignArray {
  void* data;  // of element [0, ..., 0]
  DType dtype;
  Shape shape;
  Strides strides;  // in bytes
  bool writable;
};

// Its elements, copied or shared as `mode` says, and in any case copied where our kernels cannot
// read them in place: at addresses that are no multiples of their size, and bools that are stored
// as other bytes than 0 and 1. `owner` goes when the memory is no longer needed. Raises ValueError,
// with `op` in its message, for a shape and strides that no memory has.
NDArray adopt(const ForeignArray& foreign, CopyMode mode, std::shared_ptr<void> owner,
              std::string_view op);

}  // namespace mycel::python
