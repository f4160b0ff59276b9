#include "mycel/nn/linear.h"

#include "mycel/nn/init.h"

namespace mycel::nn {

Linear::Linear(int64_t in, int64_t out, const LinearOptions& options)
    : weight(add_parameter("weight", uniform_by_fan_in({out, in}, in, options.dtype))) {
  if (options.bias) bias = add_parameter("bias", uniform_by_fan_in({out}, in, options.dtype));
}

Tensor Linear::operator()(const Tensor& x) const { return linear(x, weight, bias); }

}  // namespace mycel::nn
