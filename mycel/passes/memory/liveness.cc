#include "mycel/passes/memory/liveness.h"

#include <unordered_set>

namespace mycel::passes {

Schedule::Schedule(const ir::Region& region)
    : region_(region), position_(region.function().num_operations(), -1) {
  for (ir::Operation* op = region.first(); op; op = op->next()) {
    position_[op->id()] = static_cast<int>(operations_.size());
    operations_.push_back(op);
  }
}

int Schedule::position(const ir::Operation* op) const {
  return op && op->id() < position_.size() ? position_[op->id()] : -1;
}

int Schedule::position(const ir::Use& use) const {
  const ir::Region* region = use.user ? use.user->parent() : use.region;
  if (region == &region_) return use.user ? position(use.user) : static_cast<int>(size());
  while (region->parent() && region->parent()->parent() != &region_) {
    region = region->parent()->parent();
  }
  return position(region->parent());
}

std::vector<ir::Value*> Schedule::reads(const ir::Operation& op) const {
  std::vector<ir::Value*> values;
  std::unordered_set<const ir::Value*> seen{nullptr};
  auto add = [&](std::span<ir::Value* const> list) {
    for (ir::Value* value : list) {
      if (seen.insert(value).second) values.push_back(value);
    }
  };
  add(op.operands());
  if (op.num_regions() == 0) return values;
  std::unordered_set<const ir::Value*> inside;
  auto note = [&](std::span<ir::Value* const> list) { inside.insert(list.begin(), list.end()); };
  auto visit = [&](ir::Region& region) {
    note(region.arguments());
    add(region.results());
  };
  for (size_t i = 0; i < op.num_regions(); ++i) {
    visit(op.region(i));
    ir::walk(op.region(i), [&](ir::Operation& inner) {
      add(inner.operands());
      note(inner.results());
      for (size_t k = 0; k < inner.num_regions(); ++k) visit(inner.region(k));
    });
  }
  std::erase_if(values, [&](const ir::Value* value) { return inside.count(value) > 0; });
  return values;
}

int64_t bytes_of(const ir::Value& value) {
  if (!value.type().is_tensor()) return 0;
  int64_t bytes = byte_size(value.type().dtype);
  for (Dim dim : value.type().dims) {
    if (dim.is_constant() && __builtin_mul_overflow(bytes, dim.value(), &bytes)) return INT64_MAX;
  }
  return bytes;
}

}  // namespace mycel::passes
