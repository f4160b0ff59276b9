// Blocks of many pages, by best fit in a few mappings of the system's memory.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "mycel/base/fork_safe_mutex.h"

namespace mycel {

// Freed blocks stay resident and join their free neighbours, so that memory of one size serves
// requests of other sizes: a training step frees and requests many. Thread-safe; must live as long
// as the process.
class LargeBlocks {
 public:
  // At least `bytes` bytes, on pages of their own. Null if the system is out of memory.
  void* allocate(size_t bytes);
  void deallocate(void* block, size_t bytes);  // `bytes` as requested
  // Returns the pages of free memory to the system.
  void release();
  // The bytes of free memory that are resident.
  size_t cached();

 private:
  struct Range {
    size_t bytes;
    size_t resident;  // how many of them were touched since the system had them
  };
  using Ranges = std::map<char*, Range>;
  struct Mapping {
    char* top;  // no page from here to the end was used yet
    char* end;
  };

  void* take(char* start, size_t bytes);
  void* extend(Mapping& mapping, size_t bytes);
  void insert(char* start, Range range);
  Range remove(Ranges::iterator it);
  bool map(size_t bytes);

  ForkSafeMutex mutex_;
  Ranges free_;
  std::set<std::pair<size_t, char*>> by_size_;  // the free ranges
  std::vector<Mapping> mappings_;
  size_t cached_ = 0;  // the sum of `resident`
};

}  // namespace mycel
