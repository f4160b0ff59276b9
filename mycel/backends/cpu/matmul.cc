#include "mycel/backends/cpu/matmul.h"

#include "mycel/backends/cpu/library_kernel.h"

namespace mycel::backends::cpu {
namespace {

constexpr size_t kMaxRank = 12;  // the library's

// The shape with 1s before it, up to the rank.
onednn::Tensor with_rank(const Operand& operand, size_t rank) {
  onednn::Tensor tensor = library_tensor(operand);
  while (tensor.shape.size() < rank) {
    tensor.shape.insert(tensor.shape.begin(), 1);
    tensor.strides.insert(tensor.strides.begin(), 1);
  }
  return tensor;
}

onednn::Description describe(const std::vector<Operand>& inputs, const Operand& output) {
  onednn::Description d;
  d.kind = onednn::Kind::kMatmul;
  d.source = with_rank(inputs[0], output.shape.size());
  d.weights = with_rank(inputs[1], output.shape.size());
  d.destination = library_tensor(output);
  return d;
}

// The library wants one of a matrix's two axes to be contiguous.
bool has_no_unit_stride(const Operand& operand) {
  size_t rank = operand.shape.size();
  for (size_t i = rank - 2; i < rank; ++i) {
    if (operand.strides[i] == 1 || operand.shape[i] == 1) return false;
  }
  return true;
}
bool is_not_row_major(const Operand& operand) {
  return !is_row_major(operand.shape, operand.strides);
}

Operand row_major_operand(DType dtype, const Dims& dims) {
  Shape shape = to_shape(dims);
  Strides strides = row_major(shape);
  return {dtype, std::move(shape), std::move(strides)};
}

class LibraryMatmul final : public Implementation {
 public:
  std::string_view name() const override { return "onednn"; }

  std::optional<std::string> declines(const ir::Call& call) const override {
    if (auto reason = library_declines(call)) return reason;
    ir::Types results;
    call.def->infer(call, results);
    if (results[0].rank() > kMaxRank) {
      return fmt::format("takes at most {} dims, got {}", kMaxRank, results[0].rank());
    }
    onednn::Answer answer =
        onednn::query(describe({row_major_operand(call.type(0).dtype, call.type(0).dims),
                                row_major_operand(call.type(1).dtype, call.type(1).dims)},
                               row_major_operand(results[0].dtype, results[0].dims)));
    if (answer.implementation.empty()) return answer.reason;
    return std::nullopt;
  }

  KernelPtr prepare(const Request& request) const override {
    StagedInputs staged = stage_inputs(request, row_major, has_no_unit_stride);
    onednn::Description d = describe(staged.inputs, request.outputs[0]);
    if (onednn::query(d).implementation.empty()) {
      staged = stage_inputs(request, row_major, is_not_row_major);
      d = describe(staged.inputs, request.outputs[0]);
    }
    return make_library_kernel(d, {.source = 0, .weights = 1, .destination = 2}, std::move(staged));
  }
};

}  // namespace

const Implementation& library_matmul() {
  static const LibraryMatmul instance;
  return instance;
}

}  // namespace mycel::backends::cpu
