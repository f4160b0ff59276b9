// All guards of one trace: check whether the Python state that it read is unchanged.
#pragma once

#include "python/src/jit/guard.h"

namespace mycel::python {

// Counts writes to attributes of modules and optimisers, and reads of their `__dict__`.
extern uint64_t attribute_epoch;

class Guards {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};
  bool hold();
  // Describes the first difference; "" if nothing changed.
  std::string changed();
  // The number of guarded places.
  size_t entries() const;
  // Names at most `most` guarded places: "global scale".
  std::vector<std::string> places(size_t most) const;
  // Restores the old value of everything that changed.
  void restore();
  // Whether an object that the trace read is gone: the guards never hold again.
  bool gone() const;
  // Reports the references held here to the garbage collector.
  int traverse(visitproc visit, void* arg) const;

  std::vector<std::unique_ptr<Guard>> always;   // checked in every call
  std::vector<std::unique_ptr<Guard>> modules;  // attributes, checked if some attribute was written
  std::vector<std::string> notes;               // state that is not guarded
  uint64_t validated_epoch = kNever;
};

}  // namespace mycel::python
