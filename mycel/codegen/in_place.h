// The outputs that may overwrite an input, decided by the finished nests.
#pragma once

#include <cstddef>
#include <vector>

#include "mycel/codegen/schedule.h"

namespace mycel::codegen::schedule {

// The pairs whose output may be written over the input, if both start at one address: every load
// of the input is done before the store of the output that overwrites it. Loads are done in time if
// they stand
// - in an earlier stage, or
// - in the nest of the store, at the address of the store, before it in the body of the one loop
//   whose iterations each write another element.
// Nests of one stage run in any order, so a load in another nest of that stage is too late. The
// elements of an output must not overlap each other.
//
// Pairs are found one by one. Two pairs may be used at once if they have no buffer in common.
std::vector<te::InPlace> in_place_pairs(const std::vector<std::vector<Work>>& stages,
                                        size_t num_inputs, size_t num_outputs);

}  // namespace mycel::codegen::schedule
