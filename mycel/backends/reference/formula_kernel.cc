#include "mycel/backends/reference/formula_kernel.h"

#include "mycel/te/interpreter.h"

namespace mycel::backends {
namespace {

class FormulaKernel final : public Kernel {
 public:
  FormulaKernel(PageAllocator& allocator, const te::Computation& computation,
                std::span<const Operand> inputs, std::span<const Operand> outputs)
      : allocator_(allocator),
        computation_(computation),
        inputs_(inputs.begin(), inputs.end()),
        outputs_(outputs.begin(), outputs.end()) {}

  void run(void* const* buffers, void*, const Stream&) const override {
    OpenPages open(allocator_, {buffers, inputs_.size() + outputs_.size()});
    std::vector<NDArray> inputs = arrays(inputs_, buffers);
    std::vector<NDArray> outputs = arrays(outputs_, buffers + inputs_.size());
    te::interpret(computation_, inputs, outputs);
  }
  std::string describe() const override { return "interpreted"; }

 private:
  // While the pages are open, the operands are host memory.
  static std::vector<NDArray> arrays(const std::vector<Operand>& operands, void* const* buffers) {
    std::vector<NDArray> out;
    for (size_t i = 0; i < operands.size(); ++i) {
      BufferPtr memory = Buffer::wrap(buffers[i], 0, {DeviceKind::kCpu, 0}, nullptr, false);
      out.push_back({memory, operands[i].dtype, operands[i].shape, operands[i].strides, 0});
    }
    return out;
  }

  PageAllocator& allocator_;
  te::Computation computation_;
  std::vector<Operand> inputs_, outputs_;
};

}  // namespace

KernelPtr make_formula_kernel(PageAllocator& allocator, const te::Computation& computation,
                              std::span<const Operand> inputs, std::span<const Operand> outputs) {
  return make_intrusive<FormulaKernel>(allocator, computation, inputs, outputs);
}

}  // namespace mycel::backends
