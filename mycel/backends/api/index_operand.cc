#include "mycel/backends/api/index_operand.h"

#include <algorithm>

namespace mycel::backends {

size_t dim_attribute(const Request& request) {
  return static_cast<size_t>(attribute<int64_t>(request, "dim"));
}

namespace {

// A uint64 beyond int64 becomes negative.
template <class T>
int64_t as_int64(T value) {
  return static_cast<int64_t>(value);
}

}  // namespace

int64_t IndexOperand::read(const void* data, int64_t offset) const {
  return visit_dtype(dtype_, [&](auto tag) -> int64_t {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      T value = static_cast<const T*>(data)[offset];
      int64_t index = as_int64(value);
      int64_t lowest = std::is_signed_v<T> && from_end_ ? -extent_ : 0;
      if (index < lowest || index >= extent_) {
        fail(Code::kIndex, "[{}] expects indices in [{}, {}), got {}", op_, lowest, extent_, value);
      }
      return index < 0 ? index + extent_ : index;
    } else {
      fail_internal("[{}] expects integer indices, got {}", op_, name(dtype_));
    }
  });
}

IndexPutDims::IndexPutDims(const Request& request)
    : accumulate(attribute<bool>(request, "accumulate")) {
  for (int64_t dim : attribute<Ints>(request, "dims")) indexed.push_back(static_cast<size_t>(dim));
  for (size_t d = 0; d < request.inputs[0].shape.size(); ++d) {
    if (std::find(indexed.begin(), indexed.end(), d) == indexed.end()) kept.push_back(d);
  }
  rank = request.inputs[1].shape.size() - kept.size();
  ir::Attribute position = request.attributes.get("position");
  if (const int64_t* given = std::get_if<int64_t>(&position)) {
    first = static_cast<size_t>(*given);
  } else {
    // NumPy: in place of the indexed dims if these are adjacent, otherwise in front.
    bool neighbours = indexed.back() - indexed.front() + 1 == indexed.size();
    first = neighbours ? indexed.front() : 0;
  }
}

}  // namespace mycel::backends
