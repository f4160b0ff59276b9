#include "mycel/te/expr.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "mycel/core/narrow.h"
#include "mycel/te/fn.h"
#include "mycel/te/operand_problem.h"

namespace mycel::te {
namespace {

IntrusivePtr<Node> make(Kind kind, DType dtype) { return make_intrusive<Node>(kind, dtype); }

void check(const OperandProblem& problem) {
  if (problem) fail_internal("[te] {}", *problem);
}

Expr make_call(Fn fn, DType dtype, std::vector<Expr> operands) {
  IntrusivePtr<Node> node = make(Kind::kCall, dtype);
  node->fn = fn;
  node->set_operands(std::move(operands));
  return node;
}

Expr make_load(int input, DType dtype, std::vector<Expr> indices, Expr predicate) {
  IntrusivePtr<Node> node = make(Kind::kLoad, dtype);
  node->input = input;
  node->predicated = predicate != nullptr;
  if (predicate) indices.push_back(std::move(predicate));
  check(load_problem(indices, node->predicated));
  node->set_operands(std::move(indices));
  return node;
}

// Applies `build` to the body, for 16-bit floats in float32 with a cast back.
template <class Build>
Expr through_float32(Expr body, const Build& build) {
  DType dtype = body->dtype;
  return is_half_width(dtype) ? cast(build(cast(std::move(body), DType::kFloat32)), dtype)
                              : build(std::move(body));
}

// Cuts `value` to the low bits of the dtype and extends them to 64.
int64_t wrap(DType dtype, int64_t value) {
  if (dtype == DType::kBool) return value != 0;
  int unused = 64 - mycel::info(dtype).bits;
  uint64_t high = static_cast<uint64_t>(value) << unused;
  return is_signed_integer(dtype) ? static_cast<int64_t>(high) >> unused
                                  : static_cast<int64_t>(high >> unused);
}

// Rounds once.
template <class T>
double round_to(DType dtype, T value) {
  switch (dtype) {
    case DType::kFloat16:
      return static_cast<float>(convert_number<Float16>(value));
    case DType::kBFloat16:
      return static_cast<float>(convert_number<BFloat16>(value));
    case DType::kFloat32:
      return static_cast<float>(value);
    default:
      return static_cast<double>(value);
  }
}

}  // namespace

void Node::set_operands(std::vector<Expr> all) {
  operands = std::move(all);
  from_data = from_data || std::any_of(operands.begin(), operands.end(),
                                       [](const Expr& operand) { return operand->from_data; });
}

std::string_view name(Fn fn) { return info(fn).name; }
int arity(Fn fn) { return info(fn).arity; }

Axis axis(Dim extent) {
  static std::atomic<int64_t> next{1};
  return {next.fetch_add(1, std::memory_order_relaxed), extent};
}

Expr constant(DType dtype, double value) {
  IntrusivePtr<Node> node = make(Kind::kConstant, dtype);
  if (is_floating(dtype)) {
    node->constant = round_to(dtype, value);
  } else if (dtype == DType::kBool) {
    node->constant = int64_t{value != 0};
  } else if (std::trunc(value) == value && value >= -0x1p63 && value < 0x1p64) {
    bool high = value >= 0x1p63;
    node->constant = wrap(dtype, high ? static_cast<int64_t>(static_cast<uint64_t>(value))
                                      : static_cast<int64_t>(value));
  } else {
    fail_internal("[te] {} is no constant of {}", value, name(dtype));
  }
  return node;
}

Expr constant(DType dtype, int64_t value) {
  IntrusivePtr<Node> node = make(Kind::kConstant, dtype);
  if (is_floating(dtype)) {
    node->constant = round_to(dtype, value);
  } else {
    node->constant = wrap(dtype, value);
  }
  return node;
}

Expr extent(Dim dim) {
  IntrusivePtr<Node> node = make(Kind::kExtent, DType::kInt64);
  node->extent = dim;
  return node;
}

Expr index(const Axis& axis) {
  IntrusivePtr<Node> node = make(Kind::kAxis, DType::kInt64);
  node->axes = {axis};
  return node;
}

Expr load(int input, DType dtype, std::vector<Expr> indices) {
  return make_load(input, dtype, std::move(indices), nullptr);
}

Expr load_if(Expr predicate, int input, DType dtype, std::vector<Expr> indices) {
  if (!predicate) fail_internal("[te] load_if without a predicate");
  return make_load(input, dtype, std::move(indices), std::move(predicate));
}

Expr call(Fn fn, std::vector<Expr> operands) {
  if (fn == Fn::kCast || fn == Fn::kBitcast) {
    fail_internal("[te.{}] needs a dtype: use te::{}", name(fn), name(fn));
  }
  check(call_problem(fn, operands));
  DType dtype = operands.back()->dtype;
  if (fn == Fn::kSelect || !is_half_width(dtype)) {
    return make_call(fn, gives_bool(fn) ? DType::kBool : dtype, std::move(operands));
  }
  for (Expr& operand : operands) operand = cast(std::move(operand), DType::kFloat32);
  if (gives_bool(fn)) return make_call(fn, DType::kBool, std::move(operands));
  return cast(make_call(fn, DType::kFloat32, std::move(operands)), dtype);
}

Expr cast(Expr value, DType dtype) {
  if (!value) fail_internal("[te.cast] expects an operand, got none");
  if (value->dtype == dtype) return value;
  return make_call(Fn::kCast, dtype, {std::move(value)});
}

Expr bitcast(Expr value, DType dtype) {
  check(bitcast_problem(value, dtype));
  if (value->dtype == dtype) return value;
  return make_call(Fn::kBitcast, dtype, {std::move(value)});
}

Expr select(Expr condition, Expr a, Expr b) {
  return call(Fn::kSelect, {std::move(condition), std::move(a), std::move(b)});
}

Expr reduce(Reducer reducer, std::vector<Axis> axes, Expr body) {
  check(reduce_problem(reducer, body));
  if (axes.empty()) return body;
  return through_float32(std::move(body), [&](Expr value) -> Expr {
    IntrusivePtr<Node> node = make(Kind::kReduce, value->dtype);
    node->reducer = reducer;
    node->axes = axes;
    node->set_operands({std::move(value)});
    return node;
  });
}

Expr arg_reduce(Reducer reducer, std::vector<Axis> axes, Expr value, Expr index, int result) {
  check(arg_reduce_problem(reducer, value, index));
  if (result != 0 && result != 1) {
    fail_internal("[te.arg_reduce] expects result 0 or 1, got {}", result);
  }
  if (axes.empty()) return result == 0 ? value : index;
  DType dtype = value->dtype;
  if (is_half_width(dtype)) value = cast(std::move(value), DType::kFloat32);
  IntrusivePtr<Node> node = make(Kind::kReduce, result == 0 ? value->dtype : DType::kInt64);
  node->reducer = reducer;
  node->result = result;
  node->axes = std::move(axes);
  node->set_operands({std::move(value), std::move(index)});
  return result == 0 ? cast(Expr(node), dtype) : Expr(node);
}

Expr scan(Reducer reducer, Axis axis, Expr body, Expr at) {
  check(scan_problem(reducer, body, at));
  return through_float32(std::move(body), [&](Expr value) -> Expr {
    IntrusivePtr<Node> node = make(Kind::kScan, value->dtype);
    node->reducer = reducer;
    node->axes = {axis};
    node->set_operands({std::move(value), at});
    return node;
  });
}

}  // namespace mycel::te
