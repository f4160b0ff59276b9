// A device that computes nothing: kernels do nothing, and memory is counted but not allocated.
//
// A program too large for the machine can thus be compiled and its peak measured.
#pragma once

#include <memory>

#include "mycel/backends/api/backend.h"

namespace mycel::backends {

// Statistics of a null backend's allocator: live and peak bytes, and the number of allocations.
struct NullStats {
  size_t live = 0;
  size_t peak = 0;
  size_t allocations = 0;
};

// Arrays copied from this device to the host are zeros.
class NullBackend final : public Backend {
 public:
  NullBackend();
  ~NullBackend() override;

  Device device() const override { return {DeviceKind::kNull, 0}; }
  Allocator& allocator() override;
  const ir::Target& target() const override;
  NDArray to_device(const NDArray& array) override;
  NDArray to_host(const NDArray& array) override;
  KernelPtr compile(const te::Computation& computation, std::span<const Operand> inputs,
                    std::span<const Operand> outputs) override;
  std::span<const Implementation* const> implementations(const ir::OpDef& op) const override;

  NullStats stats() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace mycel::backends
