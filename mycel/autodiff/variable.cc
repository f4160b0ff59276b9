#include "mycel/autodiff/variable.h"

#include <unordered_set>

#include "mycel/tensor/node.h"

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

}  // namespace mycel
