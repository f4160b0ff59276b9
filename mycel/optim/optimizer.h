// Optimisers, which own the slots of every parameter and apply an update operation to each.
//
//   optim::Adadelta optimizer(model.parameters(), {.lr = 1.0});
//   optimizer.zero_grad(); loss.backward(); optimizer.step();
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mycel/api.h"
#include "mycel/tensor/state_dict.h"

namespace mycel::optim {

// An update rule, from which an optimiser is made.
struct Rule {
  // A number in [0, below).
  struct Number {
    double value;
    double below = std::numeric_limits<double>::infinity();
  };
  using Numbers = std::map<std::string, Number>;
  enum class Slot : uint8_t {
    kLikeParameter,  // zeros of its type
    kCounter,        // a 0-d zero in the dtype in which updates compute
  };
  struct Update {
    const Tensor& parameter;
    const Tensor& gradient;
    const Tensors& slots;
    const std::shared_ptr<Numbers>& numbers;
    // Returns a number as a 0-d operand for this parameter.
    Tensor number(const std::string& key) const;
  };

  std::string name;  // of the optimiser, for messages
  Numbers numbers;
  std::vector<std::pair<std::string, Slot>> slots;
  // Returns the new value of the parameter, then those of its slots.
  std::function<Tensors(const Update&)> update;
};

// Runs update rules over groups of parameters. A step may be part of a jitted function: its slots
// are then inputs and outputs, and the rules' numbers are operands that are read at each call, so
// that a schedule does not recompile.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;

  // Clears the gradient of every parameter.
  void zero_grad() const;
  // Updates every parameter that has a gradient.
  void step() const;

  size_t num_groups() const { return groups_->size(); }
  // The learning rate of a group. Both raise IndexError for a group that does not exist.
  double lr(size_t group = 0) const { return numbers(group).at("lr").value; }
  // Raises ValueError for a negative rate.
  void set_lr(double lr, size_t group = 0) const;

  // The numbers of group g ("param_groups.g.lr"), and the slots of parameter i, counted across
  // groups ("state.i.square_avg").
  StateDict state_dict() const;
  // Raises ValueError for keys that are missing, unexpected or of another type, and for numbers out
  // of range, and then changes nothing.
  void load_state_dict(const StateDict& values) const;

 protected:
  Optimizer();
  // Raises ValueError for an empty list, for parameters that repeat or are not floating-point
  // leaves, and for numbers out of range.
  void add(Tensors parameters, Rule rule);

 private:
  struct Group {
    Tensors parameters;
    Rule rule;
    std::shared_ptr<Rule::Numbers> numbers;  // shared with functions jitted with it
    std::vector<Tensors> slots;              // by parameter
  };
  Rule::Numbers& numbers(size_t group) const;
  void check_parameters(const std::string& name, const Tensors& parameters) const;
  StateDict slot_dict() const;
  StateDict number_dict() const;

  std::shared_ptr<std::vector<Group>> groups_;
};

// Parameters with options of their own.
template <class Options>
struct ParamGroup {
  Tensors parameters;
  Options options = {};
};

// An optimiser made from Options, next to which `Rule rule(const Options&)` is declared.
//
//   optim::SGD optimizer({{features.parameters(), {.lr = 0.01}},
//                         {head.parameters(), {.lr = 0.1}}});
template <class Options>
class OptimizerOf final : public Optimizer {
 public:
  explicit OptimizerOf(Tensors parameters, const Options& options = {}) {
    add_param_group({std::move(parameters), options});
  }
  explicit OptimizerOf(const std::vector<ParamGroup<Options>>& groups) {
    if (groups.empty()) add_param_group({});  // raises
    for (const ParamGroup<Options>& group : groups) add_param_group(group);
  }
  void add_param_group(const ParamGroup<Options>& group) {
    add(group.parameters, rule(group.options));
  }
};

}  // namespace mycel::optim
