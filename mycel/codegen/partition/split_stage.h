// What a group cannot compute well in one nest.
#pragma once

#include <optional>
#include <vector>

#include "mycel/codegen/partition/group_facts.h"

namespace mycel::codegen::schedule {

// Nodes to be computed in an earlier stage.
struct StageSplit {
  enum class Kind : uint8_t {
    kValues,  // each as an array over `axes`
    kScan,    // the one scan, as an array over `axes` and its own axis
    kChunks,  // reductions over equal loops, each in `chunks` parts as an array over part and
              // `axes`
    kShared,  // one value that stands at several indices, as an array over `axes`
  };
  Kind kind = Kind::kValues;
  std::vector<const te::Node*> nodes;
  std::vector<te::Axis> axes;
  int chunks = 1;
  // kShared: by node, the axes at which it stands in place of `axes`.
  std::vector<std::vector<te::Axis>> at = {};
};

// The first cut that the group needs.
std::optional<StageSplit> find_stage_split(const ScheduleInput& problem, const Group& group);

// The cut that one node of the group needs:
// - a scan that does not run along an axis of the group, or not inside what it depends on;
std::optional<StageSplit> split_stage_scan(const GroupFacts& facts, const te::Node* scan);
// - a reduction of whose free axes and another's neither contains the other: one order of loops
//   cannot hold both;
// - one inside another, which would be computed again and again;
// - a large one to few elements, or to elements that follow each other in the output: rather two
//   passes over memory in its order than one across it;
std::optional<StageSplit> split_stage_reduction(const GroupFacts& facts, const te::Node* reduction);
// - a large one to all the group's elements, if these are too few for the threads: each gets a
//   part of it.
std::optional<StageSplit> split_stage_chunks(const GroupFacts& facts, const te::Node* reduction);

}  // namespace mycel::codegen::schedule
