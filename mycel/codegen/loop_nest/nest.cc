#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen::schedule {

int vector_depth(const Nest& nest, LoopId loop) {
  for (; loop != kNoLoop; loop = nest.loops[loop].parent) {
    if (nest.loops[loop].vector) return nest.loops[loop].depth;
  }
  return -1;
}

}  // namespace mycel::codegen::schedule
