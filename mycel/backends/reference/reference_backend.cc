#include "mycel/backends/reference/reference_backend.h"

#include <cstring>

#include "mycel/backends/api/listed_target.h"
#include "mycel/backends/api/strided_memory.h"
#include "mycel/backends/reference/formula_kernel.h"
#include "mycel/backends/reference/primitives.h"

namespace mycel::backends {
namespace {

constexpr Rates kRates{.bytes_per_second = 1e9, .flops_per_second = 1e8, .launch_seconds = 1e-5};

}  // namespace

struct ReferenceBackend::Parts {
  explicit Parts(const ReferenceBackend& backend)
      : primitives(allocator), target(backend, "reference", kRates) {}

  PageAllocator allocator;
  reference::Primitives primitives;
  ListedTarget target;
};

ReferenceBackend::ReferenceBackend() : parts_(std::make_unique<Parts>(*this)) {}
ReferenceBackend::~ReferenceBackend() = default;

Allocator& ReferenceBackend::allocator() { return parts_->allocator; }
const ir::Target& ReferenceBackend::target() const { return parts_->target; }

NDArray ReferenceBackend::to_device(const NDArray& from) {
  NDArray to = empty_like(from, parts_->allocator);
  void* addresses[] = {to.buffer()->data(),
                       from.device() == device() ? from.buffer()->data() : nullptr};
  OpenPages open(parts_->allocator, addresses);
  std::memcpy(span_begin(to), span_begin(from), span_bytes(from));
  return to;
}

NDArray ReferenceBackend::to_host(const NDArray& array) {
  NDArray to = empty_like(array, cpu_allocator());
  void* addresses[] = {array.buffer()->data()};
  OpenPages open(parts_->allocator, addresses);
  std::memcpy(span_begin(to), span_begin(array), span_bytes(array));
  return to;
}

KernelPtr ReferenceBackend::compile(const te::Computation& computation,
                                    std::span<const Operand> inputs,
                                    std::span<const Operand> outputs) {
  return make_formula_kernel(parts_->allocator, computation, inputs, outputs);
}

std::span<const Implementation* const> ReferenceBackend::implementations(
    const ir::OpDef& op) const {
  return parts_->primitives.of(op.name);
}

}  // namespace mycel::backends
