// The oracle: formulas interpreted, kernels as plain loops, on a device of its own.
#pragma once

#include <memory>

#include "mycel/backends/api/backend.h"

namespace mycel::backends {

// Its memory is reached by to_device and to_host only and protected outside its kernels.
class ReferenceBackend final : public Backend {
 public:
  ReferenceBackend();
  ~ReferenceBackend() override;

  Device device() const override { return {DeviceKind::kReference, 0}; }
  Allocator& allocator() override;
  const ir::Target& target() const override;
  NDArray to_device(const NDArray& host) override;
  NDArray to_host(const NDArray& array) override;
  KernelPtr compile(const te::Computation& computation, std::span<const Operand> inputs,
                    std::span<const Operand> outputs) override;
  std::span<const Implementation* const> implementations(const ir::OpDef& op) const override;
  Stream stream() override { return {device(), nullptr}; }
  void synchronize(const Stream&) override {}

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace mycel::backends
