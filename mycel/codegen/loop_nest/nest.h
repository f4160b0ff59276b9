// Loop nests, the input of the machine-code emitter.
//
// A nest computes some outputs over common loops. Everything that depends only on extents, strides
// and constants is an argument of it, so that one nest serves a whole kernel signature.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "mycel/base/indexed_vector.h"
#include "mycel/base/inline_vector.h"
#include "mycel/codegen/loop_nest/ids.h"
#include "mycel/core/dtype.h"
#include "mycel/te/expr.h"

namespace mycel::codegen::schedule {

using Operands = InlineVector<ValueId, 3>;

// A value, computed in the deepest loop that it depends on. Values are numbered, operands first.
struct Value {
  enum class Kind : uint8_t {
    kConstant,  // `bits`
    kArgument,  // `argument`
    kIndex,     // the variable of `loop`
    kChunk,     // the part of a split reduction that the call computes
    kBase,      // the address of element [0, ...] of a buffer plus `argument` bytes; the argument
                // `buffer` holds the buffer's number, or it is kScratch
    kOffset,   // address operand 0 advanced by index operand 1 times `argument` bytes, or times the
               // size of an element (kUnit)
    kLoad,     // from address operand 0; with a predicate as operand 1, 0 where that is false
    kCheck,    // bool: index operand 0 lies in [0, argument `argument`); reports an error if not.
               // With a predicate as operand 1: false, and no error, where that is false
    kCall,     // te::Fn of the operands
    kReduced,  // result `result` of `reduction`, after its loops
    kScanned,  // the running value of the scan `reduction`, this iteration included
  };
  static constexpr ArgumentId kScratch = kNoArgument;
  static constexpr ArgumentId kUnit = kNoArgument;

  Kind kind = Kind::kConstant;
  DType dtype = DType::kInt64;
  te::Fn fn = te::Fn::kAdd;
  int result = 0;
  int64_t bits = 0;  // integers as int64, floats as a double's bits
  ArgumentId argument = {};
  ArgumentId buffer = {};
  LoopId loop = {};
  ReductionId reduction = {};
  AccessId access = {};  // of a kLoad before finalize_nest
  // Set by finalize_nest: the deepest loop that it depends on, and the depths of all.
  LoopId level = kRootLoop;
  uint64_t depths = 0;
  Operands operands = {};

  friend bool operator==(const Value&, const Value&) = default;
};

// A step of a loop's body: computes a value, runs a loop, accumulates the bodies of a reduction, or
// stores.
using Item = std::variant<ValueId, LoopId, ReductionId, StoreId>;

struct Loop {
  enum class Kind : uint8_t {
    kRoot,      // loop 0: the whole nest, executed once
    kParallel,  // iterations in any order
    kReduce,    // of one or more reductions
    kScan,      // in order, carrying scans
  };
  Kind kind = Kind::kRoot;
  LoopId parent = kNoLoop;
  int depth = 0;
  ArgumentId extent = kNoArgument;
  bool vector = false;      // its iterations are lanes
  int unroll = 1;           // (vectors of) iterations that the body executes at once
  bool blocked = false;     // sums restart every few iterations, so that rounding errors stay small
  bool splittable = false;  // a call may execute a part of its iterations
  std::vector<Item> items;
};

// A reduction or a scan. Bodies: the value, and the index for arg-reductions.
struct Reduction {
  te::Reducer reducer = te::Reducer::kSum;
  bool scan = false;
  Operands bodies;
  LoopId first_loop = kRootLoop;  // the outermost of its loops; a scan has one
  LoopId last_loop = kRootLoop;

  friend bool operator==(const Reduction&, const Reduction&) = default;
};

struct Store {
  DType dtype;
  ValueId address;
  ValueId value;
};

struct Nest {
  int lanes = 1;  // of its vectors
  IndexedVector<LoopId, Loop> loops;
  IndexedVector<ValueId, Value> values;
  IndexedVector<ReductionId, Reduction> reductions;
  IndexedVector<StoreId, Store> stores;
  IndexedVector<ArgumentId, DType> arguments;  // int64, except for constants of the formula
  bool checks = false;                         // whether it can report an index out of range
};

// The nest as text, for people and as its kernel signature: nests with the same text have the same
// code.
std::string to_string(const Nest& nest);

// The depth of the vectorized loop that `loop` is or is inside of, or -1.
int vector_depth(const Nest& nest, LoopId loop);

}  // namespace mycel::codegen::schedule
