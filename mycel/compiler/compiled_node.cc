#include "mycel/compiler/compiled_node.h"

#include "mycel/autodiff/backward.h"
#include "mycel/autodiff/variable.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/pipeline.h"
#include "mycel/ops/creation.h"
#include "mycel/tensor/front_end_lock.h"

namespace mycel::compiler {

std::shared_ptr<Compiled::Backward> Compiled::Backward::trace(Trace& forward,
                                                              const RecordedOps& recorded,
                                                              const std::vector<State>& outputs,
                                                              const Tensors& variables,
                                                              std::vector<size_t> variable_inputs) {
  auto self = std::make_shared<Backward>();
  std::vector<Edge> edges;
  for (const State& output : outputs) edges.push_back(output.edge);
  self->tape.emplace(forward.function(), recorded, edges, variables, variable_inputs);
  OwnedTrace trace(forward.function().name() + "_backward");
  TraceScope scope(*trace);
  Tensors differentiated, cotangents;
  FreedGraphs freed;
  for (size_t i = 0; i < outputs.size(); ++i) {
    // A leaf that is handed through keeps its own edge: it is no output of this node.
    // Nor has the loss that the function itself differentiated and freed a gradient any more.
    bool depends = outputs[i].edge.node && outputs[i].edge.node->num_inputs() > 0 &&
                   !freed.contains(outputs[i].edge);
    self->differentiable.push_back(depends);
    if (!depends) continue;
    self->cotangent_outputs.push_back(i);
    self->cotangent_types.push_back(outputs[i].payload.type());
    differentiated.push_back(Tensor(outputs[i]));
    cotangents.push_back(trace->add_argument(self->cotangent_types.back()));
  }
  if (differentiated.empty() || variables.empty()) return nullptr;
  Tensors found = gradients(differentiated, cotangents, variables,
                            {.retain_graph = false, .create_graph = false, .allow_unused = true});
  std::vector<ir::Value*> yielded;
  for (size_t i = 0; i < found.size(); ++i) {
    self->has_gradient.push_back(found[i].defined());
    if (found[i].defined()) yielded.push_back(trace->lift(found[i].state().payload));
  }
  trace->function().body().set_results(std::move(yielded));
  for (const Payload& payload : trace->foreign()) {
    self->residuals.push_back(payload.is_traced() ? payload.traced : forward.lift(payload));
  }
  self->variable_inputs = std::move(variable_inputs);
  self->inputs = trace->inputs();
  for (const TraceInput& input : self->inputs) {
    if (input.kind != TraceInput::Kind::kArgument && input.kind != TraceInput::Kind::kForeign) {
      fail_internal("the gradient of {} reads a tensor from outside", forward.function().name());
    }
  }
  self->function = trace->take_function();
  return self;
}

void Compiled::Backward::compile(backends::Backend& backend) {
  std::vector<runtime::Spec> specs;
  for (const ir::Value* argument : function->body().arguments()) {
    specs.push_back(dense(argument->type()));
  }
  executable = compiler::compile(*function, backend, specs);
}

Tensors CompiledNode::vjp(const Tensors& cotangents, const std::vector<bool>& needed) {
  if (freed_) {
    fail(Code::kRuntime,
         "[backward] expects the values saved by a compiled function to be there, but an earlier "
         "backward freed them; the first one needs retain_graph=True");
  }
  return context().grad_enabled || context().trace ? by_replay(cotangents, needed)
                                                   : by_backward_function(cotangents);
}

Tensors CompiledNode::by_backward_function(const Tensors& cotangents) {
  const Compiled::Backward& backward = *backward_;
  std::vector<NDArray> given, residuals = residuals_;  // which another backward may free meanwhile
  for (size_t i = 0; i < backward.cotangent_outputs.size(); ++i) {
    const Tensor& cotangent = cotangents[backward.cotangent_outputs[i]];
    const ir::Type& type = backward.cotangent_types[i];
    given.push_back(cotangent.defined() ? cotangent.array() : zeros(type.dims, type.dtype).array());
  }
  std::vector<const NDArray*> inputs;
  for (const TraceInput& input : backward.inputs) {
    bool is_cotangent = input.kind == TraceInput::Kind::kArgument;
    inputs.push_back(is_cotangent ? &given[input.index] : &residuals[input.index]);
  }
  std::vector<NDArray> outputs(backward.executable->parts().outputs.size());
  {
    std::optional<WithoutFrontEndLock> unlocked;
    if (backward.executable->takes_long()) unlocked.emplace();
    backward.executable->run(inputs, outputs);
  }
  Tensors gradients(inputs_.size());
  size_t next = 0;
  for (size_t i = 0; i < backward.variable_inputs.size(); ++i) {
    if (!backward.has_gradient[i]) continue;
    gradients[backward.variable_inputs[i]] = Tensor(std::move(outputs[next++]));
  }
  return gradients;
}

// With a tape of its own, the gradient is that of the operations: they run again, recorded.
Tensors CompiledNode::by_replay(const Tensors& cotangents, const std::vector<bool>& needed) {
  GradMode recording(true);
  Tensors arguments, variables;
  std::vector<size_t> variable_inputs;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    arguments.push_back(Tensor(inputs_[i]));
    if (!needed[i]) continue;
    arguments.back() = as_variable(arguments.back());
    variables.push_back(arguments.back());
    variable_inputs.push_back(i);
  }
  Tensors results = backward_->tape->replay(*backward_->source, arguments), outputs, given;
  for (size_t i = 0; i < cotangents.size(); ++i) {
    if (!cotangents[i].defined() || !results[i].requires_grad()) continue;
    outputs.push_back(results[i]);
    given.push_back(cotangents[i]);
  }
  Tensors found =
      mycel::gradients(outputs, given, variables,
                       {.retain_graph = true, .create_graph = true, .allow_unused = true});
  for (const Tensor& variable : variables) close_variable(variable);
  Tensors gradients(inputs_.size());
  for (size_t i = 0; i < found.size(); ++i) gradients[variable_inputs[i]] = found[i];
  return gradients;
}

void CompiledNode::free_saved() {
  freed_ = true;
  residuals_.clear();
  for (State& input : inputs_) input.payload = Payload();
}

}  // namespace mycel::compiler
