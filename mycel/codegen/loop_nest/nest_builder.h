// A loop nest under construction: accesses still have strides as numbers, values no place yet.
#pragma once

#include <unordered_map>
#include <vector>

#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen::schedule {

struct Access {
  int buffer = 0;
  DType dtype = DType::kFloat32;
  int64_t offset = 0;  // in elements
  struct Term {
    ValueId index;
    int64_t stride;  // in elements
    friend bool operator==(const Term&, const Term&) = default;
  };
  std::vector<Term> terms;
  bool chunked = false;  // the first dim of the buffer is the chunk

  friend bool operator==(const Access&, const Access&) = default;
};
// The number of elements by which the access moves per iteration of the loop with this index.
int64_t stride_of(const Access& access, ValueId index);

using BuilderItem = std::variant<LoopId, ReductionId, StoreId>;

struct BuilderLoop {
  Loop::Kind kind = Loop::Kind::kRoot;
  LoopId parent = kNoLoop;
  int64_t extent = 1;
  bool vector = false;
  int unroll = 1;
  bool blocked = false;
  std::vector<BuilderItem> items;
  ValueId index = kNoValue;  // its variable
};

struct BuilderStore {
  AccessId access;
  ValueId value;
};

// Builds a nest. A kLoad has an access instead of an address here, and its operand, if any, is the
// predicate. All other kinds are as in a nest; kBase and kOffset do not occur before finalize_nest.
class NestBuilder {
 public:
  NestBuilder();

  // Adds the value, unless there is an equal one; returns its number.
  ValueId value(const Value& value);
  ValueId constant(DType dtype, int64_t bits);
  ArgumentId argument(DType dtype, int64_t bits);
  ValueId call(te::Fn fn, DType dtype, Operands operands);
  AccessId access(const Access& access);
  // Opens a loop at the end of the body of `parent`.
  LoopId loop(Loop::Kind kind, LoopId parent, int64_t extent);
  // Adds the reduction, accumulated in the last of its loops, unless there is an equal one.
  ReductionId reduction(const Reduction& reduction);
  void store(const BuilderStore& store, LoopId loop);

  // The number of loops from the root down.
  int depth(LoopId loop) const;

  IndexedVector<LoopId, BuilderLoop> loops;
  IndexedVector<ValueId, Value> values;
  IndexedVector<AccessId, Access> accesses;
  IndexedVector<ReductionId, Reduction> reductions;
  IndexedVector<StoreId, BuilderStore> stores;
  IndexedVector<ArgumentId, DType> argument_types;
  IndexedVector<ArgumentId, int64_t> arguments;  // bits: int64, or a constant in its own dtype
  int chunks = 1;

 private:
  std::unordered_multimap<size_t, ValueId> known_;
};

// The values that a value is made of: operands, and for a load the indices of its access.
std::vector<ValueId> parts(const NestBuilder& draft, const Value& value);

}  // namespace mycel::codegen::schedule
