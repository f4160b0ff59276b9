// Maps nodes of the tape to operations of a trace.
#pragma once

#include <unordered_map>

#include "mycel/base/innermost.h"
#include "mycel/ir/function.h"
#include "mycel/tensor/tape.h"

namespace mycel {

// While it exists, keeps each node that this thread records in a trace, and its operation.
class RecordedOps {
 public:
  // To the innermost that exists, if any.
  static void note(const Node& node, const ir::Operation& operation);
  // nullptr for a node that was not recorded in this scope.
  const ir::Operation* find(const Node& node) const;

 private:
  struct Entry {
    IntrusivePtr<const Node> node;  // another could get the address of one that is gone
    const ir::Operation* operation;
  };
  Innermost<RecordedOps> scope_{this};
  std::unordered_map<const Node*, Entry> entries_;
};

}  // namespace mycel
