#include "mycel/tensor/recorded_ops.h"

namespace mycel {
namespace {

constinit thread_local RecordedOps* innermost = nullptr;

}  // namespace

RecordedOps::RecordedOps() : outer_(innermost) { innermost = this; }
RecordedOps::~RecordedOps() { innermost = outer_; }

void RecordedOps::note(const Node& node, const ir::Operation& operation) {
  if (innermost) innermost->entries_[&node] = {IntrusivePtr<const Node>(&node), &operation};
}

const ir::Operation* RecordedOps::find(const Node& node) const {
  auto found = entries_.find(&node);
  return found == entries_.end() ? nullptr : found->second.operation;
}

}  // namespace mycel
