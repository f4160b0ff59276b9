// A hash table that numbers keys in order of insertion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "mycel/base/reused_row.h"

namespace mycel {

// Holds up to `most` keys by value. A look-up compares a few keys, whatever the size. A small table
// is stored inline, a larger one in a block that the thread keeps.
template <class Key, size_t N = 16>
class IndexTable {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  explicit IndexTable(size_t most) : slots_(slots_for(most)) {
    for (Slot& slot : slots_) slot.index = kNone;
  }
  size_t size() const { return size_; }

  // Returns the number of an equal key, or adds the key under the next number.
  uint32_t add(const Key& key) {
    Slot& slot = slots_[find_slot(key)];
    if (slot.index == kNone) slot = {key, size_++};
    return slot.index;
  }
  // Returns kNone if the key was not added.
  uint32_t find(const Key& key) const { return slots_[find_slot(key)].index; }

 private:
  struct Slot {
    Key key;
    uint32_t index;
  };

  // A power of two, at least twice the number of keys.
  static size_t slots_for(size_t most) {
    size_t slots = 4;
    while (slots < 2 * most) slots *= 2;
    return slots;
  }
  // Returns the slot of the key, or the first free one after its hash position.
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
