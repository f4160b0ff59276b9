#include "mycel/backends/cpu/conv.h"

#include "mycel/backends/cpu/library_kernel.h"

namespace mycel::backends::cpu {
namespace {

using onednn::Format;
using onednn::Kind;

// Where each part of the convolution stands among the operands.
constexpr Parts kForward{.source = 0, .weights = 1, .destination = 2};
constexpr Parts kForwardWithBias{.source = 0, .weights = 1, .destination = 3, .bias = 2};
constexpr Parts kInputGradient{.source = 2, .weights = 1, .destination = 0};
constexpr Parts kWeightGradient{.source = 0, .weights = 2, .destination = 1};

Ints ints(const ir::Attributes& attributes, std::string_view name) {
  return std::get<Ints>(attributes.get(name));
}

// (out, C / groups, kh, kw) as (groups, out / groups, C / groups, kh, kw).
onednn::Tensor weights_tensor(const Operand& operand, int64_t groups) {
  onednn::Tensor tensor = library_tensor(operand, Format::kFree);
  if (groups == 1) return tensor;
  int64_t outputs = tensor.shape[0] / groups;
  tensor.shape[0] = outputs;
  tensor.shape.insert(tensor.shape.begin(), groups);
  tensor.strides.insert(tensor.strides.begin(), outputs * operand.strides[0]);
  return tensor;
}

onednn::Description describe(Kind kind, const Parts& parts, const ir::Attributes& attributes,
                             const std::vector<Operand>& operands) {
  onednn::Description d;
  d.kind = kind;
  d.source = library_tensor(operands[parts.source], Format::kChannelsLast);
  d.destination = library_tensor(operands[parts.destination], Format::kChannelsLast);
  int64_t groups = std::get<int64_t>(attributes.get("groups"));
  d.weights = weights_tensor(operands[parts.weights], groups);
  d.has_bias = parts.bias != Parts::kNone;
  if (d.has_bias) d.bias = library_tensor(operands[parts.bias]);
  d.stride = ints(attributes, "stride");
  d.dilation = ints(attributes, "dilation");
  Ints padding = ints(attributes, "padding");
  d.padding = {padding[0], padding[1]};
  return d;
}

Operand row_major_operand(const ir::Type& type) {
  Shape shape = to_shape(type.dims);
  Strides strides = row_major(shape);
  return {type.dtype, std::move(shape), std::move(strides)};
}

class LibraryConv final : public Implementation {
 public:
  LibraryConv(Kind kind, Parts parts) : kind_(kind), parts_(parts) {}

  std::string_view name() const override { return "onednn"; }

  std::optional<std::string> declines(const ir::Call& call) const override {
    if (auto reason = library_declines(call)) return reason;
    ir::Types results;
    call.def->infer(call, results);
    std::vector<Operand> operands;
    for (size_t i = 0; i < call.num_operands; ++i) {
      operands.push_back(call.has(i) ? row_major_operand(call.type(i)) : Operand{});
    }
    operands.push_back(row_major_operand(results[0]));
    bool has_bias = kind_ == Kind::kConvolution && call.has(2);
    onednn::Answer answer = onednn::query(
        describe(kind_, parts(has_bias, call.num_operands), *call.attributes, operands));
    if (answer.implementation.empty()) return answer.reason;
    return std::nullopt;
  }

  KernelPtr prepare(const Request& request) const override {
    StagedInputs staged = stage_inputs(request, row_major);
    bool has_bias = request.inputs.size() > 2 && !request.inputs[2].absent;
    std::vector<Operand> operands = staged.inputs;
    operands.push_back(request.outputs[0]);
    Parts used = parts(has_bias, request.inputs.size());
    onednn::Description d = describe(kind_, used, request.attributes, operands);
    return make_library_kernel(d, used, std::move(staged));
  }

 private:
  // The result stands behind the inputs, an absent bias included.
  Parts parts(bool has_bias, size_t num_inputs) const {
    if (kind_ != Kind::kConvolution) return parts_;
    Parts used = has_bias ? kForwardWithBias : kForward;
    used.destination = num_inputs;
    return used;
  }

  Kind kind_;
  Parts parts_;
};

}  // namespace

const Implementation& library_conv2d() {
  static const LibraryConv instance(Kind::kConvolution, kForward);
  return instance;
}

const Implementation& library_conv2d_input_gradient() {
  static const LibraryConv instance(Kind::kConvolutionInputGradient, kInputGradient);
  return instance;
}

const Implementation& library_conv2d_weight_gradient() {
  static const LibraryConv instance(Kind::kConvolutionWeightGradient, kWeightGradient);
  return instance;
}

}  // namespace mycel::backends::cpu
