// Saves and loads named tensors: state dicts of models and optimisers.
//
//   io::save("model.safetensors", model.state_dict());
//   model.load_state_dict(io::load("model.safetensors"));
#pragma once

#include <string>

#include "mycel/io/safetensors.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/state_dict.h"

namespace mycel::io {

// Writes a safetensors file, whole or not at all. Raises an I/O error.
inline void save(const std::string& path, const StateDict& state) {
  NamedArrays arrays;
  for (const auto& [name, tensor] : state) {
    const NDArray& array = tensor.array("save");
    bool on_host = array.device().kind == DeviceKind::kCpu;
    arrays.emplace(name, on_host ? array : context().engine->to_host(array));
  }
  write_safetensors(path, arrays);
}

// Loads tensors on the host. Raises an I/O error for a missing or damaged file.
inline StateDict load(const std::string& path) {
  StateDict state;
  for (auto& [name, array] : read_safetensors(path).arrays) state.emplace(name, Tensor(array));
  return state;
}

}  // namespace mycel::io
