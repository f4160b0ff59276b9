#include "python/src/operators/callable.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "mycel/tensor/in_place.h"
#include "python/src/common/error.h"
#include "python/src/operators/operands.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

std::unordered_map<const ir::OpDef*, std::unique_ptr<Callable>>& table() {
  static auto* instance = new std::unordered_map<const ir::OpDef*, std::unique_ptr<Callable>>();
  return *instance;
}

const ir::OpDef* find_definition(std::string_view name) {
  for (const ir::OpDef* function : user_functions()) {
    if (function->name == name) return function;
  }
  return ir::Registry::get().find(name);
}

// Makes a named tuple like PyTorch's `max(values, indices)`.
PyTypeObject* make_result_type(const ir::OpDef& op) {
  auto* fields = new PyStructSequence_Field[op.results.size() + 1]();
  for (size_t i = 0; i < op.results.size(); ++i) {
    fields[i] = {op.results[i].name.c_str(), op.results[i].doc.c_str()};
  }
  auto* name = new std::string("mycel." + op.name);
  PyStructSequence_Desc description = {name->c_str(), op.doc.c_str(), fields,
                                       static_cast<int>(op.results.size())};
  auto* type = PyStructSequence_NewType(&description);
  check(reinterpret_cast<PyObject*>(type));
  return type;
}

void write_result(PyObject* self, const ir::OpDef& op, const Operands& operands,
                  const ir::Attributes& attributes, std::string_view name) {
  bool first = operands[0].defined() && operands[0].same_object(as_tensor(self)->tensor);
  if (first && apply_in_place(op, operands, attributes)) return;
  write(self, promote_and_apply(op, operands, attributes)[0], name);
}

// Returns the tensors of a call that gives an overload's parameters and nothing else, else nullopt.
std::optional<Tensors> tensors_for(const CallOverload& overload, PyObject* const* arguments,
                                   size_t num_positional, PyObject* keyword_names) {
  const std::vector<std::string>& names = overload.parameters;
  size_t num_keywords = keyword_names ? static_cast<size_t>(PyTuple_GET_SIZE(keyword_names)) : 0;
  if (num_positional + num_keywords != names.size()) return std::nullopt;
  Tensors out(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    size_t at = i;
    if (i >= num_positional) {
      PyObject* keyword = PyTuple_GET_ITEM(keyword_names, i - num_positional);
      at = std::find(names.begin(), names.end(), check_text(keyword)) - names.begin();
    }
    if (at == names.size() || out[at].defined() || !is_tensor(arguments[i])) return std::nullopt;
    out[at] = as_tensor(arguments[i])->tensor;
  }
  return out;
}

}  // namespace

Callable::Callable(const ir::OpDef& op)
    : signature_(op), attributes_(signature_), overloads_(rules(op).call.overloads) {}

const Signature& Callable::public_signature() const {
  const ir::OpDef* function = rules(op()).call.with_keywords;
  return function ? callable(*function).signature() : signature_;
}

Callable* Callable::with_keywords(PyObject* keyword_names) const {
  const ir::OpDef* function = keyword_names ? rules(op()).call.with_keywords : nullptr;
  return function ? &callable(*function) : nullptr;
}

bool has_in_place_method(const ir::OpDef& op) {
  return op.layout == ir::LayoutRule::kFollow && op.results.size() <= 1;
}

Callable& callable(const ir::OpDef& op) {
  auto found = table().find(&op);
  if (found != table().end()) return *found->second;
  // Making one may run Python, and so another thread that also makes it: the first one stays.
  auto made = std::make_unique<Callable>(op);
  return *table().try_emplace(&op, std::move(made)).first->second;
}

Callable& callable(const char* name) {
  const ir::OpDef* op = find_definition(name);
  if (!op) fail_internal("Python needs the operation {}", name);
  return callable(*op);
}

PyObject* Callable::wrap_results(Tensors results) {
  if (results.size() == 1) return wrap(std::move(results)[0]);
  if (results.size() != op().results.size()) return wrap_all(results);
  if (!result_type_) {
    PyTypeObject* made = make_result_type(op());
    if (!result_type_) result_type_ = made;  // another thread may have been first
  }
  nb::object tuple = owned(PyStructSequence_New(result_type_));
  for (size_t i = 0; i < results.size(); ++i) {
    PyStructSequence_SetItem(tuple.ptr(), static_cast<Py_ssize_t>(i), wrap_or_none(results[i]));
  }
  return tuple.release().ptr();
}

PyObject* Callable::call_overload(PyObject* const* arguments, size_t num_positional,
                                  PyObject* keyword_names) const {
  for (const CallOverload& overload : overloads_) {
    std::optional<Tensors> given = tensors_for(overload, arguments, num_positional, keyword_names);
    if (!given) continue;
    Tensors results = overload.value(*given);
    return overload.is_tuple ? wrap_all(results) : wrap(std::move(results[0]));
  }
  return nullptr;
}

PyObject* Callable::call(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names,
                         bool is_method) {
  if (PyObject* result = call_overload(arguments, num_positional, keyword_names)) return result;
  if (Callable* other = with_keywords(keyword_names)) {
    return other->call(arguments, num_positional, keyword_names, is_method);
  }
  PyObject* values[Signature::kMost];
  nb::object loose_ints;
  signature_.parse(arguments, num_positional, keyword_names, is_method, values, loose_ints);
  CallOperands operands(signature_, values);  // first: its errors name the usual mistakes
  return wrap_results(promote_and_apply(op(), operands.all(), attributes_.make(values)));
}

void Callable::call_in_place(PyObject* const* arguments, size_t num_positional,
                             PyObject* keyword_names, std::string_view name) {
  if (Callable* other = with_keywords(keyword_names)) {
    return other->call_in_place(arguments, num_positional, keyword_names, name);
  }
  PyObject* values[Signature::kMost];
  nb::object loose_ints;
  signature_.parse(arguments, num_positional, keyword_names, true, values, loose_ints);
  CallOperands operands(signature_, values);
  write_result(arguments[0], op(), operands.all(), attributes_.make(values), name);
}

bool Callable::binary_in_place(PyObject* a, PyObject* b) {
  CallOperands operands(op(), {a, b});
  if (!operands.complete()) return false;
  write_result(a, op(), operands.all(), attributes_.defaults(), op().name);
  return true;
}

PyObject* Callable::call_unary(PyObject* a) {
  return wrap(promote_and_apply(op(), CallOperands(op(), {a}).all(), attributes_.defaults())[0]);
}

Tensor Callable::value_of_binary(PyObject* a, PyObject* b) {
  CallOperands operands(op(), {a, b});
  if (!operands.complete()) return {};
  return promote_and_apply(op(), operands.all(), attributes_.defaults())[0];
}

PyObject* Callable::call_binary(PyObject* a, PyObject* b) {
  Tensor result = value_of_binary(a, b);
  return result.defined() ? wrap(std::move(result)) : Py_NewRef(Py_NotImplemented);
}

}  // namespace mycel::python
