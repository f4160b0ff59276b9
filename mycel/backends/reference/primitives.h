// The operations without a formula, as plain loops.
#pragma once

#include "mycel/backends/api/backend.h"
#include "mycel/backends/reference/page_allocator.h"

namespace mycel::backends::reference {

// Runs on memory that is open. Buffers: inputs, then outputs.
using Primitive = void (*)(const Request& request, void* const* buffers);

void sort(const Request& request, void* const* buffers);
void scatter_add(const Request& request, void* const* buffers);
void index_put(const Request& request, void* const* buffers);

// The implementations of these operations.
class Primitives {
 public:
  explicit Primitives(PageAllocator& allocator);
  ~Primitives();
  std::span<const Implementation* const> of(std::string_view op) const;

 private:
  struct Entry;
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace mycel::backends::reference
