// Lowers the accesses of a nest under construction to address arithmetic.
#pragma once

#include "mycel/codegen/analysis/schedule_input.h"
#include "mycel/codegen/loop_nest/dependence.h"
#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

using AccessAddresses = IndexedVector<AccessId, ValueId>;

// Returns the value of each access's address: a chain of sums that adds the terms that change least
// often first, so that most of it is hoisted. Adds the values to the builder, with offsets and
// strides as arguments.
AccessAddresses make_addresses(const ScheduleInput& problem, const Dependence& dependence,
                               NestBuilder& draft);

}  // namespace mycel::codegen::schedule
