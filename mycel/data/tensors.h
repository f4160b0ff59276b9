// Batches as tensors.
#pragma once

#include "mycel/data/dataset.h"
#include "mycel/tensor/context.h"

namespace mycel::data {

// The arrays of a batch as tensors, on the context's device.
inline Tensors to_tensors(const Batch& batch) {
  const Context& here = context();
  Tensors tensors;
  for (const NDArray& array : batch) {
    bool stays = array.device() == here.device;
    tensors.push_back(Tensor(stays ? array : here.engine->to_device(array, here.device)));
  }
  return tensors;
}

}  // namespace mycel::data
