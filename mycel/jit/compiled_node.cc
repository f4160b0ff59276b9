#include "mycel/jit/compiled_node.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "mycel/autodiff/backward.h"
#include "mycel/autodiff/variable.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/pipeline.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/reduce.h"
#include "mycel/tensor/interpreter_lock.h"

namespace mycel::compiler {

namespace {

[[noreturn]] void fail_freed() {
  fail(Code::kRuntime,
       "[backward] expects the values saved by a compiled function to be there, but an earlier "
       "backward freed them; the first one needs retain_graph=True");
}

// Whether some output is in both sets.
bool meets(const std::vector<bool>& a, const std::vector<bool>& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] && b[i]) return true;
  }
  return false;
}

// Also true for infinities of both signs, whose sum is NaN.
bool may_have_nan(const Tensor& tensor) {
  return tensor.defined() && std::isnan(sum(tensor).item<double>());
}

}  // namespace

std::shared_ptr<Compiled::Backward> Compiled::Backward::trace(Trace& forward,
                                                              const RecordedOps& recorded,
                                                              const std::vector<State>& outputs,
                                                              std::vector<bool> differentiable,
                                                              const std::vector<Edge>& variables) {
  auto self = std::make_shared<Backward>();
  self->differentiable = std::move(differentiable);
  std::vector<Edge> edges;
  for (const State& output : outputs) edges.push_back(output.edge);
  self->tape = std::make_unique<CompiledTape>(forward.function(), recorded, edges, variables);
  OwnedTrace trace(forward.function().name() + "_backward");
  TraceScope scope(*trace);
  Tensors differentiated, cotangents;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!self->differentiable[i]) continue;
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
  for (const ir::Operation* op = forward.function().body().first(); op; op = op->next()) {
    self->can_replay = self->can_replay && op->def().kind != ir::OpKind::kStructured;
  }
  CompiledTape::Users users = self->tape->users();
  self->users = std::move(users.of_variables);
  std::set<std::vector<bool>> groups;
  for (auto& [op, group] : users.of_operations) {
    if (meets(group, self->differentiable)) groups.insert(std::move(group));
  }
  self->groups.assign(groups.begin(), groups.end());
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
  used_.assign(cotangents.size(), false);  // a pass that retained the graph leaves them set
  for (size_t i = 0; i < cotangents.size(); ++i) {
    if (!cotangents[i].defined() || !leads_to(needed, i)) continue;
    if (is_freed(i)) fail_freed();
    used_[i] = true;
  }
  bool record = context().grad_enabled || context().trace;
  // After a pass that freed its part, the rest is replayed: which saved values it needs is unknown.
  bool is_left = !freed_.empty() && backward_->can_replay;
  if (record || is_left) return by_replay(inputs_, cotangents, needed);
  if (takes_all(cotangents) || !backward_->can_replay) return by_backward_function(cotangents);
  std::vector<NDArray> inputs = inputs_;  // another backward may free them
  Tensors gradients = by_backward_function(cotangents);
  // An output without a cotangent contributes zeros, or NaN where a zero meets an infinity.
  for (size_t i = 0; i < gradients.size(); ++i) {
    bool has_zeros = false;
    for (size_t j = 0; j < cotangents.size(); ++j) {
      has_zeros = has_zeros || (backward_->users[i][j] && !cotangents[j].defined());
    }
    if (has_zeros && may_have_nan(gradients[i])) return by_replay(inputs, cotangents, needed);
  }
  return gradients;
}

// Whether the output contributes to a gradient that is needed.
bool CompiledNode::leads_to(const std::vector<bool>& needed, size_t output) const {
  for (size_t i = 0; i < needed.size(); ++i) {
    if (needed[i] && backward_->users[i][output]) return true;
  }
  return false;
}

// Whether every operation's gradient depends on some output with a cotangent.
bool CompiledNode::takes_all(const Tensors& cotangents) const {
  const std::vector<std::vector<bool>>& groups = backward_->groups;
  return std::all_of(groups.begin(), groups.end(), [&](const std::vector<bool>& group) {
    bool taken = false;
    for (size_t i = 0; i < group.size(); ++i)
      taken = taken || (group[i] && cotangents[i].defined());
    return taken;
  });
}

Tensors CompiledNode::by_backward_function(const Tensors& cotangents) {
  const Compiled::Backward& backward = *backward_;
  if (!backward.executable) return Tensors(variables_.size());
  std::vector<NDArray> given, residuals = residuals_;  // another backward may free them
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
    std::optional<ReleaseInterpreterLock> unlocked;
    if (backward.executable->is_long_running()) unlocked.emplace();
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

// Whether some output with a cotangent depends on the variable; if not, it gets no gradient rather
// than zeros.
bool CompiledNode::is_used(size_t variable, const Tensors& cotangents) const {
  const std::vector<bool>& users = backward_->users[variable];
  for (size_t i = 0; i < cotangents.size(); ++i) {
    if (cotangents[i].defined() && users[i]) return true;
  }
  return false;
}

// Runs the operations again, recorded on a tape of their own, and differentiates those.
Tensors CompiledNode::by_replay(const std::vector<NDArray>& inputs, const Tensors& cotangents,
                                const std::vector<bool>& needed) {
  bool record = context().grad_enabled || context().trace;
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
  Tensors results = backward_->tape->replay(*backward_->source, inputs, edges), outputs, given;
  for (size_t i = 0; i < cotangents.size(); ++i) {
    if (!cotangents[i].defined() || !results[i].requires_grad()) continue;
    outputs.push_back(results[i]);
    given.push_back(cotangents[i]);
  }
  Tensors found =
      gradients_at(outputs, given, wanted, {.retain_graph = record, .create_graph = record});
  for (const Tensor& variable : variables) close_variable(variable);
  Tensors gradients(edges.size());
  for (size_t i = 0; i < found.size(); ++i) gradients[numbers[i]] = found[i];
  return gradients;
}

// Frees what the outputs of this pass used; the others are replayed from the inputs.
void CompiledNode::free_saved() {
  freed_.resize(backward_->differentiable.size());
  for (const std::vector<bool>& group : backward_->groups) {
    bool is_used = meets(group, used_);
    for (size_t i = 0; is_used && i < group.size(); ++i) freed_[i] = freed_[i] || group[i];
  }
  used_.clear();
  if (freed() || backward_->can_replay) residuals_.clear();
  if (freed()) inputs_.clear();
}

bool CompiledNode::freed() const {
  const std::vector<size_t>& outputs = backward_->cotangent_outputs;
  return std::all_of(outputs.begin(), outputs.end(),
                     [&](size_t output) { return is_freed(output); });
}

Tensors FreedNode::vjp(const Tensors&, const std::vector<bool>&) { fail_freed(); }

}  // namespace mycel::compiler
