#include "python/src/jit/guards.h"

#include <algorithm>

namespace mycel::python {

uint64_t attribute_epoch = 0;

namespace {

using List = std::vector<std::unique_ptr<Guard>>;

bool all_hold(const List& list) {
  for (const std::unique_ptr<Guard>& guard : list) {
    if (!guard->holds()) return false;
  }
  return true;
}

}  // namespace

bool Guards::hold() {
  if (!all_hold(always)) return false;
  if (validated_epoch == attribute_epoch) return true;
  if (!all_hold(modules)) return false;
  auto unseen = [](const std::unique_ptr<Guard>& guard) { return guard->may_change_unseen(); };
  if (std::none_of(modules.begin(), modules.end(), unseen)) validated_epoch = attribute_epoch;
  return true;
}

std::string Guards::changed() {
  for (const List* list : {&always, &modules}) {
    for (const std::unique_ptr<Guard>& guard : *list) {
      if (std::string text = guard->change(); !text.empty()) return text;
    }
  }
  return "";
}

size_t Guards::entries() const {
  size_t sum = 0;
  for (const List* list : {&always, &modules}) {
    for (const std::unique_ptr<Guard>& guard : *list) sum += guard->entries();
  }
  return sum;
}

std::vector<std::string> Guards::places(size_t most) const {
  std::vector<std::string> all;
  for (const List* list : {&always, &modules}) {
    for (const std::unique_ptr<Guard>& guard : *list) {
      for (std::string& place : guard->places()) {
        if (all.size() < most) all.push_back(std::move(place));
      }
    }
  }
  return all;
}

void Guards::restore() {
  for (const List* list : {&always, &modules}) {
    for (const std::unique_ptr<Guard>& guard : *list) {
      if (!guard->holds()) guard->restore();
    }
  }
}

bool Guards::gone() const {
  for (const List* list : {&always, &modules}) {
    for (const std::unique_ptr<Guard>& guard : *list) {
      if (guard->gone()) return true;
    }
  }
  return false;
}

int Guards::traverse(visitproc visit, void* arg) const {
  for (const List* list : {&always, &modules}) {
    for (const std::unique_ptr<Guard>& guard : *list) {
      if (int status = guard->traverse(visit, arg)) return status;
    }
  }
  return 0;
}

}  // namespace mycel::python
