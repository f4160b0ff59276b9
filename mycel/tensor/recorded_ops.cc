#include "mycel/tensor/recorded_ops.h"

namespace mycel {

void RecordedOps::note(const Node& node, const ir::Operation& operation) {
  if (RecordedOps* innermost = Innermost<RecordedOps>::get()) {
    innermost->entries_[&node] = {IntrusivePtr<const Node>(&node), &operation};
  }
}

const ir::Operation* RecordedOps::find(const Node& node) const {
  auto found = entries_.find(&node);
  return found == entries_.end() ? nullptr : found->second.operation;
}

}  // namespace mycel
