#include "mycel/backends/cpu/conv_by_matmul.h"

#include <cmath>

#include "mycel/backends/cpu/col2im.h"
#include "mycel/backends/cpu/conv_attributes.h"
#include "mycel/backends/cpu/formula_kernel.h"
#include "mycel/backends/cpu/library_kernel.h"

namespace mycel::backends::cpu {
namespace {

constexpr int64_t kFloat = sizeof(float);
// Images are processed a few at a time, so that their columns stay in cache between the two steps.
constexpr int64_t kColumnBytes = 2 << 20;

// `grad` (N, out, H', W'), `weight` (out, C, kh, kw), `image` (N, C, H, W).
ConvSizes sizes_of(const ConvAttributes& a, const Shape& grad, const Shape& weight,
                   const Shape& image) {
  return {image[0],
          image[1],
          image[2],
          image[3],
          grad[1],
          grad[2],
          grad[3],
          weight[2],
          weight[3],
          {a.stride[0], a.stride[1]},
          {a.padding[0], a.padding[1]},
          {a.dilation[0], a.dilation[1]}};
}

// The fraction of vector lanes that oneDNN's kernels fill with `n` columns or channels.
double filled(int64_t n) {
  constexpr double kLanes = 16;
  double count = static_cast<double>(n);
  return count / (kLanes * std::ceil(count / kLanes));
}

// Whether it is faster than the direct convolution, by the time per element of the columns.
// Measured with 16-lane vectors at 240 GFLOP/s, where storing and summing a column took 0.15 ns and
// direct kernels reached 92 %.
bool wins(const ConvSizes& s) {
  constexpr double kColumn = 0.15, kGigaflops = 240, kDirect = 0.92;
  double product = 2 * static_cast<double>(s.outputs) / kGigaflops;
  return product / filled(s.window()) + kColumn < product / (kDirect * filled(s.channels));
}

// The largest divisor of the number of images whose columns fit in kColumnBytes.
int64_t images_at_once(const ConvSizes& s) {
  int64_t bytes = s.out_height * s.out_width * s.window() * kFloat;
  int64_t images = std::max<int64_t>(1, std::min(s.images, kColumnBytes / bytes));
  while (s.images % images != 0) --images;
  return images;
}

Operand row_major_floats(Shape shape) {
  Strides strides = row_major(shape);
  return {DType::kFloat32, std::move(shape), std::move(strides), false};
}

// grad [images * H' * W', out] @ weight [out, kh * kw * C]
KernelPtr columns_kernel(const ConvSizes& s, int64_t images) {
  int64_t rows = images * s.out_height * s.out_width;
  onednn::Description d;
  d.kind = onednn::Kind::kMatmul;
  d.source = library_tensor(row_major_floats({rows, s.outputs}));
  d.weights = library_tensor(row_major_floats({s.outputs, s.window()}));
  d.destination = library_tensor(row_major_floats({rows, s.window()}));
  return library_kernel(d);
}

// Copies the weights to scratch, channels last.
Sequence::Place stage_weights(Sequence& sequence, const Operand& weight, size_t number) {
  auto permuted = [](const Ints& x) { return Ints{x[0], x[2], x[3], x[1]}; };
  Operand from{weight.dtype, permuted(weight.shape), permuted(weight.strides), false};
  return stage(sequence, from, number, true, row_major).place;
}

class ConvInputGradientByMatmul final : public Implementation {
 public:
  std::string_view name() const override { return "onednn_matmul"; }

  std::optional<std::string> declines(const ir::Call& call) const override {
    if (auto reason = library_declines(call)) return reason;
    if (call.type(0).dtype != DType::kFloat32) return "takes float32 only";
    ConvAttributes a = conv_attributes(*call.attributes);
    if (a.groups != 1) return "takes no groups";
    ir::Types results;
    call.def->infer(call, results);
    ConvSizes sizes = sizes_of(a, to_shape(call.type(0).dims), to_shape(call.type(1).dims),
                               to_shape(results[0].dims));
    if (!wins(sizes)) return "is slower than the direct convolution";
    return std::nullopt;
  }

  KernelPtr prepare(const Request& request) const override {
    const Operand &grad = request.inputs[0], &weight = request.inputs[1],
                  &image = request.outputs[0];
    ConvSizes all =
        sizes_of(conv_attributes(request.attributes), grad.shape, weight.shape, image.shape);
    ConvSizes part = all;
    part.images = images_at_once(all);

    Sequence sequence;
    bool copy_grad = !is_channels_last(grad.shape, grad.strides);
    Sequence::Place gradient = stage(sequence, grad, 0, copy_grad, channels_last).place;
    Sequence::Place weights = stage_weights(sequence, weight, 1);
    Operand dense = image;
    dense.strides = channels_last(image.shape);
    bool copy_image = !is_channels_last(image.shape, image.strides);
    Sequence::Place result =
        copy_image ? sequence.scratch(num_elements(image.shape) * kFloat) : Sequence::buffer(2);

    int64_t positions = part.images * part.out_height * part.out_width;
    Sequence::Place columns = sequence.scratch(positions * part.window() * kFloat);
    KernelPtr product = columns_kernel(part, part.images), sum = make_col2im(part);
    Sequence::Place to = result;
    for (int64_t done = 0; done < all.images; done += part.images) {
      sequence.add(product, {gradient, weights, columns});
      sequence.add(sum, {columns, to});
      gradient.offset += positions * part.outputs * kFloat;
      to.offset += part.images * part.height * part.width * part.channels * kFloat;
    }
    if (copy_image) sequence.add(copy_kernel(dense, image), {result, Sequence::buffer(2)});
    return std::move(sequence).finish(product->describe() + ", col2im");
  }
};

}  // namespace

const Implementation& conv2d_input_gradient_by_matmul() {
  static const ConvInputGradientByMatmul instance;
  return instance;
}

}  // namespace mycel::backends::cpu
