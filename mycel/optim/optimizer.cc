#include "mycel/optim/optimizer.h"

#include "mycel/ops/optimizer.h"
#include "mycel/tensor/trace.h"

namespace mycel::optim {
namespace {

void check_parameters(const std::string& name, const Tensors& parameters) {
  if (parameters.empty()) fail(Code::kValue, "[{}] expects parameters, got none", name);
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i].is_leaf() || !is_floating(parameters[i].dtype())) {
      fail(Code::kValue, "[{}] expects floating-point leaves as parameters, got {} as number {}",
           name, ir::to_string(parameters[i].type()), i);
    }
    for (size_t k = 0; k < i; ++k) {
      if (parameters[k].same_object(parameters[i])) {
        fail(Code::kValue, "[{}] expects every parameter once, got numbers {} and {} the same",
             name, k, i);
      }
    }
  }
}

}  // namespace

Optimizer::Optimizer(std::string name, Tensors parameters, Numbers numbers, SlotSpecs slots)
    : name_(std::move(name)),
      parameters_(std::move(parameters)),
      numbers_(std::make_shared<Numbers>(std::move(numbers))),
      specs_(std::move(slots)) {
  initialize();
  check_parameters(name_, parameters_);
  for (const auto& [key, number] : *numbers_) set_number(key, number.value);
  for (const Tensor& parameter : parameters_) {
    Tensors& mine = slots_.emplace_back();
    for (const auto& [slot, kind] : specs_) {
      bool counter = kind == SlotKind::kCounter;
      mine.push_back(counter ? scalar_like(parameter, 0.0, number_dtype(parameter.dtype()))
                             : zeros_like(parameter));
    }
  }
}

void Optimizer::set_number(const std::string& key, double value) const {
  Number& number = numbers_->at(key);
  if (!(value >= 0 && value < number.below)) {
    fail(Code::kValue, "[{}] expects {} in [0, {}), got {}", name_, key, number.below, value);
  }
  number.value = value;
}

void Optimizer::zero_grad() const {
  for (const Tensor& parameter : parameters_) parameter.set_grad({});
}

void Optimizer::step() const {
  GradMode no_grad(false);
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& parameter = parameters_[i];
    Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    Tensors values = update(parameter, gradient, slots_[i]);
    parameter.assign(values[0]);
    for (size_t k = 0; k < slots_[i].size(); ++k) slots_[i][k].assign(values[k + 1]);
  }
}

Tensor Optimizer::number(const std::string& key, const Tensor& parameter) const {
  DType dtype = number_dtype(parameter.dtype());
  if (Trace* trace = context().trace) {
    return trace->number(numbers_.get(), key, dtype,
                         [numbers = numbers_, key] { return numbers->at(key).value; });
  }
  return scalar_like(parameter, numbers_->at(key).value, dtype);
}

StateDict Optimizer::slot_dict() const {
  StateDict out;
  for (size_t i = 0; i < slots_.size(); ++i) {
    for (size_t k = 0; k < specs_.size(); ++k) {
      out.emplace(fmt::format("{}.{}", i, specs_[k].first), slots_[i][k]);
    }
  }
  return out;
}

StateDict Optimizer::state_dict() const {
  StateDict out = snapshot(slot_dict());
  for (const auto& [key, number] : *numbers_) {
    out.emplace(key, scalar(number.value, DType::kFloat64));
  }
  return out;
}

void Optimizer::load_state_dict(const StateDict& values) const {
  StateDict to = slot_dict(), given;
  for (const auto& [key, number] : *numbers_) {
    given.emplace(key, scalar(number.value, DType::kFloat64));
  }
  to.insert(given.begin(), given.end());
  load_values(to, values, name_ + ".load_state_dict");
  for (const auto& [key, tensor] : given) set_number(key, tensor.item<double>());
}

}  // namespace mycel::optim
