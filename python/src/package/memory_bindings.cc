// Binds the statistics and the cache of the allocator.
#include "mycel/core/buffer.h"
#include "mycel/runtime/arena.h"
#include "python/src/common/bindings.h"

namespace mycel::python {
namespace {

void release_memory() {
  runtime::ArenaPool::of(cpu_allocator()).clear();
  release_allocator_cache();
}

}  // namespace

void bind_memory(nb::module_& module) {
  module.def("memory_allocated", [] { return allocator_stats().live; });
  module.def("memory_cached", [] { return allocator_stats().cached; });
  module.def("memory_peak", [] { return allocator_stats().peak; });
  module.def("reset_memory_peak", reset_allocator_peak);
  module.def("release_memory", release_memory);
}

}  // namespace mycel::python
