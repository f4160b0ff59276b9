// A prepared region of control flow.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mycel/compiler/control.h"
#include "mycel/passes/memory/pack_arena.h"

namespace mycel::compiler {

// Takes the region's arguments, dense, then captured values; its results share no memory with these
// or with each other.
class PreparedRegion {
 public:
  PreparedRegion(const ir::Region& region, const std::vector<const ir::Value*>& captured,
                 const ControlContext& context, const std::string& name);

  int64_t arena_bytes() const { return passes::aligned(executable_->parts().plan.arena_bytes); }
  const runtime::Spec& result(size_t i) const { return executable_->parts().outputs[i]; }
  void run(char* arena, runtime::Bases inputs, runtime::Bases outputs,
           const backends::Stream& stream) const;

 private:
  std::shared_ptr<const runtime::Executable> executable_;
};

// Reads a bool from the device to the host.
bool read_bool(backends::Backend& backend, char* data, const backends::Stream& stream);

}  // namespace mycel::compiler
