#include "mycel/codegen/loop_nest/constants.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "mycel/core/narrow.h"

namespace mycel::codegen::schedule {
namespace {

bool stays_in_code(const te::Node& constant) {
  if (constant.dtype == DType::kBool) return true;
  if (const int64_t* i = std::get_if<int64_t>(&constant.constant)) return *i >= -2 && *i <= 2;
  double value = std::get<double>(constant.constant);
  return !std::isfinite(value) || value == 0 || std::abs(value) == 1 || std::abs(value) == 2 ||
         std::abs(value) == 0.5;
}

// The bits as in a nest's constant: floats as a double's.
int64_t bits(const te::Node& constant) {
  if (const int64_t* i = std::get_if<int64_t>(&constant.constant)) return *i;
  return std::bit_cast<int64_t>(std::get<double>(constant.constant));
}

// The bits as in memory.
int64_t memory_bits(const te::Node& constant) {
  int64_t bits = 0;
  visit_dtype(constant.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T value = std::visit([](auto v) { return convert_number<T>(v); }, constant.constant);
    std::memcpy(&bits, &value, sizeof(value));
  });
  return bits;
}

}  // namespace

ValueId Constants::value(const te::Node& constant) {
  if (stays_in_code(constant)) return draft_.constant(constant.dtype, bits(constant));
  auto [found, fresh] = arguments_.try_emplace({constant.dtype, bits(constant)}, kNoArgument);
  if (fresh) found->second = draft_.argument(constant.dtype, memory_bits(constant));
  return draft_.value(
      {.kind = Value::Kind::kArgument, .dtype = constant.dtype, .argument = found->second});
}

}  // namespace mycel::codegen::schedule
