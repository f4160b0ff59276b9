#include "mycel/te/expr.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "mycel/base/error.h"

namespace mycel::te {
namespace {

struct FnInfo {
  std::string_view name;
  int arity;
};

constexpr FnInfo kFns[] = {
    {"neg", 1},      {"abs", 1},    {"sign", 1},      {"add", 2},        {"sub", 2},
    {"mul", 2},      {"div", 2},    {"floordiv", 2},  {"rem", 2},        {"pow", 2},
    {"max", 2},      {"min", 2},    {"exp", 1},       {"log", 1},        {"log1p", 1},
    {"expm1", 1},    {"sqrt", 1},   {"rsqrt", 1},     {"tanh", 1},       {"sigmoid", 1},
    {"erf", 1},      {"sin", 1},    {"cos", 1},       {"floor", 1},      {"ceil", 1},
    {"round", 1},    {"trunc", 1},  {"isnan", 1},     {"less", 2},       {"less_equal", 2},
    {"greater", 2},  {"greater_equal", 2},            {"equal", 2},      {"not_equal", 2},
    {"and", 2},      {"or", 2},     {"not", 1},       {"bit_and", 2},    {"bit_or", 2},
    {"bit_xor", 2},  {"shift_left", 2},               {"shift_right", 2},
    {"mul_high", 2}, {"bitcast", 1}, {"select", 3},   {"cast", 1},
};
static_assert(std::size(kFns) == static_cast<size_t>(Fn::kCast) + 1);

bool is_comparison(Fn fn) { return fn >= Fn::kLess && fn <= Fn::kNotEqual; }
bool is_half(DType dtype) { return dtype == DType::kFloat16 || dtype == DType::kBFloat16; }
// Moves bits or picks one: no arithmetic, so half floats go through as they are.
bool moves_only(Fn fn) { return fn == Fn::kSelect || fn == Fn::kCast || fn == Fn::kBitcast; }

template <class Set>
IntrusivePtr<Node> node_of(Kind kind, DType dtype, const Set& set) {
  auto node = make_intrusive<Node>(kind, dtype);
  set(*node);
  return node;
}

void check_call(Fn fn, const std::vector<Expr>& operands) {
  if (static_cast<int>(operands.size()) != arity(fn)) {
    fail_internal("formula: {} takes {} operands, got {}", name(fn), arity(fn), operands.size());
  }
  size_t first = fn == Fn::kSelect ? 1 : 0;
  if (fn == Fn::kSelect && operands[0]->dtype != DType::kBool) {
    fail_internal("formula: select expects a bool condition, got {}",
                  mycel::name(operands[0]->dtype));
  }
  for (size_t i = first + 1; i < operands.size(); ++i) {
    if (operands[i]->dtype != operands[first]->dtype) {
      fail_internal("formula: {} expects operands of one dtype, got {} and {}", name(fn),
                    mycel::name(operands[first]->dtype), mycel::name(operands[i]->dtype));
    }
  }
  DType dtype = operands[first]->dtype;
  bool logic = fn == Fn::kAnd || fn == Fn::kOr || fn == Fn::kNot;
  bool bits = fn >= Fn::kBitAnd && fn <= Fn::kMulHigh;
  bool floats = (fn >= Fn::kExp && fn <= Fn::kIsNan) || fn == Fn::kDiv;
  if ((logic && dtype != DType::kBool) || (bits && !is_integer(dtype)) ||
      (floats && !is_floating(dtype))) {
    fail_internal("formula: {} does not take {}", name(fn), mycel::name(dtype));
  }
}

}  // namespace

std::string_view name(Fn fn) { return kFns[static_cast<size_t>(fn)].name; }
int arity(Fn fn) { return kFns[static_cast<size_t>(fn)].arity; }

Axis axis(Dim extent) {
  static std::atomic<int64_t> next{1};
  return {next.fetch_add(1, std::memory_order_relaxed), extent};
}

Expr constant(DType dtype, double value) {
  return node_of(Kind::kConstant, dtype, [&](Node& n) {
    if (is_floating(dtype)) n.constant = value;
    else n.constant = static_cast<int64_t>(value);
  });
}

Expr constant(DType dtype, int64_t value) {
  return node_of(Kind::kConstant, dtype, [&](Node& n) {
    if (is_floating(dtype)) n.constant = static_cast<double>(value);
    else n.constant = dtype == DType::kBool ? static_cast<int64_t>(value != 0) : value;
  });
}

Expr extent(Dim dim) {
  return node_of(Kind::kExtent, DType::kInt64, [&](Node& n) { n.extent = dim; });
}

Expr index(const Axis& axis) {
  return node_of(Kind::kAxis, DType::kInt64, [&](Node& n) { n.axes = {axis}; });
}

Expr load(int input, DType dtype, std::vector<Expr> indices) {
  for (const Expr& index : indices) {
    if (index->dtype != DType::kInt64) fail_internal("formula: an index is not int64");
  }
  return node_of(Kind::kLoad, dtype, [&](Node& n) {
    n.input = input;
    n.operands = std::move(indices);
  });
}

Expr load_if(Expr predicate, int input, DType dtype, std::vector<Expr> indices) {
  if (predicate->dtype != DType::kBool) fail_internal("formula: a predicate is not bool");
  Expr plain = load(input, dtype, std::move(indices));
  return node_of(Kind::kLoad, dtype, [&](Node& n) {
    n.input = input;
    n.operands = plain->operands;
    n.operands.push_back(std::move(predicate));
    n.predicated = true;
  });
}

Expr call(Fn fn, std::vector<Expr> operands) {
  check_call(fn, operands);
  DType dtype = operands.back()->dtype;
  bool to_bool = is_comparison(fn) || fn == Fn::kIsNan;
  if (is_half(dtype) && !moves_only(fn)) {
    for (Expr& operand : operands) operand = cast(operand, DType::kFloat32);
    Expr wide = call(fn, std::move(operands));
    return to_bool ? wide : cast(std::move(wide), dtype);
  }
  return node_of(Kind::kCall, to_bool ? DType::kBool : dtype, [&](Node& n) {
    n.fn = fn;
    n.operands = std::move(operands);
  });
}

Expr cast(Expr value, DType dtype) {
  if (value->dtype == dtype) return value;
  return node_of(Kind::kCall, dtype, [&](Node& n) {
    n.fn = Fn::kCast;
    n.operands = {std::move(value)};
  });
}

Expr bitcast(Expr value, DType dtype) {
  if (value->dtype == dtype) return value;
  if (info(value->dtype).bits != info(dtype).bits) {
    fail_internal("formula: bitcast from {} to {}", mycel::name(value->dtype), mycel::name(dtype));
  }
  return node_of(Kind::kCall, dtype, [&](Node& n) {
    n.fn = Fn::kBitcast;
    n.operands = {std::move(value)};
  });
}

Expr select(Expr condition, Expr a, Expr b) {
  return call(Fn::kSelect, {std::move(condition), std::move(a), std::move(b)});
}

Expr reduce(Reducer reducer, std::vector<Axis> axes, Expr body) {
  if (axes.empty()) return body;
  return node_of(Kind::kReduce, body->dtype, [&](Node& n) {
    n.reducer = reducer;
    n.axes = std::move(axes);
    n.operands = {std::move(body)};
  });
}

Expr arg_reduce(Reducer reducer, std::vector<Axis> axes, Expr value, Expr index, int result) {
  if (index->dtype != DType::kInt64) fail_internal("formula: an arg-reduction's index is not int64");
  DType dtype = result == 0 ? value->dtype : DType::kInt64;
  if (axes.empty()) return result == 0 ? value : index;
  return node_of(Kind::kReduce, dtype, [&](Node& n) {
    n.reducer = reducer;
    n.axes = std::move(axes);
    n.operands = {std::move(value), std::move(index)};
    n.result = result;
  });
}

Expr scan(Reducer reducer, Axis axis, Expr body, Expr at) {
  if (at->dtype != DType::kInt64) fail_internal("formula: a scan's index is not int64");
  return node_of(Kind::kScan, body->dtype, [&](Node& n) {
    n.reducer = reducer;
    n.axes = {axis};
    n.operands = {std::move(body), std::move(at)};
  });
}

std::vector<const Node*> post_order(std::span<const Expr> roots) {
  struct Frame {
    const Node* node;
    size_t next;
  };
  std::vector<const Node*> order;
  std::unordered_set<const Node*> seen;
  std::vector<Frame> stack;
  for (const Expr& root : roots) {
    if (seen.insert(root.get()).second) stack.push_back({root.get(), 0});
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next < top.node->operands.size()) {
        const Node* child = top.node->operands[top.next++].get();
        if (seen.insert(child).second) stack.push_back({child, 0});
      } else {
        order.push_back(top.node);
        stack.pop_back();
      }
    }
  }
  return order;
}

std::vector<Axis> free_axes(const Expr& expr) {
  std::unordered_map<const Node*, std::vector<Axis>> free;
  auto add = [](std::vector<Axis>& to, const Axis& axis) {
    if (std::find(to.begin(), to.end(), axis) == to.end()) to.push_back(axis);
  };
  for (const Node* node : post_order({&expr, 1})) {
    std::vector<Axis>& mine = free[node];
    if (node->kind == Kind::kAxis) add(mine, node->axes[0]);
    for (size_t i = 0; i < node->operands.size(); ++i) {
      bool binds = node->kind == Kind::kReduce || (node->kind == Kind::kScan && i == 0);
      for (const Axis& axis : free.at(node->operands[i].get())) {
        bool bound = binds && std::find(node->axes.begin(), node->axes.end(), axis) !=
                                  node->axes.end();
        if (!bound) add(mine, axis);
      }
    }
  }
  return free.at(expr.get());
}

namespace {

bool same_node(const Node& a, const Node& b) {
  return a.kind == b.kind && a.dtype == b.dtype && a.fn == b.fn && a.reducer == b.reducer &&
         a.constant == b.constant && a.extent == b.extent && a.input == b.input &&
         a.result == b.result && a.predicated == b.predicated && a.axes == b.axes &&
         a.operands.size() == b.operands.size();
}

}  // namespace

bool equal(const Expr& a, const Expr& b) {
  std::vector<std::pair<const Node*, const Node*>> work{{a.get(), b.get()}};
  std::unordered_map<const Node*, const Node*> known;
  while (!work.empty()) {
    auto [x, y] = work.back();
    work.pop_back();
    if (x == y) continue;
    auto [entry, fresh] = known.try_emplace(x, y);
    if (!fresh && entry->second == y) continue;
    if (!same_node(*x, *y)) return false;
    for (size_t i = 0; i < x->operands.size(); ++i) {
      work.push_back({x->operands[i].get(), y->operands[i].get()});
    }
  }
  return true;
}

}  // namespace mycel::te
