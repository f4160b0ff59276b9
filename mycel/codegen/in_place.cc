#include "mycel/codegen/in_place.h"

#include <map>
#include <optional>

#include "mycel/core/dtype.h"

namespace mycel::codegen::schedule {
namespace {

// The location of an access: bytes from the start of a buffer, and the step per index.
struct Location {
  static constexpr int64_t kNone = -1;  // scratch memory

  int64_t buffer = kNone;
  int64_t offset = 0;
  std::map<ValueId, int64_t> steps;  // by index

  bool is_at(const Location& other) const { return offset == other.offset && steps == other.steps; }
};

// A load or a store of one of the caller's buffers.
struct Access {
  Location location;
  int64_t element_bytes = 0;
  // The nest, numbered over all stages, and the stage.
  size_t nest = 0, stage = 0;
  // The loop whose body contains it, and its position in each loop's body, from the root down.
  LoopId loop = kRootLoop;
  std::vector<size_t> path;
};

// Collects the accesses of one nest in the order of execution.
class Walk {
 public:
  Walk(const Instance& instance, size_t nest, size_t stage)
      : nest_(instance.nest), arguments_(instance.arguments), number_(nest), stage_(stage) {
    for (const Value& value : nest_.values) locations_.push_back(locate(value));
    visit(kRootLoop);
  }

  std::vector<Access> loads, stores;

 private:
  // The location of a value that is an address. Values are numbered operands first.
  Location locate(const Value& value) const {
    if (value.kind == Value::Kind::kBase) {
      bool scratch = value.buffer == Value::kScratch;
      int64_t buffer = scratch ? Location::kNone : arguments_[value.buffer];
      return {buffer, arguments_[value.argument], {}};
    }
    if (value.kind != Value::Kind::kOffset) return {};
    Location location = locations_[value.operands[0]];
    bool unit = value.argument == Value::kUnit;
    location.steps[value.operands[1]] += unit ? byte_size(value.dtype) : arguments_[value.argument];
    return location;
  }

  void visit(LoopId loop) {
    const std::vector<Item>& items = nest_.loops[loop].items;
    for (size_t i = 0; i < items.size(); ++i) {
      path_.push_back(i);
      visit(items[i], loop);
      path_.pop_back();
    }
  }

  void visit(const Item& item, LoopId loop) {
    if (auto* inner = std::get_if<LoopId>(&item)) visit(*inner);
    if (auto* id = std::get_if<StoreId>(&item)) {
      const Store& store = nest_.stores[*id];
      note(stores, store.address, store.dtype, loop);
    }
    if (auto* id = std::get_if<ValueId>(&item)) {
      const Value& value = nest_.values[*id];
      if (value.kind == Value::Kind::kLoad) note(loads, value.operands[0], value.dtype, loop);
    }
  }

  void note(std::vector<Access>& list, ValueId address, DType dtype, LoopId loop) const {
    const Location& location = locations_[address];
    if (location.buffer == Location::kNone) return;
    list.push_back({location, byte_size(dtype), number_, stage_, loop, path_});
  }

  const Nest& nest_;
  const IndexedVector<ArgumentId, int64_t>& arguments_;
  size_t number_, stage_;
  IndexedVector<ValueId, Location> locations_;
  std::vector<size_t> path_;
};

// Whether every run of the loop's body accesses a different element: the access moves with every
// loop around it.
bool moves_with_all(const Nest& nest, const Access& access) {
  uint64_t depths = 0;
  for (auto [index, step] : access.location.steps) {
    const Value& value = nest.values[index];
    if (value.kind == Value::Kind::kIndex && step != 0) depths |= value.depths;
  }
  int depth = nest.loops[access.loop].depth;
  return depths == ((uint64_t{1} << depth) - 1) << 1;
}

// Whether a load in the same nest runs before the store overwrites its element. Vectorized and
// unrolled iterations keep the order of the body.
bool is_before(const Access& load, const Access& store) {
  if (!load.location.is_at(store.location)) return false;
  if (load.element_bytes != store.element_bytes) return false;
  // In the body that contains the store, or in an earlier loop inside it.
  size_t last = store.path.size() - 1;
  return load.path.size() > last && load.path[last] < store.path[last] &&
         std::equal(load.path.begin(), load.path.begin() + static_cast<int64_t>(last),
                    store.path.begin());
}

class Rule {
 public:
  Rule(const std::vector<std::vector<Work>>& stages, size_t num_inputs) : num_inputs_(num_inputs) {
    for (size_t stage = 0; stage < stages.size(); ++stage) {
      for (const Work& work : stages[stage]) {
        Walk walk(work.instance, nests_.size(), stage);
        nests_.push_back(&work.instance.nest);
        for (Access& load : walk.loads) loads_.push_back(std::move(load));
        for (Access& store : walk.stores) stores_.push_back(std::move(store));
      }
    }
  }

  // By input: whether the output may overwrite it.
  std::vector<bool> inputs_for(size_t output) const {
    auto buffer = static_cast<int64_t>(num_inputs_ + output);
    std::vector<bool> allowed(num_inputs_, true);
    for (const Access& store : stores_) {
      if (store.location.buffer != buffer) continue;
      bool one_by_one = moves_with_all(*nests_[store.nest], store);
      for (const Access& load : loads_) {
        auto input = static_cast<size_t>(load.location.buffer);
        if (input >= num_inputs_ || load.stage < store.stage) continue;
        bool in_time = one_by_one && load.nest == store.nest && is_before(load, store);
        if (!in_time) allowed[input] = false;
      }
    }
    return allowed;
  }

 private:
  size_t num_inputs_;
  std::vector<const Nest*> nests_;
  std::vector<Access> loads_, stores_;
};

}  // namespace

std::vector<te::InPlace> in_place_pairs(const std::vector<std::vector<Work>>& stages,
                                        size_t num_inputs, size_t num_outputs) {
  Rule rule(stages, num_inputs);
  std::vector<te::InPlace> pairs;
  for (uint32_t output = 0; output < num_outputs; ++output) {
    std::vector<bool> allowed = rule.inputs_for(output);
    for (uint32_t input = 0; input < num_inputs; ++input) {
      if (allowed[input]) pairs.push_back({input, output});
    }
  }
  return pairs;
}

}  // namespace mycel::codegen::schedule
