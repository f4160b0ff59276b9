#include "mycel/tensor/trace.h"

#include <functional>

#include "mycel/tensor/leaf.h"
#include "mycel/tensor/payload_hash.h"
#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/thread_local_edges.h"
#include "mycel/tensor/view.h"

namespace mycel {

void intrusive_retain(const Trace* trace) { trace->retain(); }
void intrusive_release(const Trace* trace) { trace->release(); }

void fail_trace_is_over() {
  fail(
      Code::kCompile,
      "expects tensors that still have a value, got one of a traced call that is over: it was kept "
      "in a variable or container outside the jitted function; return it instead");
}

Trace::Trace(std::string name)
    : owned_(std::make_unique<ir::Function>(std::move(name))),
      function_(owned_.get()),
      region_(&function_->body()) {}

Trace::Trace(ir::Function& function, ir::Region& region, ir::Operation* before)
    : function_(&function), region_(&region), before_(before), appends_(true) {}

void Trace::use_device(Device device) {
  if (device_ && !(*device_ == device)) {
    fail(Code::kValue, "expects tensors on one device in a compiled function, got {} and {}",
         to_string(*device_), to_string(device));
  }
  device_ = device;
  if (context().trace == this) context().device = device;
}

void Trace::finish() {
  finished_ = true;
  // Slots hold values of this trace, which hold the trace: a cycle that nothing else would break.
  slots_.clear();
  slot_of_.clear();
  replacements_.clear();
  replacement_of_.clear();
}

ir::Value* Trace::add_input(TraceInput input, const ir::Type& type, std::string_view name) {
  if (appends_) {
    if (input.kind == TraceInput::Kind::kState) {
      return add_constant(slots_[input.index].object.object()->state.payload.array);
    }
    fail_internal("{} gets another argument after it was made", function_->name());
  }
  inputs_.push_back(input);
  return function_->body().add_argument(type, name);
}

ir::Value* Trace::add_constant(const NDArray& array) {
  const ir::OpDef* op = ir::Registry::get().find("constant");
  if (!op) fail_internal("a composite's body needs the operation constant");
  bool on_host = array.device().kind == DeviceKind::kCpu;
  NDArray host = contiguous(on_host ? array : context().engine->to_host(array));
  ir::Attributes attributes = ir::Attributes::defaults(op->attributes);
  return append(*op, {}, attributes.with("value", host), {})->result();
}

Tensor Trace::wrap(ir::Value* value) {
  return Tensor(State{Payload{NDArray(), value, IntrusivePtr<Trace>(this)}, Edge()});
}

Tensor Trace::add_argument(const ir::Type& type, std::string_view name) {
  return wrap(add_input({TraceInput::Kind::kArgument, num_arguments_++}, type, name));
}

Tensor Trace::add_argument_grad(size_t argument, const ir::Type& type) {
  return wrap(add_input({TraceInput::Kind::kArgumentGrad, argument}, type, ""));
}

ir::Value* Trace::lift(const Payload& payload) {
  if (payload.is_traced()) {
    if (payload.trace.get() == this) return payload.traced;
    if (payload.trace->finished()) fail_trace_is_over();
  }
  if (appends_ && !payload.is_traced()) return add_constant(payload.array);
  size_t hash = hash_of(payload);
  auto [first, last] = foreign_by_hash_.equal_range(hash);
  for (auto found = first; found != last; ++found) {
    if (is_same(payload, foreign_[found->second])) return foreign_values_[found->second];
  }
  foreign_by_hash_.emplace(hash, foreign_.size());
  foreign_.push_back(payload);
  foreign_values_.push_back(
      add_input({TraceInput::Kind::kForeign, foreign_.size() - 1}, payload.type(), ""));
  return foreign_values_.back();
}

Tensor Trace::number(const void* owner, const std::string& key, DType dtype,
                     std::function<double()> provider) {
  auto [known, fresh] = number_of_.try_emplace({owner, key, dtype}, numbers_.size());
  if (fresh) {
    numbers_.push_back({owner, key, dtype, std::move(provider)});
    number_values_.push_back(
        add_input({TraceInput::Kind::kNumber, known->second}, ir::Type::tensor(dtype, {}), key));
  }
  return wrap(number_values_[known->second]);
}

TraceSlot* Trace::find_slot(const TensorImpl& object) {
  auto found = slot_of_.find(&object);
  return found == slot_of_.end() ? nullptr : &slots_[found->second];
}

TraceSlot& Trace::slot(const Tensor& object) {
  auto [entry, fresh] = slot_of_.try_emplace(object.object(), slots_.size());
  if (fresh) {
    slots_.emplace_back().object = object;
    if (!appends_) use_device(object.device());
    const TensorImpl& outer = *object.object();
    Edge& edge = slots_.back().entry_edge;
    if (outer.view && !outer.view->own_edge) return slots_.back();  // derived
    if (leaf_of(outer)) {
      edge = edge_here(outer);
    } else if (outer.state.edge.node) {
      edge = {make_intrusive<LeafNode>(nullptr), 0};
    }
    slots_.back().current.edge = edge;
  }
  return slots_[entry->second];
}

const Edge& Trace::edge(const Tensor& object) {
  if (object.object()->view) refresh(*object.object());
  return slot(object).current.edge;
}

State Trace::read(const Tensor& object) {
  TraceSlot& s = slot(object);
  bool view = static_cast<bool>(object.object()->view);
  if (!s.input && !s.written && !view) {
    s.input = add_input({TraceInput::Kind::kState, static_cast<size_t>(&s - slots_.data())},
                        object.type(), object.object()->name);
    s.current.payload = Payload{NDArray(), s.input, IntrusivePtr<Trace>(this)};
  }
  if (!view) return s.current;
  refresh(*object.object());
  return slot(object).current;  // refresh may have added slots
}

void Trace::write(const Tensor& object, State value) {
  TraceSlot& s = slot(object);
  value.payload = Payload{NDArray(), lift(value.payload), IntrusivePtr<Trace>(this)};
  s.current = std::move(value);
  s.written = true;
  ++s.version;
}

void Trace::replace(const Tensor& object, State value) {
  value.payload = Payload{NDArray(), lift(value.payload), IntrusivePtr<Trace>(this)};
  const Replacement* known = replacement(*object.object());
  const Tensor& holder = known ? known->now : object;
  bool outer = !holder.object()->state.payload.is_traced();
  if (outer) slot(object);
  Tensor before = object, now = holder;
  if (outer) {
    now = Tensor(std::move(value));
    now.object()->stands_in = true;
  } else {
    before = rebase(*holder.object(), std::move(value), !known);
  }
  if (known) return;
  replacement_of_.emplace(object.object(), replacements_.size());
  replacements_.push_back({object, before, now});
}

const Replacement* Trace::replacement(const TensorImpl& object) const {
  if (replacements_.empty()) return nullptr;
  auto found = replacement_of_.find(&object);
  return found == replacement_of_.end() ? nullptr : &replacements_[found->second];
}

void Trace::set_strides(const Tensor& argument, Strides strides) {
  strides_.emplace(argument.object(), std::move(strides));
}

const Strides* Trace::strides(const TensorImpl& argument) const {
  if (strides_.empty()) return nullptr;
  auto found = strides_.find(&argument);
  return found == strides_.end() ? nullptr : &found->second;
}

Tensor Trace::read_grad(const Tensor& object) {
  TraceSlot& s = slot(object);
  if (s.grad_status == TraceSlot::Grad::kUntouched) {
    s.grad_status = TraceSlot::Grad::kRead;
    const Tensor& outer = object.object()->grad;
    s.grad_at_entry = outer.defined();
    if (pins_grad(*object.object())) {
      s.grad = s.entry_grad = outer;
    } else if (s.grad_at_entry) {
      s.grad_input = add_input({TraceInput::Kind::kGrad, static_cast<size_t>(&s - slots_.data())},
                               outer.type(), object.object()->name);
      s.grad = s.entry_grad = wrap(s.grad_input);
    }
  }
  return s.grad;
}

void Trace::write_grad(const Tensor& object, const Tensor& grad) {
  TraceSlot& s = slot(object);
  if (s.grad_status == TraceSlot::Grad::kUntouched) s.grad_status = TraceSlot::Grad::kWritten;
  s.grad = grad;
}

ir::Operation* Trace::append(const ir::OpDef& op, std::span<ir::Value* const> operands,
                             const ir::Attributes& attributes, const ir::Location& location) {
  return function_->create(*region_, op, operands, attributes.own(), location, before_);
}

}  // namespace mycel
