#include "mycel/backends/cpu/library_kernel.h"

#include <algorithm>

#include "mycel/backends/cpu/formula_kernel.h"

namespace mycel::backends::cpu {
namespace {

class LibraryKernel final : public Kernel {
 public:
  explicit LibraryKernel(const onednn::Description& description)
      : primitive_(onednn::make(description)), has_bias_(description.has_bias) {}

  void run(void* const* buffers, void* scratch, const Stream&) const override {
    onednn::Buffers to{buffers[0], buffers[1], has_bias_ ? buffers[2] : nullptr,
                       buffers[has_bias_ ? 3 : 2]};
    onednn::execute(*primitive_, to, scratch);
  }
  size_t scratch_bytes() const override { return primitive_->scratch_bytes(); }
  std::string describe() const override { return "onednn: " + primitive_->implementation(); }

 private:
  std::unique_ptr<onednn::Primitive> primitive_;
  bool has_bias_;
};

}  // namespace

KernelPtr library_kernel(const onednn::Description& description) {
  return make_intrusive<LibraryKernel>(description);
}

onednn::Tensor library_tensor(const Operand& operand, onednn::Format format) {
  return {operand.dtype, operand.shape, operand.strides, format};
}

Operand row_major_operand(const ir::Type& type) {
  Shape shape = to_shape(type.dims);
  Strides strides = row_major(shape);
  return {type.dtype, std::move(shape), std::move(strides), false};
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

Staged stage(Sequence& sequence, const Operand& operand, size_t number, bool copy,
             Strides (*layout)(const Shape&)) {
  if (!copy) return {operand, Sequence::buffer(number)};
  Staged staged{operand, {}};
  staged.operand.strides = layout(operand.shape);
  int64_t bytes = num_elements(operand.shape) * byte_size(operand.dtype);
  staged.place = sequence.scratch(static_cast<size_t>(bytes));
  sequence.add(copy_kernel(operand, staged.operand), {Sequence::buffer(number), staged.place});
  return staged;
}

}  // namespace mycel::backends::cpu
