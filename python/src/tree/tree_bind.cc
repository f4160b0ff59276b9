// Binds the functions of mc.tree.
#include <nanobind/stl/string.h>

#include "python/src/common/error.h"
#include "python/src/tree/tree_nodes.h"

namespace mycel::python {
namespace {

nb::object flatten(nb::handle tree) {
  FlatTree flat;
  flat.add(tree.ptr());
  nb::list leaves;
  for (const nb::object& leaf : flat.leaves) leaves.append(leaf);
  return nb::make_tuple(leaves, Structure(flat));
}

nb::object unflatten(const Structure& structure, nb::handle leaves) {
  nb::object items = owned(PySequence_Fast(leaves.ptr(), "expects a sequence of leaves"));
  auto given = static_cast<size_t>(PySequence_Fast_GET_SIZE(items.ptr()));
  if (given != structure.num_leaves()) {
    fail(Code::kValue, "[tree] expects {} leaves, got {}", structure.num_leaves(), given);
  }
  return structure.build(PySequence_Fast_ITEMS(items.ptr()));
}

bool equal(const Structure& a, nb::handle other) {
  if (!nb::isinstance<Structure>(other)) return false;
  const auto& b = nb::cast<const Structure&>(other);
  if (a.words() != b.words() || a.objects().size() != b.objects().size()) return false;
  for (size_t i = 0; i < a.objects().size(); ++i) {
    if (!same_object(a.objects()[i].ptr(), b.objects()[i].ptr())) return false;
  }
  return true;
}

void register_type(nb::handle type, nb::handle flatten, nb::handle unflatten) {
  if (!PyType_Check(type.ptr())) {
    fail(Code::kType, "[tree] expects a class to register, got {}", type_text(type));
  }
  if (!PyCallable_Check(flatten.ptr()) || !PyCallable_Check(unflatten.ptr())) {
    fail(Code::kType, "[tree] expects functions that take a {} apart and together, got {} and {}",
         reinterpret_cast<PyTypeObject*>(type.ptr())->tp_name, type_text(flatten),
         type_text(unflatten));
  }
  nodes::add_registered(reinterpret_cast<PyTypeObject*>(type.ptr()), nb::borrow(flatten),
                        nb::borrow(unflatten));
}

std::string text(const Structure& structure) {
  nb::str star("*");
  std::vector<PyObject*> leaves(structure.num_leaves(), star.ptr());
  nb::object tree = structure.build(leaves.data());
  return "TreeStructure(" + nb::cast<std::string>(nb::str(nb::repr(tree))) + ")";
}

}  // namespace

void bind_tree(nb::module_& module) {
  nb::class_<Structure>(
      module, "TreeStructure",
      "The structure of a tree of containers, without its leaves; see mc.tree.\n\n"
      "Example:\n"
      "    >>> mc.tree.structure({\"a\": 1, \"b\": [2, 3]})\n"
      "    TreeStructure({'a': '*', 'b': ['*', '*']})")
      .def_prop_ro("num_leaves", &Structure::num_leaves,
                   "How many leaves such a tree has.\n\n"
                   "Example:\n"
                   "    >>> mc.tree.structure({\"a\": 1, \"b\": [2, 3]}).num_leaves\n"
                   "    3")
      .def("unflatten", unflatten, nb::arg("leaves"),
           nb::sig("def unflatten(self, leaves: Sequence[Any]) -> Any"),
           "A tree of this structure with these leaves. Raises ValueError for another number of "
           "them.\n\n"
           "Example:\n"
           "    >>> mc.tree.structure({\"a\": 1, \"b\": [2, 3]}).unflatten([10, 20, 30])\n"
           "    {'a': 10, 'b': [20, 30]}")
      .def(
          "paths",
          [](const Structure& self) {
            nb::list paths;
            for (const std::string& path : self.paths()) {
              paths.append(nb::str(path.data(), path.size()));
            }
            return paths;
          },
          nb::sig("def paths(self) -> list[str]"),
          "Where each leaf stands, as one would write it after the tree's name.\n\n"
          "Example:\n"
          "    >>> mc.tree.structure({\"a\": 1, \"b\": [2, 3]}).paths()\n"
          "    [\"['a']\", \"['b'][0]\", \"['b'][1]\"]")
      .def("__eq__", equal, nb::arg("other").none(),
           nb::sig("def __eq__(self, other: object) -> bool"))
      .def("__hash__", [](const Structure& self) { return self.words().size(); })
      .def("__repr__", text);
  module.def("tree_flatten", flatten, nb::arg("tree").none(),
             nb::sig("def tree_flatten(tree: Any) -> tuple[list[Any], TreeStructure]"));
  module.def("tree_register", register_type, nb::arg("type"), nb::arg("flatten"),
             nb::arg("unflatten"),
             nb::sig("def tree_register(type: type, flatten: Callable[[Any], tuple[Any, Any]], "
                     "unflatten: Callable[[Any, tuple[Any, ...]], Any]) -> None"));
}

}  // namespace mycel::python
