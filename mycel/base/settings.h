// Every environment variable that Mycel reads, in one list.
#pragma once

#include <string>
#include <string_view>

namespace mycel {

struct Settings {
  int threads;            // MYCEL_THREADS: size of the thread pool; default: the machine's cores
  std::string log;        // MYCEL_LOG: comma-separated topics, of "passes", "steps" and "cache"
  std::string cache_dir;  // MYCEL_CACHE: compiled kernels on disk; "" keeps none
  std::string data_dir;   // MYCEL_DATA: where data sets are looked for
  bool verify;            // MYCEL_VERIFY=1: verify the IR after every pass
};

// Read once, at first use.
const Settings& settings();

// MYCEL_SKIP_PASS: the name of one pass of the compiler that is left out, "" for none. Read at
// every compilation, so that a program can be compared with itself: see compiler/pipeline.h.
std::string skipped_pass();

// MYCEL_MEMORY=apart: every value of a compiled program gets memory of its own, to rule out that
// one overwrites another. Read at every compilation. Raises ValueError for another value.
bool memory_apart();

// Whether MYCEL_LOG names the topic (or "all").
bool logs(std::string_view topic);
// One line on standard error, "[topic] text", if MYCEL_LOG names the topic.
void log(std::string_view topic, std::string_view text);

}  // namespace mycel
