#include "mycel/ops/reshape_rules.h"

#include "mycel/te/functions.h"

namespace mycel {
namespace {

std::vector<size_t> without_ones(const Dims& dims) {
  std::vector<size_t> kept;
  for (size_t d = 0; d < dims.size(); ++d) {
    if (!(dims[d] == Dim(1))) kept.push_back(d);
  }
  return kept;
}

bool less(Dim a, Dim b) { return a.is_constant() && b.is_constant() && a.value() < b.value(); }

te::Expr zero() { return te::constant(DType::kInt64, 0); }

}  // namespace

std::vector<DimGroup> group_dims(const Dims& from, const Dims& to) {
  std::vector<size_t> a = without_ones(from), b = without_ones(to);
  std::vector<DimGroup> groups;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    DimGroup group;
    Dim size_from = 1, size_to = 1;
    auto take_from = [&] { size_from = size_from * from[a[i]], group.from.push_back(a[i++]); };
    auto take_to = [&] { size_to = size_to * to[b[j]], group.to.push_back(b[j++]); };
    if (i < a.size()) take_from();
    if (j < b.size()) take_to();
    while (!(size_from == size_to) && (i < a.size() || j < b.size())) {
      // Symbolic products are not ordered: whichever side has dims left grows.
      bool grow_from = less(size_from, size_to) || (!less(size_to, size_from) && i < a.size());
      if (grow_from ? i < a.size() : j >= b.size())
        take_from();
      else
        take_to();
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

Dims resolve_shape(const ir::Call& call, const Dims& from, const Dims& shape) {
  Dim total = product(from), known = 1;
  int open = -1;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == Dim(-1)) {
      if (open >= 0) {
        call.fail(Code::kValue, "expects at most one -1 in the shape, got {}", shape);
      }
      open = static_cast<int>(d);
    } else if (shape[d].is_constant() && shape[d].value() < 0) {
      call.fail(Code::kValue, "expects extents of at least 0, or -1, got {}", shape);
    } else {
      known = known * shape[d];
    }
  }
  Dims out = shape;
  if (open >= 0 && !(known == Dim(0))) {
    out[static_cast<size_t>(open)] = floordiv(total, known);
    known = known * out[static_cast<size_t>(open)];
  } else if (open >= 0) {
    call.fail(Code::kValue, "expects a shape without 0 where -1 is to be found, got {}", shape);
  }
  if (!(known == total)) {
    call.fail(Code::kValue, "expects a shape of {} elements, as input {} has, got {}", total,
              call.type(0), shape);
  }
  return out;
}

std::vector<te::Expr> reshaped_index(const Dims& from, const std::vector<te::Axis>& axes) {
  Dims to;
  for (const te::Axis& axis : axes) to.push_back(axis.extent);
  std::vector<te::Expr> index(from.size());
  for (te::Expr& i : index) i = zero();
  for (const DimGroup& group : group_dims(from, to)) {
    if (group.is_same()) {
      index[group.from[0]] = te::index(axes[group.to[0]]);
      continue;
    }
    te::Expr flat = zero();
    for (size_t k = 0; k < group.to.size(); ++k) {
      te::Expr i = te::index(axes[group.to[k]]);
      flat = k == 0 ? i : flat * te::extent(to[group.to[k]]) + i;
    }
    for (size_t k = group.from.size(); k-- > 0;) {
      te::Expr extent = te::extent(from[group.from[k]]);
      index[group.from[k]] = k == 0 ? flat : te::rem(flat, extent);
      if (k > 0) flat = te::floordiv(flat, extent);
    }
  }
  return index;
}

bool reshaped_strides(const NDArray& in, const Shape& shape, Strides& strides) {
  strides = row_major(shape);
  if (in.is_row_major() || num_elements(shape) == 0) return true;
  for (const DimGroup& group : group_dims(to_dims(in.shape()), to_dims(shape))) {
    // The group's dims must lie one after the other, as one dim would.
    for (size_t k = 0; k + 1 < group.from.size(); ++k) {
      size_t outer = group.from[k], inner = group.from[k + 1];
      if (in.strides()[outer] != in.strides()[inner] * in.shape()[inner]) return false;
    }
    int64_t stride = in.strides()[group.from.back()];
    for (size_t k = group.to.size(); k-- > 0;) {
      strides[group.to[k]] = stride;
      stride *= shape[group.to[k]];
    }
  }
  return true;
}

}  // namespace mycel
