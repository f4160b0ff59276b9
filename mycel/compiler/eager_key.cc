#include "mycel/compiler/eager_key.h"

namespace mycel::compiler {
namespace {

// A multiply-xorshift step (the finaliser of splitmix64, Steele et al. 2014).
inline uint64_t mix(uint64_t h, uint64_t value) {
  h = (h ^ value) * 0x9e3779b97f4a7c15;
  return h ^ (h >> 29);
}

}  // namespace

size_t EagerCall::hash() const {
  uint64_t h = mix(static_cast<uint64_t>(op->id), static_cast<uint64_t>(device.kind));
  if (!attributes->empty()) h = mix(h, attributes->hash());
  for (const NDArray* input : inputs) {
    if (!input) {
      h = mix(h, 0xabcd);
      continue;
    }
    h = mix(h, (input->rank() << 8) | static_cast<uint64_t>(input->dtype()));
    for (int64_t extent : input->shape()) h = mix(h, static_cast<uint64_t>(extent));
    for (int64_t stride : input->strides()) h = mix(h, static_cast<uint64_t>(stride));
  }
  return h;
}

EagerKey::EagerKey(const EagerCall& call)
    : op_(call.op), attributes_(call.attributes->own()), device_(call.device) {
  for (const NDArray* input : call.inputs) {
    if (input) {
      inputs_.push_back({false, input->dtype(), input->shape(), input->strides()});
    } else {
      inputs_.push_back({true, DType::kBool, {}, {}});
    }
  }
}

bool EagerKey::matches(const EagerCall& call) const {
  if (op_ != call.op || !(device_ == call.device) || inputs_.size() != call.inputs.size()) {
    return false;
  }
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Input& mine = inputs_[i];
    const NDArray* its = call.inputs[i];
    if (mine.absent != (its == nullptr)) return false;
    if (mine.absent) continue;
    if (mine.dtype != its->dtype() || !(mine.shape == its->shape()) ||
        !(mine.strides == its->strides())) {
      return false;
    }
  }
  return attributes_.empty() || attributes_ == *call.attributes;
}

}  // namespace mycel::compiler
