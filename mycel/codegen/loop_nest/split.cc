#include "mycel/codegen/loop_nest/split.h"

namespace mycel::codegen::schedule {
namespace {

// The loop that is the whole body of `loop`, values aside, or -1.
int only_loop(const Loop& loop) {
  int inner = -1;
  for (const Item& item : loop.items) {
    if (item.kind == Item::Kind::kValue) continue;
    if (item.kind != Item::Kind::kLoop || inner >= 0) return -1;
    inner = item.number;
  }
  return inner;
}

}  // namespace

void mark_splittable(Nest& nest) {
  for (int at = only_loop(nest.loops[0]); at > 0;) {
    Loop& loop = nest.loops[static_cast<size_t>(at)];
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
