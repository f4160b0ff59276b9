// A loop nest in the making: accesses still have strides as numbers, values no place yet.
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
// By how many elements the access moves with an iteration of the loop.
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

// In a draft, a kLoad's `number` is its access and its operand, if any, the predicate; a kCheck's
// `argument` is an extent as an argument; other kinds are as in a nest, without addresses.
class NestBuilder {
 public:
  NestBuilder();

  // The number of the value, which is that of an equal one if there is one.
  int value(const Value& value);
  int constant(DType dtype, int64_t bits);
  int argument(DType dtype, int64_t bits);
  int call(te::Fn fn, DType dtype, Operands operands);
  int access(const Access& access);
  // Opens a loop inside `parent`, after what that already does.
  int loop(Loop::Kind kind, int parent, int64_t extent);
  // Accumulates in the last of its loops, unless an equal reduction does.
  int reduction(const Reduction& reduction);
  void store(const BuilderStore& store, int loop);

  // Loops from the root down.
  int depth(int loop) const;

  std::vector<BuilderLoop> loops;
  std::vector<Value> values;
  std::vector<Access> accesses;
  std::vector<Reduction> reductions;
  std::vector<BuilderStore> stores;
  std::vector<DType> argument_types;
  std::vector<int64_t> arguments;  // bits: int64, or the number in its own type
  int chunks = 1;

 private:
  std::unordered_multimap<size_t, int> known_;
};

// Per value the values that it is made of: operands, and for a load the indices of its access.
std::vector<int> parts(const NestBuilder& draft, const Value& value);

}  // namespace mycel::codegen::schedule
