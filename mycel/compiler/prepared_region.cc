#include "mycel/compiler/prepared_region.h"

#include <algorithm>

#include "mycel/base/reused_row.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/outline.h"
#include "mycel/compiler/prepare.h"

namespace mycel::compiler {

PreparedRegion::PreparedRegion(const ir::Region& region,
                               const std::vector<const ir::Value*>& captured,
                               const ControlContext& context, const std::string& name) {
  std::unique_ptr<ir::Function> function = outline(region, captured, name);
  std::vector<runtime::Spec> specs;
  for (const ir::Value* argument : region.arguments()) specs.push_back(dense(argument->type()));
  for (const ir::Value* value : captured) specs.push_back(context.spec(value));
  PrepareOptions options;
  options.module = context.module;
  options.fresh_results = true;
  options.call_depth = context.depth + 1;
  options.apart = context.apart;
  executable_ = prepare(*function, *context.backend, specs, options);
}

void PreparedRegion::run(char* arena, runtime::Bases inputs, runtime::Bases outputs,
                         const backends::Stream& stream) const {
  const std::vector<NDArray>& constants = executable_->parts().constants;
  ReusedRow<char*> bases(1 + inputs.size() + outputs.size() + constants.size());
  char** base = bases.begin();
  *base++ = arena;
  base = std::copy(inputs.begin(), inputs.end(), base);
  base = std::copy(outputs.begin(), outputs.end(), base);
  for (const NDArray& constant : constants) *base++ = static_cast<char*>(constant.raw());
  executable_->run_steps(bases, stream);
}

bool read_bool(backends::Backend& backend, char* data, const backends::Stream& stream) {
  backend.synchronize(stream);
  if (backend.device().kind == DeviceKind::kCpu) return *reinterpret_cast<const bool*>(data);
  NDArray array(Buffer::wrap(data, 1, backend.device(), nullptr, false), DType::kBool, {}, {});
  return *backend.to_host(array).data<bool>();
}

}  // namespace mycel::compiler
