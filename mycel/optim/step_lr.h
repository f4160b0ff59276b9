// Learning-rate schedules.
#pragma once

#include "mycel/optim/optimizer.h"

namespace mycel::optim {

// Multiplies the learning rate of every group by `gamma` at every `step_size`-th call of step(),
// usually made once per epoch. The optimiser must outlive it.
class StepLR {
 public:
  // Raises ValueError for a step_size below 1.
  StepLR(Optimizer& optimizer, int64_t step_size, double gamma = 0.1)
      : optimizer_(optimizer), step_size_(step_size), gamma_(gamma) {
    if (step_size < 1) {
      fail(Code::kValue, "[StepLR] expects a step_size of at least 1, got {}", step_size);
    }
  }

  void step() {
    if (++epoch_ % step_size_ != 0) return;
    for (size_t group = 0; group < optimizer_.num_groups(); ++group) {
      optimizer_.set_lr(optimizer_.lr(group) * gamma_, group);
    }
  }

 private:
  Optimizer& optimizer_;
  int64_t step_size_;
  double gamma_;
  int64_t epoch_ = 0;
};

}  // namespace mycel::optim
