#include "mycel/tensor/view_geometry.h"

#include <algorithm>

#include "mycel/ir/function.h"
#include "mycel/tensor/trace.h"

namespace mycel {
namespace {

Dims dims_of(const TensorImpl& object) {
  const Payload& payload = object.state.payload;
  return payload.traced ? payload.traced->type().dims : to_dims(payload.array.shape());
}

}  // namespace

bool is_static(const Dims& dims) {
  return std::all_of(dims.begin(), dims.end(), [](Dim dim) { return dim.is_constant(); });
}

bool has_geometry(const TensorImpl& object) {
  if (!object.state.payload.is_traced()) return true;
  const TensorImpl* at = &object;
  for (; at->view; at = at->view->base.object()) {
    if (!is_static(dims_of(*at))) return false;
  }
  return is_static(dims_of(*at));
}

std::optional<NDArray> through_view(const ir::OpDef& op, const ir::Attributes& attributes,
                                    const Dims& dims, const NDArray& array) {
  NDArray view;
  if (!op.view(attributes, dims, array, view)) return std::nullopt;
  return view;
}

std::optional<NDArray> through_views(const TensorImpl& object, const NDArray& whole,
                                     const TensorImpl* base) {
  InlineVector<const TensorImpl*, 8> chain;
  for (const TensorImpl* at = &object; at != base && at->view; at = at->view->base.object()) {
    if (at->view->op) chain.push_back(at);
  }
  std::optional<NDArray> array = whole;
  for (; array && !chain.empty(); chain.pop_back()) {
    const TensorImpl& view = *chain.back();
    array = through_view(*view.view->op, view.view->attributes, dims_of(view), *array);
  }
  return array;
}

Geometry geometry_of(const TensorImpl& object) {
  const TensorImpl& root = root_of(object);
  const Payload& payload = root.state.payload;
  const NDArray &whole = payload.array, &part = object.state.payload.array;
  if (part.defined() && part.buffer() == whole.buffer() && whole.is_row_major()) {
    return {nullptr, part.dtype(), part.shape(), part.strides(), part.offset() - whole.offset()};
  }
  DType dtype = payload.traced ? payload.traced->type().dtype : payload.array.dtype();
  Shape shape = to_shape(dims_of(root));
  const Strides* known = payload.traced ? payload.trace->strides(root) : nullptr;
  Strides strides = known ? *known : row_major(shape);
  std::optional<Geometry> geometry = through_views(object, NDArray(nullptr, dtype, shape, strides));
  if (!geometry) fail_internal("a view whose elements lie at no regular distances");
  return *geometry;
}

bool overlaps(const NDArray& array) {
  for (size_t d = 0; d < array.rank(); ++d) {
    if (array.strides()[d] == 0 && array.shape()[d] > 1) return array.size() > 0;
  }
  return false;
}

}  // namespace mycel
