// A call of a compiled function: its inputs, and what it leaves behind.
#include <optional>

#include "mycel/compiler/compiled_node.h"
#include "mycel/compiler/compiled_slot.h"
#include "mycel/core/narrow.h"
#include "mycel/tensor/edges_here.h"
#include "mycel/tensor/front_end_lock.h"
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
  TensorObject& object = *tensor.object();
  if (object.view) {
    GradMode mode(context().grad_enabled && !keeps_edge);
    write_elements(tensor, Tensor(State{Payload{std::move(array), nullptr, {}}, std::move(edge)}));
    return;
  }
  object.state.payload.array = std::move(array);
  if (!object.leaf && !keeps_edge) object.state.edge = std::move(edge);
  ++object.version;
  forget_edge_here(object);
}

void take_grad(TensorObject& object, const Effects& effects, std::span<NDArray> outputs) {
  if (effects.grad_output != kNoOutput) {
    object.grad = Tensor(std::move(outputs[effects.grad_output]));
  } else if (effects.grad_cleared) {
    object.grad = Tensor();
  }
}

}  // namespace

// Before anything is written.
void Compiled::check_writable(const Tensors& entering) const {
  for (size_t i = 0; i < arguments_.size(); ++i) {
    const TensorObject& object = *entering[i].object();
    if (arguments_[i].effects.output != kNoOutput && object.view) check_no_overlap(object);
  }
}

// What other calls must not write meanwhile, the function itself among it, as it counts its calls.
WriteClaim::Objects Compiled::written(const Tensors& entering) const {
  WriteClaim::Objects objects{this};
  for (size_t i = 0; i < arguments_.size(); ++i) {
    if (arguments_[i].effects.any()) objects.push_back(&root_of(*entering[i].object()));
  }
  for (const Slot& slot : slots_) {
    if (slot.effects.any()) objects.push_back(slot.root.object());
  }
  return objects;
}

// Views of what is written derive their arrays again when they are read: the arrays must not keep
// a buffer from being worked on in place.
void Compiled::drop_views_of_written(const Tensors& entering) const {
  auto drop = [](TensorObject& object) {
    if (object.views) drop_cached_views(object);
  };
  for (size_t i = 0; i < arguments_.size(); ++i) {
    if (arguments_[i].effects.output != kNoOutput) drop(*entering[i].object());
  }
  for (const Slot& slot : slots_) {
    if (slot.effects.output != kNoOutput) drop(*slot.object.object());
  }
}

void Compiled::gather(const Tensors& entering, Arrays& held, Inputs& inputs) const {
  // What is held stays in place.
  if (writes_ || takes_long_ || !numbers_.empty()) held.reserve(inputs_.size());
  // While a call takes long, other threads may give the tensors other values.
  auto add = [&](const NDArray& array, bool keep = false) {
    keep = keep || (takes_long_ && !donated_[inputs.size()]);
    inputs.push_back(keep ? &held.emplace_back(array) : &array);
  };
  for (const TraceInput& input : inputs_) {
    switch (input.kind) {
      case TraceInput::Kind::kArgument:
        add(entering[input.index].array("jit"));
        break;
      case TraceInput::Kind::kArgumentGrad:
        add(entering[input.index].object()->grad.array("jit"));
        break;
      case TraceInput::Kind::kState:
        add(slots_[input.index].object.array("jit"));
        break;
      case TraceInput::Kind::kGrad: {
        // The new gradient is another tensor: who holds the old one keeps its elements.
        const Tensor& grad = slots_[input.index].object.object()->grad;
        add(grad.array("jit"), writes_ && !grad.object()->unique());
        break;
      }
      case TraceInput::Kind::kNumber: {
        const Trace::Number& number = numbers_[input.index];
        NDArray array = number_array(number.dtype, number.provider());
        held.push_back(device_.kind == DeviceKind::kCpu
                           ? std::move(array)
                           : backends::backend_of(device_).to_device(array));
        inputs.push_back(&held.back());
        break;
      }
      case TraceInput::Kind::kForeign:
        inputs.push_back(&foreign_[input.index].array);
        break;
    }
  }
}

// Gradients that the call replaces without reading them: the new ones may take their memory, so
// that not both are there at once.
void Compiled::lend_replaced_grads(std::span<NDArray> outputs) const {
  for (const Slot& slot : slots_) {
    const TensorObject* grad = slot.object.object()->grad.object();
    bool read = slot.grad_status == TraceSlot::Grad::kRead;
    if (slot.effects.grad_output == kNoOutput || read || !grad || !grad->unique()) continue;
    const NDArray& array = grad->state.payload.array;
    if (array.defined() && array.buffer()->unique() && !array.buffer()->read_only()) {
      outputs[slot.effects.grad_output] = array;
    }
  }
}

Tensors Compiled::call(const Tensors& arguments) {
  return sharing_.empty() ? call_entering(arguments, arguments)
                          : call_entering(arguments, sharing_.entering(arguments));
}

Tensors Compiled::call_entering(const Tensors& arguments, const Tensors& entering) {
  std::optional<WriteClaim> claim;
  if (writes_) {
    check_writable(entering);
    claim.emplace(written(entering));
    drop_views_of_written(entering);
  }
  Arrays held;
  Inputs inputs;
  gather(entering, held, inputs);
  // Made before the run: an input that the node keeps must not be overwritten.
  bool record = backward_ && context().grad_enabled;
  std::vector<State> states = record ? states_of(entering, inputs) : std::vector<State>();
  Arrays outputs(forward_->parts().outputs.size());
  lend_replaced_grads(outputs);
  runtime::RunStats stats;
  {
    std::optional<WithoutFrontEndLock> unlocked;
    if (takes_long_) unlocked.emplace();
    forward_->run(inputs, outputs, &stats);
  }
  if (writes_) {
    stats_.donated += stats.donated;
    stats_.not_donated += stats.not_donated;
    stats_.copied_inputs += stats.copied_inputs;
  }
  IntrusivePtr<Node> node;
  if (record) {
    auto residuals = outputs.end() - static_cast<long>(backward_->residuals.size());
    node = make_intrusive<CompiledNode>(backward_, std::move(states),
                                        std::vector<NDArray>(residuals, outputs.end()));
  }
  Tensors made = new_results(entering, outputs, node);
  write_back(entering, outputs, node);
  return results_are_new_ ? made : connect_results(arguments, entering, made);
}

void Compiled::write_back(const Tensors& entering, std::span<NDArray> outputs,
                          const IntrusivePtr<Node>& node) {
  // All edges come first: one may be that of a tensor which is written, too.
  InlineVector<Edge, 8> edges;
  for (size_t i = 0; hands_values_through_ && i < handed_through_.size(); ++i) {
    edges.push_back(output_edge(entering, node, i));
  }
  auto take = [&](const Tensor& tensor, const Effects& effects) {
    if (effects.output != kNoOutput) {
      Edge edge;
      if (!effects.keeps_edge) {
        edge = hands_values_through_ ? edges[effects.output] : edge_of(node, effects.output);
      }
      take_value(tensor, std::move(outputs[effects.output]), std::move(edge), effects.keeps_edge);
    }
    take_grad(*tensor.object(), effects, outputs);
  };
  for (size_t i = 0; i < arguments_.size(); ++i) take(entering[i], arguments_[i].effects);
  for (const Slot& slot : slots_) take(slot.object, slot.effects);
}

}  // namespace mycel::compiler
