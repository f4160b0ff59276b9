// MemoryPlan: the memory of every value of a prepared function, as plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mycel/ir/function.h"

namespace mycel::ir {

struct Place {
  enum class Kind : uint8_t {
    kNone,      // takes no memory (a token, an unused result)
    kInput,     // the function's argument `index`
    kOutput,    // the function's result `index`: a buffer that the caller keeps
    kArena,     // `offset` bytes into the arena
    kConstant,  // the value of a `constant` operation, owned by the executable
    kAlias,     // a view of value `index`
  };
  Kind kind = Kind::kNone;
  size_t index = 0;
  int64_t offset = 0;
  int64_t bytes = 0;
};

struct MemoryPlan {
  std::vector<Place> places;   // by value id
  std::vector<Place> scratch;  // by operation id: kArena or kNone
  int64_t arena_bytes = 0;
  // Per result of the function: whether it is first written after the last operation that may
  // raise. Only then may it overwrite data that must outlive an error.
  std::vector<bool> written_last;
  // Per result of the function: the argument whose buffer it may reuse if nothing else refers to
  // it, or -1.
  std::vector<int> donor;
  // Bytes live at the peak, by category ("arguments", "results", "activations", "scratch").
  struct Category {
    std::string name;
    int64_t bytes;
  };
  std::vector<Category> peak;

  int64_t peak_bytes() const {
    int64_t sum = 0;
    for (const Category& category : peak) sum += category.bytes;
    return sum;
  }
};

}  // namespace mycel::ir
