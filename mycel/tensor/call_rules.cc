#include "mycel/tensor/call_rules.h"

#include <unordered_map>

namespace mycel {
namespace {

std::unordered_map<const ir::OpDef*, CallRules>& table() {
  static std::unordered_map<const ir::OpDef*, CallRules> instance;
  return instance;
}

const CallRules none;

}  // namespace

CallRules& define_call_rules(const ir::OpDef& op) { return table()[&op]; }

const CallRules& call_rules(const ir::OpDef& op) {
  auto found = table().find(&op);
  return found == table().end() ? none : found->second;
}

}  // namespace mycel
