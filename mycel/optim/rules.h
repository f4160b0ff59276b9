// The update rules; their formulas are those of the operations in ops/optimizer.h.
#pragma once

#include "mycel/optim/optimizer.h"

namespace mycel::optim {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;  // needs a momentum, and no dampening
};
// Stochastic gradient descent, with momentum if it is not 0.
class SGD final : public Optimizer {
 public:
  explicit SGD(Tensors parameters, const SGDOptions& options = {});

 protected:
  Tensors update(const Tensor& parameter, const Tensor& gradient,
                 const Tensors& slots) const override;

 private:
  bool nesterov_;
};

struct AdadeltaOptions {
  double lr = 1.0;
  double rho = 0.9;
  double eps = 1e-6;
  double weight_decay = 0;
};
class Adadelta final : public Optimizer {
 public:
  explicit Adadelta(Tensors parameters, const AdadeltaOptions& options = {});

 protected:
  Tensors update(const Tensor& parameter, const Tensor& gradient,
                 const Tensors& slots) const override;
};

struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 1e-2;
};
class AdamW final : public Optimizer {
 public:
  explicit AdamW(Tensors parameters, const AdamWOptions& options = {});

 protected:
  Tensors update(const Tensor& parameter, const Tensor& gradient,
                 const Tensors& slots) const override;
};

}  // namespace mycel::optim
