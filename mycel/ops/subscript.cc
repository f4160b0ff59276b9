#include "mycel/ops/subscript.h"

#include "mycel/ops/index.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/where.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/in_place.h"
#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/trace.h"
#include "mycel/tensor/view.h"

namespace mycel {
namespace {

// Broadcasts the value to `dims`, dropping excess leading dims of extent 1.
Tensor fitted(const Tensor& value, const Dims& dims, DType dtype) {
  Tensor v = cast_to(value, dtype);
  while (v.rank() > dims.size() && v.dim(0) == Dim(1)) v = squeeze(v, Ints{0});
  bool fits = v.rank() <= dims.size();
  for (size_t d = 0; fits && d < v.rank(); ++d) {
    Dim extent = v.dim(static_cast<int64_t>(d));
    fits = extent == Dim(1) || extent == dims[dims.size() - v.rank() + d];
  }
  if (!fits) {
    fail(Code::kValue, "[index] expects a value that broadcasts to {}, got {}", to_string(dims),
         ir::to_string(value.type()));
  }
  return expand(v, dims);
}

// Whether the window is all of x.
bool is_whole(const Tensor& x, const SubscriptPlan& plan) {
  bool whole = plan.window_dims == x.dims();
  for (int64_t step : plan.window.steps) whole = whole && step == 1;
  return whole;
}

// The broadcast shape of the index arrays.
Dims shape_of_arrays(const Tensors& arrays) {
  Dims out;
  for (const Tensor& array : arrays) {
    Dims dims = array.dims();
    while (out.size() < dims.size()) out.insert(out.begin(), 1);
    for (size_t d = 0; d < dims.size(); ++d) {
      Dim& extent = out[out.size() - dims.size() + d];
      if (extent == Dim(1)) extent = dims[d];
    }
  }
  return out;
}

Tensor part_of(const Tensor& x, const SubscriptPlan& plan) {
  if (!plan.arrays.empty() && is_whole(x, plan) && plan.shape == plan.window_dims) return x;
  Tensor part = slice(x, plan.window);
  return plan.shape == plan.window_dims ? part : reshape(part, plan.shape);
}

// Whether the only entry is a mask over the first dims of x, and the value has one element.
bool is_masked_fill(const Subscripts& entries, const Tensor& value) {
  return entries.size() == 1 && entries[0].kind == Subscript::Kind::kArray &&
         entries[0].array.dtype() == DType::kBool && product(value.dims()) == Dim(1);
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  Dims dims = mask.dims();
  bool fits = dims.size() <= x.rank();
  for (size_t d = 0; fits && d < dims.size(); ++d) fits = dims[d] == x.dim(static_cast<int64_t>(d));
  if (!fits) {
    fail(Code::kIndex, "[index] expects a mask of the first dims of {}, got {}",
         ir::to_string(x.type()), ir::to_string(mask.type()));
  }
  while (dims.size() < x.rank()) dims.push_back(1);
  return where(reshape(mask, dims), reshape(cast_to(value, x.dtype()), {}), x);
}

// The values for the elements of the part that the plan's index arrays select.
Tensor values_by_arrays(const Tensor& part, const SubscriptPlan& plan, const Tensor& value) {
  Dims dims =
      indexed_dims(plan.shape, shape_of_arrays(plan.arrays), plan.array_dims, plan.position);
  return fitted(value, dims, part.dtype());
}

void write_by_arrays(const Tensor& part, const SubscriptPlan& plan, const Tensor& value) {
  Tensor values = values_by_arrays(part, plan, value);
  IndexPut where{plan.array_dims, plan.position, false, false, plan.unique};
  Operands operands(part, values);
  for (const Tensor& array : plan.arrays) operands.add(array);
  const ir::OpDef& op = *OpOf<IndexPut>::def;
  if (scatter_in_place(op, operands, ir::Attributes::borrow(op.attributes, &where))) return;
  part.assign(index_put(part, values, plan.arrays, where));
}

// Whether the value already is the part and, if gradients are recorded, has its gradient too: a
// detached one only has the elements.
bool is_written(const Tensor& part, const Tensor& value) {
  const TensorImpl &now = *part.object(), &next = *current(value)->object();
  return is_same_view(now, next) && (!context().grad_enabled || has_gradient_of(next, now));
}

}  // namespace

Subscript Subscript::at(int64_t number) {
  Subscript entry;
  entry.kind = Kind::kNumber;
  entry.number = number;
  return entry;
}
Subscript Subscript::range(std::optional<int64_t> start, std::optional<int64_t> stop,
                           std::optional<int64_t> step) {
  Subscript entry;
  entry.kind = Kind::kRange;
  entry.start = start;
  entry.stop = stop;
  entry.step = step;
  return entry;
}
Subscript Subscript::ellipsis() { return {}; }
Subscript Subscript::new_axis() {
  Subscript entry;
  entry.kind = Kind::kNewAxis;
  return entry;
}
Subscript Subscript::by(Tensor array) {
  Subscript entry;
  entry.kind = Kind::kArray;
  entry.array = std::move(array);
  return entry;
}

Tensor subscript(const Tensor& x, const Subscripts& entries) {
  SubscriptPlan plan = plan_subscript(x, entries);
  Tensor part = part_of(x, plan);
  if (plan.arrays.empty()) return part;
  return index(part, plan.arrays, {plan.array_dims, plan.position});
}

Tensor subscript_put(const Tensor& x, const Subscripts& entries, const Tensor& value) {
  if (is_masked_fill(entries, value)) return masked_fill(x, entries[0].array, value);
  SubscriptPlan plan = plan_subscript(x, entries);
  SlicePut window{plan.window.starts, plan.window.steps};
  if (plan.arrays.empty()) {
    Tensor part = fitted(value, plan.shape, x.dtype());
    return slice_put(x, reshape(part, plan.window_dims), window);
  }
  Tensor part = part_of(x, plan);
  Tensor written = index_put(part, values_by_arrays(part, plan, value), plan.arrays,
                             {plan.array_dims, plan.position, false, false, plan.unique});
  if (is_whole(x, plan)) return reshape(written, x.dims());
  return slice_put(x, reshape(written, plan.window_dims), window);
}

void write_subscript(const Tensor& x, const Subscripts& entries, const Tensor& value) {
  if (is_masked_fill(entries, value)) return x.assign(masked_fill(x, entries[0].array, value));
  SubscriptPlan plan = plan_subscript(x, entries);
  Tensor part = part_of(x, plan);
  if (!plan.arrays.empty()) return write_by_arrays(part, plan, value);
  // x[i] += v writes through the view x[i], then sets x[i] to that view.
  if (is_written(part, value)) return check_recordable(*part.object());
  write_elements(part, fitted(value, plan.shape, x.dtype()));
}

}  // namespace mycel
