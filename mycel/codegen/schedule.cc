#include "mycel/codegen/schedule.h"

#include "mycel/base/error.h"
#include "mycel/codegen/in_place.h"
#include "mycel/codegen/loop_nest/build.h"
#include "mycel/codegen/loop_nest/collapse.h"
#include "mycel/codegen/loop_nest/cost.h"
#include "mycel/codegen/loop_nest/vectorize.h"
#include "mycel/codegen/partition/partition.h"

namespace mycel::codegen::schedule {
namespace {

ScheduleInput make_problem(const te::Computation& computation, std::span<const Layout> inputs,
                           std::span<const Layout> outputs, const Machine& machine) {
  if (inputs.size() != computation.inputs.size() || outputs.size() != computation.outputs.size()) {
    fail_internal("code generator: {} inputs and {} outputs for a computation of {} and {}",
                  inputs.size(), outputs.size(), computation.inputs.size(),
                  computation.outputs.size());
  }
  ScheduleInput problem;
  problem.machine = machine;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const te::Input& input = computation.inputs[i];
    problem.buffers.push_back({input.dtype, inputs[i].shape, inputs[i].strides});
    for (size_t d = 0; d < input.dims.size(); ++d) {
      Dim dim = input.dims[d];
      if (!dim.is_constant()) problem.bindings.push_back({dim, inputs[i].shape[d]});
    }
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    problem.buffers.push_back({computation.outputs[i].dtype, outputs[i].shape, outputs[i].strides});
  }
  return problem;
}

Work make_work(const ScheduleInput& problem, const Group& group) {
  NestBuilder draft = build(problem, group);
  collapse(draft);
  Dependence dependence(draft);
  vectorize(draft, dependence);
  unroll(draft, dependence);
  Work work{finalize_nest(problem, draft, dependence), group.chunks, 0};
  work.nanoseconds = nanoseconds(work.instance);
  return work;
}

}  // namespace

Schedule schedule(const te::Computation& computation, std::span<const Layout> inputs,
                  std::span<const Layout> outputs, const Machine& machine) {
  ScheduleInput problem = make_problem(computation, inputs, outputs, machine);
  Schedule schedule;
  for (const Stage& stage : partition(problem, computation)) {
    std::vector<Work>& works = schedule.stages.emplace_back();
    for (const Group& group : stage) works.push_back(make_work(problem, group));
  }
  schedule.scratch_bytes = problem.scratch_bytes;
  schedule.in_place = in_place_pairs(schedule.stages, inputs.size(), outputs.size());
  return schedule;
}

}  // namespace mycel::codegen::schedule
