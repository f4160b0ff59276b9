#include "mycel/codegen/loop_nest/split.h"

namespace mycel::codegen::schedule {
namespace {

// The loop that is the whole body of `loop`, values aside, or kNoLoop.
LoopId only_loop(const Loop& loop) {
  LoopId inner = kNoLoop;
  for (const Item& item : loop.items) {
    if (std::holds_alternative<ValueId>(item)) continue;
    const LoopId* next = std::get_if<LoopId>(&item);
    if (!next || inner != kNoLoop) return kNoLoop;
    inner = *next;
  }
  return inner;
}

}  // namespace

void mark_splittable(Nest& nest) {
  for (LoopId at = only_loop(nest.loops[kRootLoop]); at != kNoLoop;) {
    Loop& loop = nest.loops[at];
    if (loop.kind != Loop::Kind::kParallel) return;
    loop.splittable = true;
    at = only_loop(loop);
  }
}

void mark_chunked(Nest& nest) {
  for (Loop& loop : nest.loops) {
    if (loop.kind != Loop::Kind::kReduce) continue;
    loop.splittable = true;
    return;
  }
}

}  // namespace mycel::codegen::schedule
