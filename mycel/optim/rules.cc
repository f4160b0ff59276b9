#include "mycel/optim/rules.h"

#include "mycel/ops/optimizer_update.h"
#include "mycel/tensor/apply.h"

namespace mycel::optim {
namespace {

using Slot = Rule::Slot;

Tensors plain_update(const Rule::Update& u) {
  return call_n(SgdUpdate{}, u.parameter, u.gradient, u.number("lr"), u.number("weight_decay"));
}

Tensors momentum_update(const Rule::Update& u, bool nesterov) {
  const Tensor &buffer = u.slots[0], &step = u.slots[1];
  Tensors out = call_n(SgdMomentumUpdate{nesterov}, u.parameter, u.gradient, buffer, u.number("lr"),
                       u.number("weight_decay"), u.number("momentum"), u.number("dampening"), step);
  return {out[0], out[1], step + 1.0};
}

Tensors adadelta_update(const Rule::Update& u) {
  return call_n(AdadeltaUpdate{}, u.parameter, u.gradient, u.slots[0], u.slots[1], u.number("lr"),
                u.number("rho"), u.number("eps"), u.number("weight_decay"));
}

Tensors adam_w_update(const Rule::Update& u) {
  const Tensor& step = u.slots[2];
  Tensors out =
      call_n(AdamWUpdate{}, u.parameter, u.gradient, u.slots[0], u.slots[1], u.number("lr"),
             u.number("beta1"), u.number("beta2"), u.number("eps"), u.number("weight_decay"), step);
  return {out[0], out[1], out[2], step + 1.0};
}

}  // namespace

Rule rule(const SGDOptions& o) {
  if (o.nesterov && (o.momentum == 0 || o.dampening != 0)) {
    fail(Code::kValue,
         "[SGD] expects nesterov with a momentum and without dampening, got momentum {} and "
         "dampening {}",
         o.momentum, o.dampening);
  }
  Rule rule{"SGD",
            {{"lr", {o.lr}},
             {"momentum", {o.momentum}},
             {"dampening", {o.dampening}},
             {"weight_decay", {o.weight_decay}}},
            {},
            plain_update};
  if (o.momentum != 0) {
    rule.slots = {{"momentum_buffer", Slot::kLikeParameter}, {"step", Slot::kCounter}};
    rule.update = [nesterov = o.nesterov](const auto& u) { return momentum_update(u, nesterov); };
  }
  return rule;
}

Rule rule(const AdadeltaOptions& o) {
  return {
      "Adadelta",
      {{"lr", {o.lr}}, {"rho", {o.rho, 1}}, {"eps", {o.eps}}, {"weight_decay", {o.weight_decay}}},
      {{"square_avg", Slot::kLikeParameter}, {"acc_delta", Slot::kLikeParameter}},
      adadelta_update};
}

Rule rule(const AdamWOptions& o) {
  return {"AdamW",
          {{"lr", {o.lr}},
           {"beta1", {o.beta1, 1}},
           {"beta2", {o.beta2, 1}},
           {"eps", {o.eps}},
           {"weight_decay", {o.weight_decay}}},
          {{"exp_avg", Slot::kLikeParameter},
           {"exp_avg_sq", Slot::kLikeParameter},
           {"step", Slot::kCounter}},
          adam_w_update};
}

}  // namespace mycel::optim
