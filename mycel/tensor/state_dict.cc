#include "mycel/tensor/state_dict.h"

#include "mycel/tensor/context.h"
#include "mycel/tensor/to_device.h"

namespace mycel {
namespace {

std::string differences(const StateDict& to, const StateDict& values) {
  std::string text;
  for (const auto& [name, tensor] : to) {
    auto found = values.find(name);
    if (found == values.end()) {
      text += "\n  missing: " + name;
    } else if (!(found->second.type() == tensor.type())) {
      text += fmt::format("\n  {}: expects {}, got {}", name, ir::to_string(tensor.type()),
                          ir::to_string(found->second.type()));
    }
  }
  for (const auto& [name, tensor] : values) {
    if (!to.count(name)) text += "\n  unexpected: " + name;
  }
  return text;
}

}  // namespace

StateDict snapshot(const StateDict& state) {
  StateDict out;
  for (const auto& [name, tensor] : state) out.emplace(name, tensor.snapshot());
  return out;
}

StateDict detached(const StateDict& state) {
  StateDict out;
  for (const auto& [name, tensor] : state) out.emplace(name, tensor.detach());
  return out;
}

void check_values(const StateDict& to, const StateDict& values, std::string_view what) {
  std::string problems = differences(to, values);
  if (!problems.empty()) {
    fail(Code::kValue, "[{}] expects the same keys and types:{}", what, problems);
  }
}

void load_values(const StateDict& to, const StateDict& values, std::string_view what) {
  check_values(to, values, what);
  GradMode no_grad(false);
  for (const auto& [name, tensor] : to) {
    tensor.assign(to_device(values.at(name).detach(), tensor.device(), what));
  }
}

}  // namespace mycel
