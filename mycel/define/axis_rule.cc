#include "mycel/define/axis_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "mycel/define/body_function.h"
#include "mycel/tensor/op_rules.h"

namespace mycel {
namespace {

using te::AxisKind;
using te::AxisRule;
using te::RuleAxis;

// An axis along no dim yet.
RuleAxis empty_axis(size_t num_operands, size_t num_results, Dim extent) {
  return te::rule_axis(AxisKind::kWhole, extent, std::vector<int>(num_operands, -1),
                       std::vector<int>(num_results, -1));
}

// Nothing is known to be linear.
std::vector<te::Polynomial> opaque_polynomials(size_t num_results) {
  return std::vector<te::Polynomial>(num_results, {.products = {0}, .nonlinear = ~uint64_t{0}});
}

// Every dim by itself, not to be split.
AxisRule whole_rule(const ir::Call& call, const ir::Types& results) {
  AxisRule rule;
  auto add = [&](const ir::Type& type, size_t number, std::vector<int> RuleAxis::* dims) {
    for (size_t d = 0; d < type.rank(); ++d) {
      if (type.dim(d) == Dim(1)) continue;
      RuleAxis axis = empty_axis(call.num_operands, results.size(), type.dim(d));
      (axis.*dims)[number] = static_cast<int>(d);
      rule.axes.push_back(std::move(axis));
    }
  };
  for (size_t i = 0; i < call.num_operands; ++i) {
    if (call.has(i)) add(call.type(i), i, &RuleAxis::input_dims);
  }
  for (size_t i = 0; i < results.size(); ++i) add(results[i], i, &RuleAxis::output_dims);
  rule.polynomials = opaque_polynomials(results.size());
  return rule;
}

AxisRule rule_of(const ir::Operation& op) {
  ir::Types types, results;
  for (const ir::Value* operand : op.operands()) {
    types.push_back(operand ? operand->type() : ir::Type());
  }
  ir::Call call{&op.def(), types.data(), types.size(), &op.attributes()};
  if (op.def().kind != ir::OpKind::kStructured) return axis_rule(call);
  for (const ir::Value* result : op.results()) results.push_back(result->type());
  return whole_rule(call, results);
}

// Joins the rules of a body's operations: dims of values that run along one axis are one class.
class BodyRule {
 public:
  // `operands`: by operand of the composite, its argument in the body; -1 for an absent one.
  BodyRule(const ir::Function& body, std::vector<int> operands)
      : body_(body.body()), operands_(std::move(operands)) {
    for (const ir::Value* argument : body_.arguments()) number(*argument);
    for (const ir::Operation* op = body_.first(); op; op = op->next()) {
      for (const ir::Value* result : op->results()) number(*result);
    }
    for (const ir::Operation* op = body_.first(); op; op = op->next()) {
      rules_.emplace(op, rule_of(*op));
      join(*op);
    }
  }

  AxisRule run() {
    AxisRule out;
    std::vector<bool> seen(leader_.size(), false);
    auto visit = [&](const ir::Value& value) {
      for (size_t d = 0; d < value.type().rank(); ++d) {
        size_t of = leader(dim(value, d));
        if (value.type().dim(d) == Dim(1) || seen[of]) continue;
        seen[of] = true;
        out.axes.push_back(axis_of(of, value.type().dim(d)));
      }
    };
    for (const ir::Value* result : body_.results()) visit(*result);
    for (const ir::Value* argument : body_.arguments()) visit(*argument);
    add_second_dims(out);
    out.polynomials = polynomials();
    return out;
  }

 private:
  // What one value of the body is when one axis is split: the value of the whole, a part of it, or
  // a partial result of it.
  enum class Part : uint8_t { kAll, kSplit, kPartial };
  using Parts = std::unordered_map<const ir::Value*, Part>;

  // --- classes of dims ---------------------------------------------------------------------------

  void number(const ir::Value& value) {
    first_dim_.emplace(&value, leader_.size());
    for (Dim extent : value.type().dims) {
      leader_.push_back(leader_.size());
      extents_.push_back(extent);
    }
  }
  size_t dim(const ir::Value& value, size_t d) const { return first_dim_.at(&value) + d; }
  size_t leader(size_t i) {
    while (leader_[i] != i) i = leader_[i] = leader_[leader_[i]];
    return i;
  }

  // The dims of an operation's values along one axis of its rule.
  std::vector<size_t> dims_along(const ir::Operation& op, const RuleAxis& axis) const {
    std::vector<size_t> dims;
    auto add = [&](const ir::Value* value, int d) {
      if (value && d >= 0) dims.push_back(dim(*value, static_cast<size_t>(d)));
    };
    for (size_t i = 0; i < op.num_operands(); ++i) add(op.operand(i), axis.input_dims[i]);
    for (size_t i = 0; i < op.num_results(); ++i) add(op.result(i), axis.output_dims[i]);
    return dims;
  }

  void join(const ir::Operation& op) {
    for (const RuleAxis& axis : rules_.at(&op).axes) {
      std::vector<size_t> dims = dims_along(op, axis);
      for (size_t i = 1; i < dims.size(); ++i) {
        size_t a = leader(dims[0]), b = leader(dims[i]);
        leader_[std::max(a, b)] = std::min(a, b);
      }
    }
  }

  // --- one class ---------------------------------------------------------------------------------

  RuleAxis axis_of(size_t of, Dim extent) {
    RuleAxis out = empty_axis(operands_.size(), body_.results().size(), extent);
    std::optional<AxisKind> kind = simulate(of, out);
    if (!place(of, out)) kind = AxisKind::kWhole;
    out.kind = kind.value_or(AxisKind::kWhole);
    if (out.kind != AxisKind::kReduced) out.combine.reset();
    return out;
  }

  // Where the class stands among operands and results. False if one of them has it twice.
  bool place(size_t of, RuleAxis& out) {
    auto find = [&](const ir::Value& value, int& at) {
      for (size_t d = 0; d < value.type().rank(); ++d) {
        if (leader(dim(value, d)) != of) continue;
        if (at >= 0) return false;
        at = static_cast<int>(d);
      }
      return true;
    };
    bool once = true;
    for (size_t i = 0; i < operands_.size(); ++i) {
      if (operands_[i] < 0) continue;
      once = find(*body_.argument(static_cast<size_t>(operands_[i])), out.input_dims[i]) && once;
    }
    for (size_t i = 0; i < body_.results().size(); ++i) {
      once = find(*body_.results()[i], out.output_dims[i]) && once;
    }
    return once;
  }

  // Further dims of a class that stands twice in a value: whole, by themselves.
  void add_second_dims(AxisRule& out) {
    auto add = [&](const ir::Value& value, size_t number, std::vector<int> RuleAxis::* dims) {
      for (size_t d = 0; d < value.type().rank(); ++d) {
        int dim = static_cast<int>(d);
        bool covered = std::any_of(out.axes.begin(), out.axes.end(), [&](const RuleAxis& axis) {
          return (axis.*dims)[number] == dim;
        });
        if (covered || value.type().dim(d) == Dim(1)) continue;
        RuleAxis axis = empty_axis(operands_.size(), body_.results().size(), value.type().dim(d));
        (axis.*dims)[number] = dim;
        out.axes.push_back(std::move(axis));
      }
    };
    for (size_t i = 0; i < operands_.size(); ++i) {
      if (operands_[i] < 0) continue;
      add(*body_.argument(static_cast<size_t>(operands_[i])), i, &RuleAxis::input_dims);
    }
    for (size_t i = 0; i < body_.results().size(); ++i) {
      add(*body_.results()[i], i, &RuleAxis::output_dims);
    }
  }

  // Runs the body on a part of the class. Nothing if some operation does not take it.
  std::optional<AxisKind> simulate(size_t of, RuleAxis& out) {
    Parts parts;
    for (const ir::Value* argument : body_.arguments()) {
      parts[argument] = has(*argument, of) ? Part::kSplit : Part::kAll;
    }
    for (const ir::Operation* op = body_.first(); op; op = op->next()) {
      if (!step(*op, of, parts, out)) return std::nullopt;
    }
    bool split = false, partial = false, all = false;
    for (const ir::Value* result : body_.results()) {
      split = split || parts.at(result) == Part::kSplit;
      partial = partial || parts.at(result) == Part::kPartial;
      all = all || parts.at(result) == Part::kAll;
    }
    if (partial && (split || all)) return std::nullopt;
    return partial ? AxisKind::kReduced : AxisKind::kParallel;
  }

  bool has(const ir::Value& value, size_t of) {
    for (size_t d = 0; d < value.type().rank(); ++d) {
      if (leader(dim(value, d)) == of) return true;
    }
    return false;
  }

  bool step(const ir::Operation& op, size_t of, Parts& parts, RuleAxis& out) {
    const AxisRule& rule = rules_.at(&op);
    const RuleAxis* along = nullptr;
    for (const RuleAxis& axis : rule.axes) {
      std::vector<size_t> dims = dims_along(op, axis);
      if (dims.empty() || leader(dims[0]) != of) continue;
      if (along) return false;
      along = &axis;
    }
    uint64_t partial = partial_operands(op, parts);
    Part result = Part::kAll;
    if (partial != 0) {
      if (along || out.combine != te::Reducer::kSum) return false;
      for (const te::Polynomial& one : rule.polynomials) {
        if (!one.is_linear_in(partial)) return false;
      }
      result = Part::kPartial;
    } else if (along && along->kind == AxisKind::kReduced) {
      if (out.combine && out.combine != along->combine) return false;
      out.combine = along->combine;
      result = Part::kPartial;
    } else if (along && along->kind != AxisKind::kParallel) {
      return false;
    }
    if (!along && mentions(op, of)) out.sized = true;
    if (along) {
      out.positional = out.positional || along->positional;
      out.sized = out.sized || along->sized;
    }
    for (size_t i = 0; i < op.num_results(); ++i) {
      bool split = along && along->output_dims[i] >= 0;
      parts[op.result(i)] = split ? Part::kSplit : result;
    }
    return true;
  }

  // Whether an attribute of the operation holds the extent of the class.
  bool mentions(const ir::Operation& op, size_t of) {
    if (op.attributes().empty()) return false;
    for (const ir::AttributeField& field : op.attributes().schema()->fields) {
      ir::Attribute value = op.attributes().get(field.name);
      const auto* dims = std::get_if<Dims>(&value);
      for (size_t i = 0; dims && i < dims->size(); ++i) {
        if (share_symbol((*dims)[i], extents_[of])) return true;
      }
    }
    return false;
  }

  // One bit an operand. Of more than 64, those are taken to be linear in none.
  static uint64_t partial_operands(const ir::Operation& op, const Parts& parts) {
    uint64_t bits = 0;
    for (size_t i = 0; i < op.num_operands(); ++i) {
      bool partial = op.operand(i) && parts.at(op.operand(i)) == Part::kPartial;
      if (partial) bits |= i < 64 ? uint64_t{1} << i : ~uint64_t{0};
    }
    return bits;
  }

  // --- linearity ---------------------------------------------------------------------------------

  std::vector<te::Polynomial> polynomials() const {
    std::unordered_map<const ir::Value*, te::Polynomial> of;
    for (const ir::Value* argument : body_.arguments()) of[argument] = {.products = {0}};
    for (size_t i = 0; i < operands_.size(); ++i) {
      if (operands_[i] < 0) continue;
      of[body_.argument(static_cast<size_t>(operands_[i]))] = te::input_polynomial(i);
    }
    for (const ir::Operation* op = body_.first(); op; op = op->next()) {
      std::vector<te::Polynomial> operands;
      for (const ir::Value* operand : op->operands()) {
        operands.push_back(operand ? of.at(operand) : te::Polynomial{});
      }
      for (size_t i = 0; i < op->num_results(); ++i) {
        of[op->result(i)] = te::compose(rules_.at(op).polynomials[i], operands);
      }
    }
    std::vector<te::Polynomial> out;
    for (const ir::Value* result : body_.results()) out.push_back(of.at(result));
    return out;
  }

  const ir::Region& body_;
  std::vector<int> operands_;
  std::unordered_map<const ir::Operation*, AxisRule> rules_;
  std::unordered_map<const ir::Value*, size_t> first_dim_;
  std::vector<size_t> leader_;  // by dim of a value
  std::vector<Dim> extents_;
};

AxisRule rule_of_body(const ir::Call& call) {
  std::vector<int> operands;
  int next = 0;
  for (size_t i = 0; i < call.num_operands; ++i) operands.push_back(call.has(i) ? next++ : -1);
  std::unique_ptr<ir::Function> body = body_function(call);
  return BodyRule(*body, std::move(operands)).run();
}

AxisRule derived(const ir::Call& call) {
  const OpRules& rule = rules(*call.def);
  return rule.formula ? te::axis_rule(rule.formula(call)) : rule_of_body(call);
}

// A call with symbols for all extents but 1, one symbol for all that are equal: a size that the
// operation computes with is then known from other numbers, and an empty operand has the rule of
// any other.
class SymbolicCall {
 public:
  explicit SymbolicCall(const ir::Call& call)
      : types_(call.operands, call.operands + call.num_operands), attributes_(*call.attributes) {
    for (ir::Type& type : types_) {
      for (Dim& dim : type.dims) dim = symbol_for(dim, true);
    }
    if (!attributes_.empty()) {
      for (const ir::AttributeField& field : attributes_.schema()->fields) {
        ir::Attribute value = attributes_.get(field.name);
        auto* dims = std::get_if<Dims>(&value);
        if (!dims) continue;
        for (Dim& dim : *dims) dim = symbol_for(dim, false);
        attributes_ = attributes_.with(field.name, value);
      }
    }
    call_ = {call.def, types_.data(), types_.size(), &attributes_};
  }

  const ir::Call& call() const { return call_; }

  void substitute(AxisRule& rule) const {
    for (RuleAxis& axis : rule.axes) {
      axis.extent = axis.extent.substitute(bindings_);
      for (te::Reach& reach : axis.reaches) {
        for (Dim* dim : {&reach.stride, &reach.low, &reach.high}) {
          *dim = dim->substitute(bindings_);
        }
      }
    }
  }

 private:
  // In attributes, only of a number above 1 that an operand has as an extent.
  Dim symbol_for(Dim dim, bool is_extent) {
    int64_t least = is_extent ? 0 : 2;
    if (!dim.is_constant() || dim.value() < least || dim == Dim(1)) return dim;
    Dim symbol = Dim::symbol(fmt::format("_{}", dim.value()));
    auto known = [&](const DimBinding& binding) { return binding.symbol == symbol; };
    bool found = std::any_of(bindings_.begin(), bindings_.end(), known);
    if (!found && !is_extent) return dim;
    if (!found) bindings_.push_back({symbol, dim.value()});
    return symbol;
  }

  ir::Types types_;
  ir::Attributes attributes_;
  std::vector<DimBinding> bindings_;
  ir::Call call_;
};

}  // namespace

AxisRule axis_rule(const ir::Call& call) {
  const OpRules& rule = rules(*call.def);
  if (rule.axes) {
    AxisRule stated = rule.axes(call);
    if (stated.polynomials.empty()) {
      stated.polynomials = opaque_polynomials(call.def->results.size());
    }
    return stated;
  }
  if (!rule.formula && !rule.body) {
    ir::Types results;
    ir::infer_types(call, results);
    return whole_rule(call, results);
  }
  SymbolicCall symbolic(call);
  try {
    AxisRule out = derived(symbolic.call());
    symbolic.substitute(out);
    return out;
  } catch (const Error&) {  // it takes numbers only: a size may be any of them
    AxisRule out = derived(call);
    for (RuleAxis& axis : out.axes) axis.sized = true;
    return out;
  }
}

}  // namespace mycel
