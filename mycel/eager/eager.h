// The eager engine: compiles each kind of call once, as a function of one operation.
#pragma once

#include "mycel/tensor/engine.h"

namespace mycel::compiler {

class EagerEngine final : public Engine {
 public:
  void run(const ir::OpDef& op, std::span<const NDArray* const> inputs,
           const ir::Attributes& attributes, Device device, std::span<NDArray> outputs) override;
  void write(const NDArray& values, const NDArray& target) override;
  NDArray copy(const NDArray& array) override;
  NDArray to_host(const NDArray& array) override;
  NDArray to_device(const NDArray& array, Device device) override;
};

}  // namespace mycel::compiler
