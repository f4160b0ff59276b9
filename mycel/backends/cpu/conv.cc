#include "mycel/backends/cpu/conv.h"

#include "mycel/backends/cpu/conv_attributes.h"
#include "mycel/backends/cpu/library_kernel.h"

namespace mycel::backends::cpu {
namespace {

using onednn::Format;
using onednn::Kind;

// The number of the operand in each role. As in `buffers`, the output comes after the inputs.
struct Parts {
  size_t source, weights, destination;
  std::optional<size_t> bias = std::nullopt;
};

Parts parts_of(Kind kind, size_t num_inputs, bool has_bias) {
  switch (kind) {
    case Kind::kConvolutionInputGradient:
      return {.source = num_inputs, .weights = 1, .destination = 0};
    case Kind::kConvolutionWeightGradient:
      return {.source = 0, .weights = num_inputs, .destination = 1};
    default:
      return {.source = 0,
              .weights = 1,
              .destination = num_inputs,
              .bias = has_bias ? std::optional<size_t>(2) : std::nullopt};
  }
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
  ConvAttributes window = conv_attributes(attributes);
  d.weights = weights_tensor(operands[parts.weights], window.groups);
  d.has_bias = parts.bias.has_value();
  if (parts.bias) d.bias = library_tensor(operands[*parts.bias]);
  d.stride = window.stride;
  d.dilation = window.dilation;
  d.padding = {window.padding[0], window.padding[1]};
  return d;
}

class LibraryConv final : public Implementation {
 public:
  explicit LibraryConv(Kind kind) : kind_(kind) {}

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
    Parts parts = parts_of(kind_, call.num_operands, call.has(2));
    onednn::Answer answer = onednn::query(describe(kind_, parts, *call.attributes, operands));
    if (answer.implementation.empty()) return answer.reason;
    return std::nullopt;
  }

  KernelPtr prepare(const Request& request) const override {
    Sequence sequence;
    std::vector<Operand> operands;
    std::vector<Sequence::Place> places;
    for (size_t i = 0; i < request.inputs.size(); ++i) {
      const Operand& input = request.inputs[i];
      bool copy = !input.absent && !takes_strides(input);
      Staged staged = stage(sequence, input, i, copy, row_major);
      operands.push_back(std::move(staged.operand));
      places.push_back(staged.place);
    }
    operands.push_back(request.outputs[0]);
    places.push_back(Sequence::buffer(places.size()));

    bool has_bias = request.inputs.size() > 2 && !request.inputs[2].absent;
    Parts parts = parts_of(kind_, request.inputs.size(), has_bias);
    KernelPtr kernel = library_kernel(describe(kind_, parts, request.attributes, operands));
    std::string description = kernel->describe();
    std::vector<Sequence::Place> used = {places[parts.source], places[parts.weights]};
    if (parts.bias) used.push_back(places[*parts.bias]);
    used.push_back(places[parts.destination]);
    sequence.add(std::move(kernel), std::move(used));
    return std::move(sequence).finish(std::move(description));
  }

 private:
  Kind kind_;
};

}  // namespace

const Implementation& library_conv2d() {
  static const LibraryConv instance(Kind::kConvolution);
  return instance;
}

const Implementation& library_conv2d_input_gradient() {
  static const LibraryConv instance(Kind::kConvolutionInputGradient);
  return instance;
}

const Implementation& library_conv2d_weight_gradient() {
  static const LibraryConv instance(Kind::kConvolutionWeightGradient);
  return instance;
}

}  // namespace mycel::backends::cpu
