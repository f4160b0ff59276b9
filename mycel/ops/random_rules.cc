#include "mycel/ops/random_rules.h"

#include "mycel/te/functions.h"

namespace mycel {

void check_state(const ir::Call& call, size_t state) {
  if (call.type(state) == ir::Type::tensor(DType::kUInt64, {2})) return;
  call.fail(Code::kValue, "expects a state u64[2] (seed, offset), got {}", call.type(state));
}

void check_piece(const ir::Call& call, const Dims& shape, const DrawnPiece& piece) {
  auto check_rank = [&](const Dims& dims, const char* name) {
    if (dims.empty() || dims.size() == shape.size()) return;
    call.fail(Code::kValue, "expects {} to have one number for each of the {} dims of {}, got {}",
              name, shape.size(), shape, dims);
  };
  check_rank(piece.whole, "whole");
  check_rank(piece.begin, "begin");
  const Dims& whole = piece.whole.empty() ? shape : piece.whole;
  auto is_negative = [](Dim dim) { return bounds(dim).high.value_or(0) < 0; };
  for (size_t d = 0; d < shape.size(); ++d) {
    Dim begin = piece.begin.empty() ? Dim(0) : piece.begin[d];
    if (!is_negative(begin) && !is_negative(whole[d] - (begin + shape[d]))) continue;
    call.fail(Code::kValue, "expects a piece inside the whole {}, got shape {} at {}", whole, shape,
              piece.begin.empty() ? Dims(shape.size(), 0) : piece.begin);
  }
}

te::Expr place_in_whole(const std::vector<te::Axis>& axes, const DrawnPiece& piece) {
  te::Expr place = te::constant(DType::kInt64, 0);
  for (size_t d = 0; d < axes.size(); ++d) {
    te::Expr i = te::index(axes[d]);
    bool begins_later = !piece.begin.empty() && !(piece.begin[d] == Dim(0));
    if (begins_later) i = i + te::extent(piece.begin[d]);
    Dim extent = piece.whole.empty() ? axes[d].extent : piece.whole[d];
    place = d == 0 ? i : place * te::extent(extent) + i;
  }
  return place;
}

}  // namespace mycel
