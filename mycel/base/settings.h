// All environment variables that Mycel reads.
#pragma once

#include <string>
#include <string_view>

namespace mycel {

struct Settings {
  int threads;            // MYCEL_THREADS: size of the thread pool; default: the machine's cores
  std::string log;        // MYCEL_LOG: comma-separated topics, listed in docs/debugging.md
  std::string cache_dir;  // MYCEL_CACHE: folder of compiled kernels; "" stores none
  std::string data_dir;   // MYCEL_DATA: folder of data sets
  bool verify;            // MYCEL_VERIFY=1: verify the IR after every pass
};

// Reads the environment once, at first use.
const Settings& settings();

// MYCEL_SKIP_PASS: the compiler pass to skip, or "". Read at every compilation, so that a program
// can be compared with itself: see compiler/pipeline.h.
std::string skipped_pass();

// MYCEL_MEMORY=apart: gives every value of a compiled program its own memory, to rule out that one
// overwrites another. Read at every compilation. Raises ValueError for any other setting.
bool memory_apart();

// Whether MYCEL_LOG names the topic (or "all").
bool logs(std::string_view topic);
// Prints "[topic] text" to standard error if MYCEL_LOG names the topic.
void log(std::string_view topic, std::string_view text);

}  // namespace mycel
