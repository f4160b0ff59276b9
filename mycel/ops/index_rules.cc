#include "mycel/ops/index_rules.h"

#include <algorithm>
#include <limits>

#include "mycel/te/functions.h"
#include "mycel/tensor/context.h"

namespace mycel {
namespace {

te::Expr poison(DType dtype) {
  if (is_floating(dtype)) {
    return te::constant(dtype, std::numeric_limits<double>::quiet_NaN());
  }
  if (dtype == DType::kBool) return te::constant(dtype, 1);
  if (is_unsigned_integer(dtype)) {
    uint64_t highest = std::numeric_limits<uint64_t>::max() >> (64 - info(dtype).bits);
    return te::constant(dtype, static_cast<int64_t>(highest));
  }
  return te::constant(dtype, std::numeric_limits<int64_t>::min() >> (64 - info(dtype).bits));
}

}  // namespace

WrappedIndex wrap_index(te::Expr index, Dim extent) {
  te::Expr i = te::cast(std::move(index), DType::kInt64);
  te::Expr zero = te::constant(DType::kInt64, 0), size = te::extent(extent);
  i = te::select(i < zero, i + size, i);
  return {i, te::logical_and(i >= zero, i < size)};
}

te::Expr checked_load(const te::Operand& x, std::vector<te::Expr> indices, te::Expr valid) {
  return te::select(valid, x.at_if(valid, std::move(indices)), poison(x.dtype()));
}

void check_range(std::string_view op, const Tensor& indices, int64_t low, int64_t high,
                 std::optional<int64_t> except) {
  NDArray host = contiguous(context().engine->to_host(indices.array(op)));
  int64_t count = host.size();
  visit_dtype(host.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      const T* values = host.data<T>();
      for (int64_t k = 0; k < count; ++k) {
        auto i = static_cast<int64_t>(values[k]);
        // A uint64 beyond int64 is negative here, and out of range too.
        bool fits = i >= (std::is_signed_v<T> ? low : std::max<int64_t>(low, 0)) && i < high;
        if (!fits && i != except) {
          fail(Code::kIndex, "[{}] expects indices in [{}, {}), got {}", op, low, high, values[k]);
        }
      }
    }
  });
}

void check_indices(std::string_view op, const Tensor& indices, Dim extent) {
  check_range(op, indices, -extent.value(), extent.value());
}

}  // namespace mycel
