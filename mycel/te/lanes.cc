#include "mycel/te/lanes.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "mycel/te/scalar.h"

namespace mycel::te {
namespace {

template <Fn F, class T>
void map_lanes(void* out, const void* const* operands, int64_t count) {
  const T* __restrict a = static_cast<const T*>(operands[0]);
  if constexpr (info(F).arity == 1) {
    using R = decltype(evaluate<F>(T()));
    R* __restrict r = static_cast<R*>(out);
    for (int64_t i = 0; i < count; ++i) r[i] = evaluate<F>(a[i]);
  } else {
    using R = decltype(evaluate<F>(T(), T()));
    R* __restrict r = static_cast<R*>(out);
    const T* __restrict b = static_cast<const T*>(operands[1]);
    for (int64_t i = 0; i < count; ++i) r[i] = evaluate<F>(a[i], b[i]);
  }
}

template <class T, Fn F>
constexpr LaneFunction entry() {
  if constexpr (moves_bits(F) || !takes(info(F).operands, dtype_of<T>()))
    return nullptr;
  else
    return &map_lanes<F, T>;
}

// The functions on operands of T, indexed by Fn; null if undefined.
template <class T>
constexpr auto function_table() {
  return []<size_t... F>(std::index_sequence<F...>) {
    return std::array<LaneFunction, kNumFns>{entry<T, static_cast<Fn>(F)>()...};
  }(std::make_index_sequence<kNumFns>());
}

template <class From, class To>
void cast_lanes(void* out, const void* const* operands, int64_t count) {
  const From* __restrict x = static_cast<const From*>(operands[0]);
  To* __restrict r = static_cast<To*>(out);
  for (int64_t i = 0; i < count; ++i) {
    auto wide = static_cast<ComputeType<From>>(x[i]);
    r[i] = convert<To>(wide);
  }
}

LaneFunction cast_function(DType from, DType to) {
  return visit_dtype(from, [to](auto from_tag) {
    return visit_dtype(to, [](auto to_tag) -> LaneFunction {
      return &cast_lanes<typename decltype(from_tag)::type, typename decltype(to_tag)::type>;
    });
  });
}

// Calls f with an unsigned integer of the dtype's width.
template <class F>
auto visit_width(DType dtype, const F& f) {
  switch (byte_size(dtype)) {
    case 1:
      return f(uint8_t{});
    case 2:
      return f(uint16_t{});
    case 4:
      return f(uint32_t{});
    default:
      return f(uint64_t{});
  }
}

template <class Bits>
void copy_lanes(void* out, const void* const* operands, int64_t count) {
  std::memcpy(out, operands[0], static_cast<size_t>(count) * sizeof(Bits));
}

template <class Bits>
void select_lanes(void* out, const void* const* operands, int64_t count) {
  const bool* condition = static_cast<const bool*>(operands[0]);
  const Bits* __restrict a = static_cast<const Bits*>(operands[1]);
  const Bits* __restrict b = static_cast<const Bits*>(operands[2]);
  Bits* __restrict r = static_cast<Bits*>(out);
  for (int64_t i = 0; i < count; ++i) r[i] = condition[i] ? a[i] : b[i];
}

template <class Bits>
void gather_lanes(void* out, const void* base, const int64_t* offsets, const bool* mask,
                  int64_t count) {
  Bits* __restrict r = static_cast<Bits*>(out);
  const Bits* from = static_cast<const Bits*>(base);
  for (int64_t i = 0; i < count; ++i) r[i] = !mask || mask[i] ? from[offsets[i]] : Bits(0);
}

template <class Bits>
void tile_lanes(void* out, const void* in, int64_t period, int64_t count) {
  Bits* to = static_cast<Bits*>(out);
  const Bits* from = static_cast<const Bits*>(in);
  if (period == 1) {
    std::fill(to, to + count, *from);
    return;
  }
  for (int64_t i = 0; i < count; i += period) {
    std::copy(from, from + std::min(period, count - i), to + i);
  }
}

template <class Bits>
void repeat_lanes(void* out, const void* in, int64_t repeat, int64_t count) {
  Bits* to = static_cast<Bits*>(out);
  const Bits* from = static_cast<const Bits*>(in);
  for (int64_t i = 0; i < count; i += repeat) std::fill(to + i, to + i + repeat, *from++);
}

template <class Bits>
void scatter_lanes(void* base, const void* in, const int64_t* offsets, int64_t count) {
  Bits* to = static_cast<Bits*>(base);
  const Bits* from = static_cast<const Bits*>(in);
  for (int64_t i = 0; i < count; ++i) to[offsets[i]] = from[i];
}

constexpr Fn function_of(Reducer reducer) {
  switch (reducer) {
    case Reducer::kSum:
      return Fn::kAdd;
    case Reducer::kProduct:
      return Fn::kMul;
    case Reducer::kMax:
    case Reducer::kArgMax:
      return Fn::kMax;
    case Reducer::kMin:
    case Reducer::kArgMin:
      return Fn::kMin;
    case Reducer::kAnd:
      return Fn::kAnd;
    case Reducer::kOr:
      return Fn::kOr;
  }
  return Fn::kAdd;
}

template <Reducer R, class T>
constexpr T neutral() {
  using Limits = std::numeric_limits<T>;
  constexpr Fn kFn = function_of(R);
  if constexpr (kFn == Fn::kMax)
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  if constexpr (kFn == Fn::kMin) return Limits::has_infinity ? Limits::infinity() : Limits::max();
  return T(kFn == Fn::kMul || kFn == Fn::kAnd);
}

template <Reducer R, class T>
void start(Accumulators acc, int64_t count) {
  T* value = static_cast<T*>(acc.value);
  std::fill(value, value + count, neutral<R, T>());
  if (acc.index) std::fill(acc.index, acc.index + count, int64_t{0});
}

template <Reducer R, class T>
void fold(Accumulators acc, const void* values, const int64_t*, int64_t count, int64_t steps, bool,
          void* running) {
  T* __restrict total = static_cast<T*>(acc.value);
  const T* __restrict x = static_cast<const T*>(values);
  T* __restrict prefix = static_cast<T*>(running);
  constexpr Fn kFn = function_of(R);
  if (count == 1 && !prefix) {
    T sum = *total;
    for (int64_t k = 0; k < steps; ++k) sum = evaluate<kFn>(sum, x[k]);
    *total = sum;
    return;
  }
  for (int64_t k = 0; k < steps; ++k, x += count) {
    for (int64_t i = 0; i < count; ++i) total[i] = evaluate<kFn>(total[i], x[i]);
    if (prefix) prefix = std::copy(total, total + count, prefix);
  }
}

template <Reducer R, class T>
void fold_arg(Accumulators acc, const void* values, const int64_t* indices, int64_t count,
              int64_t steps, bool first, void*) {
  T* best = static_cast<T*>(acc.value);
  const T* x = static_cast<const T*>(values);
  for (int64_t k = 0; k < steps; ++k, x += count, indices += count, first = false) {
    for (int64_t i = 0; i < count; ++i) {
      bool better = R == Reducer::kArgMax ? x[i] > best[i] : x[i] < best[i];
      bool first_nan = x[i] != x[i] && best[i] == best[i];
      if (!(first || better || first_nan)) continue;
      best[i] = x[i];
      acc.index[i] = indices[i];
    }
  }
}

template <Reducer R, class T>
constexpr LaneReducer reducer_of() {
  if constexpr (is_half_v<T> || !takes(info(function_of(R)).operands, dtype_of<T>()))
    return {};
  else if constexpr (R == Reducer::kArgMax || R == Reducer::kArgMin) {
    return {&start<R, T>, &fold_arg<R, T>};
  } else {
    return {&start<R, T>, &fold<R, T>};
  }
}

}  // namespace

LaneFunction lane_function(Fn fn, DType from, DType to) {
  if (fn == Fn::kCast) return cast_function(from, to);
  if (fn == Fn::kBitcast) {
    return visit_width(to, [](auto bits) -> LaneFunction { return &copy_lanes<decltype(bits)>; });
  }
  if (fn == Fn::kSelect) {
    return visit_width(to, [](auto bits) -> LaneFunction { return &select_lanes<decltype(bits)>; });
  }
  LaneFunction found = visit_dtype(from, [fn](auto tag) -> LaneFunction {
    using T = typename decltype(tag)::type;
    if constexpr (is_half_v<T>)
      return nullptr;
    else {
      static constexpr auto kTable = function_table<T>();
      return kTable[static_cast<size_t>(fn)];
    }
  });
  if (!found) fail_internal("[te.{}] does not take {}", name(fn), name(from));
  return found;
}

LaneReducer lane_reducer(Reducer reducer, DType dtype) {
  LaneReducer found = visit_dtype(dtype, [reducer](auto tag) -> LaneReducer {
    using T = typename decltype(tag)::type;
    static constexpr LaneReducer kTable[] = {
        reducer_of<Reducer::kSum, T>(),    reducer_of<Reducer::kProduct, T>(),
        reducer_of<Reducer::kMax, T>(),    reducer_of<Reducer::kMin, T>(),
        reducer_of<Reducer::kAnd, T>(),    reducer_of<Reducer::kOr, T>(),
        reducer_of<Reducer::kArgMax, T>(), reducer_of<Reducer::kArgMin, T>()};
    return kTable[static_cast<size_t>(reducer)];
  });
  if (!found.fold) fail_internal("[te] a reduction does not take {}", name(dtype));
  return found;
}

const LaneMoves& lane_moves(DType dtype) {
  return *visit_width(dtype, [](auto bits) -> const LaneMoves* {
    using Bits = decltype(bits);
    static constexpr LaneMoves kMoves = {&gather_lanes<Bits>, &tile_lanes<Bits>,
                                         &repeat_lanes<Bits>, &scatter_lanes<Bits>};
    return &kMoves;
  });
}

void write_constant(const Node& node, void* out) {
  if (node.kind == Kind::kExtent) {
    int64_t value = node.extent.value();
    std::memcpy(out, &value, sizeof(value));
    return;
  }
  visit_dtype(node.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T value = std::visit([](auto number) { return convert_number<T>(number); }, node.constant);
    std::memcpy(out, &value, sizeof(value));
  });
}

}  // namespace mycel::te
