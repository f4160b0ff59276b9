// Calls a compiled function: gathers its inputs and applies its effects.
#include <algorithm>
#include <optional>

#include "mycel/base/reused_row.h"
#include "mycel/core/narrow.h"
#include "mycel/jit/captured_tensor.h"
#include "mycel/jit/compiled_node.h"
#include "mycel/tensor/interpreter_lock.h"
#include "mycel/tensor/leaf.h"
#include "mycel/tensor/thread_local_edges.h"
#include "mycel/tensor/view.h"

namespace mycel::compiler {
namespace {

NDArray number_array(DType dtype, double value) {
  return visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return NDArray::scalar<T>(convert_number<T>(value));
  });
}

void take_value(const Tensor& tensor, NDArray array, Edge edge, bool keeps_edge) {
  TensorImpl& object = *tensor.object();
  if (object.view) {
    GradMode mode(context().grad_enabled && !keeps_edge);
    write_elements(tensor, Tensor(State{Payload{std::move(array), nullptr, {}}, std::move(edge)}));
    return;
  }
  object.state.payload.array = std::move(array);
  if (!leaf_of(object) && !keeps_edge) object.state.edge = std::move(edge);
  ++object.version;
  forget_edge_here(object);
}

// Called in a call's turn, when no other thread writes the tensor.
const NDArray& value_of(const Tensor& tensor) {
  TensorImpl& object = *tensor.object();
  if (object.view) refresh(object);
  return object.state.payload.array;
}

// Gives the tensor an array as a value of its own.
void replace(const Tensor& tensor, NDArray array, Edge edge, bool keeps_edge) {
  TensorImpl& object = *tensor.object();
  if (keeps_edge) edge = tensor.state().edge;
  bool same_type = Payload{array, nullptr, {}}.type() == tensor.type();
  rebase(object, {Payload{std::move(array), nullptr, {}}, std::move(edge)});
  forget_edge_here(object);
  if (!same_type) object.grad = {};
}

}  // namespace

// Raises before anything is written.
void Compiled::check_writable(const Tensors& entering) const {
  for (size_t i = 0; i < arguments_.size(); ++i) {
    TensorImpl& object = *entering[i].object();
    const Effects& effects = arguments_[i].effects;
    if (effects.output == kNoOutput || !object.view) continue;
    check_no_overlap(object);
    if (!effects.keeps_edge && !effects.edge_changes) check_recordable(object);
  }
}

// Lists the roots that other threads must not write or read during the call, and those that no
// other thread may be writing. A function that writes is listed as written itself, since a call
// updates its statistics.
void Compiled::list_roots(const Tensors& entering, Roots& roots) const {
  auto& [written, read] = roots;
  auto add = [&](const Tensor& tensor, const TensorImpl& root, const Effects& effects) {
    (effects.any() ? written : read).push_back(&root);
    const Tensor& grad = tensor.object()->grad;
    if (!grad.defined()) return;
    (effects.grad_output != kNoOutput ? written : read).push_back(&root_of(*grad.object()));
  };
  if (writes_) written.push_back(this);
  for (size_t i = 0; i < arguments_.size(); ++i) {
    add(entering[i], root_of(*entering[i].object()), arguments_[i].effects);
  }
  for (const CapturedTensor& slot : slots_) add(slot.object, *slot.root.object(), slot.effects);
}

// Drops the arrays of views of written tensors, which would keep a buffer from being written in
// place. The views derive them again when they are read.
void Compiled::drop_views_of_written(const Tensors& entering) const {
  auto drop = [](TensorImpl& object, const Effects& effects) {
    if (effects.output != kNoOutput && object.views) drop_cached_views(object);
    if (effects.grad_output != kNoOutput) drop_cached_views(*object.grad.object());
  };
  for (size_t i = 0; i < arguments_.size(); ++i) {
    drop(*entering[i].object(), arguments_[i].effects);
  }
  for (const CapturedTensor& slot : slots_) drop(*slot.object.object(), slot.effects);
}

void Compiled::gather(const Tensors& entering, std::span<const NDArray*> inputs, Held& held) const {
  auto hold = [&](NDArray array) {
    if (!held) held.emplace();
    std::vector<NDArray>& list = **held;
    list.reserve(inputs.size());  // held arrays must not move
    return &list.emplace_back(std::move(array));
  };
  size_t next = 0;
  // During a long call, other threads may assign other values to the tensors.
  auto add = [&](const NDArray& array, bool keep = false) {
    keep = keep || (is_long_running_ && !donated_[next]);
    inputs[next++] = keep ? hold(array) : &array;
  };
  // If a tensor takes another value as its own, views made before keep the old value.
  auto add_tensor = [&](const Tensor& tensor, const Effects& effects) {
    bool replaced = effects.replaced && effects.output == kNoOutput;
    add(value_of(tensor), replaced && tensor.object()->views);
  };
  // A new gradient is another tensor: holders of the old one keep its elements.
  auto add_grad = [&](const Tensor& grad, const Effects& effects) {
    bool replaced = effects.grad_replaced && effects.grad_output == kNoOutput;
    add(value_of(grad), replaced && !grad.object()->unique());
  };
  for (const TraceInput& input : inputs_) {
    switch (input.kind) {
      case TraceInput::Kind::kArgument:
        add_tensor(entering[input.index], arguments_[input.index].effects);
        break;
      case TraceInput::Kind::kArgumentGrad:
        add_grad(entering[input.index].object()->grad, arguments_[input.index].effects);
        break;
      case TraceInput::Kind::kState:
        add_tensor(slots_[input.index].object, slots_[input.index].effects);
        break;
      case TraceInput::Kind::kGrad:
        add_grad(slots_[input.index].object.object()->grad, slots_[input.index].effects);
        break;
      case TraceInput::Kind::kNumber: {
        const Trace::Number& number = numbers_[input.index];
        NDArray array = number_array(number.dtype, number.provider());
        bool is_host = device_.kind == DeviceKind::kCpu;
        inputs[next++] =
            hold(is_host ? std::move(array) : backends::backend_of(device_).to_device(array));
        break;
      }
      case TraceInput::Kind::kForeign:
        inputs[next++] = &foreign_[input.index].array;
        break;
    }
  }
}

// Lends new gradients the memory of those that the call replaces without reading them, so that both
// do not exist at once.
void Compiled::lend_replaced_grads(std::span<NDArray> outputs) const {
  for (const NewGrad& change : new_grads_) {
    if (!change.of.of_slot || change.result == kNoResult) continue;
    const CapturedTensor& slot = slots_[change.of.index];
    const TensorImpl* grad = slot.object.object()->grad.object();
    const Result& result = results_[change.result];
    bool made = result.kind == Result::Kind::kOutput && result.chain.empty();
    bool read = slot.grad_status == TraceSlot::Grad::kRead;
    if (!made || read || !grad || !grad->unique()) continue;
    const NDArray& array = grad->state.payload.array;
    if (array.defined() && array.buffer()->unique() && !array.buffer()->read_only()) {
      outputs[result.index] = array;
    }
  }
}

Compiled::Turn::Turn(const Compiled& function, const Tensors& arguments)
    : function_(function), arguments_(arguments) {
  if (!function.sharing_.empty()) of_sharing_ = function.sharing_.entering(arguments);
  if (!function.writes_ && num_write_locks == 0) return;
  Roots& roots = *roots_.emplace();
  function.list_roots(entering(), roots);
  if (function.writes_) {
    claim_.emplace(roots.written, roots.read);
    waited_ = claim_->waited();
  } else {
    waited_ = wait_until_unlocked(roots.read);
  }
}

bool Compiled::Turn::stands() const {
  const BaseSharing& sharing = function_.sharing_;
  Tensors now = sharing.empty() ? Tensors() : sharing.entering(arguments_);
  bool same = std::equal(now.begin(), now.end(), of_sharing_.begin(), of_sharing_.end(),
                         [](const Tensor& a, const Tensor& b) { return a.same_object(b); });
  if (!same) return false;
  Reused<Roots> now_roots;
  function_.list_roots(entering(), *now_roots);
  return roots_ && *now_roots == **roots_;
}

Tensors Compiled::call(Turn& turn) {
  Tensors results = call_entering(turn.arguments_, turn.entering());
  turn.claim_.reset();
  return results;
}

Tensors Compiled::call_entering(const Tensors& arguments, const Tensors& entering) {
  if (writes_) {
    check_writable(entering);
    drop_views_of_written(entering);
  }
  Called called{arguments, entering, make_new_leaves()};
  ReusedRow<const NDArray*> inputs(inputs_.size());
  Held held;
  gather(entering, inputs, held);
  // Made before the run: an input that the node keeps must not be overwritten.
  bool record = backward_ && context().grad_enabled;
  std::vector<NDArray> kept;
  std::vector<Edge> variables;
  if (record) {
    for (const NDArray* input : inputs) kept.push_back(*input);
    variables = variable_edges(called);
  }
  ReusedRow<NDArray, 2> outputs(forward_->parts().outputs.size());
  lend_replaced_grads(outputs);
  runtime::RunStats stats;
  {
    std::optional<ReleaseInterpreterLock> unlocked;
    if (is_long_running_) unlocked.emplace();
    forward_->run(inputs, outputs, &stats);
  }
  if (writes_) {
    stats_.donated += stats.donated;
    stats_.not_donated += stats.not_donated;
    stats_.copied_inputs += stats.copied_inputs;
  }
  IntrusivePtr<CompiledNode> node;
  if (record) {
    auto residuals = outputs.end() - static_cast<long>(backward_->residuals.size());
    node = make_intrusive<CompiledNode>(backward_, std::move(kept), std::move(variables),
                                        std::vector<NDArray>(residuals, outputs.end()));
  }
  Tensors made = new_results(called, outputs, node);
  if (!writes_ && results_are_new_) return made;
  return leave_behind(called, std::move(made), outputs, node);
}

// Writes new elements first, then new values, then new gradients. Returns the function's results.
Tensors Compiled::leave_behind(const Called& called, Tensors made, std::span<NDArray> outputs,
                               const IntrusivePtr<Node>& node) {
  const Tensors &arguments = called.arguments, &entering = called.entering;
  // Collects all edges first: one may belong to a tensor that is written, too.
  Reused<std::vector<Edge>> edge_list;
  std::vector<Edge>& edges = *edge_list;
  for (size_t i = 0; hands_values_through_ && i < handed_through_.size(); ++i) {
    edges.push_back(output_edge(called, node, i));
  }
  auto edge = [&](size_t output) {
    return hands_values_through_ ? edges[output] : edge_of(node, output);
  };
  auto take = [&](const Tensor& tensor, const Effects& effects) {
    if (effects.output != kNoOutput) {
      take_value(tensor, std::move(outputs[effects.output]),
                 effects.keeps_edge ? Edge() : edge(effects.output), effects.keeps_edge);
    }
    if (effects.grad_output != kNoOutput) {
      take_value(tensor.object()->grad, std::move(outputs[effects.grad_output]), {}, true);
    }
  };
  for (const EdgeChange& change : edge_changes_) {
    tensor_of(change.tensor, called).drop_edge();
  }
  for (size_t i = 0; i < arguments_.size(); ++i) take(entering[i], arguments_[i].effects);
  for (const CapturedTensor& slot : slots_) take(slot.object, slot.effects);
  for (const EdgeWrite& change : edge_writes_) {
    Tensor view = tensor_of(change.view, called);
    view.object()->state.edge = edge(change.output);
    forget_edge_here(*view.object());
  }
  auto make_leaves = [&] {
    for (const EdgeChange& change : edge_changes_) {
      if (change.leaf) tensor_of(change.tensor, called).set_requires_grad(true);
    }
  };
  if (results_are_new_ && replaced_.empty() && new_grads_.empty()) {
    make_leaves();
    return made;
  }
  Connected connected{made, Tensors(own_views_.size()), Tensors(results_.size())};
  Tensors& results = connected.results;
  connect_results(called, true, connected);
  for (const Replaced& change : replaced_) {
    replace(tensor_of(change.tensor, called), std::move(outputs[change.output]),
            edge(change.output), change.keeps_edge);
  }
  make_leaves();
  connect_results(called, false, connected);
  for (auto [result, output] : view_edges_) {
    results[result].object()->state.edge = output == kNoOutput ? Edge() : edge(output);
  }
  for (const NewGrad& change : new_grads_) {
    auto [of_slot, index] = change.of;
    const Tensor& of = of_slot ? slots_[index].object : entering[index];
    Tensor grad = change.result == kNoResult ? Tensor() : results[change.result];
    of.set_grad(grad);
  }
  for (const LeftGrad& left : left_grads_) {
    (left.of_result ? results : arguments)[left.index].set_grad(results[left.grad]);
  }
  results.resize(num_results_);
  return std::move(results);
}

}  // namespace mycel::compiler
