#include "mycel/ops/optimizer_update.h"

#include "mycel/define/define.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/where.h"

namespace mycel {
namespace {

// The operands in the order of the definition, widened to the dtype in which updates compute.
// `results` rounds back to the parameter's dtype.
class Update {
 public:
  explicit Update(const Tensors& operands)
      : operands_(operands), storage_(operands[0].dtype()), wide_(number_dtype(storage_)) {}
  Tensor operator[](size_t i) const { return cast_to(operands_[i], wide_); }
  Tensors results(Tensors values) const {
    for (Tensor& value : values) value = cast_to(value, storage_);
    return values;
  }

 private:
  const Tensors& operands_;
  DType storage_, wide_;
};

// A slot or a number of an update: its name and what it is.
using Item = std::pair<const char*, const char*>;
constexpr Item kLr = {"lr", "the learning rate"}, kPenalty = {"weight_decay", "the L2 penalty"},
               kStep = {"step", "how many updates came before"};

template <class A>
struct UpdateSample {
  DType dtype;
  Shape shape;
  A attributes = {};
};

// Defines an update with these slots and numbers; every result has the parameter's type.
template <class A>
Definition<A> update(std::string_view name, std::string doc, const std::vector<Item>& slots,
                     const std::vector<Item>& numbers,
                     const std::vector<UpdateSample<A>>& samples) {
  Definition<A> definition = define<A>(name, std::move(doc));
  auto add = [&](const char* operand, std::string what) {
    definition.input(operand, std::move(what), floating).no_gradient();
  };
  add("parameter", "any shape");
  add("gradient", "like the parameter");
  definition.output("parameter", "its new value");
  for (const auto& [slot, what] : slots) {
    add(slot, fmt::format("{}, like the parameter", what));
    definition.output(slot, "its new value");
  }
  for (const auto& [number, what] : numbers) add(number, fmt::format("{}, 0-d", what));
  size_t tensors = 2 + slots.size(), results = 1 + slots.size();
  definition
      .infer([tensors, results](const ir::Call& call, const A&) {
        const ir::Type& parameter = call.type(0);
        for (size_t i = 0; i < call.num_operands; ++i) {
          ir::Type expected = parameter;
          if (i >= tensors) expected = ir::Type::tensor(number_dtype(parameter.dtype), {});
          if (call.type(i) == expected) continue;
          call.fail(Code::kValue, "expects {} of type {}, got {}", call.def->operands[i].name,
                    expected, call.type(i));
        }
        return ir::Types(results, ir::Type::tensor(parameter.dtype, parameter.dims));
      })
      .layout(ir::LayoutRule::kFollow)
      .internal();
  for (const UpdateSample<A>& sample : samples) {
    // Values in [0.1, 0.9): square roots stay real, momenta below 1.
    SampleInput tensor = within(sample.shape, 0.1, 0.9), number = within({}, 0.1, 0.9);
    tensor.dtype = sample.dtype;
    number.dtype = number_dtype(sample.dtype);
    std::vector<SampleInput> inputs(tensors, tensor);
    inputs.insert(inputs.end(), numbers.size(), number);
    definition.samples({{std::move(inputs), sample.attributes}});
  }
  return definition;
}

void define_sgd() {
  update<SgdUpdate>("sgd_update", "p - lr * (g + weight_decay * p).", {}, {kLr, kPenalty},
                    {{DType::kFloat32, {3, 5}}, {DType::kFloat64, {}}, {DType::kBFloat16, {7}}})
      .body([](const Tensors& in, SgdUpdate) {
        Update at(in);
        Tensor p = at[0], g = at[1] + at[3] * p;
        return at.results({p - at[2] * g});
      })
      .see("Robbins and Monro 1951, A stochastic approximation method");
  update<SgdMomentumUpdate>(
      "sgd_momentum_update",
      "d = g + weight_decay * p; b = momentum * b + (1 - dampening) * d, at the first step d; "
      "p - lr * b, with Nesterov's rule p - lr * (d + momentum * b).",
      {{"momentum_buffer", "the running direction"}},
      {kLr,
       kPenalty,
       {"momentum", "how much of the direction is kept"},
       {"dampening", "how much of the gradient is dropped"},
       kStep},
      {{DType::kFloat32, {3, 5}}, {DType::kFloat64, {4}, {.nesterov = true}}})
      .attribute(&SgdMomentumUpdate::nesterov, "nesterov", "whether the step looks ahead")
      .body([](const Tensors& in, SgdMomentumUpdate a) {
        Update at(in);
        Tensor p = at[0], momentum = at[5];
        Tensor d = at[1] + at[4] * p;
        Tensor later = momentum * at[2] + (ir::Scalar(1.0) - at[6]) * d;
        Tensor buffer = where(at[7] == ir::Scalar(0.0), d, later);
        Tensor direction = a.nesterov ? d + momentum * buffer : buffer;
        return at.results({p - at[3] * direction, buffer});
      })
      .see("Sutskever et al. 2013, On the importance of initialization and momentum");
}

void define_adadelta() {
  update<AdadeltaUpdate>(
      "adadelta_update",
      "g = g + weight_decay * p; s = rho * s + (1 - rho) * g^2; "
      "delta = sqrt(a + eps) / sqrt(s + eps) * g; a = rho * a + (1 - rho) * delta^2; "
      "p - lr * delta.",
      {{"square_avg", "s, the mean of squared gradients"},
       {"acc_delta", "a, the mean of squared updates"}},
      {kLr,
       {"rho", "how much of the means is kept"},
       {"eps", "keeps the roots away from 0"},
       kPenalty},
      {{DType::kFloat32, {3, 5}}, {DType::kFloat64, {1}}, {DType::kFloat16, {5}}})
      .body([](const Tensors& in, AdadeltaUpdate) {
        Update at(in);
        Tensor p = at[0], rho = at[5], eps = at[6], rest = ir::Scalar(1.0) - rho;
        Tensor g = at[1] + at[7] * p;
        Tensor square = rho * at[2] + rest * (g * g);
        Tensor delta = sqrt(at[3] + eps) / sqrt(square + eps) * g;
        Tensor acc = rho * at[3] + rest * (delta * delta);
        return at.results({p - at[4] * delta, square, acc});
      })
      .see("Zeiler 2012, ADADELTA: an adaptive learning rate method");
}

void define_adam_w() {
  update<AdamWUpdate>(
      "adam_w_update",
      "m = m + (1 - beta1) * (g - m); v = beta2 * v + (1 - beta2) * g^2; with t = step + 1, "
      "p * (1 - lr * weight_decay) - lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps).",
      {{"exp_avg", "m, the mean of gradients"}, {"exp_avg_sq", "v, the mean of squared gradients"}},
      {kLr,
       {"beta1", "how much of m is kept"},
       {"beta2", "how much of v is kept"},
       {"eps", "keeps the divisor away from 0"},
       {"weight_decay", "the decoupled decay of the parameter"},
       kStep},
      {{DType::kFloat32, {3, 5}}, {DType::kFloat64, {2}}})
      .body([](const Tensors& in, AdamWUpdate) {
        Update at(in);
        const ir::Scalar one = 1.0;
        Tensor p = at[0], g = at[1], lr = at[4], beta1 = at[5], beta2 = at[6];
        Tensor t = at[9] + one;
        Tensor m = at[2] + (one - beta1) * (g - at[2]);
        Tensor v = beta2 * at[3] + (one - beta2) * (g * g);
        Tensor step_size = lr / (one - power(beta1, t));
        Tensor divisor = sqrt(v) / sqrt(one - power(beta2, t)) + at[7];
        return at.results({p * (one - lr * at[8]) - step_size * (m / divisor), m, v});
      })
      .see("Loshchilov and Hutter 2019, Decoupled weight decay regularization");
}

}  // namespace

DType number_dtype(DType parameter) { return accumulator(parameter); }

void define_optimizer() {
  define_sgd();
  define_adadelta();
  define_adam_w();
}

}  // namespace mycel
