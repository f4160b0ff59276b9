// Optimisers: they own the slots of every parameter and apply an update operation to each.
//
//   optim::Adadelta optimizer(model.parameters(), {.lr = 1.0});
//   optimizer.zero_grad(); loss.backward(); optimizer.step();
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mycel/api.h"
#include "mycel/tensor/state_dict.h"

namespace mycel::optim {

// Runs one update rule over parameters. A step may be part of a jitted function: then slots are
// inputs and outputs of it, and the rule's numbers are operands that are asked for at each call, so
// that a schedule compiles nothing.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;

  // Clears the gradient of every parameter.
  void zero_grad() const;
  // Updates every parameter that has a gradient.
  void step() const;

  double lr() const { return numbers_->at("lr").value; }
  // Raises ValueError for a negative one.
  void set_lr(double lr) { set_number("lr", lr); }
  // The rule's numbers by name ("lr"), and the slots of parameter i ("i.square_avg").
  StateDict state_dict() const;
  // Raises ValueError naming keys that are missing, unexpected, or of another type, and then
  // changes nothing.
  void load_state_dict(const StateDict& values) const;

 protected:
  // One in [0, below).
  struct Number {
    double value;
    double below = std::numeric_limits<double>::infinity();
  };
  using Numbers = std::map<std::string, Number>;
  enum class SlotKind : uint8_t {
    kLikeParameter,  // zeros of its type
    kCounter,        // a 0-d zero in the dtype in which updates compute
  };
  using SlotSpecs = std::vector<std::pair<std::string, SlotKind>>;

  // Raises ValueError, after "[name]", for parameters that are none, given twice or no leaves, and
  // for numbers out of range.
  Optimizer(std::string name, Tensors parameters, Numbers numbers, SlotSpecs slots);
  // The number as a 0-d operand for updates of this parameter.
  Tensor number(const std::string& key, const Tensor& parameter) const;
  // The new value of the parameter, then of its slots.
  virtual Tensors update(const Tensor& parameter, const Tensor& gradient,
                         const Tensors& slots) const = 0;

 private:
  void set_number(const std::string& key, double value) const;
  StateDict slot_dict() const;

  std::string name_;
  Tensors parameters_;
  std::shared_ptr<Numbers> numbers_;  // shared with the functions that were jitted with it
  SlotSpecs specs_;
  std::vector<Tensors> slots_;  // by parameter
};

}  // namespace mycel::optim
