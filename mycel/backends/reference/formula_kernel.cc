#include "mycel/backends/reference/formula_kernel.h"

#include "mycel/te/interpreter.h"

namespace mycel::backends {
namespace {

std::vector<te::ArrayInfo> arrays(std::span<const Operand> operands) {
  std::vector<te::ArrayInfo> out;
  for (const Operand& operand : operands) {
    out.push_back({operand.dtype, operand.shape, operand.strides});
  }
  return out;
}

class FormulaKernel final : public Kernel {
 public:
  FormulaKernel(PageAllocator& allocator, const te::Computation& computation,
                std::span<const Operand> inputs, std::span<const Operand> outputs)
      : allocator_(allocator),
        num_buffers_(inputs.size() + outputs.size()),
        interpreter_(computation, arrays(inputs), arrays(outputs)) {}

  void run(void* const* buffers, void*, const Stream&) const override {
    OpenPages open(allocator_, {buffers, num_buffers_});
    interpreter_.run(buffers);
  }
  std::string describe() const override { return "interpreted"; }

 private:
  PageAllocator& allocator_;
  size_t num_buffers_;
  te::Interpreter interpreter_;
};

}  // namespace

KernelPtr make_formula_kernel(PageAllocator& allocator, const te::Computation& computation,
                              std::span<const Operand> inputs, std::span<const Operand> outputs) {
  return make_intrusive<FormulaKernel>(allocator, computation, inputs, outputs);
}

}  // namespace mycel::backends
