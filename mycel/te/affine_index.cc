#include "mycel/te/affine_index.h"

#include <algorithm>

namespace mycel::te {
namespace {

// Indices beyond are taken as not affine, so that sums and products of a few stay Dims.
constexpr int64_t kLargest = int64_t{1} << 40;

AffineIndex number(Dim value) { return {.terms = {}, .offset = value}; }

// Nothing for a number that is too large for a Dim.
std::optional<AffineIndex> number_if_dim(int64_t value) {
  if (value < -kLargest || value > kLargest) return std::nullopt;
  return number(value);
}

bool is_number(const AffineIndex& x) { return x.terms.empty() && x.divisor == 1; }

AffineIndex scaled(AffineIndex x, Dim factor) {
  for (AffineIndex::Term& term : x.terms) term.coefficient = term.coefficient * factor;
  x.offset = x.offset * factor;
  std::erase_if(x.terms, [](const AffineIndex::Term& term) { return term.coefficient == Dim(0); });
  return x;
}

AffineIndex sum(const AffineIndex& a, const AffineIndex& b) {
  AffineIndex out = a;
  out.offset = a.offset + b.offset;
  for (const AffineIndex::Term& term : b.terms) {
    auto at = std::find_if(out.terms.begin(), out.terms.end(), [&](const AffineIndex::Term& other) {
      return other.axis.id >= term.axis.id;
    });
    if (at != out.terms.end() && at->axis == term.axis) {
      at->coefficient = at->coefficient + term.coefficient;
    } else {
      out.terms.insert(at, term);
    }
  }
  std::erase_if(out.terms,
                [](const AffineIndex::Term& term) { return term.coefficient == Dim(0); });
  return out;
}

// The quotient or the remainder by a positive constant.
std::optional<AffineIndex> divided(AffineIndex x, const AffineIndex& by, bool remainder) {
  bool positive = is_number(by) && by.offset.is_constant() && by.offset.value() > 0;
  if (!positive || x.divisor != 1) return std::nullopt;
  if (by.offset == Dim(1)) return remainder ? number(0) : x;
  x.divisor = by.offset.value();
  x.is_remainder = remainder;
  return x;
}

}  // namespace

bool AffineIndex::is_axis() const {
  return terms.size() == 1 && terms[0].coefficient == Dim(1) && offset == Dim(0) && divisor == 1;
}

std::optional<AffineIndex> difference(const AffineIndex& a, const AffineIndex& b) {
  if (a.divisor != 1 || b.divisor != 1) return std::nullopt;
  return sum(a, scaled(b, -1));
}

AffineIndices::AffineIndices(const std::vector<const Node*>& post_order) {
  for (const Node* node : post_order) {
    if (node->dtype != DType::kInt64 || node->from_data) continue;
    if (std::optional<AffineIndex> found = affine(*node)) known_.emplace(node, std::move(*found));
  }
}

const AffineIndex* AffineIndices::find(const Node* node) const {
  auto found = known_.find(node);
  return found == known_.end() ? nullptr : &found->second;
}

std::optional<AffineIndex> AffineIndices::affine(const Node& node) const {
  switch (node.kind) {
    case Kind::kConstant:
      return number_if_dim(std::get<int64_t>(node.constant));
    case Kind::kExtent:
      return number(node.extent);
    case Kind::kAxis:
      if (node.axes[0].extent == Dim(1)) return number(0);
      return AffineIndex{.terms = {{node.axes[0], 1}}};
    case Kind::kCall:
      return affine_call(node);
    default:
      return std::nullopt;
  }
}

std::optional<AffineIndex> AffineIndices::affine_call(const Node& node) const {
  std::vector<const AffineIndex*> operands;
  for (const Expr& operand : node.operands) {
    operands.push_back(find(operand.get()));
    if (!operands.back() || operands.back()->divisor != 1) return std::nullopt;
  }
  const AffineIndex &a = *operands[0], &b = *operands.back();
  switch (node.fn) {
    case Fn::kNeg:
      return scaled(a, -1);
    case Fn::kAdd:
      return sum(a, b);
    case Fn::kSub:
      return sum(a, scaled(b, -1));
    case Fn::kMul:
      if (is_number(b)) return scaled(a, b.offset);
      if (is_number(a)) return scaled(b, a.offset);
      return std::nullopt;
    case Fn::kFloorDiv:
      return divided(a, b, false);
    case Fn::kRem:
      return divided(a, b, true);
    default:
      return std::nullopt;
  }
}

}  // namespace mycel::te
