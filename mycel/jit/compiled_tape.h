// The tape of a traced function by numbers, to run its operations again with a tape of their own.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "mycel/ir/function.h"
#include "mycel/tensor/recorded_ops.h"

namespace mycel::compiler {

// What the function computes and what its gradient follows are not the same: detached values, those
// computed in no_grad, and those written through `.data` have other edges than their operations.
class CompiledTape {
 public:
  // The tape behind `outputs`, which ends at `variables`.
  CompiledTape(const ir::Function& function, const RecordedOps& recorded,
               const std::vector<Edge>& outputs, const std::vector<Edge>& variables);
  // The outputs of `function`, a copy of what was traced, with the same gradients: computed anew
  // from its inputs and recorded. `variables` are edges for those of the tape.
  Tensors replay(const ir::Function& function, const std::vector<NDArray>& inputs,
                 const std::vector<Edge>& variables) const;
  // Which outputs depend on it, by variable and by number of a recorded operation.
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
