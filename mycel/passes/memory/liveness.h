// The schedule of a region: positions of its operations, from which lifetimes of values follow.
#pragma once

#include <vector>

#include "mycel/ir/function.h"

namespace mycel::passes {

// Operations of one region by position. A use inside a nested region counts as a use by the
// operation of this region that holds it.
class Schedule {
 public:
  explicit Schedule(const ir::Region& region);

  size_t size() const { return operations_.size(); }
  ir::Operation& at(size_t i) const { return *operations_[i]; }
  // -1 for an operation of another region.
  int position(const ir::Operation* op) const;
  // The position of this region's operation that the use belongs to; size() for the region's own
  // results.
  int position(const ir::Use& use) const;
  // Values of this region (or arguments and outer values) that the operation and its regions read,
  // each once.
  std::vector<ir::Value*> reads(const ir::Operation& op) const;

 private:
  const ir::Region& region_;
  std::vector<ir::Operation*> operations_;
  std::vector<int> position_;  // by operation id
};

// The bytes of a value; symbolic dims count as 1.
int64_t bytes_of(const ir::Value& value);

}  // namespace mycel::passes
