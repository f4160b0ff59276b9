#include "mycel/codegen/partition/split_stage.h"

namespace mycel::codegen::schedule {

std::optional<StageSplit> find_stage_split(const ScheduleInput& problem, const Group& group) {
  if (group.chunks > 1) return std::nullopt;
  GroupFacts facts(problem, group);
  for (const te::Node* node : facts.reductions) {
    std::optional<StageSplit> cut = node->kind == te::Kind::kScan
                                        ? split_stage_scan(facts, node)
                                        : split_stage_reduction(facts, node);
    if (cut) return cut;
  }
  return std::nullopt;
}

}  // namespace mycel::codegen::schedule
