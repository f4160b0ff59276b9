#include "mycel/backends/cpu/sequence.h"

#include <algorithm>

namespace mycel::backends::cpu {
namespace {

constexpr size_t kAlignment = 64;

}  // namespace

class SequenceKernel final : public Kernel {
 public:
  SequenceKernel(Sequence sequence, std::string description)
      : sequence_(std::move(sequence)), description_(std::move(description)) {
    for (const Sequence::Step& step : sequence_.steps_) {
      step_bytes_ = std::max(step_bytes_, step.kernel->scratch_bytes());
    }
  }

  void run(void* const* buffers, void* scratch, const Stream& stream) const override {
    char* own = static_cast<char*>(scratch);
    InlineVector<void*, 8> operands;
    for (const Sequence::Step& step : sequence_.steps_) {
      operands.clear();
      for (Sequence::Place place : step.operands) {
        char* base =
            place.buffer == Sequence::kScratch ? own : static_cast<char*>(buffers[place.buffer]);
        operands.push_back(base + place.offset);
      }
      step.kernel->run(operands.data(), own + sequence_.bytes_, stream);
    }
  }
  size_t scratch_bytes() const override { return sequence_.bytes_ + step_bytes_; }
  std::string describe() const override { return description_; }

 private:
  Sequence sequence_;
  std::string description_;
  size_t step_bytes_ = 0;  // scratch that all steps share
};

Sequence::Place Sequence::scratch(size_t bytes) {
  Place place{kScratch, bytes_};
  bytes_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  return place;
}

void Sequence::add(KernelPtr kernel, std::vector<Place> operands) {
  steps_.push_back({std::move(kernel), std::move(operands)});
}

KernelPtr Sequence::finish(std::string description) && {
  return make_intrusive<SequenceKernel>(std::move(*this), std::move(description));
}

}  // namespace mycel::backends::cpu
