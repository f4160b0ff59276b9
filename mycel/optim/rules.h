// The update rules; their formulas are those of the operations in ops/optimizer_update.h.
#pragma once

#include "mycel/optim/optimizer.h"

namespace mycel::optim {

// Stochastic gradient descent, with momentum if it is not initially 0.
struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;  // needs a momentum, and no dampening
};
Rule rule(const SGDOptions& options);
using SGD = OptimizerOf<SGDOptions>;

struct AdadeltaOptions {
  double lr = 1.0;
  double rho = 0.9;
  double eps = 1e-6;
  double weight_decay = 0;
};
Rule rule(const AdadeltaOptions& options);
using Adadelta = OptimizerOf<AdadeltaOptions>;

struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 1e-2;
};
Rule rule(const AdamWOptions& options);
using AdamW = OptimizerOf<AdamWOptions>;

}  // namespace mycel::optim
