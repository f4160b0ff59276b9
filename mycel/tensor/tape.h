// The tape: one node per recorded operation, pointing at the nodes of its inputs.
//
// Eager mode and traces use the same nodes. Under a trace their payloads are traced values, so that
// the reverse walk appends to the open function.
#pragma once

#include <vector>

#include "mycel/ir/op_def.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// The states of one operation's operands, and the payloads of its results.
using States = InlineVector<State, 2>;
using Payloads = InlineVector<Payload, 1>;

// The values that the gradient of an operation reads, one bit an operand and one a result; of the
// others it reads the type at most.
struct VjpReads {
  uint64_t inputs = ~uint64_t{0};
  uint64_t outputs = ~uint64_t{0};
};

class Node : public RefCounted {
 public:
  // Where the gradient of each input goes; an edge without a node needs none.
  virtual size_t num_inputs() const = 0;
  virtual const Edge& edge(size_t i) const = 0;
  virtual size_t num_outputs() const = 0;
  // Returns the cotangents of the needed inputs; the others may be undefined. An undefined
  // cotangent is zero. Raises RuntimeError if the saved values were freed by an earlier backward.
  virtual Tensors vjp(const Tensors& cotangents, const std::vector<bool>& needed) = 0;
  // Frees the values saved for the backward pass.
  virtual void free_saved() = 0;
  virtual bool freed() const { return false; }
  virtual const ir::Location& location() const = 0;

 protected:
  // A chain of 100,000 nodes must not be destroyed recursively.
  void destroy() const override;
};

// The end of a gradient: a leaf's object, or the border of a trace (no object, `is_border`). A
// border stands for a tensor from outside that has an edge but is no leaf. `backward()` inside the
// function may not reach it; the gradient of the compiled call continues there.
class LeafNode final : public Node {
 public:
  explicit LeafNode(TensorImpl* object) : object_(object), border_(!object) {}
  TensorImpl* object() const { return object_; }  // nullptr once the object is gone
  void forget_object() { object_ = nullptr; }
  bool is_border() const { return border_; }

  size_t num_inputs() const override { return 0; }
  const Edge& edge(size_t) const override { fail_internal("a leaf has no inputs"); }
  size_t num_outputs() const override { return 1; }
  Tensors vjp(const Tensors&, const std::vector<bool>&) override { return {}; }
  void free_saved() override {}
  const ir::Location& location() const override { return location_; }

 private:
  TensorImpl* object_;
  bool border_;
  ir::Location location_;
};

// A recorded operation.
class OpNode final : public Node {
 public:
  // Keeps the elements of those inputs and outputs that the gradient reads, of the others the type.
  OpNode(const ir::OpDef& op, ir::Attributes attributes, States inputs, Payloads outputs,
         const VjpReads& reads, ir::Location location);

  size_t num_inputs() const override { return inputs_.size(); }
  const Edge& edge(size_t i) const override { return inputs_[i].edge; }
  size_t num_outputs() const override { return outputs_.size(); }
  Tensors vjp(const Tensors& cotangents, const std::vector<bool>& needed) override;
  void free_saved() override;
  bool freed() const override { return freed_; }
  const ir::Location& location() const override { return location_; }

 private:
  const ir::OpDef& op_;
  ir::Attributes attributes_;
  bool has_input(size_t i) const;

  States inputs_;  // an absent operand has an empty state
  Payloads outputs_;
  uint64_t dropped_ = 0;  // inputs whose types alone are kept, one bit each
  ir::Location location_;
  bool freed_ = false;
};

}  // namespace mycel
