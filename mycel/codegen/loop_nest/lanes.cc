#include "mycel/codegen/loop_nest/lanes.h"

#include <algorithm>

namespace mycel::codegen::schedule {

int count_lanes(const Nest& nest, int vector_bits) {
  int64_t floats = 0, integers = 1;  // the widest, in bytes
  bool any = false;
  for (const Value& value : nest.values) {
    int depth = vector_depth(nest, value.level);
    if (depth < 0) continue;
    any = true;
    bool address = value.kind == Value::Kind::kBase || value.kind == Value::Kind::kOffset;
    bool number = !address && value.kind != Value::Kind::kIndex;
    if (!number || !(value.depths >> depth & 1)) continue;
    int64_t& widest = is_floating(value.dtype) ? floats : integers;
    widest = std::max(widest, byte_size(value.dtype));
  }
  if (!any) return 1;
  // Masks of narrow elements are only cheap with 512-bit vectors.
  int64_t most = vector_bits / (vector_bits >= 512 ? 8 : 32);
  return static_cast<int>(std::min(most, vector_bits / 8 / (floats ? floats : integers)));
}

}  // namespace mycel::codegen::schedule
