#include "mycel/ops/dropout.h"

#include "mycel/ops/operators.h"
#include "mycel/ops/random_rules.h"
#include "mycel/ops/where.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/context.h"

namespace mycel {
namespace {

struct DropoutFrom {
  double p = 0.5;
  DrawnPiece piece = {};
};
struct Dropout {
  double p = 0.5;
  bool training = true;
};

void check_probability(double p) {
  if (!(p >= 0 && p <= 1)) fail(Code::kValue, "[dropout] expects p in [0, 1], got {}", p);
}

Tensor kept_and_scaled(const Tensor& x, const Tensor& mask, double p) {
  double scale = p < 1 ? 1 / (1 - p) : 0;
  Tensor y = cast_to(cast_to(x, te::compute_dtype(x.dtype())) * scale, x.dtype());
  return where(mask, y, scalar_like(x, int64_t{0}, x.dtype()));
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training) {
  check_probability(p);
  if (!training) return x;
  DeviceScope scope(x.device());
  return draw_from({}, [&](const Tensor& state) {
    Tensors out = call_n(DropoutFrom{p}, x, state);
    return std::pair<Tensor, Tensor>(out[0], out[2]);
  });
}

void define_dropout() {
  define<DropoutFrom>("dropout",
                      "The input with each element zeroed with probability p, the others scaled by "
                      "1 / (1 - p).")
      .input("input", "any shape", floating)
      .attribute(&DropoutFrom::p, "p", "the probability of a zero, in [0, 1]")
      .output("output")
      .output("mask", "which elements are kept", false)
      .with(draws_a_piece<DropoutFrom>)
      .expects([](const ir::Call& call, const DropoutFrom& a) {
        check_probability(a.p);
        check_state(call, 1);
        check_piece(call, call.type(0).dims, a.piece);
      })
      .body([](const Tensor& x, const Tensor& state, const DropoutFrom& a) -> Tensors {
        auto [numbers, next] = random_uniform(state, {x.dims(), DType::kFloat32, a.piece});
        Tensor mask = numbers >= a.p;
        return {kept_and_scaled(x, mask, a.p), mask, next};
      })
      .vjp([](const Vjp& v, const DropoutFrom& a) {
        return kept_and_scaled(v.cotangent(0), v.output(1), a.p);
      })
      .internal()
      .see("Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, Dropout, 2014")
      .example(">>> F.dropout(mc.ones(3), 0.5, training=False)\ntensor([1., 1., 1.])")
      .samples({{{any(3, 5), sample_state()}, {0.5}},
                {{any(17), sample_state()}, {0.2}},
                {{any(2, 3), sample_state()}, {0.5, {{4, 5}, {1, 2}}}},
                {{any(2, 3), sample_state()}, {1}},
                {{any(0), sample_state()}, {0.5}}});
  define_function<Dropout>("dropout",
                           "The input with each element zeroed with probability p, the others "
                           "scaled by 1 / (1 - p); the input itself when not training.\n\n"
                           "Draws from the default generator, which manual_seed restarts.")
      .input("input", "any shape", floating)
      .attribute(&Dropout::p, "p", "the probability of a zero, in [0, 1]")
      .attribute(&Dropout::training, "training", "whether to drop anything")
      .body(dropout, &Dropout::p, &Dropout::training)
      .only_functional()
      .samples({{{any(3, 5)}, {0.5, false}}});
}

}  // namespace mycel
