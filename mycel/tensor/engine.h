// Engine: the interface through which `apply` runs an operation at once.
#pragma once

#include <span>

#include "mycel/core/ndarray.h"
#include "mycel/ir/op_def.h"

namespace mycel {

class Engine {
 public:
  virtual ~Engine() = default;
  // Runs one operation on concrete arrays of one device; `inputs` are pointers, null for an absent
  // operand. `outputs` has one entry per result, undefined on entry; a defined outputs[0] is the
  // first operand, which the result replaces. Raises the operation's user errors.
  virtual void run(const ir::OpDef& op, std::span<const NDArray* const> inputs,
                   const ir::Attributes& attributes, Device device, std::span<NDArray> outputs) = 0;
  // Copies values into an array of the same device, shape and dtype, which may lie at any strides.
  virtual void write(const NDArray& values, const NDArray& target) = 0;
  // Returns a row-major copy on the same device.
  virtual NDArray copy(const NDArray& array) = 0;
  // Returns the array itself if the host can address it, else a copy on the host.
  virtual NDArray to_host(const NDArray& array) = 0;
  virtual NDArray to_device(const NDArray& array, Device device) = 0;
};

}  // namespace mycel
