#include "mycel/tensor/tape.h"

#include <algorithm>

#include "mycel/ir/function.h"
#include "mycel/tensor/op_rules.h"
#include "mycel/tensor/tensor_impl.h"

namespace mycel {

void intrusive_retain(const Node* node) { node->retain(); }
void intrusive_release(const Node* node) { node->release(); }

void Node::destroy() const { destroy_chain(this); }

OpNode::OpNode(const ir::OpDef& op, ir::Attributes attributes, States inputs, Payloads outputs,
               const VjpReads& reads, ir::Location location)
    : op_(op),
      attributes_(std::move(attributes)),
      inputs_(std::move(inputs)),
      outputs_(std::move(outputs)),
      location_(location) {
  for (size_t i = 0; i < std::min<size_t>(inputs_.size(), 64); ++i) {
    NDArray& array = inputs_[i].payload.array;
    if ((reads.inputs >> i & 1) != 0 || !array.defined()) continue;
    array.drop_buffer();
    dropped_ |= uint64_t{1} << i;
  }
  for (size_t i = 0; i < std::min<size_t>(outputs_.size(), 64); ++i) {
    if ((reads.outputs >> i & 1) == 0) outputs_[i].array.drop_buffer();
  }
}

bool OpNode::has_input(size_t i) const {
  const Payload& payload = inputs_[i].payload;
  return payload.is_traced() || payload.array.defined() || (i < 64 && (dropped_ >> i & 1) != 0);
}

Tensors OpNode::vjp(const Tensors& cotangents, const std::vector<bool>& needed) {
  if (freed_) {
    fail(Code::kRuntime,
         "[backward] expects the values saved by {} to be there, but an earlier backward freed "
         "them; the first one needs retain_graph=True",
         op_.name);
  }
  Tensors inputs(inputs_.size()), outputs(outputs_.size());
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (has_input(i)) inputs[i] = Tensor(inputs_[i]);
  }
  IntrusivePtr<Node> self(this);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const Payload& payload = outputs_[i];
    DType dtype = payload.traced ? payload.traced->type().dtype : payload.array.dtype();
    bool differentiable = op_.results[i].differentiable && is_floating(dtype);
    outputs[i] =
        Tensor(State{outputs_[i], differentiable ? Edge{self, static_cast<uint32_t>(i)} : Edge{}});
  }
  Tensors gradients = rules(op_).vjp(Vjp(inputs, outputs, cotangents, needed), attributes_);
  if (gradients.size() > inputs_.size()) {
    fail_internal("the gradient of {} gives {} values for {} operands", op_.name, gradients.size(),
                  inputs_.size());
  }
  gradients.resize(inputs_.size());
  return gradients;
}

void OpNode::free_saved() {
  freed_ = true;
  for (State& input : inputs_) input.payload = Payload{};
  for (Payload& output : outputs_) output = Payload{};
}

}  // namespace mycel
