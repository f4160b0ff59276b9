// `sort` on the reference device.
#include <algorithm>
#include <numeric>

#include "mycel/backends/api/index_operand.h"
#include "mycel/backends/reference/indices.h"
#include "mycel/backends/reference/primitives.h"

namespace mycel::backends::reference {
namespace {

// NaN counts as the largest.
template <class T>
bool less(T a, T b) {
  auto x = static_cast<ComputeType<T>>(a), y = static_cast<ComputeType<T>>(b);
  return x < y || (y != y && x == x);
}

template <class T>
void sort_along(const Request& request, size_t dim, bool descending, void* const* buffers) {
  const Operand &x = request.inputs[0], &values = request.outputs[0], &indices = request.outputs[1];
  const T* from = static_cast<const T*>(buffers[0]);
  Shape rows = x.shape;
  int64_t length = rows.empty() ? 1 : rows[dim];
  if (!rows.empty()) rows[dim] = std::min<int64_t>(length, 1);
  auto step = [&](const Operand& operand) { return rows.empty() ? 0 : operand.strides[dim]; };
  for_each_index(rows, [&](const Ints& row) {
    auto element = [&](int64_t i) { return from[offset(row, x.strides) + i * step(x)]; };
    std::vector<int64_t> order(static_cast<size_t>(length));
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      T x = element(a), y = element(b);
      if (less(x, y) || less(y, x)) return descending ? less(y, x) : less(x, y);
      return a < b;
    });
    for (int64_t i = 0; i < length; ++i) {
      int64_t source = order[static_cast<size_t>(i)];
      static_cast<T*>(buffers[1])[offset(row, values.strides) + i * step(values)] = element(source);
      static_cast<int64_t*>(buffers[2])[offset(row, indices.strides) + i * step(indices)] = source;
    }
  });
}

}  // namespace

void sort(const Request& request, void* const* buffers) {
  visit_dtype(request.inputs[0].dtype, [&](auto tag) {
    sort_along<typename decltype(tag)::type>(request, dim_attribute(request),
                                             attribute<bool>(request, "descending"), buffers);
  });
}

}  // namespace mycel::backends::reference
