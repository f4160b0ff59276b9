#include "python/src/common/user_location.h"

#include <nanobind/stl/string.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "mycel/tensor/context.h"
#include "python/src/common/error.h"

namespace mycel::python {
namespace {

std::string& package_folder() {
  static std::string folder;
  return folder;
}

// The folder of the standard library.
std::string& standard_folder() {
  static std::string folder;
  return folder;
}

// The working directory when the package was imported.
std::string& current_folder() {
  static std::string folder;
  return folder;
}

std::vector<PyObject*>& running_modules() {
  thread_local std::vector<PyObject*> stack;
  return stack;
}

std::string_view text_of(PyObject* string) {
  Py_ssize_t size;
  const char* text = PyUnicode_AsUTF8AndSize(string, &size);
  if (!text) {
    PyErr_Clear();
    return "?";
  }
  return {text, static_cast<size_t>(size)};
}

// Makes a file name relative to the current folder if the file lies in it.
std::string_view short_file(std::string_view file) {
  const std::string& folder = current_folder();
  if (!folder.empty() && file.starts_with(folder)) file.remove_prefix(folder.size());
  return file;
}

// Returns the attribute of `parent` that holds `child`, or "".
std::string name_in(PyObject* parent, PyObject* child) {
  nb::object dict = nb::steal(PyObject_GenericGetDict(parent, nullptr));
  if (!dict) {
    PyErr_Clear();
    return "";
  }
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict.ptr(), &position, &key, &value)) {
    if (value == child) return std::string(text_of(key));
  }
  return "";
}

// Returns "LeNet.conv1": the class of the outermost module and the attributes to the innermost.
std::string module_path() {
  const std::vector<PyObject*>& modules = running_modules();
  if (modules.empty()) return "";
  std::string path = Py_TYPE(modules[0])->tp_name;
  path = path.substr(path.rfind('.') + 1);
  for (size_t i = 1; i < modules.size(); ++i) {
    std::string name = name_in(modules[i - 1], modules[i]);
    if (!name.empty()) path += "." + name;
  }
  return path;
}

std::string scope_of(PyCodeObject* code) {
  std::string path = module_path();
  std::string function(text_of(code->co_name));
  if (path.empty()) return function == "<module>" ? "" : function;
  // A layer of the package needs no method name; in the user's own module, the line is a method's.
  nb::handle type(reinterpret_cast<PyObject*>(Py_TYPE(running_modules().back())));
  std::string module = nb::cast<std::string>(nb::str(type.attr("__module__")));
  return module.starts_with("mycel.") ? path : path + "." + function;
}

}  // namespace

void set_package_folder(const std::string& folder) {
  package_folder() = folder + "/";
  std::error_code gone;  // the folder may have been removed: then file names stay whole
  std::filesystem::path current = std::filesystem::current_path(gone);
  if (!gone) current_folder() = (current / "").string();
  // Found now, as this runs Python code, which would ask for its location under a trace.
  nb::object paths = nb::module_::import_("sysconfig").attr("get_paths")();
  standard_folder() = nb::cast<std::string>(paths["stdlib"]) + "/";
  set_location_provider(user_location);
}

// The interpreter's own frames, around imports and `python -m`, count as the package's.
bool is_package_code(PyCodeObject* code) {
  std::string_view file = text_of(code->co_filename);
  return file.starts_with(package_folder()) || file.starts_with("<frozen ");
}

bool is_import_code(PyCodeObject* code) {
  return text_of(code->co_filename).starts_with("<frozen importlib.");
}

bool is_library_code(PyCodeObject* code) {
  std::string_view file = text_of(code->co_filename);
  if (file.find("site-packages/numpy/") != file.npos) return true;
  return is_package_code(code) ||
         (file.starts_with(standard_folder()) && file.find("site-packages") == file.npos);
}

bool is_package_frame(PyFrameObject* frame) {
  PyCodeObject* code = PyFrame_GetCode(frame);
  bool inside = is_package_code(code);
  Py_DECREF(code);
  return inside;
}

namespace {

// Returns the innermost user frame; if there is none, that of the standard library (`copy`, say).
nb::object user_frame() {
  nb::object library;
  nb::object frame = nb::borrow(reinterpret_cast<PyObject*>(PyEval_GetFrame()));
  for (; frame; frame = nb::steal(reinterpret_cast<PyObject*>(
                    PyFrame_GetBack(reinterpret_cast<PyFrameObject*>(frame.ptr()))))) {
    nb::object code = nb::steal(reinterpret_cast<PyObject*>(
        PyFrame_GetCode(reinterpret_cast<PyFrameObject*>(frame.ptr()))));
    auto* raw = reinterpret_cast<PyCodeObject*>(code.ptr());
    if (!is_library_code(raw)) return frame;
    if (!library && !is_package_code(raw)) library = frame;
  }
  return library;
}

}  // namespace

bool called_by_package() {
  nb::object frame = nb::borrow(reinterpret_cast<PyObject*>(PyEval_GetFrame()));
  while (frame) {
    auto* raw = reinterpret_cast<PyFrameObject*>(frame.ptr());
    nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(raw)));
    auto* raw_code = reinterpret_cast<PyCodeObject*>(code.ptr());
    if (!is_library_code(raw_code) || is_package_code(raw_code)) return is_package_code(raw_code);
    frame = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetBack(raw)));
  }
  return false;
}

ir::Location user_location() {
  nb::gil_scoped_acquire gil;
  nb::error_scope keep;  // may be called while an exception is being made
  nb::object frame = user_frame();
  if (!frame) return {};
  auto* raw = reinterpret_cast<PyFrameObject*>(frame.ptr());
  nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(raw)));
  auto* raw_code = reinterpret_cast<PyCodeObject*>(code.ptr());
  ir::Location location;
  location.file = ir::intern(short_file(text_of(raw_code->co_filename)));
  location.line = PyFrame_GetLineNumber(raw);
  location.scope = ir::intern(scope_of(raw_code));
  return location;
}

ModuleCall::ModuleCall(PyObject* module) { running_modules().push_back(module); }
ModuleCall::~ModuleCall() { running_modules().pop_back(); }
bool in_module_call() { return !running_modules().empty(); }

}  // namespace mycel::python
