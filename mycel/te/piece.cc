#include "mycel/te/piece.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "mycel/te/node_table.h"

namespace mycel::te {
namespace {

int64_t floor_quotient(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

class Cutter {
 public:
  Cutter(const Computation& computation, const RuleAxis& axis, int64_t begin, int64_t end)
      : whole_(computation), axis_(axis), begin_(begin), end_(end) {}

  Piece run() {
    find_scanned_axes();
    for (size_t i = 0; i < whole_.inputs.size(); ++i) {
      ranges_.push_back(range_of(i));
      out_.computation.inputs.push_back(whole_.inputs[i]);
      if (int dim = axis_.input_dims[i]; dim >= 0) {
        out_.computation.inputs[i].dims[static_cast<size_t>(dim)] =
            ranges_[i].end - ranges_[i].begin;
      }
    }
    Rewriter rewriter(table_, [this](const Node& node, const std::vector<Expr>& operands) {
      return rewrite(node, operands);
    });
    for (const Output& output : whole_.outputs) {
      std::vector<Axis> axes;
      for (const Axis& axis : output.axes) axes.push_back(is_cut(axis) ? cut(axis) : axis);
      out_.computation.outputs.push_back({output.dtype, axes, rewriter.run(output.value)});
    }
    out_.inputs = std::move(ranges_);
    return std::move(out_);
  }

 private:
  // A scan runs from the start of the whole to the end of the part.
  void find_scanned_axes() {
    for (const Node* node : post_order(roots(whole_))) {
      if (node->kind == Kind::kScan && is_cut(node->axes[0])) {
        cut_.emplace(node->axes[0].id, te::axis(end_));
        scanned_.insert(node->axes[0].id);
      }
    }
  }

  bool is_cut(const Axis& axis) const {
    return std::find(axis_.loops.begin(), axis_.loops.end(), axis.id) != axis_.loops.end();
  }

  const Axis& cut(const Axis& axis) {
    auto found = cut_.find(axis.id);
    if (found != cut_.end()) return found->second;
    return cut_.emplace(axis.id, te::axis(end_ - begin_)).first->second;
  }

  Piece::Range range_of(size_t input) const {
    int dim = axis_.input_dims[input];
    if (dim < 0) return {};
    int64_t extent = whole_.inputs[input].dims[static_cast<size_t>(dim)].value();
    if (begin_ == end_) return {};
    const Reach& reach = axis_.reaches[input];
    int64_t first = reach.stride.value() * begin_, last = reach.stride.value() * (end_ - 1);
    if (axis_.kind == AxisKind::kOrdered) first = 0;
    int64_t low = floor_quotient(std::min(first, last) + reach.low.value(), reach.divisor);
    int64_t high = floor_quotient(std::max(first, last) + reach.high.value(), reach.divisor);
    low = std::clamp<int64_t>(low, 0, extent);
    return {low, std::clamp<int64_t>(high + 1, low, extent)};
  }

  Expr rewrite(const Node& node, const std::vector<Expr>& operands) {
    switch (node.kind) {
      case Kind::kAxis: {
        if (!is_cut(node.axes[0])) return {};
        bool scanned = scanned_.contains(node.axes[0].id);
        Expr inside = index(cut(node.axes[0]));
        return scanned ? inside : inside + constant(DType::kInt64, begin_);
      }
      case Kind::kReduce:
      case Kind::kScan: {
        std::vector<Axis> axes = node.axes;
        for (Axis& axis : axes) axis = is_cut(axis) ? cut(axis) : axis;
        return with(node, operands, std::move(axes));
      }
      case Kind::kLoad: {
        auto input = static_cast<size_t>(node.input);
        int dim = axis_.input_dims[input];
        if (dim < 0) return {};
        std::vector<Expr> moved = operands;
        Expr& at = moved[static_cast<size_t>(dim)];
        at = at - constant(DType::kInt64, ranges_[input].begin);
        return with(node, std::move(moved), {});
      }
      default:
        return {};
    }
  }

  const Computation& whole_;
  const RuleAxis& axis_;
  int64_t begin_, end_;
  std::vector<Piece::Range> ranges_;
  std::unordered_map<int64_t, Axis> cut_;  // by the axis's id in the whole
  std::unordered_set<int64_t> scanned_;
  NodeTable table_;
  Piece out_;
};

}  // namespace

Piece piece(const Computation& computation, const RuleAxis& axis, int64_t begin, int64_t end) {
  return Cutter(computation, axis, begin, end).run();
}

}  // namespace mycel::te
