#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen::schedule {

int vector_depth(const Nest& nest, int loop) {
  for (; loop >= 0; loop = nest.loops[static_cast<size_t>(loop)].parent) {
    const Loop& l = nest.loops[static_cast<size_t>(loop)];
    if (l.vector) return l.depth;
  }
  return -1;
}

}  // namespace mycel::codegen::schedule
