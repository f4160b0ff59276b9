#include "mycel/ops/index_rules.h"

#include <algorithm>

#include "mycel/te/functions.h"
#include "mycel/tensor/context.h"

namespace mycel {
te::Expr wrap_index(te::Expr index, Dim extent) {
  bool counts_from_end = is_signed_integer(index->dtype);
  te::Expr i = te::cast(std::move(index), DType::kInt64), zero = te::constant(DType::kInt64, 0);
  if (!counts_from_end) return i;
  te::Expr from_end = i + te::extent(extent);
  // An index out of range stays as it is, for the message.
  return te::select(i < zero, te::select(from_end < zero, i, from_end), i);
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
        auto i = static_cast<int64_t>(values[k]);  // NOLINT(bugprone-signed-char-misuse): a number
        // A uint64 beyond int64 is negative here, and out of range too.
        bool fits = i >= (std::is_signed_v<T> ? low : std::max<int64_t>(low, 0)) && i < high;
        if (!fits && i != except) {
          fail(Code::kIndex, "[{}] expects indices in [{}, {}), got {}", op, low, high, values[k]);
        }
      }
    }
  });
}

}  // namespace mycel
