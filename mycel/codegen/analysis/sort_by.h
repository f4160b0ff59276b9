// A stable sort by key.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace mycel::codegen::schedule {

// Sorts by `key`, then by position. (libstdc++ 12 implements std::stable_sort with a function that
// Clang reports as deprecated.)
template <class T, class Key>
void sort_by(std::vector<T>& items, const Key& key) {
  std::vector<std::pair<decltype(key(items[0])), size_t>> order;
  for (size_t i = 0; i < items.size(); ++i) order.emplace_back(key(items[i]), i);
  std::sort(order.begin(), order.end());
  std::vector<T> sorted;
  for (const auto& entry : order) sorted.push_back(std::move(items[entry.second]));
  items = std::move(sorted);
}

}  // namespace mycel::codegen::schedule
