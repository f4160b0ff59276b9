#include "mycel/eager/eager_key.h"

namespace mycel::compiler {
namespace {

constexpr uint64_t kAbsent = ~uint64_t{0};

// A multiply-xorshift hash (the constant of splitmix64, Steele et al. 2014).
uint64_t hash_of(const uint64_t* words, size_t count) {
  uint64_t h = 0;
  for (size_t i = 0; i < count; ++i) h = (h ^ words[i]) * 0x9e3779b97f4a7c15;
  return h ^ (h >> 32);
}

}  // namespace

EagerKey::EagerKey(const ir::OpDef& op, const ir::Attributes& attributes, Device device,
                   std::span<const NDArray* const> inputs, bool in_place) {
  auto add = [&](auto word) { words_.push_back(static_cast<uint64_t>(word)); };
  add(static_cast<uint64_t>(op.id) << 17 | static_cast<uint64_t>(in_place) << 16 |
      static_cast<uint64_t>(device.kind) << 8 | static_cast<uint8_t>(device.index));
  if (!attributes.empty()) add(attributes.hash());
  for (const NDArray* input : inputs) {
    if (!input) {
      add(kAbsent);
      continue;
    }
    add(static_cast<uint64_t>(input->rank()) << 8 | static_cast<uint64_t>(input->dtype()));
    for (int64_t extent : input->shape()) add(extent);
    for (int64_t stride : input->strides()) add(stride);
  }
  hash_ = hash_of(words_.data(), words_.size());
}

}  // namespace mycel::compiler
