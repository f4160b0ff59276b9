// The gradient of a compiled function that is called under the tape.
#pragma once

#include <memory>
#include <vector>

#include "mycel/jit/compiled.h"
#include "mycel/jit/compiled_tape.h"
#include "mycel/tensor/tape.h"

namespace mycel::compiler {

// The backward function: cotangents of the differentiable outputs and residuals in, gradients of
// the variables out. Residuals are values of the forward function, which yields them too.
struct Compiled::Backward {
  std::vector<bool> differentiable;       // by output of the forward function
  std::vector<std::vector<bool>> groups;  // by output: those on which the gradient of an operation
                                          // depends, once for all such operations
  std::vector<size_t> cotangent_outputs;  // which output each cotangent belongs to
  std::vector<ir::Type> cotangent_types;
  std::vector<bool> has_gradient;        // by variable: false where no output depends on it
  std::vector<std::vector<bool>> users;  // by variable: the outputs that depend on it
  std::vector<ir::Value*> residuals;
  std::vector<TraceInput> inputs;  // of the backward function
  std::unique_ptr<ir::Function> function;
  std::shared_ptr<const runtime::Executable> executable;
  std::unique_ptr<ir::Function> source;  // the forward function as traced, to be run again
  std::unique_ptr<CompiledTape> tape;    // of it
  bool can_replay = true;                // it has no operation with regions

  // nullptr if no output has a gradient.
  static std::shared_ptr<Backward> trace(Trace& forward, const RecordedOps& recorded,
                                         const std::vector<State>& outputs,
                                         std::vector<bool> differentiable,
                                         const std::vector<Edge>& variables);
  void compile(backends::Backend& backend);
};

// Holds no more of the compiled function than its gradient: the function holds outer tensors, whose
// values may hold this node.
class CompiledNode final : public Node {
 public:
  CompiledNode(std::shared_ptr<const Compiled::Backward> backward, std::vector<NDArray> inputs,
               std::vector<Edge> variables, std::vector<NDArray> residuals)
      : backward_(std::move(backward)),
        inputs_(std::move(inputs)),
        variables_(std::move(variables)),
        residuals_(std::move(residuals)) {}

  size_t num_inputs() const override { return variables_.size(); }
  const Edge& edge(size_t i) const override { return variables_[i]; }
  size_t num_outputs() const override { return backward_->differentiable.size(); }
  Tensors vjp(const Tensors& cotangents, const std::vector<bool>& needed) override;
  void free_saved() override;
  bool freed() const override;
  const ir::Location& location() const override { return location_; }

 private:
  Tensors by_backward_function(const Tensors& cotangents);
  bool is_used(size_t variable, const Tensors& cotangents) const;
  bool takes_all(const Tensors& cotangents) const;
  bool leads_to(const std::vector<bool>& needed, size_t output) const;
  bool is_freed(size_t output) const { return output < freed_.size() && freed_[output]; }
  Tensors by_replay(const std::vector<NDArray>& inputs, const Tensors& cotangents,
                    const std::vector<bool>& needed);

  std::shared_ptr<const Compiled::Backward> backward_;
  std::vector<NDArray> inputs_;  // of the forward function, to run it again
  std::vector<Edge> variables_;
  std::vector<NDArray> residuals_;
  ir::Location location_;
  // By output: whether a backward pass has started there, and whether one has freed what another
  // needs. Empty: none.
  std::vector<bool> used_, freed_;
};

// Where gradients go whose graph the compiled function has freed itself, as it took them.
class FreedNode final : public Node {
 public:
  explicit FreedNode(Edge leaf) : leaf_(std::move(leaf)) {}
  size_t num_inputs() const override { return 1; }
  const Edge& edge(size_t) const override { return leaf_; }
  size_t num_outputs() const override { return 1; }
  [[noreturn]] Tensors vjp(const Tensors& cotangents, const std::vector<bool>& needed) override;
  void free_saved() override {}
  bool freed() const override { return true; }
  const ir::Location& location() const override { return location_; }

 private:
  Edge leaf_;  // of a tensor that is gone: a backward pass comes here on its way
  ir::Location location_;
};

}  // namespace mycel::compiler
