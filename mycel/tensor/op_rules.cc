#include "mycel/tensor/op_rules.h"

#include <memory>

namespace mycel {
namespace {

// By OpDef id for operations; user functions have negative ids: -2, -3, ...
struct Tables {
  std::vector<std::unique_ptr<OpRules>> of_operations;
  std::vector<std::unique_ptr<OpRules>> of_functions;
};

Tables& tables() {
  static Tables instance;
  return instance;
}

}  // namespace

OpRules& rules(const ir::OpDef& op) {
  bool function = op.id < 0;
  size_t index = static_cast<size_t>(function ? -op.id - 2 : op.id);
  auto& table = function ? tables().of_functions : tables().of_operations;
  while (index >= table.size()) table.push_back(std::make_unique<OpRules>());
  return *table[index];
}

}  // namespace mycel
