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

std::vector<NDArray> run_text(std::string_view text, const std::vector<NDArray>& arguments,
                              DeviceKind device) {
  ir::Module module = ir::parse_module(text);
  ir::Function& function = *module.find("main");
  backends::Backend& backend = backends::backend_of(Device{device});
  std::vector<runtime::Spec> specs;
  std::vector<NDArray> placed;
  std::vector<const NDArray*> inputs;
  for (const NDArray& argument : arguments) {
    placed.push_back(backend.to_device(argument));
    specs.push_back({argument.dtype(), argument.shape(), placed.back().strides(), false});
  }
  for (const NDArray& array : placed) inputs.push_back(&array);
  compiler::PrepareOptions options;
  options.module = &module;
  auto executable = compiler::compile(function, backend, specs, options);
  std::vector<NDArray> outputs(executable->parts().outputs.size());
  executable->run(inputs, outputs);
  return outputs;
}

}  // namespace mycel
