// Files of named arrays.
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>

#include "mycel/io/safetensors.h"
#include "python/src/bindings.h"
#include "python/src/elements.h"
#include "python/src/error.h"
#include "python/src/tensor_object.h"

namespace mycel::python {
namespace {

using Metadata = std::map<std::string, std::string>;

void save(const std::string& path, const std::map<std::string, Tensor>& tensors,
          const Metadata& metadata) {
  io::NamedArrays arrays;
  for (const auto& [name, tensor] : tensors) arrays[name] = host_array(tensor, "save");
  nb::gil_scoped_release unlocked;
  io::write_safetensors(path, arrays, metadata);
}

std::pair<nb::dict, Metadata> load(const std::string& path) {
  io::SafeTensors file = io::read_safetensors(path);
  nb::dict tensors;
  for (const auto& [name, array] : file.arrays) {
    tensors[name.c_str()] = nb::steal(wrap(tensor_of(array)));
  }
  return {tensors, file.metadata};
}

}  // namespace

void bind_io(nb::module_& module) {
  module.def("save", save,
             nb::sig("def save(path: str, tensors: dict[str, Tensor], metadata: dict[str, str]) "
                     "-> None"));
  module.def(
      "load",
      [](const std::string& path) {
        auto [tensors, metadata] = load(path);
        return nb::make_tuple(tensors, metadata);
      },
      nb::sig("def load(path: str) -> tuple[dict[str, Tensor], dict[str, str]]"));
}

}  // namespace mycel::python
