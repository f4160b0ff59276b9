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
                                                              const std::vector<Edge>& variables) {
  auto self = std::make_shared<Backward>();
  std::vector<Edge> edges;
  for (const State& output : outputs) edges.push_back(output.edge);
  self->tape = std::make_unique<CompiledTape>(forward.function(), recorded, edges, variables);
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
  if (differentiated.empty()) return nullptr;
  Tensors found = gradients_at(differentiated, cotangents, variables, {});
  std::vector<ir::Value*> yielded;
  for (size_t i = 0; i < found.size(); ++i) {
    self->has_gradient.push_back(found[i].defined());
    if (found[i].defined()) yielded.push_back(trace->lift(found[i].state().payload));
  }
  trace->function().body().set_results(std::move(yielded));
  for (const Payload& payload : trace->foreign()) {
    self->residuals.push_back(payload.is_traced() ? payload.traced : forward.lift(payload));
  }
  self->users = self->tape->users();
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
  if (function->body().results().empty()) return;  // all leaves are gone
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
  if (!backward.executable) return Tensors(variables_.size());
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
  Tensors gradients(variables_.size());
  size_t next = 0;
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!backward.has_gradient[i]) continue;
    NDArray& gradient = outputs[next++];
    if (is_used(i, cotangents)) gradients[i] = Tensor(std::move(gradient));
  }
  return gradients;
}

// Else it gets no gradient, rather than zeros.
bool CompiledNode::is_used(size_t variable, const Tensors& cotangents) const {
  const std::vector<bool>& users = backward_->users[variable];
  for (size_t i = 0; i < cotangents.size(); ++i) {
    if (cotangents[i].defined() && users[i]) return true;
  }
  return false;
}

// With a tape of its own, the gradient is that of the operations: they run again, recorded.
Tensors CompiledNode::by_replay(const Tensors& cotangents, const std::vector<bool>& needed) {
  GradMode recording(true);
  std::vector<Edge> edges = variables_, wanted;
  Tensors variables;
  std::vector<size_t> numbers;
  for (size_t i = 0; i < edges.size(); ++i) {
    if (!needed[i]) continue;
    variables.push_back(as_variable(Tensor(State{Payload(), edges[i]})));
    wanted.push_back(edges[i] = variables.back().object()->state.edge);
    numbers.push_back(i);
  }
  Tensors results = backward_->tape->replay(*backward_->source, inputs_, edges), outputs, given;
  for (size_t i = 0; i < cotangents.size(); ++i) {
    if (!cotangents[i].defined() || !results[i].requires_grad()) continue;
    outputs.push_back(results[i]);
    given.push_back(cotangents[i]);
  }
  Tensors found =
      gradients_at(outputs, given, wanted, {.retain_graph = true, .create_graph = true});
  for (const Tensor& variable : variables) close_variable(variable);
  Tensors gradients(edges.size());
  for (size_t i = 0; i < found.size(); ++i) gradients[numbers[i]] = found[i];
  return gradients;
}

void CompiledNode::free_saved() {
  freed_ = true;
  residuals_.clear();
  inputs_.clear();
}

}  // namespace mycel::compiler
