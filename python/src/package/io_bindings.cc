// Binds files of named arrays.
#include <nanobind/stl/string.h>

#include "mycel/io/safetensors_file.h"
#include "python/src/common/bindings.h"
#include "python/src/common/error.h"
#include "python/src/common/path.h"
#include "python/src/tensor/elements.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {
namespace {

// Names and texts may hold any character, including NUL, so they are not C strings here.
nb::str to_str(const std::string& text) { return nb::str(text.data(), text.size()); }

void save(nb::handle path, const nb::dict& tensors, const nb::dict& metadata) {
  std::string file = check_path(path);
  io::NamedArrays arrays;
  io::Metadata texts;
  for (auto [name, tensor] : tensors) {
    arrays[check_text(name.ptr())] = host_array(nb::cast<Tensor>(tensor), "save");
  }
  for (auto [key, value] : metadata) texts[check_text(key.ptr())] = check_text(value.ptr());
  nb::gil_scoped_release unlocked;
  io::write_safetensors(file, arrays, texts);
}

nb::dict read_all(const io::SafeTensorsFile& file) {
  io::NamedArrays arrays;
  {
    nb::gil_scoped_release unlocked;
    arrays = file.read_all();
  }
  nb::dict tensors;
  for (const auto& [name, array] : arrays)
    tensors[to_str(name)] = nb::steal(wrap(tensor_of(array)));
  return tensors;
}

nb::object read(const io::SafeTensorsFile& file, nb::handle name) {
  std::string text = check_text(name.ptr());
  NDArray array;
  {
    nb::gil_scoped_release unlocked;
    array = file.read(text);
  }
  return nb::steal(wrap(tensor_of(array)));
}

nb::list names(const io::SafeTensorsFile& file) {
  nb::list names;
  for (const std::string& name : file.names()) names.append(to_str(name));
  return names;
}

nb::dict metadata(const io::SafeTensorsFile& file) {
  nb::dict texts;
  for (const auto& [key, text] : file.metadata()) texts[to_str(key)] = to_str(text);
  return texts;
}

}  // namespace

void bind_io(nb::module_& module) {
  module.def("save", save,
             nb::sig("def save(path: str | os.PathLike[str], tensors: dict[str, Tensor], metadata: "
                     "dict[str, str]) -> None"));
  nb::class_<io::SafeTensorsFile>(module, "TensorFile")
      .def(
          "__init__",
          [](io::SafeTensorsFile* self, nb::handle path) {
            new (self) io::SafeTensorsFile(check_path(path));
          },
          nb::sig("def __init__(self, path: str | os.PathLike[str]) -> None"))
      .def("names", names, nb::sig("def names(self) -> list[str]"))
      .def("metadata", metadata, nb::sig("def metadata(self) -> dict[str, str]"))
      .def("read", read, nb::sig("def read(self, name: str) -> Tensor"))
      .def("read_all", read_all, nb::sig("def read_all(self) -> dict[str, Tensor]"))
      .def("read_if_changes_hide", &io::SafeTensorsFile::read_if_changes_hide);
}

}  // namespace mycel::python
