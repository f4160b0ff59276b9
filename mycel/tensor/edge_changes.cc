#include "mycel/tensor/edge_changes.h"

#include <algorithm>

#include "mycel/tensor/leaf.h"
#include "mycel/tensor/trace.h"

namespace mycel {
namespace {

constinit thread_local EdgeChanges* innermost = nullptr;

}  // namespace

EdgeChanges::EdgeChanges() : outer_(innermost) { innermost = this; }

EdgeChanges::~EdgeChanges() {
  undo();
  innermost = outer_;
}

void EdgeChanges::note(const Tensor& tensor) {
  if (!innermost || !context().trace) return;
  std::vector<Change>& list = innermost->list_;
  bool known = std::any_of(list.begin(), list.end(),
                           [&](const Change& change) { return change.tensor.same_object(tensor); });
  if (known) return;
  const TensorObject& object = *tensor.object();
  bool own_edge = object.view && object.view->own_edge;
  list.push_back({tensor, leaf_of(object) != nullptr, object.state.edge, own_edge});
}

void EdgeChanges::undo() {
  for (const Change& change : list_) {
    TensorObject& object = *change.tensor.object();
    if (object.state.payload.is_traced()) continue;
    object.state.edge = change.edge;
    if (object.view) object.view->own_edge = change.own_edge;
  }
  list_.clear();
}

}  // namespace mycel
