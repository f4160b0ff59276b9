#include "mycel/define/define.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/norm.h"
#include "mycel/ops/norm_rules.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/where.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct BatchNormInference {
  double eps = 1e-5;
};
struct BatchNormTraining {
  double momentum = 0.1;
  double eps = 1e-5;
};

// All dims but that of the channels.
Normalization by_channel(const Dims& dims) {
  Ints axes;
  for (int64_t d = 0; d < static_cast<int64_t>(dims.size()); ++d) {
    if (d != 1) axes.push_back(d);
  }
  return {axes, axes, reduced_dims(dims, axes, true)};
}

Dim elements_per_channel(Dims dims) {
  dims[1] = 1;
  return product(dims);
}

// Checks the types of input, weight, bias and the running statistics.
void check_operands(const ir::Type* types, size_t count) {
  const char* names[] = {"input", "weight", "bias", "running mean", "running variance"};
  const ir::Type& x = types[0];
  if (x.rank() < 2) {
    fail(Code::kValue, "[batch_norm] expects input (N, C, ...), got {}", x);
  }
  for (size_t i = 1; i < count; ++i) {
    if (types[i].is_none() || types[i].dims == Dims{x.dim(1)}) continue;
    fail(Code::kValue,
         "[batch_norm] expects one {} for each of the {} channels of input {}, got {}", names[i],
         x.dim(1), x, types[i]);
  }
}

// Moves the running statistic towards the batch's by `momentum`; returns the batch's if there is
// none. A batch without elements has no statistics to move to.
Tensor moved(const Tensor& running, const Tensor& batch, double momentum, Dim elements) {
  if (!running.defined()) return batch;
  if (elements == Dim(0)) return running;
  Tensor before = cast_to(running, batch.dtype());
  Tensor after = before * (1 - momentum) + batch * momentum;
  if (!elements.is_constant()) {
    Tensor count = call(SizeOf{{elements}, batch.dtype()});
    after = where(count == 0, before, after);
  }
  return cast_to(after, running.dtype());
}

Tensors training_body(const Tensor& input, const Tensor& weight, const Tensor& bias,
                      const Tensor& running_mean, const Tensor& running_var,
                      const BatchNormTraining& a) {
  Normalization how = by_channel(input.dims());
  Normalized out = normalized(input, weight, bias, how, a.eps);
  Tensor n = size_along(input, how.axes), unbiased = out.variance * (n / (n - 1));
  Dim elements = elements_per_channel(input.dims());
  return {out.output, moved(running_mean, out.mean, a.momentum, elements),
          moved(running_var, unbiased, a.momentum, elements), out.mean, out.rstd};
}

void define_training() {
  define<BatchNormTraining>(
      "batch_norm",
      "The input normalised per channel by the batch's mean and variance, and the statistics.\n\n"
      "The new running statistics are running * (1 - momentum) + batch * momentum, the variance "
      "unbiased; without running ones, the batch's. A batch without elements leaves them.")
      .input("input", "(N, C, ...)", floating)
      .optional_inputs({"weight", "bias"}, "(C)", floating)
      .optional_inputs({"running_mean", "running_var"}, "(C)", floating)
      .no_gradient(2)
      .attribute(&BatchNormTraining::momentum, "momentum", "the weight of the batch's statistics")
      .attribute(&BatchNormTraining::eps, "eps", "added to the variance")
      .output("output", "(N, C, ...)")
      .output("running_mean", "the new one", false)
      .output("running_var", "the new one", false)
      .output("mean", "of the batch")
      .output("rstd", "1 / sqrt(variance + eps) of the batch")
      .fixes_dims()
      .expects([](const ir::Call& call, const BatchNormTraining&) {
        check_operands(call.operands, call.num_operands);
        if (!(elements_per_channel(call.type(0).dims) == Dim(1))) return;
        call.fail(Code::kValue,
                  "expects more than one value per channel when training, got input {}",
                  call.type(0));
      })
      .layout(ir::LayoutRule::kChannelsLast)
      .body(training_body)
      .vjp([](const Vjp& v, const BatchNormTraining&) {
        return normalization_gradients(v, by_channel(v.input(0).dims()), 3);
      })
      .internal()
      .see("Ioffe and Szegedy, Batch normalization, 2015")
      .example(
          ">>> x = mc.tensor([[1.], [3.]])\n"
          ">>> F.batch_norm(x, None, None, training=True, eps=0)\ntensor([[-1.],\n"
          "        [ 1.]])")
      .samples({{{any(4, 3, 2, 2), any(3), any(3), any(3), any(3)}, {}},
                {{any(5, 2), absent(), absent(), absent(), absent()}, {0.1, 1e-3}},
                {{any(3, 1, 4), any(1), absent(), any(1), any(1)}, {0.3, 1e-5}},
                {{any(0, 2, 3), any(2), any(2), any(2), any(2)}, {}}});
}

Tensor by_running(const Tensor& input, const Tensor& mean, const Tensor& variance,
                  const Tensor& weight, const Tensor& bias, const BatchNormInference& a) {
  DType compute = te::compute_dtype(input.dtype());
  Dims affine = by_channel(input.dims()).affine;
  auto per_channel = [&](const Tensor& t) { return reshape(cast_to(t, compute), affine); };
  Tensor scale = scaled_and_shifted(rsqrt(per_channel(variance) + a.eps), weight, {}, affine);
  Tensor y = (cast_to(input, compute) - per_channel(mean)) * scale;
  return cast_to(scaled_and_shifted(y, {}, bias, affine), input.dtype());
}

// One operation, so that eager mode runs one kernel.
void define_inference() {
  define<BatchNormInference>("batch_norm_inference",
                             "The input normalised per channel by the running mean and variance.")
      .input("input", "(N, C, ...)", floating)
      .input("running_mean", "(C)", floating)
      .input("running_var", "(C)", floating)
      .optional_inputs({"weight", "bias"}, "(C)", floating)
      .attribute(&BatchNormInference::eps, "eps", "added to the variance")
      .fixes_dims()
      .layout(ir::LayoutRule::kFollow)
      .body(by_running)
      .internal()
      .example(
          ">>> x = mc.tensor([[1.], [3.]])\n"
          ">>> F.batch_norm(x, mc.zeros(1), mc.ones(1), eps=0)\ntensor([[1.],\n"
          "        [3.]])")
      .samples({{{any(4, 3, 2, 2), any(3), within({3}, 0.5, 2), any(3), any(3)}, {}},
                {{any(5, 2), any(2), within({2}, 0.5, 2), absent(), any(2)}, {1e-3}},
                {{any(0, 2, 3), any(2), within({2}, 0.5, 2), any(2), absent()}, {}}});
}

void define_function_batch_norm() {
  define_function<BatchNorm>(
      "batch_norm",
      "The input normalised per channel: (x - mean) / sqrt(var + eps) * weight + bias.\n\n"
      "When training, mean and variance are the batch's, and running_mean and running_var are "
      "moved towards them (the variance unbiased), which a batch without elements does not do; "
      "else they are the running ones. Raises ValueError where there are not as many values as "
      "channels, and when training on one value per channel.")
      .input("input", "(N, C, ...)", floating)
      .optional_inputs({"running_mean", "running_var"}, "(C), written when training", floating)
      .no_gradient(2)
      .optional_inputs({"weight", "bias"}, "(C)", floating)
      .attribute(&BatchNorm::training, "training", "which statistics are used")
      .attribute(&BatchNorm::momentum, "momentum", "the weight of the batch's statistics")
      .attribute(&BatchNorm::eps, "eps", "added to the variance")
      .body(batch_norm)
      .only_functional()
      .example(
          ">>> x = mc.tensor([[1.], [3.]])\n"
          ">>> F.batch_norm(x, mc.zeros(1), mc.ones(1), eps=0)\ntensor([[1.],\n"
          "        [3.]])")
      .samples({{{any(4, 3, 2), any(3), within({3}, 0.5, 2), any(3), any(3)}, {}},
                {{any(4, 3), absent(), absent(), any(3), any(3)}, {true, 0.1, 1e-5}}});
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight, const Tensor& bias, const BatchNorm& options) {
  ir::Types types;
  for (const Tensor* t : {&x, &weight, &bias, &running_mean, &running_var}) {
    types.push_back(t->defined() ? t->type() : ir::Type());
  }
  check_operands(types.data(), types.size());
  if (!options.training) {
    if (!running_mean.defined() || !running_var.defined()) {
      fail(Code::kValue,
           "[batch_norm] expects running_mean and running_var when not training, got none");
    }
    return call(BatchNormInference{options.eps}, x, running_mean, running_var, weight, bias);
  }
  Tensors out = call_n(BatchNormTraining{options.momentum, options.eps}, x, weight, bias,
                       running_mean, running_var);
  if (running_mean.defined()) running_mean.assign(out[1]);
  if (running_var.defined()) running_var.assign(out[2]);
  return out[0];
}

void define_batch_norm() {
  define_training();
  define_inference();
  define_function_batch_norm();
}

}  // namespace mycel
