#include "mycel/autodiff/replay.h"

#include "mycel/autodiff/backward.h"
#include "mycel/ir/control_flow.h"
#include "mycel/ops/creation.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/trace.h"

namespace mycel {
namespace {

constexpr int kDeepestCall = 200;

class Replay {
 public:
  explicit Replay(const ir::Module* module) : module_(module) {}

  Tensors run(const ir::Region& region, const Tensors& arguments, int depth) {
    if (depth > kDeepestCall) {
      fail(Code::kRuntime, "[call] expects calls at most {} deep", kDeepestCall);
    }
    if (arguments.size() != region.arguments().size()) {
      fail(Code::kType, "[call] expects {} arguments, got {}", region.arguments().size(),
           arguments.size());
    }
    std::vector<Tensor> values(region.function().num_values());
    for (size_t i = 0; i < arguments.size(); ++i) values[region.argument(i)->id()] = arguments[i];
    for (const ir::Operation* op = region.first(); op; op = op->next()) step(*op, values, depth);
    Tensors results;
    for (const ir::Value* value : region.results()) results.push_back(values[value->id()]);
    return results;
  }

 private:
  void step(const ir::Operation& op, std::vector<Tensor>& values, int depth) {
    Tensors inputs;
    for (const ir::Value* operand : op.operands()) {
      inputs.push_back(operand ? values[operand->id()] : Tensor());
    }
    LocationScope scope(op.location());
    Tensors outputs;
    if (op.is("fusion")) {
      outputs = run(op.region(0), inputs, depth + 1);
    } else if (op.is("call")) {
      outputs = run(callee(op).body(), inputs, depth + 1);
    } else if (op.def().kind == ir::OpKind::kStructured) {
      fail(Code::kNotImplemented, "[{}] has no gradient, and runs in no trace", op.def().name);
    } else {
      outputs = apply(op.def(), inputs, op.attributes());
    }
    for (size_t i = 0; i < outputs.size(); ++i) values[op.result(i)->id()] = outputs[i];
  }

  const ir::Function& callee(const ir::Operation& op) const {
    const std::string& name = op.attributes().as<ir::CallAttributes>().callee;
    const ir::Function* found = module_ ? module_->find(name) : nullptr;
    if (!found) fail(Code::kValue, "[call] expects a function of the module, got \"{}\"", name);
    return *found;
  }

  const ir::Module* module_;
};

}  // namespace

Tensors replay(const ir::Function& function, const Tensors& arguments, const ir::Module* module) {
  return Replay(module).run(function.body(), arguments, 0);
}

std::unique_ptr<ir::Function> differentiate(const ir::Function& function,
                                            const std::vector<size_t>& wrt,
                                            const ir::Module* module) {
  OwnedTrace trace(function.name());
  TraceScope scope(*trace);
  GradMode recording(true);
  Tensors arguments, variables;
  for (const ir::Value* argument : function.body().arguments()) {
    arguments.push_back(trace->add_argument(argument->type(), argument->name()));
  }
  for (size_t i : wrt) {
    if (i >= arguments.size()) {
      fail(Code::kIndex, "[grad] expects an argument number below {}, got {}", arguments.size(), i);
    }
    arguments[i].set_requires_grad(true);
    variables.push_back(arguments[i]);
  }
  Tensors results = replay(function, arguments, module), outputs, cotangents;
  for (const Tensor& result : results) {
    if (!result.requires_grad()) continue;
    outputs.push_back(result);
    cotangents.push_back(ones_like(result));
  }
  Tensors found(variables.size());
  if (!outputs.empty()) {
    found = gradients(outputs, cotangents, variables, {false, false, true});
  }
  std::vector<ir::Value*> yielded;
  for (const Tensor& result : results) yielded.push_back(trace->lift(result.state().payload));
  for (size_t i = 0; i < found.size(); ++i) {
    Tensor gradient = found[i].defined() ? found[i] : zeros_like(variables[i]);
    yielded.push_back(trace->lift(gradient.state().payload));
  }
  trace->function().body().set_results(std::move(yielded));
  return trace->take_function();
}

}  // namespace mycel
