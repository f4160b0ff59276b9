#include "mycel/define/define.h"
#include "mycel/ops/norm.h"
#include "mycel/ops/norm_rules.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct LayerNormOver {
  int64_t dims = 1;
  double eps = 1e-5;
};
struct LayerNorm {
  Dims normalized_shape = {};
  double eps = 1e-5;
};

Ints trailing_axes(size_t rank, int64_t dims) {
  Ints axes;
  for (auto d = static_cast<int64_t>(rank) - dims; d < static_cast<int64_t>(rank); ++d) {
    axes.push_back(d);
  }
  return axes;
}

Dims trailing_dims(const Dims& dims, int64_t count) { return {dims.end() - count, dims.end()}; }

ir::Types layer_norm_types(const ir::Call& call, const LayerNormOver& a) {
  const ir::Type& x = call.type(0);
  if (a.dims < 1 || a.dims > static_cast<int64_t>(x.rank())) {
    call.fail(Code::kValue, "expects at least {} dims to normalise, got input {}", a.dims,
              ir::to_string(x));
  }
  Dims normalized = trailing_dims(x.dims, a.dims);
  for (size_t i = 1; i < call.num_operands; ++i) {
    if (call.has(i) && !(call.type(i).dims == normalized)) {
      call.fail(Code::kValue, "expects {} of shape {} for input {}, got {}",
                call.def->operands[i].name, to_string(normalized), ir::to_string(x),
                ir::to_string(call.type(i)));
    }
  }
  ir::Type saved =
      ir::Type::tensor(te::compute_dtype(x.dtype), {x.dims.begin(), x.dims.end() - a.dims});
  return {x, saved, saved};
}

Tensors layer_norm_body(const Tensors& in, const LayerNormOver& a) {
  DType compute = te::compute_dtype(in[0].dtype());
  Tensor x = cast_to(in[0], compute);
  Moments m = moments(x, trailing_axes(x.rank(), a.dims), a.eps);
  Tensor y = (x - m.mean) * m.rstd;
  if (in.size() > 1 && in[1].defined()) y = y * cast_to(in[1], compute);
  if (in.size() > 2 && in[2].defined()) y = y + cast_to(in[2], compute);
  Dims dims = x.dims(), rows(dims.begin(), dims.end() - a.dims);
  return {cast_to(y, in[0].dtype()), reshape(m.mean, rows), reshape(m.rstd, rows)};
}

Tensors layer_norm_gradients(const Vjp& v, const LayerNormOver& a) {
  DType dtype = v.input(0).dtype(), compute = te::compute_dtype(dtype);
  Tensor x = cast_to(v.input(0), compute);
  Ints axes = trailing_axes(x.rank(), a.dims);
  Dims kept_dims = reduced_dims(x.dims(), axes, true);
  auto kept = [&](const Tensor& t) { return t.defined() ? reshape(t, kept_dims) : t; };
  Tensor mean = kept(v.output(1)), rstd = kept(v.output(2));
  Tensor g = v.cotangent(0).defined() ? cast_to(v.cotangent(0), compute) : Tensor();
  Tensors out(v.num_inputs());
  auto has = [&](size_t i) { return i < out.size() && v.input(i).defined(); };
  if (v.needs(0)) {
    Tensor of_y = g.defined() && has(1) ? g * cast_to(v.input(1), compute) : g;
    Tensor dx =
        normalized_gradient(x, mean, rstd, axes, of_y, kept(v.cotangent(1)), kept(v.cotangent(2)));
    if (dx.defined()) out[0] = cast_to(dx, dtype);
  }
  Dims normalized = trailing_dims(x.dims(), a.dims);
  if (g.defined() && has(1) && v.needs(1)) {
    out[1] = cast_to(sum_to(g * ((x - mean) * rstd), normalized), v.input(1).dtype());
  }
  if (g.defined() && has(2) && v.needs(2)) {
    out[2] = cast_to(sum_to(g, normalized), v.input(2).dtype());
  }
  return out;
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Dims& normalized, const Tensor& weight, const Tensor& bias,
                  double eps) {
  auto count = static_cast<int64_t>(normalized.size());
  bool fits = count > 0 && count <= static_cast<int64_t>(x.rank()) &&
              trailing_dims(x.dims(), count) == normalized;
  if (!fits) {
    fail(Code::kValue, "[layer_norm] expects an input whose last dims are {}, got {}",
         to_string(normalized), ir::to_string(x.type()));
  }
  return call(LayerNormOver{count, eps}, x, weight, bias);
}

void define_layer_norm() {
  define<LayerNormOver>(
      "layer_norm",
      "The input normalised over its trailing dims: (x - mean) / sqrt(var + eps) * weight + bias.")
      .input("input", "(..., normalised dims)", floating)
      .optional_input("weight", "the normalised dims", floating)
      .optional_input("bias", "the normalised dims", floating)
      .last_dims(&LayerNormOver::dims, "dims", "how many trailing dims are normalised")
      .attribute(&LayerNormOver::eps, "eps", "added to the variance")
      .output("output")
      .output("mean", "per row")
      .output("rstd", "1 / sqrt(variance + eps) per row")
      .infer(layer_norm_types)
      .body(layer_norm_body)
      .vjp(layer_norm_gradients)
      .internal()
      .see("Ba, Kiros and Hinton, Layer normalization, 2016")
      .example(">>> F.layer_norm(mc.tensor([[1., 3.]]), (2,), eps=0)\ntensor([[-1.,  1.]])")
      .samples({{{any(3, 5), any(5), any(5)}, {}},
                {{any(2, 3, 4), any(3, 4), absent()}, {2, 1e-3}},
                {{any(2, 3, 4), absent(), absent()}, {}}});
  define_function<LayerNorm>(
      "layer_norm",
      "The input normalised over its trailing dims: (x - mean) / sqrt(var + eps) * weight + "
      "bias.\n\n"
      "Mean and biased variance are those of each row. Raises ValueError where the input's last "
      "dims are not normalized_shape.")
      .input("input", "(..., normalized_shape)", floating)
      .optional_input("weight", "normalized_shape", floating)
      .optional_input("bias", "normalized_shape", floating)
      .last_dims(&LayerNorm::normalized_shape, "normalized_shape", "the trailing dims")
      .attribute(&LayerNorm::eps, "eps", "added to the variance")
      .order({"input", "normalized_shape", "weight", "bias", "eps"})
      .body([](const Tensor& x, const Tensor& weight, const Tensor& bias, const LayerNorm& a) {
        return layer_norm(x, a.normalized_shape, weight, bias, a.eps);
      })
      .only_functional()
      .see("Ba, Kiros and Hinton, Layer normalization, 2016")
      .example(">>> F.layer_norm(mc.tensor([[1., 3.]]), (2,), eps=0)\ntensor([[-1.,  1.]])")
      .samples({{{any(3, 5), any(5), any(5)}, {{5}, 1e-5}}, {{any(2, 3, 4)}, {{3, 4}, 1e-5}}});
}

}  // namespace mycel
