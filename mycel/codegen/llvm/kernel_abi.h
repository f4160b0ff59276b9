// The calling convention of generated code.
#pragma once

#include <cstdint>

namespace mycel::codegen {

// Filled in by generated code that finds an index out of range.
struct IndexError {
  int64_t found = 0;
  int64_t index = 0;
  int64_t extent = 0;
};

// The one argument of a nest's function. All fields are 64 bits wide: the emitter relies on it.
struct NestCall {
  const int64_t* arguments;
  void* const* buffers;
  void* scratch;
  int64_t split;  // the loop that runs over [begin, end) only; -1: all loops run in full
  int64_t begin;
  int64_t end;
  int64_t chunk;
  IndexError* error;
};
using NestFunction = void (*)(const NestCall*);

}  // namespace mycel::codegen
