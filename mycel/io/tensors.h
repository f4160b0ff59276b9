// Named tensors in files: state dicts of models and optimisers.
//
//   io::save("model.safetensors", model.state_dict());
//   model.load_state_dict(io::load("model.safetensors"));
#pragma once

#include <string>

#include "mycel/io/safetensors.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/state_dict.h"

namespace mycel::io {

// In the safetensors format, whole or not at all. Raises an I/O error.
inline void save(const std::string& path, const StateDict& state) {
  NamedArrays arrays;
  for (const auto& [name, tensor] : state) {
    const NDArray& array = tensor.array("save");
    bool on_host = array.device().kind == DeviceKind::kCpu;
    arrays.emplace(name, on_host ? array : context().engine->to_host(array));
  }
  write_safetensors(path, arrays);
}

// On the host. Raises an I/O error for a file that is not there or is damaged.
inline StateDict load(const std::string& path) {
  StateDict state;
  for (auto& [name, array] : read_safetensors(path).arrays) state.emplace(name, Tensor(array));
  return state;
}

}  // namespace mycel::io
