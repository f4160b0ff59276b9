#include "mycel/backends/cpu/implementations.h"

#include <map>

#include "mycel/backends/cpu/conv.h"
#include "mycel/backends/cpu/conv_by_matmul.h"
#include "mycel/backends/cpu/matmul.h"
#include "mycel/backends/cpu/scatter.h"
#include "mycel/backends/cpu/sort.h"

namespace mycel::backends::cpu {

std::span<const Implementation* const> implementations_of(std::string_view op) {
  static const std::map<std::string_view, std::vector<const Implementation*>> table = {
      {"matmul", {&library_matmul()}},
      {"outer_sum", {&library_outer_sum()}},
      {"conv2d", {&library_conv2d()}},
      {"conv2d_input_gradient",
       {&conv2d_input_gradient_by_matmul(), &library_conv2d_input_gradient()}},
      {"conv2d_weight_gradient", {&library_conv2d_weight_gradient()}},
      {"sort", {&radix_sort()}},
      {"scatter_add", {&scatter_add()}},
      {"index_put", {&index_put()}},
  };
  auto found = table.find(op);
  if (found == table.end()) return {};
  return found->second;
}

}  // namespace mycel::backends::cpu
