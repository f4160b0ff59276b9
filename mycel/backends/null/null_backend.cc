#include "mycel/backends/null/null_backend.h"

#include <cstring>
#include <mutex>

#include "mycel/backends/api/strided_memory.h"
#include "mycel/backends/api/table_target.h"

namespace mycel::backends {
namespace {

// Hands out ascending addresses without memory behind them.
class CountingAllocator final : public Allocator {
 public:
  Device device() const override { return {DeviceKind::kNull, 0}; }

  void* allocate(size_t bytes) override {
    std::lock_guard lock(mutex_);
    if (bytes > kEnd - next_) fail(Code::kRuntime, "out of memory: {} bytes", bytes);
    auto* address = reinterpret_cast<void*>(next_);  // NOLINT(performance-no-int-to-ptr)
    next_ += (bytes + 63) / 64 * 64 + 64;
    ++stats_.allocations;
    stats_.live += bytes;
    stats_.peak = std::max(stats_.peak, stats_.live);
    return address;
  }
  void deallocate(void*, size_t bytes) override {
    std::lock_guard lock(mutex_);
    stats_.live -= bytes;
  }
  NullStats stats() {
    std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  // Above what a process can address on x86-64 and 64-bit Arm.
  static constexpr uintptr_t kBegin = uintptr_t{1} << 57, kEnd = uintptr_t{1} << 62;

  std::mutex mutex_;
  uintptr_t next_ = kBegin;
  NullStats stats_;
};

class NullKernel final : public Kernel {
 public:
  void run(void* const*, void*, const Stream&) const override {}
  std::string describe() const override { return "null"; }
};

class NullImplementation final : public Implementation {
 public:
  std::string_view name() const override { return "null"; }
  std::optional<std::string> declines(const ir::Call&) const override { return std::nullopt; }
  KernelPtr prepare(const Request&) const override { return make_intrusive<NullKernel>(); }
};

}  // namespace

struct NullBackend::Parts {
  explicit Parts(const NullBackend& backend) : target(backend, "null", Rates{}) {}

  CountingAllocator allocator;
  TableTarget target;
  NullImplementation implementation;
  const Implementation* const list[1] = {&implementation};
};

NullBackend::NullBackend() : parts_(std::make_unique<Parts>(*this)) {}
NullBackend::~NullBackend() = default;

Allocator& NullBackend::allocator() { return parts_->allocator; }
const ir::Target& NullBackend::target() const { return parts_->target; }
NullStats NullBackend::stats() const { return parts_->allocator.stats(); }

NDArray NullBackend::to_device(const NDArray& array) {
  return empty_like(array, parts_->allocator);
}

NDArray NullBackend::to_host(const NDArray& array) {
  NDArray zeros = empty_like(array, cpu_allocator());
  std::memset(zeros.buffer()->data(), 0, zeros.buffer()->bytes());
  return zeros;
}

KernelPtr NullBackend::compile(const te::Computation&, std::span<const Operand>,
                               std::span<const Operand>) {
  return make_intrusive<NullKernel>();
}

// Formulas are compiled; only operations without a formula need a kernel.
std::span<const Implementation* const> NullBackend::implementations(const ir::OpDef& op) const {
  if (op.kind != ir::OpKind::kKernel) return {};
  return parts_->list;
}

}  // namespace mycel::backends
