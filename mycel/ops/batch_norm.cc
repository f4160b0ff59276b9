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

struct BatchNormTraining {
  double momentum = 0.1;
  double eps = 1e-5;
};

Ints axes_of_channel(size_t rank) {
  Ints axes;
  for (size_t d = 0; d < rank; ++d) {
    if (d != 1) axes.push_back(static_cast<int64_t>(d));
  }
  return axes;
}

// A value per channel, in `dtype`, broadcast along the other dims.
Tensor per_channel(const Tensor& values, size_t rank, DType dtype) {
  Dims shape(rank, 1);
  shape[1] = values.dim(0);
  return reshape(cast_to(values, dtype), shape);
}

void check_channels(std::string_view op, const ir::Type& x, const ir::Type& values,
                    std::string_view what) {
  if (values.is_none() || values.dims == Dims{x.dim(1)}) return;
  fail(Code::kValue, "[{}] expects one {} for each of the {} channels of input {}, got {}", op,
       what, x.dim(1).to_string(), ir::to_string(x), ir::to_string(values));
}

void check_rank(std::string_view op, const ir::Type& x) {
  if (x.rank() >= 2) return;
  fail(Code::kValue, "[{}] expects input (N, C, ...), got {}", op, ir::to_string(x));
}

Dim elements_per_channel(const Dims& dims) {
  Dim count = 1;
  for (size_t d = 0; d < dims.size(); ++d) {
    if (d != 1) count = count * dims[d];
  }
  return count;
}

ir::Types training_types(const ir::Call& call, const BatchNormTraining&) {
  const ir::Type& x = call.type(0);
  check_rank("batch_norm", x);
  if (elements_per_channel(x.dims) == Dim(1)) {
    call.fail(Code::kValue, "expects more than one value per channel when training, got input {}",
              ir::to_string(x));
  }
  const char* names[] = {"weight", "bias", "running mean", "running variance"};
  for (size_t i = 1; i < call.num_operands; ++i) {
    if (call.has(i)) check_channels("batch_norm", x, call.type(i), names[i - 1]);
  }
  DType compute = te::compute_dtype(x.dtype);
  auto statistic = [&](size_t i) {
    return ir::Type::tensor(call.has(i) ? call.type(i).dtype : compute, {x.dim(1)});
  };
  ir::Type saved = ir::Type::tensor(compute, {x.dim(1)});
  return {x, statistic(3), statistic(4), saved, saved};
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

Tensors training_body(const Tensors& in, const BatchNormTraining& a) {
  auto at = [&](size_t i) { return i < in.size() ? in[i] : Tensor(); };
  DType compute = te::compute_dtype(in[0].dtype());
  Tensor x = cast_to(in[0], compute), weight = at(1), bias = at(2);
  Ints axes = axes_of_channel(x.rank());
  Moments m = moments(x, axes, a.eps);
  Tensor y = (x - m.mean) * m.rstd;
  if (weight.defined()) y = y * per_channel(weight, x.rank(), compute);
  if (bias.defined()) y = y + per_channel(bias, x.rank(), compute);
  Dims channels{x.dim(1)};
  Tensor mean = reshape(m.mean, channels), rstd = reshape(m.rstd, channels);
  Tensor n = size_along(x, axes);
  Tensor unbiased = reshape(m.variance, channels) * (n / (n - 1));
  Dim elements = elements_per_channel(x.dims());
  return {cast_to(y, in[0].dtype()), moved(at(3), mean, a.momentum, elements),
          moved(at(4), unbiased, a.momentum, elements), mean, rstd};
}

Tensors training_gradients(const Vjp& v, const BatchNormTraining&) {
  DType dtype = v.input(0).dtype(), compute = te::compute_dtype(dtype);
  Tensor x = cast_to(v.input(0), compute);
  size_t rank = x.rank();
  Ints axes = axes_of_channel(rank);
  auto kept = [&](const Tensor& t) { return t.defined() ? per_channel(t, rank, compute) : t; };
  Tensor mean = kept(v.output(3)), rstd = kept(v.output(4));
  Tensor g = v.cotangent(0).defined() ? cast_to(v.cotangent(0), compute) : Tensor();
  Tensors out(v.num_inputs());
  auto has = [&](size_t i) { return i < out.size() && v.input(i).defined() && v.needs(i); };
  if (v.needs(0)) {
    Tensor of_y = g;
    bool weighted = v.num_inputs() > 1 && v.input(1).defined();
    if (g.defined() && weighted) of_y = g * per_channel(v.input(1), rank, compute);
    Tensor dx =
        normalized_gradient(x, mean, rstd, axes, of_y, kept(v.cotangent(3)), kept(v.cotangent(4)));
    if (dx.defined()) out[0] = cast_to(dx, dtype);
  }
  if (g.defined() && has(1)) {
    out[1] = cast_to(sum(g * ((x - mean) * rstd), {.dim = axes}), v.input(1).dtype());
  }
  if (g.defined() && has(2)) out[2] = cast_to(sum(g, {.dim = axes}), v.input(2).dtype());
  return out;
}

void define_training() {
  define<BatchNormTraining>(
      "batch_norm",
      "The input normalised per channel by the batch's mean and variance, and the statistics.\n\n"
      "The new running statistics are running * (1 - momentum) + batch * momentum, the variance "
      "unbiased; without running ones, the batch's. A batch without elements leaves them.")
      .input("input", "(N, C, ...)", floating)
      .optional_input("weight", "(C)", floating)
      .optional_input("bias", "(C)", floating)
      .optional_input("running_mean", "(C)", floating)
      .no_gradient()
      .optional_input("running_var", "(C)", floating)
      .no_gradient()
      .attribute(&BatchNormTraining::momentum, "momentum", "the weight of the batch's statistics")
      .attribute(&BatchNormTraining::eps, "eps", "added to the variance")
      .output("output", "(N, C, ...)")
      .output("running_mean", "the new one", false)
      .output("running_var", "the new one", false)
      .output("mean", "of the batch")
      .output("rstd", "1 / sqrt(variance + eps) of the batch")
      .infer(training_types)
      .layout(ir::LayoutRule::kChannelsLast)
      .body(training_body)
      .vjp(training_gradients)
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

struct Running {
  const Tensor &mean, &variance;
};

Tensor by_running(const Tensor& input, const Running& running, const Tensor& weight,
                  const Tensor& bias, double eps) {
  if (!running.mean.defined() || !running.variance.defined()) {
    fail(Code::kValue,
         "[batch_norm] expects running_mean and running_var when not training, got none");
  }
  DType compute = te::compute_dtype(input.dtype());
  size_t rank = input.rank();
  Tensor scale = rsqrt(per_channel(running.variance, rank, compute) + eps);
  if (weight.defined()) scale = scale * per_channel(weight, rank, compute);
  Tensor y = (cast_to(input, compute) - per_channel(running.mean, rank, compute)) * scale;
  if (bias.defined()) y = y + per_channel(bias, rank, compute);
  return cast_to(y, input.dtype());
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
      .optional_input("running_mean", "(C), written when training", floating)
      .no_gradient()
      .optional_input("running_var", "(C), written when training", floating)
      .no_gradient()
      .optional_input("weight", "(C)", floating)
      .optional_input("bias", "(C)", floating)
      .attribute(&BatchNorm::training, "training", "which statistics are used")
      .attribute(&BatchNorm::momentum, "momentum", "the weight of the batch's statistics")
      .attribute(&BatchNorm::eps, "eps", "added to the variance")
      .body([](const Tensors& in, const BatchNorm& a) {
        auto at = [&](size_t i) { return i < in.size() ? in[i] : Tensor(); };
        return batch_norm(in[0], at(1), at(2), at(3), at(4), a);
      })
      .only_functional()
      .see("Ioffe and Szegedy, Batch normalization, 2015")
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
  check_rank("batch_norm", x.type());
  auto type = [](const Tensor& t) { return t.defined() ? t.type() : ir::Type(); };
  check_channels("batch_norm", x.type(), type(running_mean), "running mean");
  check_channels("batch_norm", x.type(), type(running_var), "running variance");
  check_channels("batch_norm", x.type(), type(weight), "weight");
  check_channels("batch_norm", x.type(), type(bias), "bias");
  if (!options.training) {
    return by_running(x, {running_mean, running_var}, weight, bias, options.eps);
  }
  Tensors out = call_n(BatchNormTraining{options.momentum, options.eps}, x, weight, bias,
                       running_mean, running_var);
  if (running_mean.defined()) running_mean.assign(out[1]);
  if (running_var.defined()) running_var.assign(out[2]);
  return out[0];
}

void define_batch_norm() {
  define_training();
  define_function_batch_norm();
}

}  // namespace mycel
