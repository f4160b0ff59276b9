#include "mycel/tensor/tape.h"

#include "mycel/ir/function.h"
#include "mycel/tensor/op_rules.h"
#include "mycel/tensor/tensor_impl.h"

namespace mycel {

void intrusive_retain(const Node* node) { node->retain(); }
void intrusive_release(const Node* node) { node->release(); }

void Node::destroy() const { destroy_chain(this); }

Tensors OpNode::vjp(const Tensors& cotangents, const std::vector<bool>& needed) {
  if (freed_) {
    fail(Code::kRuntime,
         "[backward] expects the values saved by {} to be there, but an earlier backward freed "
         "them; the first one needs retain_graph=True",
         op_.name);
  }
  Tensors inputs(inputs_.size()), outputs(outputs_.size());
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Payload& payload = inputs_[i].payload;
    bool type_alone = op_.is_view && i == 0;  // see apply
    if (payload.is_traced() || payload.array.defined() || type_alone)
      inputs[i] = Tensor(inputs_[i]);
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
