#include "mycel/backends/cpu/formula_kernel.h"

#include "mycel/codegen/kernel.h"
#include "mycel/te/formula.h"

namespace mycel::backends::cpu {
namespace {

class FormulaKernel final : public Kernel {
 public:
  explicit FormulaKernel(codegen::KernelPtr kernel) : kernel_(std::move(kernel)) {}

  void run(void* const* buffers, void* scratch, const Stream&) const override {
    kernel_->run(buffers, scratch);
  }
  size_t scratch_bytes() const override { return kernel_->scratch_bytes(); }
  std::span<const te::InPlace> in_place() const override { return kernel_->in_place(); }
  std::string describe() const override { return kernel_->describe(); }

 private:
  codegen::KernelPtr kernel_;
};

std::vector<codegen::Layout> layouts(std::span<const Operand> operands) {
  std::vector<codegen::Layout> out;
  for (const Operand& operand : operands) out.push_back({operand.shape, operand.strides});
  return out;
}

}  // namespace

KernelPtr compile_formula(const te::Computation& computation, std::span<const Operand> inputs,
                          std::span<const Operand> outputs) {
  return make_intrusive<FormulaKernel>(
      codegen::compile(computation, layouts(inputs), layouts(outputs)));
}

KernelPtr copy_kernel(const Operand& from, const Operand& to) {
  Dims dims = to_dims(from.shape);
  te::Formula formula({{from.dtype, dims}});
  std::vector<te::Axis> axes = te::Formula::axes(dims);
  formula.output(from.dtype, axes, formula.input(0).at(axes));
  return compile_formula(formula.take(), {&from, 1}, {&to, 1});
}

}  // namespace mycel::backends::cpu
