// The compiled forms of one function, each in an entry with what it was compiled for. The C++ and
// the Python front end differ in their entries and share this cache.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace mycel {

// Freeing an entry may run user code, which may call the function. So the cache leaves it to its
// user to free what it removes: without a lock that such a call needs.
template <class Entry>
class CompiledCache {
 public:
  using EntryPtr = std::shared_ptr<Entry>;

  // Returns the newest entry for which `fits` holds, null if there is none. `fits` may run user
  // code that compiles and so changes the cache: each entry is held while it is tested.
  template <class Fits>
  EntryPtr find(const Fits& fits) const {
    for (size_t i = entries_.size(); i > 0; --i) {
      if (i > entries_.size()) continue;
      EntryPtr entry = entries_[i - 1];
      if (fits(*entry)) return entry;
    }
    return nullptr;
  }
  // Returns the oldest entry, removed, if there are too many; else null.
  [[nodiscard]] EntryPtr add(EntryPtr entry) {
    EntryPtr oldest;
    if (entries_.size() >= kMaxEntries) {
      oldest = std::move(entries_.front());
      entries_.erase(entries_.begin());
    }
    entries_.push_back(std::move(entry));
    return oldest;
  }
  // Removes the entries for which `test` holds and returns them.
  template <class Test>
  [[nodiscard]] std::vector<EntryPtr> take(const Test& test) {
    auto kept = std::stable_partition(entries_.begin(), entries_.end(),
                                      [&](const EntryPtr& entry) { return !test(*entry); });
    std::vector<EntryPtr> taken(kept, entries_.end());
    entries_.erase(kept, entries_.end());
    return taken;
  }
  [[nodiscard]] std::vector<EntryPtr> take_all() { return std::exchange(entries_, {}); }

  // The newest last.
  const std::vector<EntryPtr>& entries() const { return entries_; }

 private:
  static constexpr size_t kMaxEntries = 64;

  std::vector<EntryPtr> entries_;
};

}  // namespace mycel
