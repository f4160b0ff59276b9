#include "mycel/backends/cpu/library_kernel.h"

#include <algorithm>

#include "mycel/backends/cpu/formula_kernel.h"

namespace mycel::backends::cpu {
namespace {

constexpr size_t kAlignment = 64;

size_t aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

bool takes_strides(const Operand& operand) {
  struct Axis {
    int64_t stride, extent;
  };
  std::vector<Axis> axes;
  for (size_t i = 0; i < operand.shape.size(); ++i) {
    if (operand.shape[i] != 1) axes.push_back({operand.strides[i], operand.shape[i]});
  }
  std::sort(axes.begin(), axes.end(), [](Axis a, Axis b) { return a.stride < b.stride; });
  int64_t least = 1;
  for (Axis axis : axes) {
    if (axis.stride < least) return false;
    least = axis.stride * axis.extent;
  }
  return true;
}

class LibraryKernel final : public Kernel {
 public:
  LibraryKernel(const onednn::Description& description, const Parts& parts, StagedInputs staged)
      : primitive_(onednn::make(description)), parts_(parts), staged_(std::move(staged)) {
    size_t working = primitive_->scratch_bytes();
    for (const StagedInputs::Copy& copy : staged_.copies) {
      working = std::max(working, copy.kernel->scratch_bytes());
      copy_bytes_ += aligned(copy.bytes);
    }
    scratch_bytes_ = copy_bytes_ + working;
  }

  void run(void* const* buffers, void* scratch, const Stream& stream) const override {
    onednn::Buffers to{buffers[parts_.source], buffers[parts_.weights],
                       parts_.bias == Parts::kNone ? nullptr : buffers[parts_.bias],
                       buffers[parts_.destination]};
    char* free = static_cast<char*>(scratch);
    char* working = free + copy_bytes_;
    for (const StagedInputs::Copy& copy : staged_.copies) {
      void* operands[] = {buffers[copy.input], free};
      copy.kernel->run(operands, working, stream);
      if (copy.input == parts_.source) to.source = free;
      if (copy.input == parts_.weights) to.weights = free;
      if (copy.input == parts_.destination) to.destination = free;
      if (copy.input == parts_.bias) to.bias = free;
      free += aligned(copy.bytes);
    }
    onednn::execute(*primitive_, to, working);
  }
  size_t scratch_bytes() const override { return scratch_bytes_; }
  std::string describe() const override { return "onednn: " + primitive_->implementation(); }

 private:
  std::unique_ptr<onednn::Primitive> primitive_;
  Parts parts_;
  StagedInputs staged_;
  size_t copy_bytes_ = 0;
  size_t scratch_bytes_;
};

}  // namespace

StagedInputs stage_inputs(const Request& request, Strides (*layout)(const Shape&),
                          bool (*also)(const Operand&)) {
  StagedInputs staged;
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    const Operand& given = request.inputs[i];
    Operand& input = staged.inputs.emplace_back(given);
    if (given.absent || (takes_strides(given) && !(also && also(given)))) continue;
    input.strides = layout(input.shape);
    auto bytes = static_cast<size_t>(num_elements(input.shape) * byte_size(input.dtype));
    staged.copies.push_back({i, copy_kernel(given, input), bytes});
  }
  return staged;
}

KernelPtr make_library_kernel(const onednn::Description& description, const Parts& parts,
                              StagedInputs staged) {
  return make_intrusive<LibraryKernel>(description, parts, std::move(staged));
}

onednn::Tensor library_tensor(const Operand& operand, onednn::Format format) {
  return {operand.dtype, operand.shape, operand.strides, format};
}

std::optional<std::string> library_declines(const ir::Call& call) {
  for (size_t i = 0; i < call.num_operands; ++i) {
    if (!call.has(i)) continue;
    const ir::Type& type = call.type(i);
    if (type.dtype != DType::kFloat32 && type.dtype != DType::kBFloat16) {
      return fmt::format("takes no {}", name(type.dtype));
    }
    for (Dim dim : type.dims) {
      if (!dim.is_constant()) return "takes no symbolic extents";
      if (dim.value() == 0) return "takes no empty operands";
    }
  }
  return std::nullopt;
}

}  // namespace mycel::backends::cpu
