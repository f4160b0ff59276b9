#include "mycel/base/settings.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "mycel/base/error.h"

namespace mycel {
namespace {

std::string text(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value ? value : std::move(otherwise);
}

int default_threads() {
  unsigned cores = std::thread::hardware_concurrency();
  return cores ? static_cast<int>(cores) : 1;
}

std::string default_cache_dir() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return std::string(cache) + "/mycel";
  if (const char* home = std::getenv("HOME")) return std::string(home) + "/.cache/mycel";
  return "";
}

Settings read_environment() {
  int threads = std::atoi(text("MYCEL_THREADS", "0").c_str());
  return {threads > 0 ? threads : default_threads(), text("MYCEL_LOG", ""),
          text("MYCEL_CACHE", default_cache_dir()), text("MYCEL_DATA", ""),
          text("MYCEL_VERIFY", "0") != "0"};
}

}  // namespace

const Settings& settings() {
  static const Settings instance = read_environment();
  return instance;
}

std::string skipped_pass() { return text("MYCEL_SKIP_PASS", ""); }

bool memory_apart() {
  std::string mode = text("MYCEL_MEMORY", "");
  if (mode.empty() || mode == "apart") return !mode.empty();
  fail(Code::kValue, "MYCEL_MEMORY expects \"apart\" or nothing, got \"{}\"", mode);
}

bool logs(std::string_view topic) {
  std::string_view rest = settings().log;
  while (!rest.empty()) {
    size_t comma = rest.find(',');
    std::string_view name = rest.substr(0, comma);
    if (name == topic || name == "all") return true;
    rest = comma == rest.npos ? "" : rest.substr(comma + 1);
  }
  return false;
}

void log(std::string_view topic, std::string_view text) {
  if (logs(topic)) {
    std::fprintf(stderr, "[%.*s] %.*s\n", static_cast<int>(topic.size()), topic.data(),
                 static_cast<int>(text.size()), text.data());
  }
}

}  // namespace mycel
