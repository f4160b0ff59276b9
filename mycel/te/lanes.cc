#include "mycel/te/lanes.h"

#include <bit>
#include <cstring>

#include "mycel/te/scalar.h"

namespace mycel::te {
namespace {

template <class T>
struct View {
  T* data;
  int step;
  explicit View(const Lanes& lanes) : data(static_cast<T*>(lanes.data)), step(lanes.step) {}
  T& operator[](int64_t i) const { return data[i * step]; }
};

template <class R, class T, class F>
void map1(const Lanes& out, const Lanes* in, int64_t count, F f) {
  View<R> r(out);
  View<T> x(in[0]);
  for (int64_t i = 0; i < count; ++i) r[i] = static_cast<R>(f(x[i]));
}

template <class R, class T, class F>
void map2(const Lanes& out, const Lanes* in, int64_t count, F f) {
  View<R> r(out);
  View<T> x(in[0]), y(in[1]);
  for (int64_t i = 0; i < count; ++i) r[i] = static_cast<R>(f(x[i], y[i]));
}

[[noreturn]] void unsupported(Fn fn, DType dtype) {
  fail_internal("formula: {} of {}", name(fn), mycel::name(dtype));
}

template <class T>
void compare(Fn fn, const Lanes& out, const Lanes* in, int64_t n) {
  switch (fn) {
    case Fn::kLess:
      return map2<bool, T>(out, in, n, [](T a, T b) { return a < b; });
    case Fn::kLessEqual:
      return map2<bool, T>(out, in, n, [](T a, T b) { return a <= b; });
    case Fn::kGreater:
      return map2<bool, T>(out, in, n, [](T a, T b) { return a > b; });
    case Fn::kGreaterEqual:
      return map2<bool, T>(out, in, n, [](T a, T b) { return a >= b; });
    case Fn::kEqual:
      return map2<bool, T>(out, in, n, [](T a, T b) { return a == b; });
    default:
      return map2<bool, T>(out, in, n, [](T a, T b) { return a != b; });
  }
}

template <class T>
void arithmetic(Fn fn, const Lanes& out, const Lanes* in, int64_t n) {
  auto wrapped = [](auto f) {
    return [f](T a, T b) {
      if constexpr (std::is_floating_point_v<T>)
        return f(a, b);
      else
        return static_cast<T>(f(unsigned_of(a), unsigned_of(b)));
    };
  };
  switch (fn) {
    case Fn::kNeg:
      return map1<T, T>(out, in, n, [](T a) {
        if constexpr (std::is_floating_point_v<T>)
          return -a;
        else
          return static_cast<T>(0 - unsigned_of(a));
      });
    case Fn::kAbs:
      return map1<T, T>(out, in, n, [](T a) {
        if constexpr (std::is_floating_point_v<T>)
          return std::abs(a);
        else if constexpr (std::is_signed_v<T>) {
          return a < 0 ? static_cast<T>(0 - unsigned_of(a)) : a;
        } else
          return a;
      });
    case Fn::kSign:
      return map1<T, T>(out, in, n, [](T a) { return sign(a); });
    case Fn::kAdd:
      return map2<T, T>(out, in, n, wrapped([](auto a, auto b) { return a + b; }));
    case Fn::kSub:
      return map2<T, T>(out, in, n, wrapped([](auto a, auto b) { return a - b; }));
    case Fn::kMul:
      return map2<T, T>(out, in, n, wrapped([](auto a, auto b) { return a * b; }));
    case Fn::kFloorDiv:
      return map2<T, T>(out, in, n, [](T a, T b) { return floor_divide(a, b); });
    case Fn::kRem:
      return map2<T, T>(out, in, n, [](T a, T b) { return remainder(a, b); });
    case Fn::kPow:
      return map2<T, T>(out, in, n, [](T a, T b) { return power(a, b); });
    case Fn::kMax:
      return map2<T, T>(out, in, n, [](T a, T b) { return maximum(a, b); });
    case Fn::kMin:
      return map2<T, T>(out, in, n, [](T a, T b) { return minimum(a, b); });
    default:
      unsupported(fn, out.dtype);
  }
}

template <class T>
void transcendental(Fn fn, const Lanes& out, const Lanes* in, int64_t n) {
  switch (fn) {
    case Fn::kDiv:
      return map2<T, T>(out, in, n, [](T a, T b) { return a / b; });
    case Fn::kExp:
      return map1<T, T>(out, in, n, [](T a) { return std::exp(a); });
    case Fn::kLog:
      return map1<T, T>(out, in, n, [](T a) { return std::log(a); });
    case Fn::kLog1p:
      return map1<T, T>(out, in, n, [](T a) { return std::log1p(a); });
    case Fn::kExpm1:
      return map1<T, T>(out, in, n, [](T a) { return std::expm1(a); });
    case Fn::kSqrt:
      return map1<T, T>(out, in, n, [](T a) { return std::sqrt(a); });
    case Fn::kRsqrt:
      return map1<T, T>(out, in, n, [](T a) { return 1 / std::sqrt(a); });
    case Fn::kTanh:
      return map1<T, T>(out, in, n, [](T a) { return std::tanh(a); });
    case Fn::kSigmoid:
      return map1<T, T>(out, in, n, [](T a) { return sigmoid(a); });
    case Fn::kErf:
      return map1<T, T>(out, in, n, [](T a) { return std::erf(a); });
    case Fn::kSin:
      return map1<T, T>(out, in, n, [](T a) { return std::sin(a); });
    case Fn::kCos:
      return map1<T, T>(out, in, n, [](T a) { return std::cos(a); });
    case Fn::kFloor:
      return map1<T, T>(out, in, n, [](T a) { return std::floor(a); });
    case Fn::kCeil:
      return map1<T, T>(out, in, n, [](T a) { return std::ceil(a); });
    case Fn::kRound:
      return map1<T, T>(out, in, n, [](T a) { return std::nearbyint(a); });
    case Fn::kTrunc:
      return map1<T, T>(out, in, n, [](T a) { return std::trunc(a); });
    case Fn::kIsNan:
      return map1<bool, T>(out, in, n, [](T a) { return std::isnan(a); });
    default:
      return arithmetic<T>(fn, out, in, n);
  }
}

template <class T>
void bitwise(Fn fn, const Lanes& out, const Lanes* in, int64_t n) {
  constexpr unsigned kBits = 8 * sizeof(T);
  switch (fn) {
    case Fn::kBitAnd:
      return map2<T, T>(out, in, n, [](T a, T b) { return static_cast<T>(a & b); });
    case Fn::kBitOr:
      return map2<T, T>(out, in, n, [](T a, T b) { return static_cast<T>(a | b); });
    case Fn::kBitXor:
      return map2<T, T>(out, in, n, [](T a, T b) { return static_cast<T>(a ^ b); });
    case Fn::kShiftLeft:
      return map2<T, T>(out, in, n, [](T a, T b) {
        return unsigned_of(b) >= kBits ? T(0) : static_cast<T>(unsigned_of(a) << b);
      });
    case Fn::kShiftRight:
      return map2<T, T>(out, in, n, [](T a, T b) {
        if (unsigned_of(b) < kBits) return static_cast<T>(a >> b);
        if constexpr (std::is_signed_v<T>)
          return a < 0 ? T(-1) : T(0);
        else
          return T(0);
      });
    case Fn::kMulHigh:
      if constexpr (std::is_same_v<T, uint32_t>) {
        return map2<T, T>(out, in, n, [](T a, T b) {
          return static_cast<uint32_t>((static_cast<uint64_t>(a) * b) >> 32);
        });
      }
      [[fallthrough]];
    default:
      return arithmetic<T>(fn, out, in, n);
  }
}

void logic(Fn fn, const Lanes& out, const Lanes* in, int64_t n) {
  switch (fn) {
    case Fn::kAnd:
      return map2<bool, bool>(out, in, n, [](bool a, bool b) { return a && b; });
    case Fn::kOr:
      return map2<bool, bool>(out, in, n, [](bool a, bool b) { return a || b; });
    case Fn::kNot:
      return map1<bool, bool>(out, in, n, [](bool a) { return !a; });
    case Fn::kMax:
      return map2<bool, bool>(out, in, n, [](bool a, bool b) { return a || b; });
    case Fn::kMin:
      return map2<bool, bool>(out, in, n, [](bool a, bool b) { return a && b; });
    case Fn::kMul:
      return map2<bool, bool>(out, in, n, [](bool a, bool b) { return a && b; });
    case Fn::kAdd:
      return map2<bool, bool>(out, in, n, [](bool a, bool b) { return a || b; });
    default:
      unsupported(fn, DType::kBool);
  }
}

// A scalar as C++ computes with it.
template <class T>
ComputeType<T> widen(T x) {
  return static_cast<ComputeType<T>>(x);
}

void cast_lanes(const Lanes& out, const Lanes* in, int64_t n) {
  visit_dtype(in[0].dtype, [&](auto from) {
    using From = typename decltype(from)::type;
    visit_dtype(out.dtype, [&](auto to) {
      using To = typename decltype(to)::type;
      View<To> r(out);
      View<From> x(in[0]);
      for (int64_t i = 0; i < n; ++i) {
        if constexpr (is_half_v<To>) {
          r[i] = To(convert<float>(widen(x[i])));
        } else {
          r[i] = convert<To>(widen(x[i]));
        }
      }
    });
  });
}

void copy_bits(const Lanes& out, const Lanes& in, int64_t n) {
  auto bytes = static_cast<size_t>(byte_size(out.dtype));
  for (int64_t i = 0; i < n; ++i) {
    std::memcpy(static_cast<char*>(out.data) + static_cast<size_t>(i) * bytes,
                static_cast<const char*>(in.data) + static_cast<size_t>(i * in.step) * bytes,
                bytes);
  }
}

void select_lanes(const Lanes& out, const Lanes* in, int64_t n) {
  View<bool> condition(in[0]);
  auto bytes = static_cast<size_t>(byte_size(out.dtype));
  for (int64_t i = 0; i < n; ++i) {
    const Lanes& from = condition[i] ? in[1] : in[2];
    std::memcpy(static_cast<char*>(out.data) + static_cast<size_t>(i) * bytes,
                static_cast<const char*>(from.data) + static_cast<size_t>(i * from.step) * bytes,
                bytes);
  }
}

Fn function_of(Reducer reducer) {
  switch (reducer) {
    case Reducer::kSum:
      return Fn::kAdd;
    case Reducer::kProduct:
      return Fn::kMul;
    case Reducer::kMax:
      return Fn::kMax;
    case Reducer::kMin:
      return Fn::kMin;
    case Reducer::kAnd:
      return Fn::kAnd;
    case Reducer::kOr:
      return Fn::kOr;
    default:
      fail_internal("an arg-reduction has two accumulators");
  }
}

}  // namespace

void apply(Fn fn, const Lanes& out, const Lanes* in, int64_t n) {
  if (fn == Fn::kCast) return cast_lanes(out, in, n);
  if (fn == Fn::kBitcast) return copy_bits(out, in[0], n);
  if (fn == Fn::kSelect) return select_lanes(out, in, n);
  visit_dtype(in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (is_half_v<T>) {
      unsupported(fn, in[0].dtype);
    } else if (fn >= Fn::kLess && fn <= Fn::kNotEqual) {
      compare<T>(fn, out, in, n);
    } else if constexpr (std::is_same_v<T, bool>) {
      logic(fn, out, in, n);
    } else if constexpr (std::is_floating_point_v<T>) {
      transcendental<T>(fn, out, in, n);
    } else {
      bitwise<T>(fn, out, in, n);
    }
  });
}

void combine(Reducer reducer, const Lanes& acc, const Lanes& value, int64_t n) {
  Lanes operands[] = {acc, value};
  apply(function_of(reducer), acc, operands, n);
}

void combine_arg(Reducer reducer, const Lanes& acc, const Lanes& index, const Lanes& value,
                 const Lanes& at, int64_t n) {
  visit_dtype(acc.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    View<T> best(acc), x(value);
    View<int64_t> best_at(index), x_at(at);
    auto is_nan = [](T v) {
      if constexpr (std::is_integral_v<T>)
        return false;
      else
        return std::isnan(widen(v));
    };
    for (int64_t i = 0; i < n; ++i) {
      bool first = best_at[i] < 0, better;
      if (reducer == Reducer::kArgMax)
        better = widen(best[i]) < widen(x[i]);
      else
        better = widen(x[i]) < widen(best[i]);
      // The first NaN wins over everything.
      if (first || (!is_nan(best[i]) && (is_nan(x[i]) || better))) {
        best[i] = x[i];
        best_at[i] = x_at[i];
      }
    }
  });
}

void fill_neutral(Reducer reducer, const Lanes& acc, int64_t n) {
  visit_dtype(acc.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using C = ComputeType<T>;
    using Limits = std::numeric_limits<C>;
    C value{};
    switch (reducer) {
      case Reducer::kProduct:
      case Reducer::kAnd:
        value = C(1);
        break;
      case Reducer::kMax:
        value = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
        break;
      case Reducer::kMin:
        value = Limits::has_infinity ? Limits::infinity() : Limits::max();
        break;
      default:
        break;
    }
    View<T> a(acc);
    for (int64_t i = 0; i < n; ++i) a[i] = T(value);
  });
}

void fill_constant(const Node& node, const Lanes& out, int64_t n) {
  visit_dtype(out.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    View<T> r(out);
    T value = std::visit(
        [](auto v) {
          if constexpr (is_half_v<T>)
            return T(static_cast<float>(v));
          else
            return static_cast<T>(v);
        },
        node.constant);
    for (int64_t i = 0; i < n; ++i) r[i] = value;
  });
}

}  // namespace mycel::te
