#include "mycel/tensor/edge_changes.h"

#include "mycel/tensor/leaf.h"
#include "mycel/tensor/trace.h"

namespace mycel {

void EdgeChanges::note(const Tensor& tensor, const Edge& next) {
  EdgeChanges* innermost = Innermost<EdgeChanges>::get();
  if (!innermost || !context().trace) return;
  const TensorImpl& object = *tensor.object();
  std::vector<Change>& list = innermost->list_;
  auto [place, is_first] = innermost->places_.try_emplace(&object, list.size());
  if (is_first) {
    bool own_edge = object.view && object.view->own_edge;
    list.push_back({tensor, leaf_of(object) != nullptr, object.state.edge, own_edge, {}});
  }
  list[place->second].next = next;
}

void EdgeChanges::undo() {
  for (const Change& change : list_) {
    TensorImpl& object = *change.tensor.object();
    if (object.state.payload.is_traced() || !same_edge(object.state.edge, change.next)) continue;
    object.state.edge = change.edge;
    if (object.view) object.view->own_edge = change.own_edge;
  }
  list_.clear();
  places_.clear();
}

}  // namespace mycel
