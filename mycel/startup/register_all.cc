#include "mycel/startup/register_all.h"

#include <memory>

#include "mycel/backends/api/backend.h"
#include "mycel/backends/cpu/cpu_backend.h"
#include "mycel/backends/null/null_backend.h"
#include "mycel/backends/reference/reference_backend.h"
#include "mycel/eager/eager.h"
#include "mycel/ops/all.h"
#include "mycel/tensor/context.h"

namespace mycel {

void initialize() {
  static const bool done = [] {
    ops::define_all();
    backends::register_backend(backends::make_cpu_backend());
    backends::register_backend(backends::make_reference_backend());
    backends::register_backend(std::make_unique<backends::NullBackend>());
    static compiler::EagerEngine engine;
    set_default_engine(&engine);
    return true;
  }();
  (void)done;
}

}  // namespace mycel
