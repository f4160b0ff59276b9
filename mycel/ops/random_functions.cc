// The random functions that users call: they draw from a generator and write its next state.
#include <cmath>
#include <optional>

#include "mycel/define/define.h"
#include "mycel/ops/cast.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/float_format.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/random.h"
#include "mycel/ops/where.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct Draw {
  Dims size = {};
  std::optional<DType> dtype = {};
};
struct Rand : Draw {};
struct Randn : Draw {};
struct Uniform : Draw {
  double low = 0;
  double high = 1;
};
struct Normal : Draw {
  double mean = 0;
  double std = 1;
};
struct Randint : Draw {
  int64_t low = 0;
  std::optional<int64_t> high = {};
};
struct Randperm {
  int64_t n = 0;
};

// Declares the last operand of all functions, the generator.
template <class A>
void takes_generator(Definition<A>& definition) {
  definition.optional_input("generator", "a state to draw from; the default one if absent");
}

// A function that draws a tensor; its example calls it with `arguments`.
template <class A>
Definition<A> define_draw(std::string_view name, std::string doc, std::string_view arguments,
                          std::string dtype_doc = "the result's dtype") {
  Definition<A> definition = define_function<A>(name, std::move(doc));
  definition.with(takes_generator<A>)
      .attribute(&A::size, "size", "the result's shape")
      .attribute(&A::dtype, "dtype", std::move(dtype_doc))
      .example(fmt::format(">>> mc.{}({}).shape\n(2, 3)", name, arguments));
  return definition;
}

template <class A>
void define_standard(std::string_view name, std::string doc,
                     Tensor (*make)(const Dims&, DType, const Tensor&)) {
  define_draw<A>(name, std::move(doc), "2, 3")
      .loose_ints()
      .order({"size", "dtype", "generator"})
      .keyword_only_from("dtype")
      .body([make](const Tensor& generator, const A& a) {
        return make(a.size, a.dtype.value_or(kDefaultFloat), generator);
      })
      .samples({{{absent()}, {{{3, 5}, {}}}}, {{absent()}, {{{4}, DType::kFloat64}}}});
}

void define_distributions() {
  define_draw<Uniform>("uniform",
                       "Random numbers in [low, high), of the dtype's values; all are low where "
                       "the two are equal.\n\n"
                       "Raises ValueError for a low above high, and where the dtype holds no "
                       "number between them, not both, or not their distance.",
                       "1, 2, (2, 3)")
      .attribute(&Uniform::low, "low", "the smallest value")
      .attribute(&Uniform::high, "high", "the value that all are below")
      .order({"low", "high", "size", "dtype", "generator"})
      .body([](const Tensor& generator, const Uniform& a) {
        return uniform(a.size, a.low, a.high, a.dtype.value_or(kDefaultFloat), generator);
      })
      .samples({{{absent()}, {{{3, 5}, {}}, -1, 1}}});
  define_draw<Normal>("normal",
                      "Normal random numbers of a mean and deviation.\n\n"
                      "Raises ValueError for a negative deviation.",
                      "0, 1, (2, 3)")
      .attribute(&Normal::mean, "mean", "the mean")
      .attribute(&Normal::std, "std", "the standard deviation")
      .order({"mean", "std", "size", "dtype", "generator"})
      .body([](const Tensor& generator, const Normal& a) {
        return normal(a.size, a.mean, a.std, a.dtype.value_or(kDefaultFloat), generator);
      })
      .samples({{{absent()}, {{{3, 5}, {}}, 1, 2}}});
}

void define_integers() {
  define_draw<Randint>("randint",
                       "Random integers in [low, high), or in [0, low) where high is absent.",
                       "0, 10, (2, 3)", "the result's dtype; int64 by default")
      .attribute(&Randint::low, "low", "the smallest value")
      .attribute(&Randint::high, "high", "the value that all are below")
      .order({"low", "high", "size", "dtype", "generator"})
      .body([](const Tensor& generator, const Randint& a) {
        return randint(a.high ? a.low : 0, a.high.value_or(a.low), a.size,
                       a.dtype.value_or(kDefaultInt), generator);
      })
      .samples({{{absent()}, {{{3, 5}, {}}, 0, 10}}, {{absent()}, {{{4}, DType::kInt32}, 5, {}}}});
  define_function<Randperm>("randperm", "The numbers 0 to n - 1 in random order.")
      .with(takes_generator<Randperm>)
      .attribute(&Randperm::n, "n", "how many")
      .required({"n"})
      .order({"n", "generator"})
      .body([](const Tensor& generator, const Randperm& a) { return randperm(a.n, generator); })
      .example(">>> mc.randperm(3).sort().values\ntensor([0, 1, 2])")
      .samples({{{absent()}, {5}}});
}

// Raises for bounds that leave no value to draw.
void check_uniform(double low, double high, DType dtype) {
  auto check = [&](bool fits, std::string_view expected) {
    if (fits) return;
    fail(Code::kValue, "[uniform] expects {}, got {} and {}",
         fmt::format(fmt::runtime(expected), name(dtype)), low, high);
  };
  check(low <= high, "low at most high");
  if (!is_floating(dtype)) return;
  double largest = largest_float(dtype);
  check(std::fabs(low) <= largest && std::fabs(high) <= largest,
        "low and high to be numbers of {}");
  check(high - low <= largest, "high - low to be a number of {}");
  check(low == high || round_up(low, dtype) < high, "a number of {} in [low, high)");
}

}  // namespace

Tensor rand(const Dims& shape, DType dtype, const Tensor& generator) {
  return draw_from(generator, [&](const Tensor& s) { return random_uniform(s, {shape, dtype}); });
}
Tensor randn(const Dims& shape, DType dtype, const Tensor& generator) {
  return draw_from(generator, [&](const Tensor& s) { return random_normal(s, {shape, dtype}); });
}
Tensor uniform(const Dims& shape, double low, double high, DType dtype, const Tensor& generator) {
  check_uniform(low, high, dtype);
  Tensor unit = rand(shape, dtype, generator);
  Tensor drawn = cast_to(cast_to(unit, te::compute_dtype(dtype)) * (high - low) + low, dtype);
  double first = round_up(low, dtype);
  // The product and the sum round, possibly up to `high`.
  double last = std::max(first, round_down(std::nextafter(high, -HUGE_VAL), dtype));
  return clip(drawn, scalar_like(drawn, first, dtype), scalar_like(drawn, last, dtype));
}
Tensor normal(const Dims& shape, double mean, double deviation, DType dtype,
              const Tensor& generator) {
  if (!(deviation >= 0)) {
    fail(Code::kValue, "[normal] expects std of at least 0, got {}", deviation);
  }
  return randn(shape, dtype, generator) * deviation + mean;
}

Tensor randint(int64_t low, int64_t high, const Dims& shape, DType dtype, const Tensor& generator) {
  if (low >= high) {
    fail(Code::kValue, "[randint] expects low below high, got {} and {}", low, high);
  }
  if (!holds(dtype, low) || !holds(dtype, high - 1)) {
    fail(Code::kValue, "[randint] expects a range that {} holds, got {} to {}", name(dtype), low,
         high - 1);
  }
  // 64 bits keep the remainder's bias far below what can be measured, unless the range is itself of
  // that order.
  Tensor bits = draw_from(generator,
                          [&](const Tensor& s) { return random_bits(s, {shape, DType::kUInt64}); });
  // Modulo 2^64, as the range may be longer than int64 holds.
  auto span = static_cast<int64_t>(static_cast<uint64_t>(high) - static_cast<uint64_t>(low));
  Tensor length = cast(scalar_like(bits, span, DType::kInt64), DType::kUInt64);
  return cast(cast(remainder(bits, length), DType::kInt64) + low, dtype);
}

Tensor randperm(Dim n, const Tensor& generator) {
  if (n.is_constant() && n.value() < 0) {
    fail(Code::kValue, "[randperm] expects n of at least 0, got {}", n.value());
  }
  return draw_from(generator, [&](const Tensor& state) { return random_permutation(state, n); });
}

void define_random_functions() {
  define_standard<Rand>("rand", "Random numbers in [0, 1).", rand);
  define_standard<Randn>("randn", "Random numbers of mean 0 and variance 1.", randn);
  define_distributions();
  define_integers();
}

}  // namespace mycel
