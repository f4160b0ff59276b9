// Prints formulas; parser.h has the grammar.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "mycel/core/narrow.h"
#include "mycel/core/number_text.h"
#include "mycel/te/computation.h"
#include "mycel/te/syntax.h"
#include "mycel/te/text_names.h"

namespace mycel::te {
namespace {

constexpr size_t kMaxLine = 100;
constexpr int kAtom = 5;  // binds more tightly than every operator

int precedence(const Node& node) {
  const Infix* infix = node.kind == Kind::kCall ? find_infix(node.fn) : nullptr;
  return infix ? infix->precedence : kAtom;
}

bool is_leaf(const Node& node) { return node.operands.empty() && node.kind != Kind::kLoad; }

// Whether the node is marked as data although nothing that it contains is.
bool is_marked(const Node& node) {
  if (!node.from_data || node.kind == Kind::kLoad) return false;
  return std::none_of(node.operands.begin(), node.operands.end(),
                      [](const Expr& operand) { return operand->from_data; });
}

// Whether a second use prints a name: a leaf, and a load at leaves, are as short as one.
bool deserves_name(const Node& node) {
  if (node.kind != Kind::kLoad) return !is_leaf(node);
  return std::any_of(node.operands.begin(), node.operands.end(),
                     [](const Expr& operand) { return !is_leaf(*operand); });
}

std::string number(const Node& node) {
  std::string text = visit_dtype(node.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (const double* value = std::get_if<double>(&node.constant)) {
      return number_text(convert_number<T>(*value));
    }
    return number_text(convert_number<T>(std::get<int64_t>(node.constant)));
  });
  bool plain =
      node.dtype == DType::kBool || node.dtype == kDefaultInt || node.dtype == kDefaultFloat;
  return plain ? text : fmt::format("{}:{}", text, short_name(node.dtype));
}

// Prints expressions with one set of names. Prints a shared subexpression once, as "t0 = ...",
// so that the text is no larger than the graph.
class Printer {
 public:
  explicit Printer(std::span<const Expr> roots) : nodes_(post_order(roots)) {
    for (const Expr& root : roots) ++uses_[root.get()];
    for (const Node* node : nodes_) {
      for (const Expr& operand : node->operands) ++uses_[operand.get()];
      for (const Axis& axis : node->axes) names_.avoid(axis.extent);
      names_.avoid(node->extent);
    }
  }
  TextNames& names() { return names_; }

  // Names the remaining axes in the order of their first use, the free ones first.
  void name_axes() {
    std::unordered_set<int64_t> bound;
    for (const Node* node : nodes_) {
      if (node->kind == Kind::kAxis) continue;
      for (const Axis& axis : node->axes) bound.insert(axis.id);
    }
    for (bool free : {true, false}) {
      for (const Node* node : nodes_) {
        for (const Axis& axis : node->axes) {
          if (bound.count(axis.id) != free) names_.add_axis(axis);
        }
      }
    }
  }

  // The shared subexpressions, "t0 = exp(a[i])", in order.
  std::vector<std::string> definitions() {
    std::vector<std::string> all;
    for (const Node* node : nodes_) {
      if (uses_.at(node) < 2 || !deserves_name(*node)) continue;
      std::string value = write(node), part = names_.next_part();
      all.push_back(fmt::format("{} = {}", part, value));
      parts_.emplace(node, std::move(part));
    }
    return all;
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

  // "i < n, j < 4"
  std::string bindings(std::span<const Axis> axes) const {
    std::string text;
    for (const Axis& axis : axes) {
      text += fmt::format("{}{} < {}", text.empty() ? "" : ", ", names_.axis(axis),
                          axis.extent.to_string());
    }
    return text;
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
    bool marked = is_marked(node), grouped = !marked && precedence(node) < outer;
    if (marked || grouped) push(")");
    expand_bare(node);
    if (marked) push(fmt::format("{}(", kDataWord));
    if (grouped) push("(");
  }

  void expand_bare(const Node& node) {
    switch (node.kind) {
      case Kind::kConstant:
        return push(number(node));
      case Kind::kExtent:
        return push(fmt::format("{}({})", kExtentWord, node.extent.to_string()));
      case Kind::kAxis:
        return push(names_.axis(node.axes[0]));
      case Kind::kLoad:
        return expand_load(node);
      case Kind::kCall:
        return expand_call(node);
      case Kind::kReduce:
        return expand_reduce(node);
      case Kind::kScan:
        return expand_scan(node);
    }
  }

  void expand_call(const Node& node) {
    const Infix* infix = find_infix(node.fn);
    if (!infix) return expand_list(function_name(node) + "(", node.operands.size(), node, ")");
    push(node.operands[1].get(), infix->precedence + 1);
    push(fmt::format(" {} ", infix->text));
    push(node.operands[0].get(), infix->precedence);
  }

  static std::string function_name(const Node& node) {
    if (node.fn == Fn::kCast) return std::string(short_name(node.dtype));
    if (node.fn == Fn::kBitcast) return fmt::format("{}{}", kBitcastPrefix, short_name(node.dtype));
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
    size_t indices = node.operands.size() - node.predicated;
    push("]");
    if (node.predicated) {
      push(node.operands.back().get(), 0);
      push(indices > 0 ? " if " : "if ");
    }
    expand_list(names_.input(node.input) + "[", indices, node, "");
  }

  void expand_reduce(const Node& node) {
    if (node.operands.size() == 2) push(node.result == 0 ? ".value" : ".index");
    std::string open = fmt::format("{}({}){{", name(node.reducer), bindings(node.axes));
    expand_list(std::move(open), node.operands.size(), node, "}");
  }

  void expand_scan(const Node& node) {
    push("}");
    push(node.operands[0].get(), 0);
    push(fmt::format(", {}){{", bindings(node.axes)));
    push(node.operands[1].get(), 0);
    push(fmt::format("{}({} <= ", name(node.reducer), names_.axis(node.axes[0])));
  }

  std::vector<const Node*> nodes_;
  std::unordered_map<const Node*, int> uses_;
  TextNames names_;
  std::unordered_map<const Node*, std::string> parts_;
  std::vector<Item> work_;
  std::string text_;
};

// "(a: f32[m, k], b: f32[k]) ->"
std::string header(std::span<const Input> inputs, const TextNames& names) {
  std::string text;
  for (size_t i = 0; i < inputs.size(); ++i) {
    text += fmt::format("{}{}: {}{}", i > 0 ? ", " : "", names.input(static_cast<int>(i)),
                        short_name(inputs[i].dtype), to_string(inputs[i].dims));
  }
  return fmt::format("({}) ->", text);
}

// A single statement stands behind the header if the line holds it.
std::string lay_out(const std::string& header, std::span<const std::string> statements) {
  if (statements.empty()) return header + " ()";
  if (statements.size() == 1 && header.size() + 1 + statements[0].size() <= kMaxLine) {
    return fmt::format("{} {}", header, statements[0]);
  }
  return fmt::format("{}\n  {}", header, fmt::join(statements, ";\n  "));
}

}  // namespace

std::string to_string(const Expr& expr) {
  Printer printer({&expr, 1});
  printer.name_axes();
  std::vector<std::string> parts = printer.definitions();
  parts.push_back(printer.write(expr.get()));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string to_string(const Computation& computation) {
  Printer printer(roots(computation));
  TextNames& names = printer.names();
  for (const Input& input : computation.inputs) {
    for (Dim dim : input.dims) names.avoid(dim);
  }
  for (const Output& output : computation.outputs) {
    for (const Axis& axis : output.axes) names.avoid(axis.extent);
  }
  for (const Output& output : computation.outputs) {
    for (const Axis& axis : output.axes) names.add_axis(axis);
  }
  printer.name_axes();
  std::vector<std::string> statements = printer.definitions();
  for (const Output& output : computation.outputs) {
    statements.push_back(fmt::format("{}[{}] = {}", short_name(output.dtype),
                                     printer.bindings(output.axes),
                                     printer.write(output.value.get())));
  }
  return lay_out(header(computation.inputs, names), statements);
}

}  // namespace mycel::te
