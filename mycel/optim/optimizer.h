// Optimisers: they own the slots of every parameter and apply an update operation to each.
//
//   optim::Adadelta optimizer(model.parameters(), {.lr = 1.0});
//   optimizer.zero_grad(); loss.backward(); optimizer.step();
#pragma once

#include <string>
#include <vector>

#include "mycel/api.h"

namespace mycel::optim {

// Runs one update rule over parameters. A step may be part of a jitted function: then slots are
// inputs and outputs of it, and the learning rate is an operand that is asked for at each call.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  void zero_grad() const;
  // Updates every parameter that has a gradient.
  void step();
  double lr() const { return *lr_; }
  void set_lr(double lr) { *lr_ = lr; }

 protected:
  Optimizer(Tensors parameters, double lr, size_t num_slots);
  // The new value of the parameter, then of its slots.
  virtual Tensors update(const Tensor& parameter, const Tensor& gradient, const Tensors& slots,
                         const Tensor& lr, const Tensor& step) const = 0;

 private:
  Tensor learning_rate(DType dtype) const;

  Tensors parameters_;
  std::shared_ptr<double> lr_;  // shared with the functions that were jitted with it
  std::vector<Tensors> slots_;  // by parameter
  Tensors steps_;               // how many updates each parameter has had, float32 and 0-d
};

}  // namespace mycel::optim
