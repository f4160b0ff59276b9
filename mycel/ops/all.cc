#include "mycel/ops/all.h"

#include <mutex>

#include "mycel/ir/structured.h"
#include "mycel/ops/binary.h"
#include "mycel/ops/cast.h"
#include "mycel/ops/compare.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/matmul.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/select.h"
#include "mycel/ops/shape.h"
#include "mycel/ops/unary.h"

namespace mycel::ops {

void define_all() {
  static std::once_flag once;
  std::call_once(once, [] {
    ir::define_structured();
    define_creation();
    define_cast();
    define_unary();
    define_binary();
    define_compare();
    define_select();
    define_shape();
    define_reduce();
    define_matmul();
  });
}

}  // namespace mycel::ops
