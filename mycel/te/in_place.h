// InPlace: a kernel's promise that an input and an output may share memory.
#pragma once

#include <cstdint>

namespace mycel::te {

// An input and an output of a computation that may be one array.
struct InPlace {
  uint32_t input;
  uint32_t output;

  friend bool operator==(const InPlace&, const InPlace&) = default;
};

}  // namespace mycel::te
