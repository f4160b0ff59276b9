#include "mycel/autodiff/variable.h"

#include <unordered_set>

#include "mycel/tensor/tape.h"
#include "mycel/tensor/trace.h"

namespace mycel {
namespace {

// Passes a gradient on unchanged; without a source it ends there.
class VariableNode final : public Node {
 public:
  explicit VariableNode(Edge source) : source_(std::move(source)) {}
  void close() { open_ = false; }
  bool is_open() const { return open_; }

  size_t num_inputs() const override { return 1; }
  const Edge& edge(size_t) const override { return source_; }
  size_t num_outputs() const override { return 1; }
  Tensors vjp(const Tensors& cotangents, const std::vector<bool>&) override { return cotangents; }
  void free_saved() override {}
  const ir::Location& location() const override { return location_; }

 private:
  Edge source_;
  ir::Location location_;
  bool open_ = true;
};

bool is_open(const Node* node) {
  if (const auto* variable = dynamic_cast<const VariableNode*>(node)) return variable->is_open();
  return dynamic_cast<const LeafNode*>(node) != nullptr;
}

// Returns the open trace's slot for an object from outside, or nullptr; a trace belongs to one
// thread.
TraceSlot* slot_in_trace(const Tensor& object) {
  Trace* trace = context().trace;
  return trace ? trace->find_slot(*object.object()) : nullptr;
}

// Gives the slot of an object another edge, from which its views derive theirs. Returns the old
// one.
Edge exchange_edge(const Tensor& object, TraceSlot& slot, Edge edge) {
  if (TraceSlot* root = context().trace->find_slot(root_of(*object.object()))) ++root->version;
  return std::exchange(slot.current.edge, std::move(edge));
}

}  // namespace

Tensor as_variable(const Tensor& x) {
  State state = x.state();
  state.edge = {make_intrusive<VariableNode>(std::move(state.edge)), 0};
  return Tensor(std::move(state));
}

void close_variable(const Tensor& variable) {
  dynamic_cast<VariableNode&>(*variable.state().edge.node).close();
}

bool depends_on_open(const Tensor& value) {
  std::vector<IntrusivePtr<Node>> work{value.state().edge.node};
  std::unordered_set<const Node*> seen{nullptr};
  while (!work.empty()) {
    IntrusivePtr<Node> node = std::move(work.back());
    work.pop_back();
    if (!seen.insert(node.get()).second) continue;
    if (is_open(node.get())) return true;
    for (size_t i = 0; i < node->num_inputs(); ++i) work.push_back(node->edge(i).node);
  }
  return false;
}

VariableScope::VariableScope(Tensors tensors) : tensors_(std::move(tensors)) {
  for (const Tensor& tensor : tensors_) {
    State state = tensor.state();
    if (state.edge.node.get() == tensor.object()->leaf.get()) state.edge = {};
    variables_.push_back(as_variable(Tensor(std::move(state))));
  }
}

void VariableScope::enter() {
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const Edge& edge = variables_[i].object()->state.edge;
    if (TraceSlot* slot = slot_in_trace(tensors_[i])) {
      in_trace_.emplace_back(tensors_[i], exchange_edge(tensors_[i], *slot, edge));
    } else {
      edges_.set(*tensors_[i].object(), edge);
    }
  }
  edges_.enter();
}

void VariableScope::exit() {
  edges_.exit();
  for (auto& [object, edge] : in_trace_) {
    exchange_edge(object, *slot_in_trace(object), std::move(edge));
  }
}

}  // namespace mycel
