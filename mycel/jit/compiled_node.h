// The gradient of a compiled function as a node of the tape.
#pragma once

#include <memory>
#include <vector>

#include "mycel/jit/compiled.h"
#include "mycel/jit/compiled_tape.h"
#include "mycel/tensor/tape.h"

namespace mycel::compiler {

// The backward function: takes cotangents of the differentiable outputs and residuals, returns
// gradients of the variables. Residuals are values of the forward function, which yields them too.
struct Compiled::Backward {
  std::vector<bool> differentiable;  // by output of the forward function
  // For each operation, the outputs whose cotangents its gradient needs: one flag per output. Equal
  // sets are stored once.
  std::vector<std::vector<bool>> groups;
  std::vector<size_t> cotangent_outputs;  // which output each cotangent belongs to
  std::vector<ir::Type> cotangent_types;
  std::vector<bool> has_gradient;        // by variable: false where no output depends on it
  std::vector<std::vector<bool>> users;  // by variable: the outputs that depend on it
  std::vector<ir::Value*> residuals;
  std::vector<TraceInput> inputs;  // of the backward function
  std::unique_ptr<ir::Function> function;
  std::shared_ptr<const runtime::Executable> executable;
  std::unique_ptr<ir::Function> source;  // the forward function as traced, for replay
  std::unique_ptr<CompiledTape> tape;    // of `source`
  bool can_replay = true;                // it has no operation with regions

  // Returns nullptr if no output has a gradient.
  static std::shared_ptr<Backward> trace(Trace& forward, const RecordedOps& recorded,
                                         const std::vector<State>& outputs,
                                         std::vector<bool> differentiable,
                                         const std::vector<Edge>& variables);
  void compile(backends::Backend& backend);
};

// Refers to `Backward`, not to `Compiled`: `Compiled` holds captured tensors, whose values may hold
// this node (a cycle).
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
  // By output; empty if all are false. `used_`: the running pass has a cotangent here, and needs
  // it. `freed_`: a pass freed an operation that this output depends on.
  std::vector<bool> used_, freed_;
};

// The node of outputs that the compiled function itself differentiated and freed; a backward pass
// through it raises.
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
  Edge leaf_;  // of a destroyed tensor, so that a backward pass comes here
  ir::Location location_;
};

}  // namespace mycel::compiler
