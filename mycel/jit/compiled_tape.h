// The tape of a traced function by operation number, for replaying it on a tape of its own.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "mycel/ir/function.h"
#include "mycel/tensor/recorded_ops.h"

namespace mycel::compiler {

// The tape differs from the function: detached values, values computed in no_grad and values
// written through `.data` have other edges than their operations.
class CompiledTape {
 public:
  // Stores the tape from `outputs` back to `variables`.
  CompiledTape(const ir::Function& function, const RecordedOps& recorded,
               const std::vector<Edge>& outputs, const std::vector<Edge>& variables);
  // Runs `function`, a copy of the traced one, on its inputs and records the same gradients;
  // returns its outputs. `variables` are the edges that stand for those of the tape.
  Tensors replay(const ir::Function& function, const std::vector<NDArray>& inputs,
                 const std::vector<Edge>& variables) const;
  // The outputs that depend on each variable, and on each recorded operation by its number.
  struct Users {
    std::vector<std::vector<bool>> of_variables;
    std::map<size_t, std::vector<bool>> of_operations;
  };
  Users users() const;

 private:
  // Where a gradient goes: to a variable, or to a result of an operation.
  struct Target {
    enum class Kind : uint8_t { kNone, kVariable, kResult } kind = Kind::kNone;
    size_t number = 0;  // of the variable or operation
    uint32_t result = 0;
  };
  class Builder;
  class Replay;

  std::map<size_t, std::vector<Target>> operands_;  // of the recorded operations, by number
  std::vector<Target> outputs_;
  size_t num_variables_;
};

}  // namespace mycel::compiler
