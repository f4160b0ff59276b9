#include "mycel/autodiff/backward.h"

#include <unordered_map>
#include <unordered_set>

#include "mycel/ops/operators.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/node.h"
#include "mycel/tensor/object.h"

namespace mycel {
namespace {

// What the walk knows of a node.
struct Visit {
  bool wanted = false;  // leads to a gradient that was asked for
  Tensors cotangents;   // by output, added up so far
};

class Walk {
 public:
  // Gradients that arrive at these edges are kept; without targets every leaf is one.
  Walk(const std::vector<Edge>& roots, const std::vector<Edge>& targets)
      : targets_(targets), results_(targets.size()) {
    collect(roots);
  }

  void add_cotangent(const Edge& edge, const Tensor& value) {
    for (size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i].node == edge.node && targets_[i].index == edge.index) {
        accumulate(results_[i], value);
      }
    }
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

  const Tensors& results() const { return results_; }

 private:
  static void accumulate(Tensor& sum, const Tensor& value) {
    sum = sum.defined() ? sum + value : value;
  }

  bool is_target(const Node* node) const {
    if (targets_.empty()) return dynamic_cast<const LeafNode*>(node) != nullptr;
    for (const Edge& target : targets_) {
      if (target.node.get() == node) return true;
    }
    return false;
  }

  // Post-order over the nodes behind the roots, without recursion: producers first.
  void collect(const std::vector<Edge>& roots) {
    struct Frame {
      Node* node;
      size_t next;
    };
    std::vector<Frame> stack;
    auto enter = [&](Node* node) {
      if (node && visits_.try_emplace(node).second) stack.push_back({node, 0});
    };
    for (const Edge& root : roots) {
      enter(root.node.get());
      while (!stack.empty()) {
        Frame& top = stack.back();
        if (top.next < top.node->num_inputs()) {
          enter(top.node->edge(top.next++).node.get());
        } else {
          finish(top.node);
          stack.pop_back();
        }
      }
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
    if (!leaf.object()) return;
    Tensor object{IntrusivePtr<TensorObject>(leaf.object())};
    Tensor before, sum;
    do {  // again if another thread added meanwhile: a sum that takes long lets others run
      before = object.grad();
      // Another object than the cotangent: writing to `.grad` must not change other tensors.
      sum = before.defined() ? before + gradient : Tensor(gradient.state());
    } while (!object.grad().same_object(before));
    object.set_grad(sum);
  }

  std::unordered_map<const Node*, Visit> visits_;
  std::vector<IntrusivePtr<Node>> order_;
  const std::vector<Edge>& targets_;
  Tensors results_;
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
  if (inputs.empty()) return {};
  Tensors results = differentiate(outputs, cotangents, targets, options);
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].defined() || options.allow_unused) continue;
    fail(Code::kRuntime,
         "[grad] expects outputs that depend on every input, but input {} of type {} is not used; "
         "allow_unused=True gives None for it",
         i, ir::to_string(inputs[i].type()));
  }
  return results;
}

void backward(const Tensors& outputs, const Tensors& cotangents, const GradOptions& options) {
  differentiate(outputs, cotangents, {}, options);
}

bool graph_was_freed(const Edge& edge) {
  std::unordered_set<const Node*> seen;
  std::vector<const Node*> work{edge.node.get()};
  while (!work.empty()) {
    const Node* node = work.back();
    work.pop_back();
    if (!node || !seen.insert(node).second) continue;
    if (node->freed()) return true;
    for (size_t i = 0; i < node->num_inputs(); ++i) work.push_back(node->edge(i).node.get());
  }
  return false;
}

void Tensor::backward(const Tensor& gradient, bool retain_graph, bool create_graph) const {
  mycel::backward({*this}, {gradient}, {retain_graph, create_graph, false});
}

}  // namespace mycel
