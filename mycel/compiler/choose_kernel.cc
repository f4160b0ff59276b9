#include "mycel/compiler/choose_kernel.h"

#include "mycel/compiler/layout.h"

namespace mycel::compiler {
namespace {

backends::Request request_for(const ir::Operation& op, const SpecOf& spec) {
  backends::Request request{&op.def(), op.attributes(), {}, {}};
  for (const ir::Value* operand : op.operands()) {
    request.inputs.push_back(operand ? spec(operand)
                                     : backends::Operand{DType::kFloat32, {}, {}, true});
  }
  for (const ir::Value* result : op.results()) request.outputs.push_back(spec(result));
  return request;
}

const backends::Implementation* offered(const ir::Operation& op, backends::Backend& backend,
                                        const SpecOf& spec) {
  if (op.is("fusion")) return nullptr;
  ir::Types types;
  for (const ir::Value* operand : op.operands()) {
    types.push_back(operand ? operand->type() : ir::Type());
    if (operand) types.back().layout = layout_of(spec(operand).shape, spec(operand).strides);
  }
  ir::Call call{&op.def(), types.data(), types.size(), &op.attributes()};
  for (const backends::Implementation* offer : backend.implementations(op.def())) {
    if (!op.implementation().empty() && offer->name() != op.implementation()) continue;
    if (!offer->declines(call)) return offer;
  }
  return nullptr;
}

backends::KernelPtr kernel_for(const ir::Operation& op, backends::Backend& backend,
                               const backends::Request& request, const SpecOf& spec) {
  if (const backends::Implementation* offer = offered(op, backend, spec)) {
    return offer->prepare(request);
  }
  if (!has_formula(op)) {
    fail(Code::kCompile, "[{}] has no kernel on {} for {}", op.def().name, backend.target().name(),
         ir::to_string(op.operand(0)->type()));
  }
  return backend.compile(computation_of(op), request.inputs, request.outputs);
}

}  // namespace

ChosenKernel choose_kernel(const ir::Operation& op, backends::Backend& backend,
                           const SpecOf& spec) {
  backends::Request request = request_for(op, spec);
  ChosenKernel chosen;
  chosen.kernel = kernel_for(op, backend, request, spec);
  for (const te::InPlace& pair : chosen.kernel->in_place()) {
    const backends::Operand &in = request.inputs[pair.input], &out = request.outputs[pair.output];
    if (in.strides == out.strides && in.shape == out.shape) chosen.in_place.push_back(pair);
  }
  return chosen;
}

}  // namespace mycel::compiler
