// Splits a stage: finds the nodes that a group should not compute in one nest.
#pragma once

#include <optional>
#include <vector>

#include "mycel/codegen/partition/group_facts.h"

namespace mycel::codegen::schedule {

// Nodes to compute in an earlier stage.
struct StageSplit {
  enum class Kind : uint8_t {
    kValues,  // each as an array over `axes`
    kScan,    // one scan, as an array over `axes` and its own axis
    kChunks,  // reductions over equal loops, each in `chunks` parts as an array over part and
              // `axes`
    kShared,  // one value used at several indices, as an array over `axes`
  };
  Kind kind = Kind::kValues;
  std::vector<const te::Node*> nodes;
  std::vector<te::Axis> axes;
  int chunks = 1;
  // kShared: by node, its axes in place of `axes`.
  std::vector<std::vector<te::Axis>> at = {};
};

// The first split that the group needs.
std::optional<StageSplit> find_stage_split(const ScheduleInput& problem, const Group& group);

// Splits off a scan that runs along no axis of the group, or along a different axis than another
// scan does, or whose loop cannot be inside those that its body depends on.
std::optional<StageSplit> split_stage_scan(const GroupFacts& facts, const te::Node* scan);
// Splits off (a) a reduction whose free axes and those of another, or the axes of an output, are
// not nested: no order of loops suits both; (b) a reduction inside another that would repeat it;
// (c) a matrix product that needs other vectors than the functions of its result; (d) a large
// reduction to few elements, or to elements that are adjacent in the output: two passes in memory
// order are better than one across it. A large reduction to all the group's elements goes to
// split_stage_chunks.
std::optional<StageSplit> split_stage_reduction(const GroupFacts& facts, const te::Node* reduction);
// Splits a reduction to all the group's elements, if these are too few for the threads: each thread
// gets a part of it. Values with loops of their own that it needs are split off first.
std::optional<StageSplit> split_stage_chunks(const GroupFacts& facts, const te::Node* reduction);

}  // namespace mycel::codegen::schedule
