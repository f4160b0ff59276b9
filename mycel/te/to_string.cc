// Prints expressions: "sum(k){a[i, k] * b[k, j]}".
#include <unordered_map>

#include "mycel/te/computation.h"
#include "mycel/te/free_axes.h"

namespace mycel::te {
namespace {

// "a", "b", ..., "z", "a1", ...
std::string letter(size_t i, char first, size_t count) {
  std::string text(1, static_cast<char>(first + i % count));
  return i < count ? text : text + std::to_string(i / count);
}

std::string_view infix(Fn fn) {
  switch (fn) {
    case Fn::kAdd:
      return " + ";
    case Fn::kSub:
      return " - ";
    case Fn::kMul:
      return " * ";
    case Fn::kDiv:
      return " / ";
    case Fn::kLess:
      return " < ";
    case Fn::kLessEqual:
      return " <= ";
    case Fn::kGreater:
      return " > ";
    case Fn::kGreaterEqual:
      return " >= ";
    case Fn::kEqual:
      return " == ";
    case Fn::kNotEqual:
      return " != ";
    case Fn::kAnd:
      return " && ";
    case Fn::kOr:
      return " || ";
    default:
      return "";
  }
}

int precedence(Fn fn) {
  switch (fn) {
    case Fn::kMul:
    case Fn::kDiv:
      return 4;
    case Fn::kAdd:
    case Fn::kSub:
      return 3;
    case Fn::kAnd:
      return 1;
    case Fn::kOr:
      return 0;
    default:
      return 2;
  }
}
constexpr int kAtom = 5;

int precedence(const Node& node) {
  return node.kind == Kind::kCall && !infix(node.fn).empty() ? precedence(node.fn) : kAtom;
}

std::string_view name(Reducer reducer) {
  constexpr std::string_view kNames[] = {"sum", "product", "max",    "min",
                                         "and", "or",      "argmax", "argmin"};
  return kNames[static_cast<size_t>(reducer)];
}

std::string number(const Node& node) {
  if (const double* value = std::get_if<double>(&node.constant)) return fmt::format("{}", *value);
  int64_t value = std::get<int64_t>(node.constant);
  if (node.dtype == DType::kBool) return value ? "true" : "false";
  if (node.dtype == DType::kUInt64) return fmt::format("{}", static_cast<uint64_t>(value));
  return fmt::format("{}", value);
}

// Prints expressions with one set of names. Prints a shared subexpression once, as "t0 = ...;"
// before the expression, so that the text is no larger than the graph.
class Printer {
 public:
  explicit Printer(std::span<const Expr> roots) : analysis_(roots) {
    for (const Expr& root : roots) ++uses_[root.get()];
    for (const Node* node : analysis_.nodes()) {
      for (const Expr& operand : node->operands) ++uses_[operand.get()];
    }
  }

  // Names axes in the order of the calls.
  void name_axes(std::span<const Axis> axes) {
    for (const Axis& axis : axes) names_.emplace(axis.id, letter(names_.size(), 'i', 12));
  }
  void name_all_axes(const Expr& root) {
    name_axes(analysis_.list(analysis_.free(root.get())));
    name_axes(analysis_.axes());
  }
  std::string axis_name(const Axis& axis) const { return names_.at(axis.id); }

  // The definitions of the shared subexpressions, in order.
  std::string definitions() {
    std::string text;
    for (const Node* node : analysis_.nodes()) {
      bool compound =
          node->kind == Kind::kCall || node->kind == Kind::kReduce || node->kind == Kind::kScan;
      if (!compound || uses_.at(node) < 2) continue;
      std::string definition = write(node);
      std::string part = fmt::format("t{}", parts_.size());
      text += fmt::format("{} = {}; ", part, definition);
      parts_.emplace(node, std::move(part));
    }
    return text;
  }

  std::string write(const Node* root) {
    text_.clear();
    push(root, 0);
    while (!work_.empty()) {
      Item item = std::move(work_.back());
      work_.pop_back();
      if (!item.node) {
        text_ += item.text;
      } else if (auto part = parts_.find(item.node); part != parts_.end()) {
        text_ += part->second;
      } else {
        expand(*item.node, item.precedence);
      }
    }
    return text_;
  }

 private:
  // Pending output: a text, or a node in a context of some precedence.
  struct Item {
    std::string text;
    const Node* node = nullptr;
    int precedence = 0;
  };

  void push(const Node* node, int precedence) { work_.push_back({"", node, precedence}); }
  void push(std::string text) { work_.push_back({std::move(text), nullptr, 0}); }

  // Pushes in reverse: the last pushed is written first.
  void expand(const Node& node, int outer) {
    switch (node.kind) {
      case Kind::kConstant:
        return push(number(node));
      case Kind::kExtent:
        return push(node.extent.to_string());
      case Kind::kAxis:
        return push(axis_name(node.axes[0]));
      case Kind::kLoad:
        return expand_load(node);
      case Kind::kReduce:
        return expand_reduce(node);
      case Kind::kScan:
        return expand_scan(node);
      case Kind::kCall:
        break;
    }
    if (precedence(node) == kAtom) {
      return expand_list(function_name(node) + "(", node.operands.size(), node, ")");
    }
    int own = precedence(node);
    if (own < outer) push(")");
    push(node.operands[1].get(), own + 1);
    push(std::string(infix(node.fn)));
    push(node.operands[0].get(), own);
    if (own < outer) push("(");
  }

  static std::string function_name(const Node& node) {
    if (node.fn == Fn::kCast) return std::string(short_name(node.dtype));
    if (node.fn == Fn::kBitcast) return fmt::format("bits_as_{}", short_name(node.dtype));
    return std::string(te::name(node.fn));
  }

  void expand_list(std::string open, size_t count, const Node& node, std::string close) {
    push(std::move(close));
    for (size_t i = count; i-- > 0;) {
      push(node.operands[i].get(), 0);
      if (i > 0) push(", ");
    }
    push(std::move(open));
  }

  void expand_load(const Node& node) {
    push("]");
    if (node.predicated) {
      push(node.operands.back().get(), 0);
      push(" if ");
    }
    expand_list(letter(static_cast<size_t>(node.input), 'a', 8) + "[",
                node.operands.size() - node.predicated, node, "");
  }

  void expand_reduce(const Node& node) {
    if (node.operands.size() == 2) push(node.result == 0 ? ".value" : ".index");
    std::string axes;
    for (const Axis& axis : node.axes) axes += (axes.empty() ? "" : ", ") + axis_name(axis);
    expand_list(fmt::format("{}({}){{", name(node.reducer), axes), node.operands.size(), node, "}");
  }

  void expand_scan(const Node& node) {
    push("}");
    push(node.operands[0].get(), 0);
    push("){");
    push(node.operands[1].get(), 0);
    push(fmt::format("{}({} <= ", name(node.reducer), axis_name(node.axes[0])));
  }

  AxisAnalysis analysis_;
  std::unordered_map<const Node*, int> uses_;
  std::unordered_map<int64_t, std::string> names_;
  std::unordered_map<const Node*, std::string> parts_;
  std::vector<Item> work_;
  std::string text_;
};

}  // namespace

std::string to_string(const Expr& expr) {
  Printer printer({&expr, 1});
  printer.name_all_axes(expr);
  std::string definitions = printer.definitions();
  return definitions + printer.write(expr.get());
}

std::string to_string(const Computation& computation) {
  std::string text;
  for (size_t i = 0; i < computation.outputs.size(); ++i) {
    const Output& output = computation.outputs[i];
    Printer printer({&output.value, 1});
    printer.name_axes(output.axes);
    printer.name_all_axes(output.value);
    std::string axes;
    for (const Axis& axis : output.axes) {
      axes += fmt::format("{}{} < {}", axes.empty() ? "" : ", ", printer.axis_name(axis),
                          axis.extent.to_string());
    }
    std::string definitions = printer.definitions();
    text += fmt::format("out{}[{}] : {} = {}{}\n", i, axes, short_name(output.dtype), definitions,
                        printer.write(output.value.get()));
  }
  return text;
}

}  // namespace mycel::te
