// Maps nodes of the tape to operations of a trace.
#pragma once

#include <unordered_map>

#include "mycel/base/innermost.h"
#include "mycel/ir/function.h"
#include "mycel/tensor/tape.h"

namespace mycel {

// While it exists, records each node that this thread adds to a trace, with its operation.
class RecordedOps {
 public:
  // Adds an entry to the thread's innermost RecordedOps, if any.
  static void note(const Node& node, const ir::Operation& operation);
  // Returns nullptr for a node that was not recorded in this scope.
  const ir::Operation* find(const Node& node) const;

 private:
  struct Entry {
    IntrusivePtr<const Node> node;  // keeps the address from being reused
    const ir::Operation* operation;
  };
  Innermost<RecordedOps> scope_{this};
  std::unordered_map<const Node*, Entry> entries_;
};

}  // namespace mycel
