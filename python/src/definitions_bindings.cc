// The definitions as data, from which mycel.stubs writes type stubs and tests take examples.
#include <nanobind/stl/string.h>

#include "python/src/bindings.h"
#include "python/src/callable.h"
#include "python/src/error.h"
#include "python/src/tensor_object.h"

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
  nb::list parameters;
  for (size_t i = 0; i < made.signature().size(); ++i) {
    parameters.append(parameter_of(made.signature(), i));
  }
  dict["parameters"] = parameters;
  return dict;
}

nb::list definitions() {
  nb::list all;
  const ir::Registry& registry = ir::Registry::get();
  for (size_t i = 0; i < registry.size(); ++i) {
    const ir::OpDef& op = registry.at(static_cast<int>(i));
    // Operations with regions have no callable: programs make them, not calls.
    if (op.kind != ir::OpKind::kStructured) all.append(definition_of(op));
  }
  for (const ir::OpDef* function : user_functions()) all.append(definition_of(*function));
  return all;
}

}  // namespace

void bind_definitions(nb::module_& module) {
  module.def("definitions", definitions, nb::sig("def definitions() -> list[dict[str, Any]]"),
             "Every operation that Python has, as data.");
  // Methods that are written in Python.
  module.def(
      "add_methods",
      [](nb::dict methods) {
        check_status(PyDict_Update(tensor_type.tp_dict, methods.ptr()));
        PyType_Modified(&tensor_type);
      },
      nb::sig("def add_methods(methods: dict[str, Any]) -> None"));
}

}  // namespace mycel::python
