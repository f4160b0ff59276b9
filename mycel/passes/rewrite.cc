#include "mycel/passes/rewrite.h"

#include <algorithm>

#include "mycel/ops/creation.h"
#include "mycel/ops/reshape.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/op_rules.h"

namespace mycel::passes {

CallOf::CallOf(const ir::Operation& op) {
  types_.reserve(op.num_operands());
  for (const ir::Value* operand : op.operands()) {
    types_.push_back(operand ? operand->type() : ir::Type());
  }
  call_ = {&op.def(), types_.data(), types_.size(), &op.attributes()};
}

std::string_view offered(const ir::Target* target, const ir::Operation& op) {
  if (!target) return {};
  CallOf call(op);
  for (const ir::Candidate& offer : target->offers(call.get())) {
    if (offer.declined.empty()) return offer.implementation;
  }
  return {};
}

bool is_used(const ir::Operation& op) {
  return std::any_of(op.results().begin(), op.results().end(),
                     [](const ir::Value* result) { return !result->uses().empty(); });
}

bool has_formula(const ir::Operation& op) {
  return op.num_regions() == 0 && op.def().kind == ir::OpKind::kPrimitive &&
         static_cast<bool>(rules(op.def()).formula);
}

te::Computation formula_of(const ir::Operation& op) {
  const OpRules& rule = rules(op.def());
  if (!rule.formula) fail_internal("{} has no formula", op.def().name);
  CallOf call(op);
  return rule.formula(call.get());
}

const ir::OpDef& op_named(std::string_view name) {
  const ir::OpDef* def = ir::Registry::get().find(name);
  if (!def) fail_internal("a pass needs the operation {}", name);
  return *def;
}

ir::Operation* insert_before(ir::Operation& before, const ir::OpDef& def,
                             std::initializer_list<ir::Value*> operands,
                             const ir::Attributes& attributes) {
  ir::Region& region = *before.parent();
  return region.function().create(region, def, {operands.begin(), operands.size()}, attributes,
                                  before.location(), &before);
}

namespace {

template <class A>
ir::Value* insert_with(ir::Operation& before, std::initializer_list<ir::Value*> operands,
                       const A& attributes) {
  const ir::OpDef& def = *OpOf<A>::def;
  return insert_before(before, def, operands, ir::Attributes::borrow(def.attributes, &attributes))
      ->result();
}

}  // namespace

ir::Value* insert_full(ir::Operation& before, const Dims& shape, const ir::Scalar& value,
                       DType dtype) {
  return insert_with(before, {}, Full{shape, value, dtype});
}

ir::Value* insert_permute(ir::Operation& before, ir::Value* value, const Ints& order) {
  return insert_with(before, {value}, Permute{order});
}

ir::Value* insert_expand(ir::Operation& before, ir::Value* value, const Dims& shape) {
  return value->type().dims == shape ? value : insert_with(before, {value}, Expand{shape});
}

std::optional<ir::Scalar> splat_of(const ir::Value* value) {
  const ir::Operation* op = value ? value->producer() : nullptr;
  if (!op || &op->def() != OpOf<Full>::def) return std::nullopt;
  return op->attributes().as<Full>().value;
}

void replace(ir::Operation& op, std::span<ir::Value* const> values) {
  ir::Function& function = op.parent()->function();
  for (size_t i = 0; i < values.size(); ++i) function.replace_uses(op.result(i), values[i]);
  function.erase(op);
}

}  // namespace mycel::passes
