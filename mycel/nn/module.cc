#include "mycel/nn/module.h"

#include "mycel/tensor/object.h"

namespace mycel::nn {

struct Module::Data {
  Named parameters;
  Named buffers;
  std::vector<std::pair<std::string, Module>> children;
  bool training = true;

  // Everything of one list, of this module and those in it, under dotted paths.
  void collect(const std::string& prefix, Named Data::* list, Named& out) const {
    for (const auto& [name, tensor] : this->*list) out.emplace_back(prefix + name, tensor);
    for (const auto& [name, child] : children) {
      child.data_->collect(prefix + name + ".", list, out);
    }
  }
};

Module::Module() : data_(std::make_shared<Data>()) { initialize(); }

Named Module::named_parameters() const {
  Named out;
  data_->collect("", &Data::parameters, out);
  return out;
}

Named Module::named_buffers() const {
  Named out;
  data_->collect("", &Data::buffers, out);
  return out;
}

Tensors Module::parameters() const {
  Tensors out;
  for (const auto& [name, tensor] : named_parameters()) out.push_back(tensor);
  return out;
}

std::map<std::string, Tensor> Module::state_dict() const {
  std::map<std::string, Tensor> out;
  for (const auto& [name, tensor] : named_parameters()) out.emplace(name, tensor.detach());
  for (const auto& [name, tensor] : named_buffers()) out.emplace(name, tensor.detach());
  return out;
}

void Module::load_state_dict(const std::map<std::string, Tensor>& values) const {
  std::map<std::string, Tensor> mine;
  for (const auto& [name, tensor] : named_parameters()) mine.emplace(name, tensor);
  for (const auto& [name, tensor] : named_buffers()) mine.emplace(name, tensor);
  std::string problems;
  for (const auto& [name, tensor] : mine) {
    auto found = values.find(name);
    if (found == values.end()) {
      problems += "\n  missing: " + name;
    } else if (!(found->second.type() == tensor.type())) {
      problems += fmt::format("\n  {}: expects {}, got {}", name, ir::to_string(tensor.type()),
                              ir::to_string(found->second.type()));
    }
  }
  for (const auto& [name, tensor] : values) {
    if (!mine.count(name)) problems += "\n  unexpected: " + name;
  }
  if (!problems.empty()) {
    fail(Code::kValue, "[load_state_dict] expects the keys and types of the module:{}", problems);
  }
  GradMode no_grad(false);
  for (const auto& [name, tensor] : mine) tensor.assign(values.at(name).detach());
}

void Module::train(bool training) const {
  data_->training = training;
  for (const auto& [name, child] : data_->children) child.train(training);
}

bool Module::is_training() const { return data_->training; }

void Module::zero_grad() const {
  for (const Tensor& parameter : parameters()) parameter.set_grad({});
}

Tensor Module::add_parameter(const std::string& name, const Tensor& value) {
  value.set_requires_grad(true);
  value.object()->name = name;
  data_->parameters.emplace_back(name, value);
  return value;
}

Tensor Module::add_buffer(const std::string& name, const Tensor& value) {
  value.object()->name = name;
  data_->buffers.emplace_back(name, value);
  return value;
}

void Module::add_child(const std::string& name, const Module& module) {
  data_->children.emplace_back(name, module);
}

}  // namespace mycel::nn
