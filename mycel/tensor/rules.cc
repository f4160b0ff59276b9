#include "mycel/tensor/rules.h"

#include <deque>
#include <unordered_map>

namespace mycel {
namespace {

// By OpDef id for operations; user functions have negative ids: -2, -3, ...
struct Tables {
  std::deque<OpRules> of_operations;
  std::deque<OpRules> of_functions;
};

Tables& tables() {
  static Tables instance;
  return instance;
}

}  // namespace

OpRules& rules(const ir::OpDef& op) {
  bool function = op.id < 0;
  size_t index = static_cast<size_t>(function ? -op.id - 2 : op.id);
  std::deque<OpRules>& table = function ? tables().of_functions : tables().of_operations;
  if (index >= table.size()) table.resize(index + 1);
  return table[index];
}

}  // namespace mycel
