// Factories, one per kind of control flow; `captured` are the outer values its regions read.
#pragma once

#include "mycel/compiler/control.h"

namespace mycel::compiler {

using ControlPtr = std::shared_ptr<const runtime::Control>;
using Captured = std::vector<const ir::Value*>;

ControlPtr make_if(const ir::Operation& op, const Captured& captured,
                   const ControlContext& context);
ControlPtr make_call(const ir::Operation& op, const ir::Function& callee,
                     const ControlContext& context);
ControlPtr make_while(const ir::Operation& op, const Captured& captured,
                      const ControlContext& context);
ControlPtr make_scan(const ir::Operation& op, const Captured& captured,
                     const ControlContext& context);

}  // namespace mycel::compiler
