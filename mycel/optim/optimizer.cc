#include "mycel/optim/optimizer.h"

#include "mycel/ops/optimizer_update.h"
#include "mycel/tensor/trace.h"

namespace mycel::optim {
namespace {

void check_number(const Rule& rule, const std::string& key, double value) {
  double below = rule.numbers.at(key).below;
  if (value >= 0 && value < below) return;
  fail(Code::kValue, "[{}] expects {} in [0, {}), got {}", rule.name, key, below, value);
}

Tensors make_slots(const Rule& rule, const Tensor& parameter) {
  Tensors slots;
  for (const auto& [name, kind] : rule.slots) {
    bool counter = kind == Rule::Slot::kCounter;
    slots.push_back(counter ? scalar_like(parameter, 0.0, number_dtype(parameter.dtype()))
                            : zeros_like(parameter));
  }
  return slots;
}

std::string number_name(size_t group, const std::string& key) {
  return fmt::format("param_groups.{}.{}", group, key);
}

}  // namespace

Tensor Rule::Update::number(const std::string& key) const {
  DType dtype = number_dtype(parameter.dtype());
  if (Trace* trace = context().trace) {
    return trace->number(numbers.get(), key, dtype,
                         [numbers = numbers, key] { return numbers->at(key).value; });
  }
  return scalar_like(parameter, numbers->at(key).value, dtype);
}

Optimizer::Optimizer() : groups_(std::make_shared<std::vector<Group>>()) { initialize(); }

void Optimizer::check_parameters(const std::string& name, const Tensors& parameters) const {
  if (parameters.empty()) fail(Code::kValue, "[{}] expects parameters, got none", name);
  Tensors known;
  for (const Group& group : *groups_) {
    known.insert(known.end(), group.parameters.begin(), group.parameters.end());
  }
  for (const Tensor& parameter : parameters) {
    if (!parameter.is_leaf() || !is_floating(parameter.dtype())) {
      fail(Code::kValue, "[{}] expects floating-point leaves as parameters, got {} as number {}",
           name, ir::to_string(parameter.type()), known.size());
    }
    for (size_t k = 0; k < known.size(); ++k) {
      if (known[k].same_object(parameter)) {
        fail(Code::kValue, "[{}] expects every parameter once, got numbers {} and {} the same",
             name, k, known.size());
      }
    }
    known.push_back(parameter);
  }
}

void Optimizer::add(Tensors parameters, Rule rule) {
  check_parameters(rule.name, parameters);
  for (const auto& [key, number] : rule.numbers) check_number(rule, key, number.value);
  Group group{std::move(parameters), rule, std::make_shared<Rule::Numbers>(rule.numbers), {}};
  for (const Tensor& parameter : group.parameters) {
    group.slots.push_back(make_slots(rule, parameter));
  }
  groups_->push_back(std::move(group));
}

Rule::Numbers& Optimizer::numbers(size_t group) const {
  if (group >= groups_->size()) {
    fail(Code::kIndex, "[optimizer] expects a group below {}, got {}", groups_->size(), group);
  }
  return *(*groups_)[group].numbers;
}

void Optimizer::set_lr(double lr, size_t group) const {
  Rule::Number& number = numbers(group).at("lr");
  check_number((*groups_)[group].rule, "lr", lr);
  number.value = lr;
}

void Optimizer::zero_grad() const {
  for (const Group& group : *groups_) {
    for (const Tensor& parameter : group.parameters) parameter.set_grad({});
  }
}

void Optimizer::step() const {
  if (Trace* trace = context().trace) {
    trace->guard([groups = groups_, size = num_groups()] { return groups->size() == size; });
  }
  GradMode no_grad(false);
  for (const Group& group : *groups_) {
    for (size_t i = 0; i < group.parameters.size(); ++i) {
      const Tensor& parameter = group.parameters[i];
      const Tensors& slots = group.slots[i];
      Tensor gradient = parameter.grad();
      if (!gradient.defined()) continue;
      Tensors values = group.rule.update({parameter, gradient, slots, group.numbers});
      parameter.assign(values[0]);
      for (size_t k = 0; k < slots.size(); ++k) slots[k].assign(values[k + 1]);
    }
  }
}

StateDict Optimizer::slot_dict() const {
  StateDict out;
  size_t number = 0;
  for (const Group& group : *groups_) {
    for (const Tensors& slots : group.slots) {
      for (size_t k = 0; k < slots.size(); ++k) {
        out.emplace(fmt::format("state.{}.{}", number, group.rule.slots[k].first), slots[k]);
      }
      ++number;
    }
  }
  return out;
}

StateDict Optimizer::number_dict() const {
  StateDict out;
  for (size_t g = 0; g < num_groups(); ++g) {
    for (const auto& [key, number] : numbers(g)) {
      out.emplace(number_name(g, key), scalar(number.value, DType::kFloat64));
    }
  }
  return out;
}

StateDict Optimizer::state_dict() const {
  StateDict out = snapshot(slot_dict());
  out.merge(number_dict());
  return out;
}

void Optimizer::load_state_dict(const StateDict& values) const {
  StateDict to = slot_dict();
  to.merge(number_dict());
  check_values(to, values, "load_state_dict");
  for (size_t g = 0; g < num_groups(); ++g) {
    for (const auto& [key, number] : numbers(g)) {
      check_number((*groups_)[g].rule, key, values.at(number_name(g, key)).item<double>());
    }
  }
  load_values(to, values, "load_state_dict");
  for (size_t g = 0; g < num_groups(); ++g) {
    for (auto& [key, number] : numbers(g)) {
      number.value = values.at(number_name(g, key)).item<double>();
    }
  }
}

}  // namespace mycel::optim
