#include "mycel/define/body_function.h"

#include "mycel/tensor/context.h"
#include "mycel/tensor/op_rules.h"
#include "mycel/tensor/trace.h"

namespace mycel {

std::unique_ptr<ir::Function> body_function(const ir::Call& call) {
  OwnedTrace trace(call.def->name);
  TraceScope scope(*trace);
  GradMode no_grad(false);
  Tensors inputs;
  for (size_t i = 0; i < call.num_operands; ++i) {
    inputs.push_back(call.has(i) ? trace->add_argument(call.type(i)) : Tensor());
  }
  std::vector<ir::Value*> results;
  for (const Tensor& result : rules(*call.def).body(inputs, *call.attributes)) {
    results.push_back(trace->lift(result.state().payload));
  }
  trace->function().body().set_results(std::move(results));
  return trace->take_function();
}

}  // namespace mycel
