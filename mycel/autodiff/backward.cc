#include "mycel/autodiff/backward.h"

#include <optional>
#include <unordered_map>
#include <vector>

#include "mycel/autodiff/targets.h"
#include "mycel/ops/operators.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/leaf.h"
#include "mycel/tensor/tape.h"
#include "mycel/tensor/tensor_write_lock.h"

namespace mycel {
namespace {

// The state of a node during the walk.
struct Visit {
  bool wanted = false;  // leads to a requested gradient
  Tensors cotangents;   // by output, added up so far
};

// Visits the nodes that `root` depends on in post-order, without recursion. `enter` returns whether
// a node is new.
template <class Enter, class Finish>
void visit_producers_first(Node* root, const Enter& enter, const Finish& finish) {
  struct Frame {
    Node* node;
    size_t next;
  };
  std::vector<Frame> stack;
  auto push = [&](Node* node) {
    if (node && enter(node)) stack.push_back({node, 0});
  };
  push(root);
  while (!stack.empty()) {
    Frame& top = stack.back();
    if (top.next < top.node->num_inputs()) {
      push(top.node->edge(top.next++).node.get());
    } else {
      finish(top.node);
      stack.pop_back();
    }
  }
}

class Walk {
 public:
  // Keeps the gradients that arrive at the targets; without targets, every leaf is one.
  Walk(const std::vector<Edge>& roots, const std::vector<Edge>& targets) : targets_(targets) {
    collect(roots);
  }

  void add_cotangent(const Edge& edge, const Tensor& value) {
    if (Tensor* sum = targets_.find(edge)) accumulate(*sum, value);
    Visit& visit = visits_[edge.node.get()];
    if (!visit.wanted) return;
    visit.cotangents.resize(edge.node->num_outputs());
    accumulate(visit.cotangents[edge.index], value);
  }

  void run(const GradOptions& options) {
    GradMode mode(options.create_graph);
    // Users before producers: the reverse of the order in which the nodes were finished.
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) walk(**node, options);
  }

  Tensors results() const { return targets_.results(); }

 private:
  static void accumulate(Tensor& sum, const Tensor& value) {
    sum = sum.defined() ? sum + value : value;
  }

  bool is_target(const Node* node) const {
    if (targets_.empty()) return dynamic_cast<const LeafNode*>(node) != nullptr;
    return targets_.contains(node);
  }

  void collect(const std::vector<Edge>& roots) {
    for (const Edge& root : roots) {
      visit_producers_first(
          root.node.get(), [&](Node* node) { return visits_.try_emplace(node).second; },
          [&](Node* node) { finish(node); });
    }
  }

  void finish(Node* node) {
    bool wanted = is_target(node);
    for (size_t i = 0; i < node->num_inputs() && !wanted; ++i) {
      const Node* producer = node->edge(i).node.get();
      wanted = producer && visits_[producer].wanted;
    }
    visits_[node].wanted = wanted;
    order_.emplace_back(node);
  }

  void walk(Node& node, const GradOptions& options) {
    Visit& visit = visits_[&node];
    if (!visit.wanted || visit.cotangents.empty()) return;
    Tensors cotangents = std::move(visit.cotangents);
    if (auto* leaf = dynamic_cast<LeafNode*>(&node)) {
      if (targets_.empty()) add_to_leaf(*leaf, cotangents[0]);
      return;
    }
    std::vector<bool> needed(node.num_inputs());
    bool any = false;
    for (size_t i = 0; i < needed.size(); ++i) {
      const Edge& edge = node.edge(i);
      needed[i] = edge.node && visits_[edge.node.get()].wanted;
      any = any || needed[i];
    }
    if (!any) return;
    LocationScope scope(node.location());
    Tensors inputs = node.vjp(cotangents, needed);
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (needed[i] && inputs[i].defined()) add_cotangent(node.edge(i), inputs[i]);
    }
    if (!options.retain_graph && !options.create_graph) node.free_saved();
  }

  void add_to_leaf(LeafNode& leaf, const Tensor& gradient) {
    if (leaf.is_border()) {
      fail(
          Code::kRuntime,
          "[backward] expects a graph that was recorded inside the jitted function, but it reaches "
          "a tensor that was computed outside; pass that tensor as an argument, or detach() it");
    }
    if (!leaf.object() || !leaf_of(*leaf.object())) return;
    Tensor object{IntrusivePtr<TensorImpl>(leaf.object())};
    while (!try_add(object, object.grad(), gradient)) continue;
  }

  // Adds in place, so that each holder of the gradient sees the sum, unless the sum is recorded.
  // Returns false if another thread set the gradient during the addition: long operations let other
  // threads run.
  static bool try_add(const Tensor& object, const Tensor& before, const Tensor& gradient) {
    bool in_place = before.defined() && !context().grad_enabled;
    std::optional<TensorWriteLock> claim;  // no other thread may add to it
    if (in_place) {
      const TensorImpl* added = gradient.object();
      claim.emplace(*before.object(), TensorWriteLock::TensorImpls(&added, 1));
    }
    // A new object, not the cotangent: writing to `.grad` must not change other tensors.
    Tensor sum = before.defined() ? before + gradient : Tensor(gradient.state());
    if (!object.grad().same_object(before)) return false;
    if (in_place) {
      before.assign(sum);
    } else {
      object.set_grad(sum);
    }
    return true;
  }

  std::unordered_map<const Node*, Visit> visits_;
  std::vector<IntrusivePtr<Node>> order_;
  Targets<> targets_;
};

Tensor seed(const Tensor& output, const Tensor& cotangent) {
  if (cotangent.defined()) {
    if (!(cotangent.type() == output.type())) {
      fail(Code::kValue, "[backward] expects a gradient of the output's type {}, got {}",
           ir::to_string(output.type()), ir::to_string(cotangent.type()));
    }
    return cotangent;
  }
  if (!(product(output.dims()) == Dim(1))) {
    fail(Code::kRuntime,
         "[backward] expects an output of one element, or a gradient for it, got {}",
         ir::to_string(output.type()));
  }
  return ones_like(output);
}

std::vector<Edge> edges_of(const Tensors& outputs) {
  std::vector<Edge> edges;
  for (const Tensor& output : outputs) {
    edges.push_back(output.state().edge);
    if (!edges.back().node) {
      fail(Code::kRuntime,
           "[backward] expects an output that depends on a tensor with requires_grad=True, got {} "
           "without a gradient (computed in mc.no_grad(), or detached?)",
           ir::to_string(output.type()));
    }
  }
  return edges;
}

Tensors differentiate(const Tensors& outputs, const Tensors& cotangents,
                      const std::vector<Edge>& targets, const GradOptions& options) {
  std::vector<Edge> roots = edges_of(outputs);
  Walk walk(roots, targets);
  {
    GradMode mode(options.create_graph);
    for (size_t i = 0; i < outputs.size(); ++i) {
      walk.add_cotangent(roots[i],
                         seed(outputs[i], i < cotangents.size() ? cotangents[i] : Tensor()));
    }
  }
  walk.run(options);
  return walk.results();
}

}  // namespace

Tensors gradients(const Tensors& outputs, const Tensors& cotangents, const Tensors& inputs,
                  const GradOptions& options) {
  std::vector<Edge> targets;
  for (const Tensor& input : inputs) {
    targets.push_back(input.state().edge);
    if (!targets.back().node) {
      fail(Code::kRuntime, "[grad] expects inputs with requires_grad=True, got {} without",
           ir::to_string(input.type()));
    }
  }
  Tensors results = gradients_at(outputs, cotangents, targets, options);
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].defined() || options.allow_unused) continue;
    fail(Code::kRuntime,
         "[grad] expects outputs that depend on every input, but input {} of type {} is not used; "
         "allow_unused=True gives None for it",
         i, ir::to_string(inputs[i].type()));
  }
  return results;
}

Tensors gradients_at(const Tensors& outputs, const Tensors& cotangents,
                     const std::vector<Edge>& edges, const GradOptions& options) {
  return edges.empty() ? Tensors() : differentiate(outputs, cotangents, edges, options);
}

void backward(const Tensors& outputs, const Tensors& cotangents, const GradOptions& options) {
  differentiate(outputs, cotangents, {}, options);
}

bool FreedGraphs::contains(const Edge& edge) {
  if (!edge.node) return false;
  visit_producers_first(
      edge.node.get(), [&](Node* node) { return known_.try_emplace(node, false).second; },
      [&](Node* node) {
        bool freed = node->freed();
        for (size_t i = 0; i < node->num_inputs() && !freed; ++i) {
          const Node* producer = node->edge(i).node.get();
          freed = producer && known_[producer];
        }
        known_[node] = freed;
      });
  return known_[edge.node.get()];
}

void Tensor::backward(const Tensor& gradient, bool retain_graph, bool create_graph) const {
  mycel::backward({*this}, {gradient}, {retain_graph, create_graph, false});
}

}  // namespace mycel
