#include "mycel/compiler/dump_loops.h"

#include "mycel/codegen/kernel.h"
#include "mycel/compiler/inline_formulas.h"
#include "mycel/compiler/layout.h"

namespace mycel::compiler {
namespace {

bool is_generated(const ir::Operation& op) {
  return has_formula(op) && op.implementation().empty() && !op.def().is_view;
}

codegen::Layout layout_of(const ir::Value& value) {
  runtime::Spec spec = dense(value.type());
  return {std::move(spec.shape), std::move(spec.strides)};
}

std::string loops_of(const ir::Operation& op, const LoopsOptions& options) {
  te::Computation computation = computation_of(op);
  std::vector<codegen::Layout> inputs, outputs;
  for (const ir::Value* operand : op.operands()) {
    inputs.push_back(operand ? layout_of(*operand) : codegen::Layout{});
  }
  for (const ir::Value* result : op.results()) outputs.push_back(layout_of(*result));
  codegen::Request request{&computation, inputs, outputs};
  codegen::Options target{options.vector_bits, 1};
  return op.def().name + "\n" + te::to_string(computation) + "\n\n" +
         (options.assembly ? codegen::print_assembly(request, target)
                           : codegen::print_nest(request, target));
}

}  // namespace

std::string loops_of(const ir::Function& function, const LoopsOptions& options) {
  std::string text;
  for (const ir::Operation* op = function.body().first(); op; op = op->next()) {
    if (is_generated(*op)) text += (text.empty() ? "" : "\n") + loops_of(*op, options);
  }
  return text;
}

}  // namespace mycel::compiler
