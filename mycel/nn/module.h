// A layer or a model: named parameters, buffers and inner modules.
//
//   struct Net : nn::Module {
//     nn::Linear first = add("first", nn::Linear(784, 128));
//     nn::Linear second = add("second", nn::Linear(128, 10));
//     Tensor operator()(const Tensor& x) const { return second(relu(first(x))); }
//   };
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mycel/api.h"
#include "mycel/tensor/state_dict.h"

namespace mycel::nn {

using Named = std::vector<std::pair<std::string, Tensor>>;

// A handle: copies share parameters and mode, as copies of a Tensor share their object.
class Module {
 public:
  Module();

  // Tensors by dotted path ("conv1.weight"), in the order in which they were added; a shared one
  // appears once.
  Named named_parameters() const;
  Named named_buffers() const;
  Tensors parameters() const;
  // Parameters and buffers to save: a snapshot, which later updates do not change.
  StateDict state_dict() const;
  // Assigns the values. Raises a ValueError that names missing or unexpected keys and wrong types,
  // and then changes nothing.
  void load_state_dict(const StateDict& values) const;

  // Dropout and batch normalisation behave differently in training, the initial mode.
  void train(bool training = true) const;
  void eval() const { train(false); }
  // A jitted function that reads it is compiled again for another mode.
  bool is_training() const;
  void zero_grad() const;

 protected:
  // These raise ValueError for a name that is empty, has a dot or repeats within the module.
  // Adds a trained tensor, which is in parameters() and requires a gradient.
  Tensor add_parameter(const std::string& name, const Tensor& value);
  // Adds a tensor that is saved but not trained (running statistics).
  Tensor add_buffer(const std::string& name, const Tensor& value);
  template <class M>
  M add(const std::string& name, M module) {
    add_child(name, module);
    return module;
  }

 private:
  struct Data;
  StateDict state() const;
  void add_child(const std::string& name, const Module& module);
  std::shared_ptr<Data> data_;
};

}  // namespace mycel::nn
