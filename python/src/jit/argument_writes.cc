#include "python/src/jit/argument_writes.h"

#include "python/src/common/error.h"
#include "python/src/tensor/elements.h"
#include "python/src/tensor/state_number.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tree/tree_nodes.h"

namespace mycel::python {

using nodes::Kind;

namespace {

Kind kind_of(PyObject* value) {
  if (value == Py_None || is_tensor(value)) return Kind::kLeaf;
  if (PyTuple_CheckExact(value)) return Kind::kTuple;
  if (PyList_CheckExact(value)) return Kind::kList;
  if (PyDict_CheckExact(value)) return Kind::kDict;
  if (PyLong_Check(value) || PyFloat_Check(value) || PyUnicode_Check(value)) return Kind::kLeaf;
  return nodes::kind_of_type(Py_TYPE(value));
}

// Returns the leaves of a registered type, whose children may be new objects at each flattening.
nb::object leaves_of(PyObject* value) {
  FlatTree tree;
  tree.add(value);
  nb::list leaves;
  for (const nb::object& leaf : tree.leaves) leaves.append(leaf);
  return leaves;
}

// Returns the attributes of a dataclass: its fields, which may be slots, and the others.
nb::object attributes_of_dataclass(PyObject* value) {
  nb::dict all;
  PyObject* names = nodes::field_names(Py_TYPE(value));
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    nb::object field = nb::steal(PyObject_GenericGetAttr(value, name));
    if (field.is_valid()) {
      all[nb::handle(name)] = field;
    } else {
      PyErr_Clear();  // the function deleted it
    }
  }
  if (nb::object own = nodes::attributes_of(value); own.is_valid()) all.update(own);
  return all;
}

// Returns the content of a container: a dict, list or tuple.
nb::object content_of(PyObject* container) {
  switch (kind_of(container)) {
    case Kind::kDict: {
      // Copied item by item: an OrderedDict has an order of its own.
      nb::dict all;
      for (nb::handle key : nb::list(nb::handle(container))) all[key] = nb::handle(container)[key];
      return all;
    }
    case Kind::kDataclass:
      return attributes_of_dataclass(container);
    case Kind::kCustom:
      return leaves_of(container);
    default:
      return owned(PySequence_List(container));
  }
}

nb::object values_of(const nb::object& content) {
  return PyDict_Check(content.ptr()) ? owned(PyDict_Values(content.ptr())) : content;
}

void collect(PyObject* value, std::vector<nb::object>& found) {
  Kind kind = kind_of(value);
  if (kind == Kind::kLeaf) return;
  found.push_back(nb::borrow(value));
  if (kind == Kind::kCustom) return;
  if (Py_EnterRecursiveCall(" in a nested container")) nb::raise_python_error();
  for (nb::handle each : nb::list(values_of(content_of(value)))) collect(each.ptr(), found);
  Py_LeaveRecursiveCall();
}

bool same_items(const nb::object& before, const nb::object& after) {
  nb::object old = values_of(before), now = values_of(after);
  Py_ssize_t size = PySequence_Fast_GET_SIZE(old.ptr());
  if (PySequence_Fast_GET_SIZE(now.ptr()) != size) return false;
  for (Py_ssize_t i = 0; i < size; ++i) {
    if (!same_object(PySequence_Fast_GET_ITEM(old.ptr(), i),
                     PySequence_Fast_GET_ITEM(now.ptr(), i))) {
      return false;
    }
  }
  if (!PyDict_Check(before.ptr())) return true;
  nb::list old_keys(before), now_keys(after);
  for (size_t i = 0; i < old_keys.size(); ++i) {
    if (!same_object(nb::object(old_keys[i]).ptr(), nb::object(now_keys[i]).ptr())) return false;
  }
  return true;
}

void set_list(PyObject* list, const std::vector<nb::object>& values) {
  nb::list all;
  for (const nb::object& value : values) all.append(value);
  check_status(PyList_SetSlice(list, 0, PyList_GET_SIZE(list), all.ptr()));
}

void set_attributes(PyObject* object, const nb::dict& all) {
  for (nb::handle name : nb::list(attributes_of_dataclass(object))) {
    if (!all.contains(name)) check_status(PyObject_GenericSetAttr(object, name.ptr(), nullptr));
  }
  for (auto [name, value] : all) {
    check_status(PyObject_GenericSetAttr(object, name.ptr(), value.ptr()));
  }
}

}  // namespace

BuiltValue::BuiltValue(nb::handle value, Tensors& tensors) {
  FlatTree tree;
  tree.add(value.ptr());
  structure_ = Structure(tree);
  for (const nb::object& leaf : tree.leaves) {
    bool number = is_state_number(leaf.ptr());
    if (number || is_tensor(leaf.ptr())) {
      tensors.push_back(number ? tensor_of_state_number(leaf.ptr())
                               : as_tensor(leaf.ptr())->tensor);
      numbers_.push_back(number);
      leaves_.emplace_back();
    } else {
      leaves_.push_back(leaf);
    }
  }
}

nb::object BuiltValue::build(Tensors& results, size_t& next) const {
  size_t number = 0;
  auto take = [&]() -> nb::object {
    Tensor result = std::move(results[next++]);
    return numbers_[number++] ? owned(only_element(result, "call"))
                              : nb::steal(wrap(std::move(result)));
  };
  if (structure_.is_leaf() && !leaves_[0].is_valid()) return take();
  InlineVector<nb::object, 4> held(leaves_);
  InlineVector<PyObject*, 4> leaves;
  for (nb::object& leaf : held) {
    if (!leaf.is_valid()) leaf = take();
    leaves.push_back(leaf.ptr());
  }
  return structure_.build(leaves.data());
}

int BuiltValue::traverse(visitproc visit, void* arg) const {
  for (const nb::object& leaf : leaves_) Py_VISIT(leaf.ptr());
  for (const nb::object& object : structure_.objects()) Py_VISIT(object.ptr());
  return 0;
}

std::vector<nb::object> containers_in(PyObject* const* arguments, size_t count) {
  std::vector<nb::object> found;
  for (size_t i = 0; i < count; ++i) collect(arguments[i], found);
  return found;
}

TracedContainers::TracedContainers(PyObject* const* built, size_t count)
    : containers_(containers_in(built, count)) {
  for (const nb::object& each : containers_) content_.push_back(content_of(each.ptr()));
}

ArgumentWrites::ArgumentWrites(const TracedContainers& traced, nb::handle result,
                               Tensors& tensors) {
  const std::vector<nb::object>& containers = traced.containers_;
  auto number_of = [&](nb::handle value) -> std::optional<size_t> {
    for (size_t i = 0; i < containers.size(); ++i) {
      if (containers[i].is(value)) return i;
    }
    return std::nullopt;
  };
  auto item = [&](nb::object key, nb::handle value) {
    std::optional<size_t> given = number_of(value);
    return Item{std::move(key), given, given ? BuiltValue() : BuiltValue(value, tensors)};
  };
  for (size_t i = 0; i < containers.size(); ++i) {
    nb::object now = content_of(containers[i].ptr());
    if (same_items(traced.content_[i], now)) continue;
    if (kind_of(containers[i].ptr()) == Kind::kCustom) {
      fail(Code::kCompile,
           "[jit] expects arguments of registered types to stay as they are, got a {} that the "
           "function changed: return the new one",
           type_text(containers[i]));
    }
    Changed changed{i, {}};
    if (PyDict_Check(now.ptr())) {
      for (auto [key, value] : nb::borrow<nb::dict>(now)) {
        changed.items.push_back(item(nb::borrow(key), value));
      }
    } else {
      for (nb::handle value : now) changed.items.push_back(item({}, value));
    }
    changed_.push_back(std::move(changed));
  }
  if (PyTuple_Check(result.ptr())) return;
  result_ = number_of(result);
}

nb::object ArgumentWrites::apply(const std::vector<nb::object>& given, Tensors& results,
                                 size_t& next) const {
  for (const Changed& changed : changed_) {
    PyObject* container = given[changed.container].ptr();
    std::vector<nb::object> values;
    for (const Item& item : changed.items) {
      values.push_back(item.given ? given[*item.given] : item.value.build(results, next));
    }
    if (PyList_Check(container)) {
      set_list(container, values);
      continue;
    }
    nb::dict all;
    for (size_t i = 0; i < values.size(); ++i) all[changed.items[i].key] = values[i];
    if (PyDict_Check(container)) {
      nb::handle(container).attr("clear")();
      nb::handle(container).attr("update")(all);
    } else {
      set_attributes(container, all);
    }
  }
  return result_ ? given[*result_] : nb::object();
}

int ArgumentWrites::traverse(visitproc visit, void* arg) const {
  for (const Changed& changed : changed_) {
    for (const Item& item : changed.items) {
      Py_VISIT(item.key.ptr());
      if (int status = item.value.traverse(visit, arg)) return status;
    }
  }
  return 0;
}

}  // namespace mycel::python
