// Runs programs that are written as text.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "mycel/compiler/pipeline.h"
#include "mycel/ir/text.h"
#include "mycel/runtime/executable.h"

namespace mycel {

// Parses the module and compiles its function @main for arguments like these.
inline std::shared_ptr<const runtime::Executable> compile_text(
    std::string_view text, const std::vector<NDArray>& arguments,
    DeviceKind device = DeviceKind::kCpu) {
  ir::Module module = ir::parse_module(text);
  std::vector<runtime::Spec> specs;
  for (const NDArray& argument : arguments) {
    specs.push_back({argument.dtype(), argument.shape(), argument.strides(), false});
  }
  compiler::PrepareOptions options;
  options.module = &module;
  return compiler::compile(*module.find("main"), backends::backend_of(Device{device}), specs,
                           options);
}

// Compiles and runs it.
inline std::vector<NDArray> run_text(std::string_view text, const std::vector<NDArray>& arguments,
                                     DeviceKind device = DeviceKind::kCpu) {
  std::vector<NDArray> placed;
  std::vector<const NDArray*> inputs;
  for (const NDArray& argument : arguments) {
    placed.push_back(backends::backend_of(Device{device}).to_device(argument));
  }
  for (const NDArray& array : placed) inputs.push_back(&array);
  auto executable = compile_text(text, placed, device);
  std::vector<NDArray> outputs(executable->parts().outputs.size());
  executable->run(inputs, outputs);
  return outputs;
}

}  // namespace mycel
