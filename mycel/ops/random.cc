#include "mycel/ops/random.h"

#include <cmath>
#include <numbers>

#include "mycel/ops/float_format.h"
#include "mycel/ops/philox.h"
#include "mycel/ops/random_rules.h"
#include "mycel/ops/sort.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct RandomPermutation {
  Dim size = 1;
};

using Words = std::array<te::Expr, 4>;

te::Expr u64(te::Expr x) { return te::cast(std::move(x), DType::kUInt64); }

// The random words of the element at `axes`.
Words words_at(te::Formula& f, const std::vector<te::Axis>& axes, const DrawnPiece& piece) {
  te::Expr place = place_in_whole(axes, piece);
  auto state = [&](int i) { return f.input(0).at({te_int(i)}); };
  return philox(state(1) + u64(place), state(0));
}

// Outputs the next state: each element of the whole uses one counter.
void output_next_state(te::Formula& f, const Dims& whole) {
  std::vector<te::Axis> axes = te::Formula::axes({2});
  te::Expr is_offset = te::is_equal(te::index(axes[0]), te_int(1));
  te::Expr spent = te::select(is_offset, u64(te::extent(product(whole))),
                              te::constant(DType::kUInt64, int64_t{0}));
  f.output(DType::kUInt64, axes, f.input(0).at(axes) + spent);
}

te::Expr joined(const te::Expr& low, const te::Expr& high) {
  te::Expr shift = te::constant(DType::kUInt64, int64_t{32});
  return te::bit_or(u64(low), te::shift_left(u64(high), shift));
}

// The upper `bits` bits as a fraction in [0, 1), or in (0, 1].
te::Expr fraction(const te::Expr& words, int bits, DType dtype, bool above_zero = false) {
  DType word = words->dtype;
  te::Expr kept = te::shift_right(words, te::constant(word, int64_t{info(word).bits - bits}));
  // A signed integer converts to a float in one instruction, and holds these bits.
  DType integer = word == DType::kUInt64 ? DType::kInt64 : DType::kInt32;
  te::Expr value = te::cast(te::cast(kept, integer), dtype);
  if (above_zero) value = value + 1.0;
  return value * std::ldexp(1.0, -bits);
}

te::Expr bits_element(const Words& words, DType dtype) {
  return dtype == DType::kUInt64 ? joined(words[0], words[1]) : words[0];
}

te::Expr uniform_element(const Words& words, DType dtype) {
  te::Expr source = dtype == DType::kFloat64 ? joined(words[0], words[1]) : words[0];
  // As many bits as the significand has, so that no value rounds up to 1.
  return fraction(source, significand_bits(dtype), te::compute_dtype(dtype));
}

// Box and Muller, A note on the generation of random normal deviates, 1958.
te::Expr normal_element(const Words& words, DType dtype) {
  bool wide = dtype == DType::kFloat64;
  DType compute = te::compute_dtype(dtype);
  int bits = wide ? 53 : 24;
  te::Expr radius = fraction(wide ? joined(words[0], words[1]) : words[0], bits, compute, true);
  te::Expr angle = fraction(wide ? joined(words[2], words[3]) : words[1], bits, compute);
  return te::sqrt(te::log(radius) * -2.0) * te::cos(angle * (2 * std::numbers::pi));
}

// `element` makes an element of a dtype from the random words.
template <class A>
void define_draw(std::string_view name, std::string doc, ir::DTypeSet dtypes,
                 te::Expr (*element)(const Words&, DType), std::initializer_list<A> samples) {
  Definition<A> definition = define<A>(name, std::move(doc));
  definition.extents(&A::shape, "shape", "the result's shape")
      .attribute(&A::dtype, "dtype", "the result's dtype")
      .output("value", "the random numbers", false)
      .with(draws_a_piece<A>)
      .expects([dtypes](const ir::Call& call, const A& a) {
        check_state(call, 0);
        if (!contains(dtypes, a.dtype)) {
          call.fail(Code::kType, "expects {}, got {}", describe(dtypes), mycel::name(a.dtype));
        }
        check_extents(call, a.shape);
        check_piece(call, a.shape, a.piece);
      })
      .formula([element](te::Formula& f, const ir::Call&, const A& a) {
        std::vector<te::Axis> axes = te::Formula::axes(a.shape);
        f.output(a.dtype, axes, element(words_at(f, axes, a.piece), a.dtype));
        output_next_state(f, a.piece.whole.empty() ? a.shape : a.piece.whole);
      })
      .internal()
      .see("Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, 2011")
      .example(">>> mc.rand(2, 3).shape\n(2, 3)");
  for (const A& a : samples) definition.samples({{{sample_state()}, a}});
}

void define_permutation() {
  define<RandomPermutation>("random_permutation", "The numbers 0 to n - 1 in random order.")
      .attribute(&RandomPermutation::size, "size", "n")
      .output("value", "the permutation, int64", false)
      .with(draws_from_state<RandomPermutation>)
      .body([](const Tensor& state, const RandomPermutation& a) -> Tensors {
        auto [keys, next] = random_bits(state, {{a.size}, DType::kUInt64});
        return {argsort(keys, 0), next};
      })
      .internal()
      .example(">>> mc.randperm(5).sort().values\ntensor([0, 1, 2, 3, 4])")
      .samples({{{sample_state()}, {7}}, {{sample_state()}, {1}}, {{sample_state()}, {0}}});
}

}  // namespace

std::pair<Tensor, Tensor> random_bits(const Tensor& state, const RandomBits& options) {
  return call_for_two(options, state);
}
std::pair<Tensor, Tensor> random_uniform(const Tensor& state, const RandomUniform& options) {
  return call_for_two(options, state);
}
std::pair<Tensor, Tensor> random_normal(const Tensor& state, const RandomNormal& options) {
  return call_for_two(options, state);
}
std::pair<Tensor, Tensor> random_permutation(const Tensor& state, Dim n) {
  return call_for_two(RandomPermutation{n}, state);
}

void define_random() {
  define_draw<RandomBits>("random_bits", "Random bits by Philox 4x32-10, as unsigned integers.",
                          integer, bits_element,
                          {{{3, 5}, DType::kUInt32},
                           {{7}, DType::kUInt64},
                           {{2, 3}, DType::kUInt8, {{4, 5}, {1, 2}}},
                           {{0, 3}, DType::kUInt32}});
  define_draw<RandomUniform>(
      "random_uniform",
      "Random numbers in [0, 1), each multiple of 2^-b equally likely, b the bits of the dtype's "
      "significand.",
      floating, uniform_element,
      {{{3, 5}, DType::kFloat32},
       {{7}, DType::kFloat64},
       {{2, 3}, DType::kFloat16, {{2, 7}, {0, 4}}},
       {{2, 3}, DType::kBFloat16},
       {{}, DType::kFloat32}});
  define_draw<RandomNormal>("random_normal", "Random numbers of mean 0 and variance 1.", floating,
                            normal_element,
                            {{{3, 5}, DType::kFloat32},
                             {{7}, DType::kFloat64},
                             {{2, 3}, DType::kFloat16},
                             {{4}, DType::kFloat64, {{11}, {7}}},
                             {{0}, DType::kFloat32}});
  define_permutation();
}

}  // namespace mycel
