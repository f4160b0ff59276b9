#include "mycel/codegen/program.h"

#include <algorithm>
#include <atomic>

#include "mycel/base/error.h"
#include "mycel/base/parallel_for.h"

namespace mycel::codegen {
namespace {

using schedule::kNoLoop;
using schedule::Work;

// The least work to wake a thread for; a fork and join takes half a microsecond.
constexpr double kThreadNanoseconds = 6000;
constexpr double kUnitNanoseconds = 2000;

// Chooses the loop to divide: with chunks, the chunked loop; otherwise the outermost loop that
// gives every thread its share, or else the one with the most parts.
void choose_split(Task& task, const Work& work, int threads) {
  const schedule::Nest& nest = work.instance.nest;
  int64_t best = 1;
  for (schedule::LoopId id : nest.loops.indices()) {
    const schedule::Loop& loop = nest.loops[id];
    if (!loop.splittable) continue;
    int64_t quantum = loop.unroll * (loop.vector ? nest.lanes : 1);
    int64_t parts = (work.instance.extents[id] + quantum - 1) / quantum;
    if (parts > best || work.chunks > 1) {
      best = parts;
      task.split = id;
      task.extent = work.instance.extents[id];
      task.step = quantum;
    }
    if (parts >= 4 * threads) break;
  }
}

Task make_task(const Work& work, NestFunction function, int threads) {
  Task task;
  task.function = function;
  task.arguments = work.instance.arguments;
  task.chunks = work.chunks;
  choose_split(task, work, threads);
  if (work.chunks > 1) {
    task.units = work.chunks;
    return task;
  }
  double parts = std::max(1.0, work.nanoseconds / kUnitNanoseconds);
  int64_t quanta = (task.extent + task.step - 1) / task.step;
  int64_t per_unit =
      std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(quanta) / parts));
  task.step *= per_unit;
  task.units =
      task.split == kNoLoop ? 1 : std::max<int64_t>(1, (task.extent + task.step - 1) / task.step);
  return task;
}

ProgramStage make_stage(const std::vector<Work>& works, const NestFunction* functions,
                        int threads) {
  ProgramStage stage;
  double nanoseconds = 0;
  for (const Work& work : works) {
    Task task = make_task(work, *functions++, threads);
    task.first_unit = stage.units;
    stage.units += task.units;
    nanoseconds += work.nanoseconds;
    stage.tasks.push_back(std::move(task));
  }
  double per_unit = std::max(nanoseconds / static_cast<double>(stage.units), 1e-3);
  stage.grain = static_cast<int64_t>(kThreadNanoseconds / per_unit) + 1;
  return stage;
}

// The first index error reported by any thread.
struct SharedError {
  std::atomic<bool> found{false};
  IndexError first;

  void add(const IndexError& error) {
    if (error.found && !found.exchange(true)) first = error;
  }
};

[[noreturn]] void raise(const IndexError& error) {
  fail(mycel::Code::kIndex, "index {} is out of range for dim of size {}", error.index,
       error.extent);
}

void run_chunks(const Task& task, NestCall call, int64_t begin, int64_t end) {
  for (int64_t chunk = begin; chunk < end; ++chunk) {
    call.split = static_cast<int64_t>(task.split);
    call.begin = task.extent * chunk / task.chunks;
    call.end = task.extent * (chunk + 1) / task.chunks;
    call.chunk = chunk;
    task.function(&call);
  }
}

// Runs units [begin, end) of one task.
void run_units(const Task& task, NestCall call, int64_t begin, int64_t end) {
  call.arguments = task.arguments.data();
  if (task.chunks > 1) return run_chunks(task, call, begin, end);
  if (task.split != kNoLoop) {
    call.split = static_cast<int64_t>(task.split);
    call.begin = begin * task.step;
    call.end = std::min(end * task.step, task.extent);
  }
  task.function(&call);
}

void run_stage(const ProgramStage& stage, const NestCall& call, SharedError& error) {
  parallel_for(stage.units, stage.grain, [&](int64_t begin, int64_t end) {
    IndexError mine;
    NestCall local = call;
    local.error = &mine;
    for (const Task& task : stage.tasks) {
      int64_t first = std::max(begin - task.first_unit, int64_t{0});
      int64_t last = std::min(end - task.first_unit, task.units);
      if (first < last) run_units(task, local, first, last);
    }
    error.add(mine);
  });
}

}  // namespace

void Program::run(void* const* buffers, void* scratch) const {
  NestCall call{nullptr, buffers, scratch, -1, 0, 0, 0, nullptr};
  if (is_small) {
    const Task& task = stages[0].tasks[0];
    IndexError error;
    call.arguments = task.arguments.data();
    call.error = &error;
    task.function(&call);
    if (error.found) raise(error);
    return;
  }
  SharedError error;
  for (const ProgramStage& stage : stages) run_stage(stage, call, error);
  if (error.found) raise(error.first);
}

Program make_program(const schedule::Schedule& schedule, const std::vector<NestFunction>& functions,
                     int threads) {
  Program program;
  const NestFunction* next = functions.data();
  for (const std::vector<Work>& works : schedule.stages) {
    program.stages.push_back(make_stage(works, next, threads));
    next += works.size();
  }
  program.scratch_bytes = schedule.scratch_bytes;
  program.in_place = schedule.in_place;
  const ProgramStage& first = program.stages[0];
  program.is_small = program.stages.size() == 1 && first.tasks.size() == 1 &&
                     first.tasks[0].chunks == 1 && first.units < 2 * first.grain;
  return program;
}

}  // namespace mycel::codegen
