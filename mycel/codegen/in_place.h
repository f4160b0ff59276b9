// Finds the outputs that may overwrite an input, from the finished nests.
#pragma once

#include <cstddef>
#include <vector>

#include "mycel/codegen/schedule.h"

namespace mycel::codegen::schedule {

// The pairs whose output may overwrite the input, if both start at the same address: every load of
// the input runs before the store that overwrites its element. That holds for loads
// - in an earlier stage, or
// - in the nest of the store, at the address of the store, before it in the body of a loop whose
//   iterations each write a different element.
// Nests of one stage run in any order, so a load in another nest of that stage is too late. The
// elements of an output must not overlap each other.
//
// Each pair is found on its own. Two pairs may be used at once if they share no buffer.
std::vector<te::InPlace> in_place_pairs(const std::vector<std::vector<Work>>& stages,
                                        size_t num_inputs, size_t num_outputs);

}  // namespace mycel::codegen::schedule
