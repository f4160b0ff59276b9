#include "mycel/tensor/generator.h"

#include <map>
#include <mutex>
#include <optional>

#include "mycel/base/fork_safe_mutex.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/tensor_write_lock.h"

namespace mycel {
namespace {

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

}  // namespace mycel
