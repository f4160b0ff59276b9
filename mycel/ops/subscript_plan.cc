#include <algorithm>

#include "mycel/ops/creation.h"
#include "mycel/ops/subscript.h"
#include "mycel/tensor/context.h"

namespace mycel {
namespace {

using Kind = Subscript::Kind;

bool is_mask(const Subscript& entry) {
  return entry.kind == Kind::kArray && entry.array.dtype() == DType::kBool;
}

// The number of dims that the entry indexes; an ellipsis takes what the others leave.
size_t dims_of(const Subscript& entry) {
  if (entry.kind == Kind::kEllipsis || entry.kind == Kind::kNewAxis) return 0;
  return is_mask(entry) ? entry.array.rank() : 1;
}

void check_mask(const Tensor& mask, const Dims& dims, size_t first) {
  Dims expected(dims.begin() + first, dims.begin() + first + mask.rank());
  if (mask.rank() > 0 && mask.dims() == expected) return;
  fail(Code::kIndex, "[index] expects a mask of shape {}, got {}", to_string(expected),
       ir::to_string(mask.type()));
}

// Expands the entries to one per dim, and new axes: an ellipsis (at the end if there is none)
// becomes ranges, a mask becomes index arrays.
Subscripts entry_per_dim(const Dims& dims, const Subscripts& entries) {
  size_t taken = 0, d = 0;
  for (const Subscript& entry : entries) taken += dims_of(entry);
  if (taken > dims.size()) {
    fail(Code::kIndex, "[index] expects at most {} indices for a tensor of shape {}, got {}",
         dims.size(), to_string(dims), taken);
  }
  Subscripts out;
  bool has_ellipsis = false;
  for (const Subscript& entry : entries) {
    if (entry.kind == Kind::kEllipsis) {
      if (has_ellipsis) fail(Code::kIndex, "[index] expects at most one ellipsis, got two");
      has_ellipsis = true;
      out.insert(out.end(), dims.size() - taken, Subscript::range());
      d += dims.size() - taken;
      continue;
    }
    if (is_mask(entry)) {
      check_mask(entry.array, dims, d);
      for (Tensor& positions : nonzero(entry.array)) out.push_back(Subscript::by(positions));
    } else {
      out.push_back(entry);
    }
    d += dims_of(entry);
  }
  if (!has_ellipsis) out.insert(out.end(), dims.size() - taken, Subscript::range());
  return out;
}

Dim resolved_number(int64_t number, Dim extent, size_t d) {
  if (extent.is_constant()) {
    int64_t size = extent.value();
    if (number < -size || number >= size) {
      fail(Code::kIndex, "[index] expects an index in [{}, {}) for dim {}, got {}", -size, size, d,
           number);
    }
  }
  return number < 0 ? extent + Dim(number) : Dim(number);
}

// Resolves a bound: counted from the end if negative, limited to [low, high]; any number is valid.
Dim resolved_bound(int64_t bound, Dim extent, Dim low, Dim high) {
  bound = std::clamp(bound, 1 - Dim::kMax, Dim::kMax);
  return min(max(bound < 0 ? extent + Dim(bound) : Dim(bound), low), high);
}

// Python's rules for slices (PySlice_AdjustIndices).
void resolve_range(const Subscript& entry, Dim extent, Slice& window) {
  int64_t step = entry.step.value_or(1);
  if (step == 0) fail(Code::kValue, "[index] expects a slice with a step other than 0");
  if (extent.is_constant()) {  // a longer step goes no further
    int64_t longest = std::max<int64_t>(extent.value(), 1);
    step = std::clamp(step, -longest, longest);
  }
  Dim low = step > 0 ? Dim(0) : Dim(-1), high = step > 0 ? extent : extent - 1;
  Dim first = step > 0 ? low : high, last = step > 0 ? high : low;
  window.starts.push_back(entry.start ? resolved_bound(*entry.start, extent, low, high) : first);
  window.stops.push_back(entry.stop ? resolved_bound(*entry.stop, extent, low, high) : last);
  window.steps.push_back(step);
}

// Index arrays with another entry between them come first in the result, as in NumPy.
std::optional<int64_t> array_position(const Subscripts& entries, bool numbers_count) {
  size_t first = entries.size(), last = 0, count = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    bool is_array = entries[i].kind == Kind::kArray;
    if (!is_array && !(numbers_count && entries[i].kind == Kind::kNumber)) continue;
    first = std::min(first, i);
    last = i;
    ++count;
  }
  if (count == 0 || last - first + 1 == count) return {};
  return 0;
}

}  // namespace

SubscriptPlan plan_subscript(const Tensor& x, const Subscripts& entries) {
  Dims dims = x.dims();
  bool has_arrays = std::any_of(entries.begin(), entries.end(),
                                [](const Subscript& entry) { return entry.kind == Kind::kArray; });
  SubscriptPlan plan;
  plan.position = array_position(entries, has_arrays);
  plan.unique = std::none_of(entries.begin(), entries.end(), [](const Subscript& entry) {
    return entry.kind == Kind::kArray && !is_mask(entry);
  });
  size_t d = 0;
  for (const Subscript& entry : entry_per_dim(dims, entries)) {
    if (entry.kind == Kind::kNewAxis) {
      plan.shape.push_back(1);
      continue;
    }
    Dim extent = dims[d];
    bool keeps = true;
    if (entry.kind == Kind::kNumber && !has_arrays) {
      Dim start = resolved_number(entry.number, extent, d);
      plan.window.starts.push_back(start);
      plan.window.stops.push_back(start + 1);
      plan.window.steps.push_back(1);
      keeps = false;
    } else if (entry.kind == Kind::kRange) {
      resolve_range(entry, extent, plan.window);
    } else {
      resolve_range(Subscript::range(), extent, plan.window);
      plan.array_dims.push_back(static_cast<int64_t>(plan.shape.size()));
      if (entry.kind == Kind::kNumber) resolved_number(entry.number, extent, d);
      plan.arrays.push_back(
          entry.kind == Kind::kArray ? entry.array : scalar_like(x, entry.number, DType::kInt64));
    }
    plan.window_dims.push_back(
        slice_length(plan.window.starts[d], plan.window.stops[d], plan.window.steps[d]));
    if (keeps) plan.shape.push_back(plan.window_dims[d]);
    ++d;
  }
  return plan;
}

Tensors nonzero(const Tensor& mask) {
  NDArray host = contiguous(context().engine->to_host(mask.array("nonzero")));
  const Shape& shape = host.shape();
  const bool* values = host.data<bool>();
  std::vector<std::vector<int64_t>> positions(shape.size());
  for (int64_t i = 0, count = host.size(); i < count; ++i) {
    if (!values[i]) continue;
    int64_t rest = i;
    for (size_t d = shape.size(); d-- > 0;) {
      positions[d].push_back(rest % shape[d]);
      rest /= shape[d];
    }
  }
  Tensors out;
  for (const std::vector<int64_t>& p : positions) {
    Tensor t = tensor(p, {static_cast<int64_t>(p.size())});
    out.push_back(mask.device() == Device{}
                      ? t
                      : Tensor(context().engine->to_device(t.array(), mask.device())));
  }
  return out;
}

}  // namespace mycel
