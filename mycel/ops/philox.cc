// Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, 2011.
#include "mycel/ops/philox.h"

#include "mycel/te/functions.h"

namespace mycel {
namespace {

te::Expr u32(uint32_t value) { return te::constant(DType::kUInt32, static_cast<int64_t>(value)); }
te::Expr low(const te::Expr& x) { return te::cast(x, DType::kUInt32); }
te::Expr high(const te::Expr& x) {
  return te::cast(te::shift_right(x, te::constant(DType::kUInt64, int64_t{32})), DType::kUInt32);
}

constexpr uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

}  // namespace

std::array<te::Expr, 4> philox(const te::Expr& counter, const te::Expr& key) {
  std::array<te::Expr, 4> c{low(counter), high(counter), u32(0), u32(0)};
  te::Expr k0 = low(key), k1 = high(key), m0 = u32(kMultiplier0), m1 = u32(kMultiplier1);
  for (int round = 0; round < kRounds; ++round) {
    if (round > 0) {
      k0 = k0 + u32(kWeyl0);
      k1 = k1 + u32(kWeyl1);
    }
    c = {te::bit_xor(te::bit_xor(te::mul_high(m1, c[2]), c[1]), k0), m1 * c[2],
         te::bit_xor(te::bit_xor(te::mul_high(m0, c[0]), c[3]), k1), m0 * c[0]};
  }
  return c;
}

}  // namespace mycel
