#include "mycel/ops/all.h"

#include <mutex>

#include "mycel/ir/control_flow.h"
#include "mycel/ops/activation.h"
#include "mycel/ops/activation_linear.h"
#include "mycel/ops/arg_reduce.h"
#include "mycel/ops/binary.h"
#include "mycel/ops/binary_float.h"
#include "mycel/ops/binary_keywords.h"
#include "mycel/ops/bitwise.h"
#include "mycel/ops/cast.h"
#include "mycel/ops/compare.h"
#include "mycel/ops/concatenate.h"
#include "mycel/ops/conv.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/cumsum.h"
#include "mycel/ops/dropout.h"
#include "mycel/ops/float_class.h"
#include "mycel/ops/gather.h"
#include "mycel/ops/index.h"
#include "mycel/ops/loss.h"
#include "mycel/ops/matmul.h"
#include "mycel/ops/norm.h"
#include "mycel/ops/optimizer_update.h"
#include "mycel/ops/pad.h"
#include "mycel/ops/pool.h"
#include "mycel/ops/random.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/rounding.h"
#include "mycel/ops/slice.h"
#include "mycel/ops/softmax.h"
#include "mycel/ops/sort.h"
#include "mycel/ops/ternary.h"
#include "mycel/ops/trigonometry.h"
#include "mycel/ops/unary.h"
#include "mycel/ops/where.h"

namespace mycel::ops {

void define_all() {
  static std::once_flag once;
  std::call_once(once, [] {
    ir::define_structured();
    define_creation();
    define_cast();
    define_unary();
    define_rounding();
    define_trigonometry();
    define_binary();
    define_binary_keywords();
    define_binary_float();
    define_bitwise();
    define_compare();
    define_float_class();
    define_select();
    define_ternary();
    define_shape();
    define_slice();
    define_concatenate();
    define_pad();
    define_reduce();
    define_arg_reduce();
    define_gather();
    define_index();
    define_embedding();
    define_scan();
    define_sort();
    define_matmul();
    define_conv();
    define_max_pool();
    define_avg_pool();
    define_activation();
    define_activation_linear();
    define_softmax();
    define_batch_norm();
    define_layer_norm();
    define_loss();
    define_random();
    define_random_functions();
    define_dropout();
    define_optimizer();
  });
}

}  // namespace mycel::ops
