#include "mycel/tensor/tensor.h"

#include <unordered_set>

#include "mycel/core/narrow.h"
#include "mycel/tensor/edge_changes.h"
#include "mycel/tensor/leaf.h"
#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/tensor_write_lock.h"
#include "mycel/tensor/thread_local_edges.h"
#include "mycel/tensor/trace.h"
#include "mycel/tensor/view.h"

namespace mycel {

ir::Type Payload::type() const {
  if (traced) return traced->type();
  if (!array.defined()) return {};
  return ir::Type::tensor(array.dtype(), to_dims(array.shape()));
}

namespace {

TensorImpl& checked(const IntrusivePtr<TensorImpl>& object) {
  if (!object) fail(Code::kType, "expects a tensor, got one without a value");
  return *object;
}

// Suggests a replacement for code that needs a value which a trace does not know.
std::string_view advice(std::string_view use) {
  if (use == "bool") return "write mc.where(condition, a, b), or & | ~ for and, or, not";
  if (use == "index") return "pass a number as an argument instead, which is part of the program";
  if (use == "nonzero") return "write mc.where(mask, x, 0), whose shape is known";
  if (use == "in") return "write (x == value).any()";
  return "compute with the tensor, or return it and read its value outside";
}

}  // namespace

Tensor::Tensor(NDArray array) : object_(make_intrusive<TensorImpl>()) {
  object_->state.payload.array = std::move(array);
}

Tensor::Tensor(State state) : object_(make_intrusive<TensorImpl>()) {
  object_->state = std::move(state);
}

State Tensor::state() const {
  TensorImpl& object = checked(object_);
  if (is_outer(object)) {
    const Tensor& here = *current(*this);
    return &here == this ? context().trace->read(*this) : here.state();
  }
  if (!object.state.payload.is_traced()) wait_until_free(object);
  if (object.view) return view_state(object);
  return {object.state.payload, edge_here(object)};
}

ir::Type Tensor::type() const {
  const Payload& payload = checked(object_).state.payload;
  if (payload.traced) return payload.traced->type();
  return ir::Type::tensor(payload.array.dtype(), to_dims(payload.array.shape()));
}

DType Tensor::dtype() const {
  const Payload& payload = checked(object_).state.payload;
  return payload.traced ? payload.traced->type().dtype : payload.array.dtype();
}

Dims Tensor::dims() const {
  const Payload& payload = checked(object_).state.payload;
  return payload.traced ? payload.traced->type().dims : to_dims(payload.array.shape());
}

Shape Tensor::shape() const {
  const Payload& payload = checked(object_).state.payload;
  return payload.traced ? to_shape(payload.traced->type().dims) : payload.array.shape();
}

size_t Tensor::rank() const {
  const Payload& payload = checked(object_).state.payload;
  return payload.traced ? payload.traced->type().rank() : payload.array.rank();
}

Dim Tensor::dim(int64_t axis) const {
  Dims all = dims();
  return all[static_cast<size_t>(normalize_axis(axis, all.size(), "dim"))];
}

Device Tensor::device() const {
  const Payload& payload = root_of(checked(object_)).state.payload;  // a view may lack its array
  return payload.traced ? payload.trace->device() : payload.array.device();
}

bool Tensor::is_traced() const {
  const TensorImpl& object = checked(object_);
  return object.state.payload.is_traced() || is_outer(object);
}

const NDArray& Tensor::array(std::string_view what) const {
  TensorImpl& object = checked(object_);
  if (object.state.payload.is_traced() && object.state.payload.trace->finished()) {
    fail_trace_is_over();
  }
  if (is_traced()) {
    fail(Code::kCompile,
         "[{}] expects a tensor with a value, got {} that is being traced: a compiled function "
         "knows no values while it is traced; {}",
         what, ir::to_string(type()), advice(what));
  }
  wait_until_free(object);
  if (object.view) refresh(object);
  return object.state.payload.array;
}

void Tensor::assign(const Tensor& value) const {
  wait_to_assign(checked(object_), checked(value.object_));
  const Tensor& here = *current(*this);
  if (here.object()->view) return write_elements(here, value);
  assign_root(*here.object(), value);
}

namespace {

// Where the gradient of the tensor goes, in the open trace or in eager mode.
Edge& edge_now(const Tensor& tensor) {
  const Tensor& here = *current(tensor);
  TensorImpl& object = *here.object();
  if (object.view) refresh(object);
  return is_outer(object) ? context().trace->slot(here).current.edge : object.state.edge;
}

}  // namespace

bool Tensor::requires_grad() const {
  checked(object_);
  return static_cast<bool>(edge_now(*this).node);
}

bool Tensor::is_leaf() const { return leaf_of(checked(object_)) || !requires_grad(); }

const Tensor& Tensor::set_requires_grad(bool value) const {
  TensorImpl& object = checked(object_);
  if (requires_grad() == value) return *this;
  if (!is_leaf()) {
    fail(Code::kRuntime,
         "[requires_grad] expects a leaf, got the result of an operation; use detach() first");
  }
  if (value && !is_floating(dtype())) {
    fail(Code::kRuntime,
         "[requires_grad] expects a floating-point dtype for requires_grad=True, got {}",
         ir::to_string(type()));
  }
  Edge& edge = edge_now(*this);
  Edge next = value ? Edge{make_leaf(object), 0} : Edge{};
  EdgeChanges::note(*this, next);
  if (value && object.view) object.view->own_edge = true;
  object.state.edge = std::move(next);
  if (&edge != &object.state.edge) edge = edge_here(object);
  return *this;
}

Tensor Tensor::grad() const {
  const TensorImpl& object = checked(object_);
  if (is_outer(object)) return context().trace->read_grad(*this);
  wait_until_free(object);
  return object.grad;
}

namespace {

// Whether `object` holds `target` as a base or as a gradient, directly or indirectly.
bool holds(const TensorImpl& object, const TensorImpl& target) {
  if (&object != &target && !object.view && !object.grad.defined()) return false;
  std::vector<const TensorImpl*> work{&object};
  std::unordered_set<const TensorImpl*> seen;
  while (!work.empty()) {
    const TensorImpl* at = work.back();
    work.pop_back();
    if (at == &target) return true;
    if (!seen.insert(at).second) continue;
    if (at->view) work.push_back(at->view->base.object());
    if (at->grad.defined()) work.push_back(at->grad.object());
  }
  return false;
}

}  // namespace

void Tensor::set_grad(const Tensor& grad) const {
  TensorImpl& object = checked(object_);
  if (!context().trace) wait_until_free(object);
  if (grad.defined() && !(grad.type() == type())) {
    fail(Code::kValue, "[grad] expects a gradient of type {}, got {}", ir::to_string(type()),
         ir::to_string(grad.type()));
  }
  if (is_outer(object)) {
    context().trace->write_grad(*this, grad);
  } else {
    // A gradient that holds its own tensor would form a cycle, so that only its value is kept.
    object.grad = grad.defined() && holds(*grad.object(), object) ? grad.snapshot() : grad;
  }
}

Tensor Tensor::detach() const {
  checked(object_);
  const Tensor& base = *current(*this);
  if (!is_outer(*base.object())) wait_until_free(*base.object());
  uint64_t version = version_here(*base.object());
  Tensor view = snapshot();
  connect(view, base, {.recorded = false, .own_edge = true}, version);
  return view;
}

void Tensor::drop_edge() const {
  TensorImpl& object = checked(object_);
  Edge& edge = edge_now(*this);
  EdgeChanges::note(*this, {});
  if (object.view) object.view->own_edge = true;
  edge = {};
  object.state.edge = {};
  if (!is_outer(object)) forget_edge_here(object);
}

Tensor Tensor::snapshot() const { return Tensor(State{state().payload, Edge()}); }

template <class T>
T Tensor::item() const {
  const NDArray& here = array("item");
  if (here.size() != 1) {
    fail(Code::kValue, "[item] expects a tensor of one element, got {}", ir::to_string(type()));
  }
  NDArray host = context().engine ? context().engine->to_host(here) : here;
  return visit_dtype(host.dtype(), [&](auto tag) {
    using E = typename decltype(tag)::type;
    return static_cast<T>(static_cast<ComputeType<E>>(*host.data<E>()));
  });
}
template double Tensor::item() const;
template float Tensor::item() const;
template int64_t Tensor::item() const;
template bool Tensor::item() const;

template <class T>
Tensor tensor(const std::vector<T>& values, const Shape& shape) {
  if (static_cast<int64_t>(values.size()) != num_elements(shape)) {
    fail(Code::kValue, "[tensor] expects {} values for shape {}, got {}", num_elements(shape),
         to_string(shape), values.size());
  }
  NDArray array = NDArray::empty(dtype_of<T>(), shape);
  std::copy(values.begin(), values.end(), array.mutable_data<T>());
  return Tensor(array);
}
template Tensor tensor(const std::vector<float>&, const Shape&);
template Tensor tensor(const std::vector<double>&, const Shape&);
template Tensor tensor(const std::vector<int64_t>&, const Shape&);
template Tensor tensor(const std::vector<int32_t>&, const Shape&);
template Tensor tensor(const std::vector<uint64_t>&, const Shape&);
template Tensor tensor(const std::vector<bool>&, const Shape&);

Tensor scalar(ir::Scalar value, DType dtype) {
  NDArray array = NDArray::empty(dtype, {});
  visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    *array.mutable_data<T>() = std::visit([](auto v) { return convert_number<T>(v); }, value);
  });
  const Context& here = context();
  if (here.device.kind == DeviceKind::kCpu) return Tensor(array);
  return Tensor(here.engine->to_device(array, here.device));
}

}  // namespace mycel
