// The random functions that users call: they draw from a generator and write its next state.
#include <cmath>
#include <map>
#include <mutex>
#include <optional>

#include "mycel/base/fork_safe_mutex.h"
#include "mycel/define/define.h"
#include "mycel/ops/cast.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/float_format.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/random.h"
#include "mycel/ops/where.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/tensor_write_lock.h"

namespace mycel {
namespace {

struct Rand {
  Dims size = {};
  std::optional<DType> dtype = {};
};
struct Randn {
  Dims size = {};
  std::optional<DType> dtype = {};
};
struct Uniform {
  Dims size = {};
  double low = 0;
  double high = 1;
  std::optional<DType> dtype = {};
};
struct Normal {
  Dims size = {};
  double mean = 0;
  double std = 1;
  std::optional<DType> dtype = {};
};
struct Randint {
  int64_t low = 0;
  std::optional<int64_t> high = {};
  Dims size = {};
  std::optional<DType> dtype = {};
};
struct Randperm {
  int64_t n = 0;
};

// One generator per device, made on first use.
using GeneratorStates = std::map<std::pair<DeviceKind, int8_t>, Tensor>;
struct Generators {
  ForkSafeMutex mutex;
  uint64_t seed = 0;
  GeneratorStates of_device;
};

Generators& generators() {
  static auto* instance = new Generators;  // never destroyed, as ForkSafeMutex requires
  return *instance;
}

Tensor state_on(Device device, uint64_t seed) {
  NDArray host = NDArray::empty(DType::kUInt64, {2});
  host.mutable_data<uint64_t>()[0] = seed;
  host.mutable_data<uint64_t>()[1] = 0;
  return Tensor(device == Device{} ? host : context().engine->to_device(host, device));
}

// Declares the last operand of all functions, the generator.
template <class A>
Definition<A>& with_generator(Definition<A>& definition) {
  return definition.optional_input("generator", "a state to draw from; the default one if absent");
}

template <class A>
void size_and_dtype(Definition<A>& definition) {
  definition.attribute(&A::dtype, "dtype", "the result's dtype")
      .example(fmt::format(">>> mc.{}(2, 3).shape\n(2, 3)", definition.op().name));
}

template <class A>
void define_standard(std::string_view name, std::string doc,
                     Tensor (*make)(const Dims&, DType, const Tensor&)) {
  Definition<A> definition = define_function<A>(name, std::move(doc));
  with_generator(definition).attribute(&A::size, "size", "the result's shape");
  size_and_dtype(definition);
  definition.loose_ints()
      .order({"size", "dtype", "generator"})
      .keyword_only_from("dtype")
      .body([make](const Tensor& generator, const A& a) {
        return make(a.size, a.dtype.value_or(kDefaultFloat), generator);
      })
      .samples({{{absent()}, {{3, 5}, {}}}, {{absent()}, {{4}, DType::kFloat64}}});
}

void define_distributions() {
  auto of_range = define_function<Uniform>("uniform",
                                           "Random numbers in [low, high), of the dtype's values; "
                                           "all are low where the two are equal.\n\n"
                                           "Raises ValueError for a low above high, and where the "
                                           "dtype holds no number between them, not both, or not "
                                           "their distance.");
  with_generator(of_range)
      .attribute(&Uniform::size, "size", "the result's shape")
      .attribute(&Uniform::low, "low", "the smallest value")
      .attribute(&Uniform::high, "high", "the value that all are below")
      .attribute(&Uniform::dtype, "dtype", "the result's dtype")
      .order({"low", "high", "size", "dtype", "generator"})
      .body([](const Tensor& generator, const Uniform& a) {
        return uniform(a.size, a.low, a.high, a.dtype.value_or(kDefaultFloat), generator);
      })
      .example(">>> mc.uniform(1, 2, (2, 3)).shape\n(2, 3)")
      .samples({{{absent()}, {{3, 5}, -1, 1, {}}}});
  auto bell = define_function<Normal>("normal",
                                      "Normal random numbers of a mean and deviation.\n\n"
                                      "Raises ValueError for a negative deviation.");
  with_generator(bell)
      .attribute(&Normal::size, "size", "the result's shape")
      .attribute(&Normal::mean, "mean", "the mean")
      .attribute(&Normal::std, "std", "the standard deviation")
      .attribute(&Normal::dtype, "dtype", "the result's dtype")
      .order({"mean", "std", "size", "dtype", "generator"})
      .body([](const Tensor& generator, const Normal& a) {
        return normal(a.size, a.mean, a.std, a.dtype.value_or(kDefaultFloat), generator);
      })
      .example(">>> mc.normal(0, 1, (2, 3)).shape\n(2, 3)")
      .samples({{{absent()}, {{3, 5}, 1, 2, {}}}});
}

void define_integers() {
  auto integers = define_function<Randint>(
      "randint", "Random integers in [low, high), or in [0, low) where high is absent.");
  with_generator(integers)
      .attribute(&Randint::low, "low", "the smallest value")
      .attribute(&Randint::high, "high", "the value that all are below")
      .attribute(&Randint::size, "size", "the result's shape")
      .attribute(&Randint::dtype, "dtype", "the result's dtype; int64 by default")
      .order({"low", "high", "size", "dtype", "generator"})
      .body([](const Tensor& generator, const Randint& a) {
        return randint(a.high ? a.low : 0, a.high.value_or(a.low), a.size,
                       a.dtype.value_or(kDefaultInt), generator);
      })
      .example(">>> mc.randint(0, 10, (2, 3)).shape\n(2, 3)")
      .samples({{{absent()}, {0, 10, {3, 5}, {}}}, {{absent()}, {5, {}, {4}, DType::kInt32}}});
  auto order = define_function<Randperm>("randperm", "The numbers 0 to n - 1 in random order.");
  with_generator(order)
      .attribute(&Randperm::n, "n", "how many")
      .required({"n"})
      .order({"n", "generator"})
      .body([](const Tensor& generator, const Randperm& a) { return randperm(a.n, generator); })
      .example(">>> mc.randperm(3).sort().values\ntensor([0, 1, 2])")
      .samples({{{absent()}, {5}}});
}

// Raises for bounds that leave no value to draw.
void check_uniform(double low, double high, double first, DType dtype) {
  double largest = largest_float(dtype);
  if (!(std::fabs(low) <= largest && std::fabs(high) <= largest)) {
    fail(Code::kValue, "[uniform] expects low and high to be numbers of {}, got {} and {}",
         name(dtype), low, high);
  }
  if (!(high - low <= largest)) {
    fail(Code::kValue, "[uniform] expects high - low to be a number of {}, got {} and {}",
         name(dtype), low, high);
  }
  if (low < high && first >= high) {
    fail(Code::kValue, "[uniform] expects a number of {} in [low, high), got {} and {}",
         name(dtype), low, high);
  }
}

}  // namespace

Tensor random_state(uint64_t seed) { return state_on(context().device, seed); }

const Tensor& default_generator() {
  Generators& all = generators();
  Device device = context().device;
  std::pair key{device.kind, device.index};
  uint64_t seed = 0;
  {
    std::lock_guard hold(all.mutex);
    if (auto found = all.of_device.find(key); found != all.of_device.end()) return found->second;
    seed = all.seed;
  }
  Tensor made = state_on(device, seed);
  {
    std::lock_guard hold(all.mutex);
    if (all.seed == seed) return all.of_device.try_emplace(key, made).first->second;
  }
  return default_generator();  // reseeded in between: try again
}

void manual_seed(uint64_t seed) {
  default_generator();  // made here, so that a traced program also restarts it
  Generators& all = generators();
  GeneratorStates of_device;
  {
    std::lock_guard hold(all.mutex);
    all.seed = seed;
    of_device = all.of_device;
  }
  for (auto& [device, state] : of_device) {
    state.assign(state_on(Device{device.first, device.second}, seed));
  }
}

Tensor draw_from(const Tensor& generator,
                 const std::function<std::pair<Tensor, Tensor>(const Tensor&)>& draw) {
  Tensor state = generator.defined() ? generator : default_generator();
  std::optional<TensorWriteLock> claim;
  if (!context().trace) claim.emplace(*state.object());
  auto [value, next] = draw(state);
  state.assign(next);
  return value;
}

Tensor rand(const Dims& shape, DType dtype, const Tensor& generator) {
  return draw_from(generator,
                   [&](const Tensor& state) { return random_uniform(state, {shape, dtype}); });
}
Tensor randn(const Dims& shape, DType dtype, const Tensor& generator) {
  return draw_from(generator,
                   [&](const Tensor& state) { return random_normal(state, {shape, dtype}); });
}
Tensor uniform(const Dims& shape, double low, double high, DType dtype, const Tensor& generator) {
  if (!(low <= high)) {
    fail(Code::kValue, "[uniform] expects low at most high, got {} and {}", low, high);
  }
  double first = round_up(low, dtype);
  if (is_floating(dtype)) check_uniform(low, high, first, dtype);
  Tensor unit = rand(shape, dtype, generator);
  Tensor drawn = cast_to(cast_to(unit, te::compute_dtype(dtype)) * (high - low) + low, dtype);
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
  Tensor bits = draw_from(
      generator, [&](const Tensor& state) { return random_bits(state, {shape, DType::kUInt64}); });
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
