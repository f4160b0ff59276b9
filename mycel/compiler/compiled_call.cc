// A call of a compiled function: whether it fits, its inputs, and what it leaves behind.
#include <algorithm>
#include <optional>

#include "mycel/compiler/compiled_node.h"
#include "mycel/compiler/compiled_slot.h"
#include "mycel/core/narrow.h"
#include "mycel/tensor/edges_here.h"
#include "mycel/tensor/front_end_lock.h"
#include "mycel/tensor/object.h"

namespace mycel::compiler {
namespace {

NDArray number_array(DType dtype, double value) {
  return visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return NDArray::scalar<T>(convert_number<T>(value));
  });
}

bool has_type(const NDArray& array, const ir::Type& type) {
  if (!array.defined() || array.dtype() != type.dtype || array.rank() != type.rank()) return false;
  for (size_t i = 0; i < array.rank(); ++i) {
    if (array.shape()[i] != type.dims[i].word()) return false;
  }
  return true;
}

void take_grad(TensorObject& object, const Effects& effects, std::span<NDArray> outputs) {
  if (effects.grad_output != kNoOutput) {
    object.grad = Tensor(std::move(outputs[effects.grad_output]));
  } else if (effects.grad_cleared) {
    object.grad = Tensor();
  }
}

}  // namespace

bool Compiled::fits() const {
  for (const Slot& slot : slots_) {
    const TensorObject& object = *slot.object.object();
    const NDArray& array = object.state.payload.array;
    if (!has_type(array, slot.type) || !(array.device() == device_) ||
        static_cast<bool>(object.state.edge.node) != slot.requires_grad ||
        static_cast<bool>(object.leaf) != slot.leaf) {
      return false;
    }
    if (slot.grad_status == TraceSlot::Grad::kRead && object.grad.defined() != slot.grad_at_entry) {
      return false;
    }
  }
  return std::all_of(guards_.begin(), guards_.end(), [](const auto& holds) { return holds(); });
}

bool Compiled::fits(const Tensors& arguments) const {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const TensorObject& object = *arguments[i].object();
    if (static_cast<bool>(object.leaf) != arguments_[i].leaf ||
        (arguments_[i].leaf && object.grad.defined() != arguments_[i].grad_at_entry) ||
        !(arguments[i].device() == device_)) {
      return false;
    }
  }
  return fits();
}

// In the trace two arguments are two objects: what is written to one would be lost on the other.
void Compiled::check_distinct(const Tensors& arguments) const {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments_[i].effects.any()) continue;
    for (size_t k = 0; k < arguments.size(); ++k) {
      if (k == i || !arguments[k].same_object(arguments[i])) continue;
      fail(Code::kValue,
           "[jit] expects an argument that the function writes to, or to whose gradient, to be "
           "given once, got the same tensor as arguments {} and {}",
           std::min(i, k), std::max(i, k));
    }
  }
}

// What other calls must not write meanwhile, the function itself among it, as it counts its calls.
WriteClaim::Objects Compiled::written(const Tensors& arguments) const {
  WriteClaim::Objects objects{this};
  for (size_t i = 0; i < arguments_.size(); ++i) {
    if (arguments_[i].effects.any()) objects.push_back(arguments[i].object());
  }
  for (const Slot& slot : slots_) {
    if (slot.effects.any()) objects.push_back(slot.object.object());
  }
  return objects;
}

// Whether the argument is also an outer tensor of a function that writes: its buffer must not be
// given away.
bool Compiled::is_written(const Tensor& argument) const {
  auto is_slot = [&](const Slot& slot) { return slot.object.same_object(argument); };
  return writes_ && std::any_of(slots_.begin(), slots_.end(), is_slot);
}

void Compiled::gather(const Tensors& arguments, Arrays& held, Inputs& inputs) const {
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
        add(arguments[input.index].array("jit"), is_written(arguments[input.index]));
        break;
      case TraceInput::Kind::kArgumentGrad:
        add(arguments[input.index].object()->grad.array("jit"), is_written(arguments[input.index]));
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
  check_distinct(arguments);
  std::optional<WriteClaim> claim;
  if (writes_) claim.emplace(written(arguments));
  Arrays held;
  Inputs inputs;
  gather(arguments, held, inputs);
  // Made before the run: an input that the node keeps must not be overwritten.
  bool record = backward_ && context().grad_enabled;
  std::vector<State> states = record ? states_of(arguments, inputs) : std::vector<State>();
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
  Tensors results;
  for (size_t i = 0; i < num_results_; ++i) {
    results.push_back(
        Tensor(State{Payload{outputs[i], nullptr, {}}, result_edge(arguments, node, i)}));
  }
  write_back(arguments, outputs, node);
  return results;
}

Edge Compiled::edge_of(const IntrusivePtr<Node>& node, size_t output) const {
  if (!node || !backward_->differentiable[output]) return {};
  return {node, static_cast<uint32_t>(output)};
}

Edge Compiled::result_edge(const Tensors& arguments, const IntrusivePtr<Node>& node,
                           size_t result) const {
  const HandedThrough& through = handed_through_[result];
  switch (through.kind) {
    case HandedThrough::Kind::kArgument:
      return edge_here(*arguments[through.index].object());
    case HandedThrough::Kind::kSlot:
      return edge_here(*slots_[through.index].object.object());
    case HandedThrough::Kind::kNo:
      break;
  }
  return edge_of(node, result);
}

std::vector<State> Compiled::states_of(const Tensors& arguments,
                                       std::span<const NDArray* const> inputs) const {
  std::vector<State> states(inputs_.size());
  for (size_t i = 0; i < inputs_.size(); ++i) {
    states[i].payload.array = *inputs[i];
    if (inputs_[i].kind == TraceInput::Kind::kArgument) {
      states[i].edge = edge_here(*arguments[inputs_[i].index].object());
    } else if (inputs_[i].kind == TraceInput::Kind::kState) {
      states[i].edge = edge_here(*slots_[inputs_[i].index].object.object());
    }
  }
  return states;
}

void Compiled::write_back(const Tensors& arguments, std::span<NDArray> outputs,
                          const IntrusivePtr<Node>& node) {
  auto mark = [](const TensorObject& object, const Effects& effects) {
    bool written_view = effects.output != kNoOutput && object.living_source();
    if (written_view) mark_sources(object, context().current_location());
  };
  for (size_t i = 0; i < arguments_.size(); ++i) {
    mark(*arguments[i].object(), arguments_[i].effects);
  }
  for (const Slot& slot : slots_) mark(*slot.object.object(), slot.effects);
  auto take = [&](TensorObject& object, const Effects& effects) {
    if (effects.output != kNoOutput) {
      object.state.payload.array = std::move(outputs[effects.output]);
      if (!object.leaf) object.state.edge = edge_of(node, effects.output);
      forget_edge_here(object);
      object.stale = false;
    }
    take_grad(object, effects, outputs);
  };
  for (size_t i = 0; i < arguments_.size(); ++i) {
    take(*arguments[i].object(), arguments_[i].effects);
  }
  for (const Slot& slot : slots_) take(*slot.object.object(), slot.effects);
  mark_stale(arguments);
}

// What the traced writes through views left stale.
void Compiled::mark_stale(const Tensors& arguments) const {
  auto mark = [](TensorObject& object, const ir::Location& write) {
    object.stale = true;
    object.stale_write = write;
  };
  for (size_t i = 0; i < arguments_.size(); ++i) {
    const std::optional<ir::Location>& write = arguments_[i].stale_write;
    if (write) mark(*arguments[i].object(), *write);
  }
  for (const StaleMark& stale : stale_marks_) {
    if (stale.anchor->object) mark(*stale.anchor->object, stale.write);
  }
}

}  // namespace mycel::compiler
