#include "mycel/backends/reference/reference_backend.h"

#include <cstring>

#include "mycel/backends/api/strided_memory.h"
#include "mycel/backends/api/table_target.h"
#include "mycel/backends/reference/formula_kernel.h"
#include "mycel/backends/reference/primitives.h"

namespace mycel::backends {
namespace {

constexpr Rates kRates{.bytes_per_second = 1e9, .flops_per_second = 1e8, .launch_seconds = 1e-5};

class ReferenceBackend final : public Backend {
 public:
  ReferenceBackend() : primitives_(allocator_), target_(*this, "reference", kRates) {}

  Device device() const override { return {DeviceKind::kReference, 0}; }
  Allocator& allocator() override { return allocator_; }
  const ir::Target& target() const override { return target_; }

  NDArray to_device(const NDArray& array) override {
    NDArray to = empty_like(array, allocator_);
    void* addresses[] = {to.buffer()->data(),
                         array.device() == device() ? array.buffer()->data() : nullptr};
    OpenPages open(allocator_, addresses);
    std::memcpy(span_begin(to), span_begin(array), span_bytes(array));
    return to;
  }
  NDArray to_host(const NDArray& array) override {
    NDArray to = empty_like(array, cpu_allocator());
    void* addresses[] = {array.buffer()->data()};
    OpenPages open(allocator_, addresses);
    std::memcpy(span_begin(to), span_begin(array), span_bytes(array));
    return to;
  }

  KernelPtr compile(const te::Computation& computation, std::span<const Operand> inputs,
                    std::span<const Operand> outputs) override {
    return make_formula_kernel(allocator_, computation, inputs, outputs);
  }
  std::span<const Implementation* const> implementations(const ir::OpDef& op) const override {
    return primitives_.of(op.name);
  }

 private:
  PageAllocator allocator_;
  reference::Primitives primitives_;
  TableTarget target_;
};

}  // namespace

std::unique_ptr<Backend> make_reference_backend() { return std::make_unique<ReferenceBackend>(); }

}  // namespace mycel::backends
