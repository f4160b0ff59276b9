#include "python/src/jit/jit_key.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include "mycel/tensor/context.h"
#include "mycel/tensor/view.h"
#include "python/src/common/error.h"
#include "python/src/jit/guarded_type.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tree/tree_nodes.h"

namespace mycel::python {
namespace {

enum Tag : uint64_t { kTensor = 1, kAlias = 2, kStatic = 3, kGuarded = 4 };

}  // namespace

CallArguments::CallArguments(PyObject* const* arguments, size_t num_positional,
                             PyObject* keyword_names, std::string_view function)
    : num_positional_(num_positional) {
  tree_.whole_dataclasses = true;
  size_t num_keywords = keyword_names ? static_cast<size_t>(PyTuple_GET_SIZE(keyword_names)) : 0;
  size_t total = num_positional + num_keywords;
  tree_.words.push_back(nodes::word_of(nodes::Kind::kTuple, static_cast<Py_ssize_t>(total)));
  for (size_t i = 0; i < total; ++i) tree_.add(arguments[i]);
  num_tree_words_ = tree_.words.size();
  Numbers numbers(tree_.leaves.size());
  for (const nb::object& leaf : tree_.leaves) {
    if (is_tensor(leaf.ptr())) {
      add_tensor(leaf.ptr(), numbers);
    } else {
      add_static(leaf.ptr(), function);
    }
  }
  if (num_keywords > 0) tree_.objects.push_back(nb::borrow(keyword_names));
  add_modes();
}

void CallArguments::add_tensor(PyObject* object, Numbers& numbers) {
  TensorImpl* mine = as_tensor(object)->tensor.object();
  uint32_t number = numbers.add(mine);
  tensor_of_leaf_.push_back(static_cast<int>(number));
  if (number < distinct_.size()) {
    tree_.words.push_back(kAlias | static_cast<uint64_t>(number) << 8);
    return;
  }
  if (mine->view) refresh(*mine);
  const NDArray& array = mine->state.payload.array;
  if (!array.defined()) {
    fail(Code::kCompile, "[jit] expects tensors that have a value, got one of a traced call");
  }
  auto requires_grad = static_cast<bool>(mine->state.edge.node);
  tree_.words.push_back(kTensor | static_cast<uint64_t>(array.dtype()) << 8 |
                        static_cast<uint64_t>(requires_grad) << 16 | uint64_t{array.rank()} << 24);
  for (int64_t extent : array.shape()) tree_.words.push_back(static_cast<uint64_t>(extent));
  distinct_.push_back(object);
}

void CallArguments::add_static(PyObject* object, std::string_view function) {
  if (is_numpy_array(object)) {
    fail(Code::kType,
         "[jit] expects tensors, numbers, strings and containers of them as arguments of {}, got "
         "numpy.ndarray; mc.tensor(...) makes a tensor of it",
         function);
  }
  tensor_of_leaf_.push_back(-1);
  if (is_guarded_type(Py_TYPE(object))) {
    tree_.words.push_back(kGuarded);
    guarded_.push_back(object);
    return;
  }
  tree_.words.push_back(kStatic);
  tree_.objects.push_back(nb::borrow(object));
}

void CallArguments::add_modes() {
  const Context& here = context();
  tree_.words.push_back(static_cast<uint64_t>(here.grad_enabled) |
                        static_cast<uint64_t>(here.mode) << 8 |
                        static_cast<uint64_t>(here.device.kind) << 16 |
                        static_cast<uint64_t>(static_cast<uint8_t>(here.device.index)) << 24 |
                        uint64_t{num_positional_} << 32);
}

Tensors CallArguments::tensors() const {
  Tensors all;
  all.reserve(distinct_.size());
  for (PyObject* object : distinct_) all.push_back(as_tensor(object)->tensor);
  return all;
}

namespace {

std::string describe_leaf(PyObject* leaf) {
  if (!is_tensor(leaf)) return nb::cast<std::string>(nb::str(nb::repr(nb::handle(leaf))));
  const Tensor& tensor = as_tensor(leaf)->tensor;
  std::string text = ir::to_string(tensor.type());
  return tensor.requires_grad() ? text + ", requires_grad" : text;
}

}  // namespace

CallKey::CallKey(const CallArguments& arguments)
    : structure_(arguments.tree()), arguments_(arguments.tree(), arguments.num_tree_words()) {
  const auto& objects = arguments.tree().objects;
  bool has_keywords = !objects.empty() && PyTuple_CheckExact(objects.back().ptr()) &&
                      arguments.num_positional() < nodes::children_of(arguments.tree().words[0]);
  keyword_names_ = has_keywords ? objects.back() : nb::object();
  for (PyObject* each : arguments.guarded()) guarded_.emplace_back(each);
}

bool CallKey::gone() const {
  for (const Watched& each : guarded_) {
    if (!each.get().is_valid()) return true;
  }
  return false;
}

int CallKey::traverse(visitproc visit, void* arg) const {
  for (const Structure* structure : {&structure_, &arguments_}) {
    for (const nb::object& object : structure->objects()) Py_VISIT(object.ptr());
  }
  for (const Watched& each : guarded_) {
    if (int status = each.traverse(visit, arg)) return status;
  }
  return 0;
}

std::vector<std::string> CallKey::describe(const CallArguments& arguments,
                                           nb::handle function) const {
  nb::object names =
      nb::module_::import_("mycel._signature")
          .attr("argument_names")(
              function, arguments.num_positional(),
              keyword_names_.is_valid() ? keyword_names_ : nb::object(nb::make_tuple()));
  std::vector<std::string> paths = arguments_.paths();
  std::vector<std::string> lines;
  for (size_t i = 0; i < paths.size(); ++i) {
    // A path begins with the index of the argument: "[1]['x']".
    size_t end = paths[i].find(']');
    size_t number = std::stoul(paths[i].substr(1, end - 1));
    std::string name = nb::cast<std::string>(nb::str(names[number]));
    lines.push_back(fmt::format("{}{}: {}", name, paths[i].substr(end + 1),
                                describe_leaf(arguments.tree().leaves[i].ptr())));
  }
  const Context& here = context();
  lines.push_back(fmt::format("gradients: {}", here.grad_enabled ? "recorded" : "off"));
  lines.push_back(fmt::format("mode: {}", here.mode == Mode::kGraph ? "graph" : "eager"));
  lines.push_back(fmt::format("device: {}", to_string(here.device)));
  return lines;
}

}  // namespace mycel::python
