#include "mycel/nn/module.h"

#include <algorithm>

#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/trace.h"

namespace mycel::nn {

struct Module::Data {
  Named parameters;
  Named buffers;
  std::vector<std::pair<std::string, Module>> children;
  bool training = true;

  // Collects one list of this module and its descendants, under dotted paths.
  void collect(const std::string& prefix, Named Data::* list, Named& out) const {
    for (const auto& [name, tensor] : this->*list) {
      auto is_it = [&](const auto& known) { return known.second.same_object(tensor); };
      if (std::none_of(out.begin(), out.end(), is_it)) out.emplace_back(prefix + name, tensor);
    }
    for (const auto& [name, child] : children) {
      child.data_->collect(prefix + name + ".", list, out);
    }
  }

  void check_name(const std::string& name) const {
    auto is_it = [&](const auto& entry) { return entry.first == name; };
    if (name.empty() || name.find('.') != name.npos) {
      fail(Code::kValue, "[Module] expects a name without a dot, got \"{}\"", name);
    }
    if (std::any_of(parameters.begin(), parameters.end(), is_it) ||
        std::any_of(buffers.begin(), buffers.end(), is_it) ||
        std::any_of(children.begin(), children.end(), is_it)) {
      fail(Code::kValue, "[Module] expects names that differ, got \"{}\" twice", name);
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

StateDict Module::state() const {
  StateDict out;
  for (const auto& [name, tensor] : named_parameters()) out.emplace(name, tensor);
  for (const auto& [name, tensor] : named_buffers()) out.emplace(name, tensor);
  return out;
}

StateDict Module::state_dict() const { return detached(state()); }

void Module::load_state_dict(const StateDict& values) const {
  load_values(state(), values, "load_state_dict");
}

void Module::train(bool training) const {
  data_->training = training;
  for (const auto& [name, child] : data_->children) child.train(training);
}

bool Module::is_training() const {
  bool training = data_->training;
  if (Trace* trace = context().trace) {
    trace->guard([data = data_, training] { return data->training == training; });
  }
  return training;
}

void Module::zero_grad() const {
  for (const Tensor& parameter : parameters()) parameter.set_grad({});
}

Tensor Module::add_parameter(const std::string& name, const Tensor& value) {
  data_->check_name(name);
  value.set_requires_grad(true);
  value.object()->name = name;
  data_->parameters.emplace_back(name, value);
  return value;
}

Tensor Module::add_buffer(const std::string& name, const Tensor& value) {
  data_->check_name(name);
  value.object()->name = name;
  data_->buffers.emplace_back(name, value);
  return value;
}

void Module::add_child(const std::string& name, const Module& module) {
  data_->check_name(name);
  data_->children.emplace_back(name, module);
}

}  // namespace mycel::nn
