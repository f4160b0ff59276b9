#include "mycel/codegen/loop_nest/lower.h"

#include <algorithm>

#include "mycel/base/error.h"

namespace mycel::codegen::schedule {

using te::Kind;
using te::Node;

Lowering::Values& Lowering::in_loop(const Node* node) {
  known_.resize(draft_.loops.size());
  return known_[open_.deepest(analysis_.free(node))];
}

const ValueId* Lowering::known(const Node* node) {
  Values& values = in_loop(node);
  auto found = values.find(node);
  return found == values.end() ? nullptr : &found->second;
}

// The nodes to lower before this one.
std::vector<const Node*> Lowering::needs(const Node* node) const {
  std::vector<const Node*> out;
  if (has_loops(*node)) return out;
  if (node->kind != Kind::kLoad) {
    for (const te::Expr& operand : node->operands) out.push_back(operand.get());
    return out;
  }
  const AffineAccess& access = accesses_.at(node);
  for (const auto& term : access.indices) out.push_back(term.index.get());
  for (const auto& check : access.checks) out.push_back(check.index.get());
  if (node->predicated) out.push_back(node->operands.back().get());
  return out;
}

// Iterative: formulas may be deep.
ValueId Lowering::value(const te::Expr& expr) {
  std::vector<const Node*> stack{expr.get()};
  while (!stack.empty()) {
    const Node* node = stack.back();
    if (known(node)) {
      stack.pop_back();
      continue;
    }
    size_t before = stack.size();
    for (const Node* need : needs(node)) {
      if (!known(need)) stack.push_back(need);
    }
    if (stack.size() > before) continue;
    remember(node, make(node));
    stack.pop_back();
  }
  return *known(expr.get());
}

ValueId Lowering::make(const Node* node) {
  switch (node->kind) {
    case Kind::kConstant:
      return numbers_.value(*node);
    case Kind::kExtent:
      return extent(node->extent);
    case Kind::kAxis:
      return index(node->axes[0]);
    case Kind::kLoad:
      return load(node);
    case Kind::kCall:
      return call(node);
    default:
      fail_internal("formula: a reduction is used outside the loops it depends on");
  }
}

// Extents that happen to be equal stay two arguments; sharing one would change the signature.
ValueId Lowering::extent(Dim extent) {
  ArgumentId argument = draft_.argument(DType::kInt64, problem_.value(extent));
  return draft_.value({.kind = Value::Kind::kArgument, .argument = argument});
}

ValueId Lowering::index(const te::Axis& axis) {
  LoopId loop = open_.loop(axis.id);
  if (loop == LoopBindings::kSingle) return draft_.constant(DType::kInt64, 0);
  return draft_.loops[loop].index;
}

ValueId Lowering::call(const Node* node) {
  Operands operands;
  for (const te::Expr& operand : node->operands) operands.push_back(*known(operand.get()));
  return draft_.call(node->fn, node->dtype, std::move(operands));
}

ValueId Lowering::load(const Node* node) {
  const AffineAccess& access = accesses_.at(node);
  ValueId predicate = node->predicated ? *known(node->operands.back().get()) : kNoValue;
  for (const auto& check : access.checks) predicate = this->check(check, predicate);
  Access out = bind(access, node->input);
  for (const auto& term : access.indices) {
    out.terms.push_back({*known(term.index.get()), term.stride});
  }
  Operands operands;
  if (predicate != kNoValue) operands.push_back(predicate);
  return draft_.value({.kind = Value::Kind::kLoad,
                       .dtype = node->dtype,
                       .access = draft_.access(out),
                       .operands = operands});
}

// Whether the predicate (kNoValue: none) holds and the index is in range.
ValueId Lowering::check(const AffineAccess::Check& check, ValueId predicate) {
  Operands operands{*known(check.index.get())};
  if (predicate != kNoValue) operands.push_back(predicate);
  return draft_.value({.kind = Value::Kind::kCheck,
                       .dtype = DType::kBool,
                       .argument = draft_.argument(DType::kInt64, check.extent),
                       .operands = operands});
}

Access Lowering::bind(const AffineAccess& access, int buffer) const {
  Access out;
  out.buffer = buffer;
  out.dtype = problem_.buffer(buffer).dtype;
  out.offset = access.offset;
  for (const auto& term : access.axes) {
    LoopId loop = open_.loop(term.axis);
    if (term.stride == 0 || loop == LoopBindings::kSingle) continue;
    ValueId index = draft_.loops[loop].index;
    auto same = std::find_if(out.terms.begin(), out.terms.end(),
                             [&](const Access::Term& t) { return t.index == index; });
    if (same == out.terms.end())
      out.terms.push_back({index, term.stride});
    else
      same->stride += term.stride;
  }
  return out;
}

}  // namespace mycel::codegen::schedule
