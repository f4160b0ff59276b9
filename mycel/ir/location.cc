#include "mycel/ir/location.h"

#include <mutex>
#include <unordered_set>

#include "mycel/base/error.h"

namespace mycel::ir {

std::string_view intern(std::string_view text) {
  if (text.empty()) return {};
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };
  static auto* mutex = new std::mutex;
  static auto* texts = new std::unordered_set<std::string, Hash, std::equal_to<>>;
  std::lock_guard lock(*mutex);
  auto found = texts->find(text);
  return found != texts->end() ? *found : *texts->emplace(text).first;
}

std::string to_string(const Location& location) {
  if (!location.known()) return "";
  std::string text = fmt::format("at {}:{}", location.file, location.line);
  if (!location.scope.empty()) text += fmt::format(" in {}", location.scope);
  return text;
}

}  // namespace mycel::ir
