#include "mycel/codegen/partition/cut.h"

namespace mycel::codegen::schedule {

std::optional<Cut> find_cut(const Problem& problem, const Group& group) {
  if (group.chunks > 1) return std::nullopt;
  GroupFacts facts(problem, group);
  for (const te::Node* node : facts.reductions) {
    std::optional<Cut> cut =
        node->kind == te::Kind::kScan ? cut_scan(facts, node) : cut_reduction(facts, node);
    if (cut) return cut;
  }
  return std::nullopt;
}

}  // namespace mycel::codegen::schedule
