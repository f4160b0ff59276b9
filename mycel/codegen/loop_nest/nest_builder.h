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
    int index;       // a value
    int64_t stride;  // in elements
    friend bool operator==(const Term&, const Term&) = default;
  };
  std::vector<Term> terms;
  bool chunked = false;  // the first dim of the buffer is the chunk

  friend bool operator==(const Access&, const Access&) = default;
};
// The number of elements by which the access moves per iteration of the loop with this index.
int64_t stride_of(const Access& access, int index_value);

struct BuilderLoop {
  Loop::Kind kind = Loop::Kind::kRoot;
  int parent = -1;
  int64_t extent = 1;
  bool vector = false;
  int unroll = 1;
  bool blocked = false;
  std::vector<Item> items;  // loops, accumulations and stores
  int index = -1;           // the value that is its variable
};

struct BuilderStore {
  int access;
  int value;
};

// Builds a nest. A kLoad's `number` is its access here, and its operand, if any, the predicate. All
// other kinds are as in a nest; kBase and kOffset do not occur before finalize_nest.
class NestBuilder {
 public:
  NestBuilder();

  // Adds the value, unless there is an equal one; returns its number.
  int value(const Value& value);
  int constant(DType dtype, int64_t bits);
  int argument(DType dtype, int64_t bits);
  int call(te::Fn fn, DType dtype, Operands operands);
  int access(const Access& access);
  // Opens a loop at the end of the body of `parent`.
  int loop(Loop::Kind kind, int parent, int64_t extent);
  // Adds the reduction, accumulated in the last of its loops, unless there is an equal one.
  int reduction(const Reduction& reduction);
  void store(const BuilderStore& store, int loop);

  // The number of loops from the root down.
  int depth(int loop) const;

  std::vector<BuilderLoop> loops;
  std::vector<Value> values;
  std::vector<Access> accesses;
  std::vector<Reduction> reductions;
  std::vector<BuilderStore> stores;
  std::vector<DType> argument_types;
  std::vector<int64_t> arguments;  // bits: int64, or a constant in its own dtype
  int chunks = 1;

 private:
  std::unordered_multimap<size_t, int> known_;
};

// The values that a value is made of: operands, and for a load the indices of its access.
std::vector<int> parts(const NestBuilder& draft, const Value& value);

}  // namespace mycel::codegen::schedule
