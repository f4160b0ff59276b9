#include "mycel/backends/cpu/cpu_backend.h"

#include "mycel/backends/api/table_target.h"
#include "mycel/backends/cpu/formula_kernel.h"
#include "mycel/backends/cpu/implementations.h"

namespace mycel::backends {
namespace {

// Two cores of a server processor of 2024.
constexpr Rates kRates{.bytes_per_second = 3e10, .flops_per_second = 2e11, .launch_seconds = 1e-6};

class CpuTarget final : public TableTarget {
 public:
  explicit CpuTarget(const Backend& backend) : TableTarget(backend, "cpu", kRates) {}

  bool prefers_channels_last() const override { return true; }
  double flops_per_second(DType dtype) const override {
    switch (dtype) {
      case DType::kBFloat16:
        return 2 * kRates.flops_per_second;
      case DType::kFloat64:
        return kRates.flops_per_second / 2;
      default:
        return kRates.flops_per_second;
    }
  }
};

class CpuBackend final : public Backend {
 public:
  CpuBackend() : target_(*this) {}

  Device device() const override { return {DeviceKind::kCpu, 0}; }
  Allocator& allocator() override { return cpu_allocator(); }
  const ir::Target& target() const override { return target_; }

  // Host and device memory are the same.
  NDArray to_device(const NDArray& array) override { return array; }
  NDArray to_host(const NDArray& array) override { return array; }

  KernelPtr compile(const te::Computation& computation, std::span<const Operand> inputs,
                    std::span<const Operand> outputs) override {
    return cpu::compile_formula(computation, inputs, outputs);
  }
  std::span<const Implementation* const> implementations(const ir::OpDef& op) const override {
    return cpu::implementations_of(op.name);
  }

 private:
  CpuTarget target_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend() { return std::make_unique<CpuBackend>(); }

}  // namespace mycel::backends
