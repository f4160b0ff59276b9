// Everything that one trace read of Python's state, and whether it still is as it was.
#pragma once

#include "python/src/jit/guard.h"

namespace mycel::python {

// Counts the writes to attributes of modules and optimisers.
extern uint64_t attribute_epoch;

class Guards {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};
  bool hold();
  // The first difference in words; "" if nothing changed.
  std::string changed();
  // The number of guarded places.
  size_t entries() const;
  // "global scale": at most `most` of them.
  std::vector<std::string> places(size_t most) const;
  // Gives everything that changed its old value again.
  void restore();
  // Whether an object that the trace read is gone: they never hold again.
  bool gone() const;
  // Shows the garbage collector what this holds.
  int traverse(visitproc visit, void* arg) const;

  std::vector<std::unique_ptr<Guard>> always;   // looked at in each call
  std::vector<std::unique_ptr<Guard>> modules;  // attributes: looked at when some was written
  std::vector<std::string> notes;               // what is not guarded
  uint64_t validated_epoch = kNever;
};

}  // namespace mycel::python
