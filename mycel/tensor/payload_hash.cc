#include "mycel/tensor/payload_hash.h"

#include <functional>

namespace mycel {

bool is_same(const Payload& one, const Payload& other) {
  if (one.is_traced()) return other.traced == one.traced;
  const NDArray &a = one.array, &b = other.array;
  return b.defined() && a.buffer() == b.buffer() && a.offset() == b.offset() &&
         a.dtype() == b.dtype() && a.shape() == b.shape() && a.strides() == b.strides();
}

size_t hash_of(const Payload& payload) {
  if (payload.is_traced()) return std::hash<const void*>()(payload.traced);
  const NDArray& array = payload.array;
  size_t hash = std::hash<const void*>()(array.buffer().get());
  auto add = [&hash](int64_t word) { hash = hash * 1'000'003 + static_cast<size_t>(word); };
  add(array.offset());
  add(static_cast<int64_t>(array.dtype()));
  for (int64_t extent : array.shape()) add(extent);
  for (int64_t stride : array.strides()) add(stride);
  return hash;
}

}  // namespace mycel
