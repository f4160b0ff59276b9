#include "mycel/define/define.h"
#include "mycel/ops/norm.h"
#include "mycel/ops/norm_rules.h"

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

Dims trailing_dims(const Dims& dims, int64_t count) { return {dims.end() - count, dims.end()}; }

// Over the last `count` dims.
Normalization by_row(const Dims& dims, int64_t count) {
  Normalization how;
  how.affine = trailing_dims(dims, count);
  auto rank = static_cast<int64_t>(dims.size());
  for (int64_t d = 0; d < rank; ++d) (d < rank - count ? how.repeated : how.axes).push_back(d);
  return how;
}

void check_operands(const ir::Call& call, const LayerNormOver& a) {
  const ir::Type& x = call.type(0);
  if (a.dims < 1 || a.dims > static_cast<int64_t>(x.rank())) {
    call.fail(Code::kValue, "expects at least {} dims to normalise, got input {}", a.dims, x);
  }
  Dims normalized = trailing_dims(x.dims, a.dims);
  for (size_t i = 1; i < call.num_operands; ++i) {
    if (call.has(i) && !(call.type(i).dims == normalized)) {
      call.fail(Code::kValue, "expects {} of shape {} for input {}, got {}",
                call.def->operands[i].name, normalized, x, call.type(i));
    }
  }
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Dims& normalized, const Tensor& weight, const Tensor& bias,
                  double eps) {
  auto count = static_cast<int64_t>(normalized.size());
  bool fits = count > 0 && count <= static_cast<int64_t>(x.rank()) &&
              trailing_dims(x.dims(), count) == normalized;
  if (!fits) {
    fail(Code::kValue, "[layer_norm] expects an input whose last dims are {}, got {}", normalized,
         x.type());
  }
  return call(LayerNormOver{count, eps}, x, weight, bias);
}

void define_layer_norm() {
  define<LayerNormOver>(
      "layer_norm",
      "The input normalised over its trailing dims: (x - mean) / sqrt(var + eps) * weight + bias.")
      .input("input", "(..., normalised dims)", floating)
      .optional_inputs({"weight", "bias"}, "the normalised dims", floating)
      .last_dims(&LayerNormOver::dims, "dims", "how many trailing dims are normalised")
      .attribute(&LayerNormOver::eps, "eps", "added to the variance")
      .output("output")
      .output("mean", "per row")
      .output("rstd", "1 / sqrt(variance + eps) per row")
      .expects(check_operands)
      .body([](const Tensor& x, const Tensor& weight, const Tensor& bias, const LayerNormOver& a) {
        Normalized out = normalized(x, weight, bias, by_row(x.dims(), a.dims), a.eps);
        return Tensors{out.output, out.mean, out.rstd};
      })
      .vjp([](const Vjp& v, const LayerNormOver& a) {
        return normalization_gradients(v, by_row(v.input(0).dims(), a.dims), 1);
      })
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
      .optional_inputs({"weight", "bias"}, "normalized_shape", floating)
      .last_dims(&LayerNorm::normalized_shape, "normalized_shape", "the trailing dims")
      .attribute(&LayerNorm::eps, "eps", "added to the variance")
      .order({"input", "normalized_shape", "weight", "bias", "eps"})
      .body([](const Tensor& x, const Tensor& weight, const Tensor& bias, const LayerNorm& a) {
        return layer_norm(x, a.normalized_shape, weight, bias, a.eps);
      })
      .only_functional()
      .samples({{{any(3, 5), any(5), any(5)}, {{5}, 1e-5}}, {{any(2, 3, 4)}, {{3, 4}, 1e-5}}});
}

}  // namespace mycel
