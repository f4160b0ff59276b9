// Writes through views to their root.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/leaf.h"
#include "mycel/tensor/op_rules.h"
#include "mycel/tensor/tensor_write_lock.h"
#include "mycel/tensor/thread_local_edges.h"
#include "mycel/tensor/trace.h"
#include "mycel/tensor/view.h"
#include "mycel/tensor/view_geometry.h"

namespace mycel {
namespace {

Tensor handle(TensorImpl& object) { return Tensor(IntrusivePtr<TensorImpl>(&object)); }

// `base` with the elements that the view operation shows replaced by `values`.
Tensor put(const ir::OpDef* op, const ir::Attributes& attributes, const Tensor& base,
           const Tensor& values) {
  if (!op) return values;
  const OpRules& rule = rules(*op);
  if (!rule.put) fail_internal("the view operation {} states no inverse", op->name);
  return rule.put(base, values, attributes);
}

// One step from an object to a view of it, without holding the objects.
struct Step {
  const ir::OpDef* op;
  ir::Attributes attributes;
  Dims dims;  // of the view
};
using Steps = std::vector<Step>;

Steps steps_between(const TensorImpl& from, const TensorImpl& view) {
  Steps steps;
  for (const TensorImpl* at = &view; at != &from; at = at->view->base.object()) {
    if (!at->view->op) continue;
    Dims dims = handle(const_cast<TensorImpl&>(*at)).dims();
    steps.push_back({at->view->op, at->view->attributes, std::move(dims)});
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

Tensor zeros_like(const Tensor& like) {
  NDArray zeros = NDArray::empty(like.dtype(), like.shape());
  std::memset(zeros.raw(), 0, static_cast<size_t>(zeros.bytes()));
  return Tensor(context().engine->to_device(zeros, like.device()));
}

Tensor call_named(std::string_view name, const Operands& inputs, std::string_view attribute,
                  const ir::Attribute& value) {
  const ir::OpDef* op = ir::Registry::get().find(name);
  if (!op) fail_internal("a write through an expanded view needs the operation {}", name);
  ir::Attributes attributes = ir::Attributes::defaults(op->attributes);
  return apply(*op, inputs, attributes.with(attribute, value))[0];
}

Tensor reshaped(const Tensor& x, const Shape& shape) {
  return call_named("reshape", Operands(x), "shape", to_dims(shape));
}

// Applies the view steps to an array.
NDArray shown_by(const Steps& steps, NDArray array) {
  for (const Step& step : steps) {
    std::optional<NDArray> shown = through_view(*step.op, step.attributes, step.dims, array);
    if (!shown) shown = through_view(*step.op, step.attributes, step.dims, contiguous(array));
    if (!shown) fail_internal("{} shows no part of a row-major array", step.op->name);
    array = std::move(*shown);
  }
  return array;
}

// `base` with the elements that the steps show replaced by `values`, one by one: for chains with
// views whose elements overlap (expand), as the value of such a view does not tell which of them
// was written.
Tensor put_elements(const Tensor& base, const Steps& steps, const Tensor& values) {
  Shape shape = base.shape();
  NDArray numbers = NDArray::empty(DType::kInt64, shape);
  std::iota(numbers.mutable_data<int64_t>(), numbers.mutable_data<int64_t>() + numbers.size(), 0);
  NDArray places = NDArray::empty(DType::kInt64, {num_elements(values.shape())});
  copy_elements(shown_by(steps, numbers),
                places.view(values.shape(), row_major(values.shape()), 0));
  Tensor index(context().engine->to_device(places, base.device()));
  Tensor written = call_named(
      "index_put",
      Operands(reshaped(base, {numbers.size()}), reshaped(values, places.shape()), index), "dims",
      Ints{0});
  return reshaped(written, shape);
}

// Whether elements overlap in the view or a base between it and its owner.
bool passes_overlap(const TensorImpl& view, const TensorImpl& owner) {
  if (!has_geometry(view)) return false;
  for (const TensorImpl* at = &view; at != &owner; at = at->view->base.object()) {
    if (overlaps(geometry_of(*at))) return true;
  }
  return false;
}

// The node of an eager write through views. It saves no elements, as its gradient needs none.
class WriteNode final : public Node {
 public:
  WriteNode(const TensorImpl& owner, const TensorImpl& view, Edge base, Edge values)
      : steps_(steps_between(owner, view)),
        by_element_(passes_overlap(view, owner)),
        edges_{std::move(base), std::move(values)},
        location_(context().current_location()) {}

  size_t num_inputs() const override { return 2; }
  const Edge& edge(size_t i) const override { return edges_[i]; }
  size_t num_outputs() const override { return 1; }
  Tensors vjp(const Tensors& cotangents, const std::vector<bool>& needed) override {
    Tensors parts{cotangents[0]};
    for (const Step& step : steps_) {
      parts.push_back(apply(*step.op, Operands(parts.back()), step.attributes)[0]);
    }
    Tensors gradients(2);
    if (needed[1]) gradients[1] = parts.back();
    if (needed[0]) gradients[0] = without_written(parts);
    return gradients;
  }
  void free_saved() override {}
  const ir::Location& location() const override { return location_; }

 private:
  Tensor without_written(const Tensors& parts) const {
    Tensor rest = zeros_like(parts.back());
    if (by_element_) return put_elements(parts[0], steps_, rest);
    for (size_t i = steps_.size(); i-- > 0;) {
      rest = put(steps_[i].op, steps_[i].attributes, parts[i], rest);
    }
    return rest;
  }

  Steps steps_;
  bool by_element_;
  Edge edges_[2];
  ir::Location location_;
};

// Whether the array is the only holder of its memory, and may be written.
bool is_own(const NDArray& array) {
  return array.buffer()->unique() && !array.buffer()->read_only() && !overlaps(array);
}

void write_now(TensorImpl& target, State value) {
  TensorImpl &root = root_of(target), &owner = gradient_root_of(target);
  bool record = context().grad_enabled && !leaf_of(owner);
  Edge after = value.edge;
  // A view of all elements leaves nothing of the old value, as an assignment does.
  bool all = num_elements(handle(target).shape()) == num_elements(handle(owner).shape());
  const Edge before = all ? Edge() : edge_here(owner);
  if (record && &owner != &target && (before.node || after.node)) {
    after = {make_intrusive<WriteNode>(owner, target, before, after), 0};
  }
  Engine& engine = *context().engine;
  NDArray values = std::move(value.payload.array);
  NDArray& whole = root.state.payload.array;
  if (values.buffer() == whole.buffer()) values = engine.copy(values);
  drop_cached_views(root);
  if (&target == &root && !is_own(whole)) {
    whole = engine.copy(values);
  } else {
    engine.write(values, own_elements(target));
  }
  ++root.version;
  if (!record) return;
  owner.state.edge = std::move(after);
  forget_edge_here(owner);
}

// The elements of a base that its views show, also if the open trace has replaced its value.
State elements_of(const Tensor& base) {
  return is_outer(*base.object()) ? context().trace->read(base) : base.state();
}

// The value of `owner` after a write to one of its views.
Tensor put_through(TensorImpl& view, const TensorImpl& owner, Tensor value) {
  for (TensorImpl* at = &view; at != &owner; at = at->view->base.object()) {
    const ViewLink& link = *at->view;
    value = put(link.op, link.attributes, Tensor(elements_of(link.base)), value);
  }
  return value;
}

// The value of a base after a write to one of its views.
Tensor put_into(TensorImpl& base, TensorImpl& view, const Tensor& value) {
  if (!passes_overlap(view, base)) return put_through(view, base, value);
  return put_elements(Tensor(elements_of(handle(base))), steps_between(base, view), value);
}

void write_traced(TensorImpl& view, const Tensor& value) {
  TensorImpl &root = root_of(view), &owner = gradient_root_of(view);
  check_no_overlap(owner);
  Tensor next = put_into(owner, view, value);
  if (&owner != &root) {
    State now = next.state();
    State& state = is_outer(owner) ? context().trace->slot(handle(owner)).current : owner.state;
    if (context().grad_enabled) state.edge = now.edge;
    GradMode no_grad(false);
    assign_root(root, put_into(root, owner, Tensor(State{now.payload, {}})));
  } else {
    assign_root(root, next);
  }
}

// The leaf that the object is, or stands in for; nullptr if none.
const LeafNode* leaf_behind(const TensorImpl& object) {
  if (!object.stands_in) return leaf_of(object);
  const auto* leaf = dynamic_cast<const LeafNode*>(object.state.edge.node.get());
  return leaf && leaf->object() ? leaf_of(*leaf->object()) : nullptr;
}

}  // namespace

void check_no_overlap(const TensorImpl& view) {
  if (!has_geometry(view) || !overlaps(geometry_of(view))) return;
  fail(Code::kRuntime,
       "[assign] expects a view whose elements lie apart, got {}, in which several positions are "
       "one element of its base; write to a copy of it (x = x.clone())",
       ir::to_string(handle(const_cast<TensorImpl&>(view)).type()));
}

void check_write(const Tensor& target, const Tensor& value) {
  ir::Type mine = target.type(), its = value.type();
  if (!(mine == its)) {
    fail(Code::kValue, "[assign] expects a value of type {}, got {}", ir::to_string(mine),
         ir::to_string(its));
  }
  check_recordable(*target.object());
}

void assign_root(TensorImpl& root, const Tensor& value) {
  Tensor target = handle(root);
  check_write(target, value);
  State next = value.state();
  // If nothing is recorded, the tensor keeps its edge.
  bool outer = is_outer(root);
  bool record = context().grad_enabled;
  if (!record) next.edge = outer ? context().trace->edge(target) : root.state.edge;
  if (outer) {
    context().trace->write(target, std::move(next));
    return;
  }
  root.state = std::move(next);
  ++root.version;
  if (record) forget_edge_here(root);
}

void check_recordable(TensorImpl& object) {
  if (!context().grad_enabled) return;
  const LeafNode* leaf = leaf_behind(gradient_root_of(object));
  if (!leaf) return;
  const std::string& name = leaf->object()->name;
  fail(Code::kRuntime,
       "[assign] expects a tensor that is not a leaf with requires_grad=True{}, got {}{}; write to "
       "it inside mc.no_grad()",
       object.view ? ", or a view of one" : "", ir::to_string(handle(object).type()),
       name.empty() ? "" : " (" + name + ")");
}

NDArray own_elements(TensorImpl& object) {
  check_no_overlap(object);
  TensorImpl& root = root_of(object);
  drop_cached_views(root);
  NDArray& array = root.state.payload.array;
  std::optional<NDArray> part;
  if (is_own(array)) part = through_views(object, array);
  if (!part) {
    array = context().engine->copy(array);
    part = through_views(object, array);
  }
  if (!part) fail_internal("a view of a row-major array that is no view");
  return *part;
}

void wait_to_assign(const TensorImpl& target, const TensorImpl& value) {
  if (context().trace || num_write_locks == 0) return;
  const TensorImpl* both[] = {&target, &value};
  wait_until_free(both);
}

void write_elements(const Tensor& tensor, const Tensor& value) {
  wait_to_assign(*tensor.object(), *value.object());
  const Tensor target = *current(tensor);
  check_write(target, value);
  for (const Dim& dim : target.dims()) {
    if (dim == Dim(0)) return;  // nothing to write, even if a base's elements overlap
  }
  TensorImpl& object = *target.object();
  if (target.is_traced()) {
    check_no_overlap(object);
    write_traced(object, value);
  } else {
    write_now(object, value.state());
  }
}

}  // namespace mycel
