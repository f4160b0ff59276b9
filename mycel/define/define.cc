#include "mycel/define/define.h"

#include <deque>

#include "mycel/define/body_function.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

std::deque<ir::OpDef>& function_store() {
  static std::deque<ir::OpDef> store;
  return store;
}

std::vector<ir::OpDef*>& function_list() {
  static std::vector<ir::OpDef*> list;
  return list;
}

ir::OpDef& add_definition(std::string_view name, bool user_function) {
  if (!user_function) return ir::Registry::get().add(name);
  ir::OpDef& op = function_store().emplace_back();
  op.name = name;
  op.id = -static_cast<int>(function_store().size()) - 1;
  op.kind = ir::OpKind::kComposite;
  if (const ir::OpDef* operation = ir::Registry::get().find(name)) {
    op.example = operation->example;
    op.see = operation->see;
  }
  function_list().push_back(&op);
  return op;
}

// Infers the types of the results from the formula, or by tracing the body.
void derive_types(const ir::Call& call, ir::Types& out) {
  out.clear();
  if (const OpRules& rule = rules(*call.def); rule.formula) {
    for (const te::Output& output : rule.formula(call).outputs) {
      Dims dims;
      for (const te::Axis& axis : output.axes) dims.push_back(axis.extent);
      out.push_back(ir::Type::tensor(output.dtype, std::move(dims)));
    }
  } else {
    std::unique_ptr<ir::Function> body = body_function(call);
    for (const ir::Value* result : body->body().results()) out.push_back(result->type());
  }
}

}  // namespace

const std::vector<ir::OpDef*>& user_functions() { return function_list(); }

DefinitionBase::DefinitionBase(std::string_view name, std::string doc, bool user_function)
    : op_(add_definition(name, user_function)) {
  op_.doc = std::move(doc);
  op_.infer = derive_types;
  op_.results.push_back({"output", "", true});
}

void DefinitionBase::add_operand(std::string name, std::string doc, ir::DTypeSet dtypes,
                                 bool optional, bool variadic) {
  ir::OperandSpec spec;
  spec.name = std::move(name);
  spec.doc = std::move(doc);
  spec.dtypes = dtypes;
  spec.optional = optional;
  spec.variadic = variadic;
  op_.operands.push_back(std::move(spec));
}

void DefinitionBase::set_role(ir::AttributeRole role) {
  op_.attributes.fields.back().role = role;
  op_.names_dims = op_.names_dims || ir::holds_dims(role);
}

void DefinitionBase::set_elementwise(Element value) {
  op_.kind = ir::OpKind::kPrimitive;
  op_.layout = ir::LayoutRule::kFollow;
  op_.infer = [](const ir::Call& call, ir::Types& out) { out = {broadcast_type(call)}; };
  op_rules().formula = [value](const ir::Call& call) {
    te::Formula formula = start_formula(call);
    ir::Types types;
    call.def->infer(call, types);
    std::vector<te::Axis> axes = te::Formula::axes(types[0].dims);
    std::vector<te::Expr> elements;
    for (size_t i = 0; i < call.def->operands.size(); ++i) {
      elements.push_back(call.has(i) ? te::widen(formula.input(i).broadcast_at(axes)) : te::Expr());
    }
    formula.output(types[0].dtype, axes, value(elements, call));
    return formula.take();
  };
}

}  // namespace mycel
