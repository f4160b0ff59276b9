#include "mycel/codegen/analysis/access.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace mycel::codegen::schedule {
namespace {

using te::Fn;
using te::Kind;

int64_t floor_div(int64_t a, int64_t b) {
  if (b == 0) return 0;
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

std::optional<int64_t> apply(Fn fn, int64_t a, int64_t b) {
  switch (fn) {
    case Fn::kAdd:
      return a + b;
    case Fn::kSub:
      return a - b;
    case Fn::kMul:
      return a * b;
    case Fn::kMax:
      return std::max(a, b);
    case Fn::kMin:
      return std::min(a, b);
    case Fn::kFloorDiv:
      return floor_div(a, b);
    case Fn::kRem:
      return b == 0 ? 0 : a - floor_div(a, b) * b;
    default:
      return std::nullopt;
  }
}

class Collector {
 public:
  Collector(const ScheduleInput& problem, AffineAccess& access)
      : problem_(problem), access_(access) {}

  // Adds index * stride.
  void add(const te::Expr& index, int64_t stride) {
    find_numbers(index);
    std::vector<AffineAccess::IndexTerm> work{{index, stride}};
    while (!work.empty()) {
      auto [e, c] = work.back();
      work.pop_back();
      if (c == 0) continue;
      if (std::optional<int64_t> n = number(e)) {
        access_.offset += *n * c;
      } else if (e->kind == Kind::kAxis) {
        add_axis(e->axes[0], c);
      } else if (e->kind == Kind::kCall && e->fn == Fn::kAdd) {
        work.push_back({e->operands[0], c});
        work.push_back({e->operands[1], c});
      } else if (e->kind == Kind::kCall && e->fn == Fn::kSub) {
        work.push_back({e->operands[0], c});
        work.push_back({e->operands[1], -c});
      } else if (e->kind == Kind::kCall && e->fn == Fn::kNeg) {
        work.push_back({e->operands[0], -c});
      } else if (std::optional<int64_t> n = factor(*e, 1)) {
        work.push_back({e->operands[0], c * *n});
      } else if (std::optional<int64_t> n = factor(*e, 0)) {
        work.push_back({e->operands[1], c * *n});
      } else {
        add_index(e, c);
      }
    }
  }

  // Rewrites (x % n) * s + (x / n) * (n * s), the result of reshaping a dense array, to x * s.
  void join_quotients() {
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < access_.indices.size() && !changed; ++i) changed = join(i);
    }
  }

 private:
  // Evaluates what depends on extents and constants only; in post-order, as indices may be deep.
  void find_numbers(const te::Expr& index) {
    for (const te::Node* node : te::post_order({&index, 1})) {
      if (std::optional<int64_t> n = evaluate(*node)) numbers_.emplace(node, *n);
    }
  }

  std::optional<int64_t> number(const te::Expr& index) const {
    auto found = numbers_.find(index.get());
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }

  std::optional<int64_t> evaluate(const te::Node& node) const {
    if (node.kind == Kind::kExtent) return problem_.value(node.extent);
    if (node.dtype != DType::kInt64) return std::nullopt;
    if (node.kind == Kind::kConstant) return std::get<int64_t>(node.constant);
    if (node.kind != Kind::kCall || node.operands.size() > 2) return std::nullopt;
    std::optional<int64_t> a = number(node.operands.front()), b = number(node.operands.back());
    if (!a || !b) return std::nullopt;
    if (node.operands.size() == 2) return apply(node.fn, *a, *b);
    return node.fn == Fn::kNeg ? std::optional(-*a) : std::nullopt;
  }

  void add_axis(const te::Axis& axis, int64_t stride) {
    if (problem_.value(axis.extent) == 1) return;
    for (AffineAccess::AxisTerm& term : access_.axes) {
      if (term.axis == axis.id) {
        term.stride += stride;
        return;
      }
    }
    access_.axes.push_back({axis.id, stride});
  }

  void add_index(const te::Expr& index, int64_t stride) {
    for (AffineAccess::IndexTerm& term : access_.indices) {
      if (te::equal(term.index, index)) {
        term.stride += stride;
        return;
      }
    }
    access_.indices.push_back({index, stride});
  }

  std::optional<int64_t> factor(const te::Node& e, size_t operand) const {
    if (e.kind != Kind::kCall || e.fn != Fn::kMul) return std::nullopt;
    return number(e.operands[operand]);
  }

  // Removes the terms of `whole * stride` if all of them are there; returns whether they were.
  bool take(const te::Expr& whole, int64_t stride) {
    AffineAccess wanted;
    Collector(problem_, wanted).add(whole, stride);
    for (const auto& term : wanted.axes) {
      if (access_.stride_of(term.axis) != term.stride) return false;
    }
    for (const auto& term : wanted.indices) {
      auto found = std::find_if(access_.indices.begin(), access_.indices.end(), [&](auto& other) {
        return other.stride == term.stride && te::equal(other.index, term.index);
      });
      if (found == access_.indices.end()) return false;
    }
    std::erase_if(access_.axes, [&](auto& term) { return wanted.stride_of(term.axis) != 0; });
    std::erase_if(access_.indices, [&](auto& term) {
      return std::any_of(wanted.indices.begin(), wanted.indices.end(),
                         [&](auto& other) { return te::equal(other.index, term.index); });
    });
    access_.offset -= wanted.offset;
    return true;
  }

  // Joins the remainder at `i` with its quotient, if that is there.
  bool join(size_t i) {
    auto [index, stride] = access_.indices[i];
    if (index->kind != Kind::kCall || index->fn != Fn::kRem) return false;
    std::optional<int64_t> n = number(index->operands[1]);
    if (!n || *n <= 0) return false;
    te::Expr quotient = te::call(Fn::kFloorDiv, index->operands);
    if (!take(quotient, stride * *n)) return false;
    std::erase_if(access_.indices, [&](auto& term) { return te::equal(term.index, index); });
    add(index->operands[0], stride);
    return true;
  }

  const ScheduleInput& problem_;
  AffineAccess& access_;
  std::unordered_map<const te::Node*, int64_t> numbers_;  // values of constant indices
};

}  // namespace

int64_t AffineAccess::stride_of(int64_t axis) const {
  for (const AxisTerm& term : axes) {
    if (term.axis == axis) return term.stride;
  }
  return 0;
}

AffineAccess analyze_load(const te::Node& load, const ScheduleInput& problem) {
  const Buffer& buffer = problem.buffer(load.input);
  AffineAccess access;
  Collector collector(problem, access);
  for (size_t d = 0; d < buffer.shape.size(); ++d) {
    const te::Expr& index = load.operands[d];
    if (index->from_data) {
      access.checks.push_back({index, buffer.shape[d]});
      if (buffer.strides[d] != 0) access.indices.push_back({index, buffer.strides[d]});
    } else {
      collector.add(index, buffer.strides[d]);
    }
  }
  collector.join_quotients();
  return access;
}

AffineAccess analyze_target(const Target& target, const ScheduleInput& problem) {
  const Buffer& buffer = problem.buffer(target.buffer);
  size_t first = buffer.shape.size() - target.axes.size();  // a chunk's dim comes before the axes
  AffineAccess access;
  Collector collector(problem, access);
  for (size_t d = 0; d < target.axes.size(); ++d) {
    collector.add(te::index(target.axes[d]), buffer.strides[first + d]);
  }
  return access;
}

}  // namespace mycel::codegen::schedule
