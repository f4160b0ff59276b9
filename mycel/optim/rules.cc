#include "mycel/optim/rules.h"

#include "mycel/ops/optimizer.h"

namespace mycel::optim {

SGD::SGD(Tensors parameters, const SGDOptions& o)
    : Optimizer("SGD", std::move(parameters),
                {{"lr", {o.lr}},
                 {"momentum", {o.momentum}},
                 {"dampening", {o.dampening}},
                 {"weight_decay", {o.weight_decay}}},
                o.momentum == 0 ? SlotSpecs{}
                                : SlotSpecs{{"momentum_buffer", SlotKind::kLikeParameter},
                                            {"step", SlotKind::kCounter}}),
      nesterov_(o.nesterov) {
  if (o.nesterov && (o.momentum == 0 || o.dampening != 0)) {
    fail(Code::kValue,
         "[SGD] expects nesterov with a momentum and without dampening, got momentum {} and "
         "dampening {}",
         o.momentum, o.dampening);
  }
}

Tensors SGD::update(const Tensor& p, const Tensor& gradient, const Tensors& slots) const {
  Tensor lr = number("lr", p), weight_decay = number("weight_decay", p);
  if (slots.empty()) return {sgd_update(p, gradient, {lr, weight_decay})};
  const Tensor &buffer = slots[0], &step = slots[1];
  Tensors out = sgd_momentum_update(
      p, gradient, buffer, {lr, weight_decay, number("momentum", p), number("dampening", p), step},
      {.nesterov = nesterov_});
  return {out[0], out[1], step + 1.0};
}

Adadelta::Adadelta(Tensors parameters, const AdadeltaOptions& o)
    : Optimizer(
          "Adadelta", std::move(parameters),
          {{"lr", {o.lr}},
           {"rho", {o.rho, 1}},
           {"eps", {o.eps}},
           {"weight_decay", {o.weight_decay}}},
          {{"square_avg", SlotKind::kLikeParameter}, {"acc_delta", SlotKind::kLikeParameter}}) {}

Tensors Adadelta::update(const Tensor& p, const Tensor& gradient, const Tensors& slots) const {
  return adadelta_update(
      p, gradient, slots[0], slots[1],
      {number("lr", p), number("rho", p), number("eps", p), number("weight_decay", p)});
}

AdamW::AdamW(Tensors parameters, const AdamWOptions& o)
    : Optimizer("AdamW", std::move(parameters),
                {{"lr", {o.lr}},
                 {"beta1", {o.beta1, 1}},
                 {"beta2", {o.beta2, 1}},
                 {"eps", {o.eps}},
                 {"weight_decay", {o.weight_decay}}},
                {{"exp_avg", SlotKind::kLikeParameter},
                 {"exp_avg_sq", SlotKind::kLikeParameter},
                 {"step", SlotKind::kCounter}}) {}

Tensors AdamW::update(const Tensor& p, const Tensor& gradient, const Tensors& slots) const {
  const Tensor& step = slots[2];
  Tensors out = adam_w_update(p, gradient, slots[0], slots[1],
                              {number("lr", p), number("beta1", p), number("beta2", p),
                               number("eps", p), number("weight_decay", p), step});
  return {out[0], out[1], out[2], step + 1.0};
}

}  // namespace mycel::optim
