#include "mycel/compiler/copy.h"

#include "mycel/te/formula.h"

namespace mycel::compiler {

backends::KernelPtr copy_kernel(backends::Backend& backend, const backends::Operand& from,
                                const backends::Operand& to) {
  Dims dims = to_dims(from.shape);
  te::Formula formula({{from.dtype, dims}});
  std::vector<te::Axis> axes = te::Formula::axes(dims);
  formula.output(from.dtype, axes, formula.input(0).at(axes));
  return backend.compile(formula.take(), {&from, 1}, {&to, 1});
}

void run_copy(const backends::KernelPtr& kernel, char* from, char* to,
              const backends::Stream& stream) {
  void* buffers[] = {from, to};
  kernel->run(buffers, nullptr, stream);
}

}  // namespace mycel::compiler
