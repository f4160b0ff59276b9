#include "mycel/compiler/prepared_region.h"

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
  executable_ = prepare(*function, *context.backend, specs, options);
}

void PreparedRegion::run(char* arena, const std::vector<char*>& inputs,
                         const std::vector<char*>& outputs, const backends::Stream& stream) const {
  InlineVector<char*, 32> bases;
  bases.push_back(arena);
  for (char* input : inputs) bases.push_back(input);
  for (char* output : outputs) bases.push_back(output);
  for (const NDArray& constant : executable_->parts().constants) {
    bases.push_back(static_cast<char*>(constant.raw()));
  }
  executable_->run_steps({bases.data(), bases.size()}, stream);
}

bool read_bool(backends::Backend& backend, char* data, const backends::Stream& stream) {
  backend.synchronize(stream);
  NDArray array(Buffer::wrap(data, 1, backend.device(), nullptr, false), DType::kBool, {}, {});
  return *backend.to_host(array).data<bool>();
}

}  // namespace mycel::compiler
