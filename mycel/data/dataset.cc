#include "mycel/data/dataset.h"

namespace mycel::data {

Batch item(const Dataset& dataset, int64_t i) {
  int64_t size = dataset.size(), at = i < 0 ? i + size : i;
  if (at < 0 || at >= size) {
    fail(Code::kIndex, "[dataset] expects an item in [{}, {}], got {}", -size, size - 1, i);
  }
  Batch arrays;
  std::vector<void*> addresses;
  for (const Field& field : dataset.fields()) {
    addresses.push_back(arrays.emplace_back(NDArray::empty(field.dtype, field.shape)).raw());
  }
  dataset.write(at, addresses);
  return arrays;
}

Batch stack(const Dataset& dataset, std::span<const int64_t> items) {
  Batch arrays;
  std::vector<char*> addresses;
  std::vector<int64_t> steps;  // bytes of one item
  for (const Field& field : dataset.fields()) {
    Shape shape = field.shape;
    shape.insert(shape.begin(), static_cast<int64_t>(items.size()));
    arrays.push_back(NDArray::empty(field.dtype, shape));
    addresses.push_back(static_cast<char*>(arrays.back().raw()));
    steps.push_back(num_elements(field.shape) * byte_size(field.dtype));
  }
  std::vector<void*> to(addresses.size());
  for (size_t k = 0; k < items.size(); ++k) {
    for (size_t f = 0; f < to.size(); ++f) {
      to[f] = addresses[f] + static_cast<int64_t>(k) * steps[f];
    }
    dataset.write(items[k], to);
  }
  return arrays;
}

}  // namespace mycel::data
