#include "tests/cpp/compiler/setup.h"

#include <gtest/gtest.h>

#include "mycel/compiler/init.h"
#include "mycel/compiler/pipeline.h"
#include "mycel/ir/text.h"

namespace mycel {
namespace {

class Setup : public ::testing::Environment {
 public:
  void SetUp() override { initialize(); }
};
const auto* const environment = ::testing::AddGlobalTestEnvironment(new Setup);

}  // namespace

std::shared_ptr<const runtime::Executable> compile_text(std::string_view text,
                                                        const std::vector<NDArray>& arguments,
                                                        DeviceKind device) {
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

std::vector<NDArray> run_text(std::string_view text, const std::vector<NDArray>& arguments,
                              DeviceKind device) {
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
