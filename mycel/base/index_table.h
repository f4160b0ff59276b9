// Numbers for keys, in the order in which the keys come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "mycel/base/reused_row.h"

namespace mycel {

// For at most `most` keys, which stand in it by value. A look-up compares a few keys, however many
// there are; the table of a short list lies inside the object, and that of a longer one in a block
// that the thread keeps.
template <class Key, size_t N = 16>
class IndexTable {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  explicit IndexTable(size_t most) : slots_(slots_for(most)) {
    for (Slot& slot : slots_) slot.index = kNone;
  }
  size_t size() const { return size_; }

  // The key's number: that of an equal one, or the next.
  uint32_t add(const Key& key) {
    Slot& slot = slots_[find_slot(key)];
    if (slot.index == kNone) slot = {key, size_++};
    return slot.index;
  }
  // kNone if it was not added.
  uint32_t find(const Key& key) const { return slots_[find_slot(key)].index; }

 private:
  struct Slot {
    Key key;
    uint32_t index;
  };

  // A power of two of which at most half is used.
  static size_t slots_for(size_t most) {
    size_t slots = 4;
    while (slots < 2 * most) slots *= 2;
    return slots;
  }
  // Of the key, or the first free one behind its place.
  size_t find_slot(const Key& key) const {
    size_t mask = slots_.size() - 1;
    uint64_t mixed = static_cast<uint64_t>(std::hash<Key>()(key)) * 0x9e3779b97f4a7c15;
    size_t at = static_cast<size_t>(mixed >> 32) & mask;
    while (slots_[at].index != kNone && !(slots_[at].key == key)) at = (at + 1) & mask;
    return at;
  }

  ReusedRow<Slot, N> slots_;
  uint32_t size_ = 0;
};

}  // namespace mycel
