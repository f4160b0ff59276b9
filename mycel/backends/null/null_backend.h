// A device of shapes and bytes: everything runs and nothing is computed. Memory is counted but not
// there, so that a program too large for the machine can be compiled and its peak measured.
#pragma once

#include <memory>

#include "mycel/backends/api/backend.h"

namespace mycel::backends {

// Of a null backend's allocator, in bytes.
struct NullStats {
  size_t live = 0;
  size_t peak = 0;
  size_t allocations = 0;
};

// Arrays copied from it to the host are zeros.
class NullBackend final : public Backend {
 public:
  NullBackend();
  ~NullBackend() override;

  Device device() const override { return {DeviceKind::kNull, 0}; }
  Allocator& allocator() override;
  const ir::Target& target() const override;
  NDArray to_device(const NDArray& host) override;
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
