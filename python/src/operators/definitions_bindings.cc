// Exposes the definitions as data, for the type stubs of mycel.stubs and for tests.
#include <nanobind/stl/string.h>

#include <algorithm>

#include "mycel/define/axis_rule.h"
#include "python/src/common/bindings.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/operators/callable.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {
namespace {

nb::list names_of(const ir::OpDef& op) {
  nb::list names;
  names.append(op.name.c_str());
  for (const std::string& alias : rules(op).python.aliases) names.append(alias.c_str());
  return names;
}

nb::dict parameter_of(const Signature& signature, size_t i) {
  const Parameter& parameter = signature.parameters()[i];
  nb::dict dict;
  dict["name"] = parameter.text;
  dict["alias"] = parameter.alias ? nb::borrow(parameter.alias) : nb::none();
  dict["annotation"] = signature.annotation(parameter);
  dict["default"] = parameter.required
                        ? nb::object(nb::none())
                        : nb::object(nb::str(signature.default_text(parameter).c_str()));
  dict["keyword_only"] = i >= signature.num_positional();
  dict["is_self"] = i == signature.self_index() && parameter.is_operand;
  dict["loose"] = i == signature.loose_index();
  return dict;
}

// Describes an input of a sample; a swept dtype is one of several.
nb::dict sample_input(const ir::OperandSpec& operand, const SampleInput& input) {
  nb::list dtypes;
  for (int k = 0; k < kNumDTypes; ++k) {
    auto dtype = static_cast<DType>(k);
    bool fits = input.dtype ? dtype == *input.dtype
                            : ir::contains(operand.dtypes, dtype) && contains(input.sweep, dtype);
    if (fits) dtypes.append(nb::borrow(dtype_object(dtype)));
  }
  nb::dict dict;
  dict["shape"] = nb::steal(integers_to(input.shape));
  dict["dtypes"] = dtypes;
  dict["swept"] = !input.dtype;
  dict["low"] = input.low;
  dict["high"] = input.high;
  dict["distinct"] = input.distinct;
  return dict;
}

// Returns the attributes that a call must name: required ones, and those that are not the default.
nb::dict sample_attributes(const Signature& signature, const ir::Attributes& attributes) {
  nb::dict dict;
  for (const Parameter& parameter : signature.parameters()) {
    if (parameter.is_operand) continue;
    const ir::AttributeField& field = signature.op().attributes.fields[parameter.index];
    ir::Attribute value = field.get(attributes.data());
    if (!parameter.required && ir::equal(value, field.default_value)) continue;
    dict[parameter.text.c_str()] = attribute_to(value);
  }
  return dict;
}

nb::list samples_of(const Signature& signature) {
  const ir::OpDef& op = signature.op();
  nb::list all;
  for (const Sample& sample : rules(op).samples) {
    nb::list inputs;
    for (size_t i = 0; i < sample.inputs.size(); ++i) {
      const ir::OperandSpec& operand = op.operands[std::min(i, op.operands.size() - 1)];
      const SampleInput& input = sample.inputs[i];
      inputs.append(input.absent ? nb::none() : nb::object(sample_input(operand, input)));
    }
    nb::dict dict;
    dict["inputs"] = inputs;
    dict["attributes"] = sample_attributes(signature, sample.attributes);
    all.append(dict);
  }
  return all;
}

// Returns the types of a sample's operands; for a swept dtype, one of those it takes.
ir::Types operand_types(const ir::OpDef& op, const Sample& sample) {
  ir::Types types;
  for (size_t i = 0; i < sample.inputs.size(); ++i) {
    const SampleInput& input = sample.inputs[i];
    ir::DTypeSet taken = op.operands[std::min(i, op.operands.size() - 1)].dtypes;
    DType swept = ir::contains(taken, DType::kFloat32) ? DType::kFloat32 : DType::kInt64;
    types.push_back(input.absent
                        ? ir::Type()
                        : ir::Type::tensor(input.dtype.value_or(swept), to_dims(input.shape)));
  }
  return types;
}

// Whether the bits of a result may depend on the order in which terms are added.
bool sums(const ir::OpDef& op) {
  if (op.id < 0) return true;  // not known of a function that composes operations
  auto is_exact = [](const te::RuleAxis& axis) {
    using te::AxisKind;
    bool adds = axis.combine == te::Reducer::kSum || axis.combine == te::Reducer::kProduct;
    bool picks = axis.kind != AxisKind::kWhole && axis.kind != AxisKind::kOrdered &&
                 axis.kind != AxisKind::kAffine;
    return picks && !adds;
  };
  for (const Sample& sample : rules(op).samples) {
    ir::Types types = operand_types(op, sample);
    auto rank_of = [&](size_t i) { return types[i].rank(); };
    size_t rank = ir::rank_of_first(op, types.size(), rank_of);
    ir::Attributes attributes = ir::count_dims_from_front(op, rank, sample.attributes);
    std::vector<te::RuleAxis> axes = axis_rule({&op, types.data(), types.size(), &attributes}).axes;
    if (!std::all_of(axes.begin(), axes.end(), is_exact)) return true;
  }
  return false;
}

nb::list operands_of(const ir::OpDef& op) {
  nb::list all;
  for (const ir::OperandSpec& operand : op.operands) {
    nb::dict dict;
    dict["name"] = operand.name.c_str();
    dict["optional"] = operand.optional;
    dict["variadic"] = operand.variadic;
    all.append(dict);
  }
  return all;
}

nb::list overloads_of(const ir::OpDef& op) {
  nb::list all;
  for (const CallOverload& overload : rules(op).call.overloads) {
    nb::list parameters;
    for (const std::string& name : overload.parameters) parameters.append(name.c_str());
    nb::dict dict;
    dict["parameters"] = parameters;
    dict["is_tuple"] = overload.is_tuple;
    all.append(dict);
  }
  return all;
}

nb::dict definition_of(const ir::OpDef& op) {
  const PythonSpec& spec = rules(op).python;
  Callable& made = callable(op);
  nb::dict dict;
  dict["names"] = names_of(op);
  dict["function"] = spec.function;
  dict["functional"] = spec.functional;
  dict["method"] = spec.method;
  dict["in_place"] = spec.method && has_in_place_method(op);
  dict["doc"] = made.documentation();
  dict["example"] = op.example;
  nb::list results;
  for (const ir::ResultSpec& result : op.results) results.append(result.name.c_str());
  dict["results"] = results;
  dict["operands"] = operands_of(op);
  dict["overloads"] = overloads_of(op);
  const ir::OpDef* with_keywords = rules(op).call.with_keywords;
  dict["with_keywords"] = with_keywords ? with_keywords->name : "";
  dict["sums"] = sums(op);
  dict["samples"] = samples_of(made.signature());
  nb::list parameters;
  const Signature& signature = made.public_signature();
  for (size_t i = 0; i < signature.size(); ++i) parameters.append(parameter_of(signature, i));
  dict["parameters"] = parameters;
  return dict;
}

nb::list definitions() {
  nb::list all;
  const ir::Registry& registry = ir::Registry::get();
  for (size_t i = 0; i < registry.size(); ++i) {
    const ir::OpDef& op = registry.at(static_cast<int>(i));
    // Operations with regions have no callable: they come from programs, not from calls.
    if (op.kind != ir::OpKind::kStructured) all.append(definition_of(op));
  }
  for (const ir::OpDef* function : user_functions()) all.append(definition_of(*function));
  return all;
}

}  // namespace

void bind_definitions(nb::module_& module) {
  module.def("definitions", definitions, nb::sig("def definitions() -> list[dict[str, Any]]"),
             "Every operation that Python has, as data.");
  // Adds methods that are written in Python.
  module.def(
      "add_methods",
      [](nb::dict methods) {
        check_status(PyDict_Update(tensor_type.tp_dict, methods.ptr()));
        PyType_Modified(&tensor_type);
      },
      nb::sig("def add_methods(methods: dict[str, Any]) -> None"));
}

}  // namespace mycel::python
