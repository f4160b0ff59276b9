// Axis rules, read from formulas.
#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

#include "mycel/te/affine_index.h"
#include "mycel/te/axis_rule.h"
#include "mycel/te/free_axes.h"
#include "mycel/te/loops.h"

namespace mycel::te {
namespace {

// How the value of a node is used by the nodes above it; one bit each.
enum Use : uint8_t { kAsValue = 1, kAsPredicate = 2, kAsIndex = 4 };

// Whether the parts of a sum may be cast before they are added.
bool keeps_sums(const Node& cast) {
  DType from = cast.operands[0]->dtype, to = cast.dtype;
  return to != DType::kBool && from != DType::kBool && (!is_floating(from) || is_floating(to));
}

bool is_comparison(Fn fn) { return fn >= Fn::kLess && fn <= Fn::kNotEqual; }

// Whether an index falls along an axis with the coefficient; products of extents are positive.
bool is_negative(Dim coefficient) { return bounds(coefficient).high.value_or(0) < 0; }

// One dim of an input, as one load reads it.
struct Read {
  size_t input;
  int dim;
  const Node* index;
  bool predicated;
};

class Derivation {
 public:
  explicit Derivation(const Computation& computation)
      : computation_(computation),
        roots_(roots(computation)),
        analysis_(roots_),
        affine_(analysis_.nodes()),
        loops_(computation, analysis_.nodes()),
        leader_(loops_.size()),
        positional_(loops_.size(), false) {
    std::iota(leader_.begin(), leader_.end(), size_t{0});
  }

  AxisRule run() {
    find_reads();
    find_uses();
    join_axes();
    for (size_t leader : leaders()) rule_.axes.push_back(axis_of(members(leader)));
    add_other_dims();
    for (const Expr& root : roots_) rule_.polynomials.push_back(polynomial(root));
    return std::move(rule_);
  }

 private:
  using Axes = std::vector<size_t>;  // by number

  // --- what the formulas say --------------------------------------------------------------------

  void find_reads() {
    for (const LoopLoad& read : loops_.loads()) {
      auto input = static_cast<size_t>(read.node->input);
      const Dims& dims = computation_.inputs[input].dims;
      for (size_t d = 0; d < dims.size(); ++d) {
        if (dims[d] == Dim(1)) continue;
        reads_.push_back(
            {input, static_cast<int>(d), read.node->operands[d].get(), read.node->predicated});
      }
    }
  }

  // Users before operands, so that a node's uses are known when it is reached.
  void find_uses() {
    const std::vector<const Node*>& nodes = analysis_.nodes();
    for (const Expr& root : roots_) use_[root.get()] |= kAsValue;
    for (size_t i = nodes.size(); i-- > 0;) {
      const Node& node = *nodes[i];
      uint8_t use = use_[&node];
      if (node.kind == Kind::kAxis && (use & (kAsValue | kAsPredicate)) != 0) {
        positional_[loops_.number(node.axes[0])] = true;
      }
      if (node.kind == Kind::kExtent && (use & (kAsValue | kAsPredicate)) != 0) {
        sizes_.push_back(node.extent);
      }
      if (node.kind == Kind::kCall && is_bound(node, use)) continue;
      for (size_t k = 0; k < node.operands.size(); ++k) {
        use_[node.operands[k].get()] |= use_of_operand(node, k, use);
      }
    }
  }

  static uint8_t use_of_operand(const Node& node, size_t k, uint8_t use) {
    if (node.kind == Kind::kLoad) {
      bool predicate = node.predicated && k + 1 == node.operands.size();
      return predicate ? kAsPredicate : kAsIndex;
    }
    if (node.kind == Kind::kScan && k >= num_bodies(&node)) {
      return node.operands[k]->kind == Kind::kAxis ? kAsIndex : kAsValue;
    }
    bool condition = node.kind == Kind::kCall && node.fn == Fn::kSelect && k == 0;
    if (condition && (use & kAsValue) != 0) return (use & ~kAsValue) | kAsPredicate;
    return use;
  }

  // Whether the node compares the index of a predicated load with an end of the dim that it reads:
  // that says where there are elements, and no more.
  bool is_bound(const Node& node, uint8_t use) const {
    if (!is_comparison(node.fn) || (use & ~kAsPredicate) != 0) return false;
    const AffineIndex *a = affine_.find(node.operands[0].get()),
                      *b = affine_.find(node.operands[1].get());
    if (!a || !b) return false;
    return std::any_of(reads_.begin(), reads_.end(), [&](const Read& read) {
      const AffineIndex* index = affine_.find(read.index);
      return read.predicated && index && is_end(*a, *b, *index, extent_of(read));
    });
  }

  // Whether a = b where the index is 0 or the extent.
  static bool is_end(const AffineIndex& a, const AffineIndex& b, const AffineIndex& index,
                     Dim extent) {
    if (index.divisor == 1) {
      std::optional<AffineIndex> from_start = difference(a, b);
      if (!from_start) return false;
      AffineIndex from_end = index;
      from_end.offset = from_end.offset - extent;
      return *from_start == index || *from_start == from_end;
    }
    AffineIndex quotient = a;
    quotient.is_remainder = false;  // which must be 0 where there is an element
    bool ends = a.is_remainder || b.offset == Dim(0) || b.offset == extent;
    return quotient == index && b.terms.empty() && b.divisor == 1 && ends;
  }

  Dim extent_of(const Read& read) const {
    return computation_.inputs[read.input].dims[static_cast<size_t>(read.dim)];
  }

  // --- axes that run along the same dims ---------------------------------------------------------

  size_t leader(size_t i) {
    while (leader_[i] != i) i = leader_[i] = leader_[leader_[i]];
    return i;
  }

  void join_axes() {
    std::map<std::pair<size_t, int>, size_t> first;
    for (const Read& read : reads_) {
      const AffineIndex* index = affine_.find(read.index);
      if (!index || !index->is_axis()) continue;
      size_t axis = loops_.number(index->terms[0].axis);
      join(first.try_emplace({read.input, read.dim}, axis).first->second, axis);
    }
    for (const Node* node : analysis_.nodes()) {
      if (node->kind != Kind::kScan) continue;
      const AffineIndex* at = affine_.find(node->operands[1].get());
      if (at && at->is_axis()) {
        join(loops_.number(node->axes[0]), loops_.number(at->terms[0].axis));
      }
    }
  }

  void join(size_t a, size_t b) {
    a = leader(a);
    b = leader(b);
    leader_[std::max(a, b)] = std::min(a, b);
  }

  // Without those of extent 1, along which nothing is split.
  Axes leaders() {
    Axes out;
    for (size_t i = 0; i < loops_.size(); ++i) {
      if (leader(i) == i && !(loops_[i].axis.extent == Dim(1))) out.push_back(i);
    }
    return out;
  }

  Axes members(size_t of) {
    Axes out;
    for (size_t i = 0; i < loops_.size(); ++i) {
      if (leader(i) == of) out.push_back(i);
    }
    return out;
  }

  bool has(const Axes& axes, const Axis& axis) const {
    return std::find(axes.begin(), axes.end(), loops_.number(axis)) != axes.end();
  }

  bool any_in(const AxisSet& set, const Axes& axes) const {
    for (const Axis& axis : analysis_.list(set)) {
      if (has(axes, axis)) return true;
    }
    return false;
  }

  // --- one axis of the rule ----------------------------------------------------------------------

  RuleAxis axis_of(const Axes& axes) {
    RuleAxis out;
    out.extent = loops_[axes[0]].axis.extent;
    out.input_dims.assign(computation_.inputs.size(), -1);
    out.output_dims.assign(computation_.outputs.size(), -1);
    out.reaches.resize(computation_.inputs.size());
    for (size_t i : axes) {
      out.loops.push_back(loops_[i].axis.id);
      out.positional = out.positional || positional_[i];
    }
    bool good = set_output_dims(axes, out) && std::all_of(axes.begin(), axes.end(), [&](size_t i) {
                  return loops_[i].axis.extent == out.extent;
                });
    AxisKind kind = set_input_dims(axes, out);
    out.sized = is_sized(out);
    good = good && kind != AxisKind::kWhole && reads_along(axes, out);
    if (good && kind != AxisKind::kGrouped) kind = kind_of(axes, out, kind);
    out.kind = good ? kind : AxisKind::kWhole;
    return out;
  }

  // Whether a size that is read as a value may depend on the extent of a dim along the axis.
  bool is_sized(const RuleAxis& axis) const {
    std::vector<Dim> extents{axis.extent};
    for (size_t i = 0; i < axis.input_dims.size(); ++i) {
      if (axis.input_dims[i] < 0) continue;
      extents.push_back(computation_.inputs[i].dims[static_cast<size_t>(axis.input_dims[i])]);
    }
    return std::any_of(sizes_.begin(), sizes_.end(), [&](Dim size) {
      return std::any_of(extents.begin(), extents.end(),
                         [&](Dim extent) { return may_depend(size, extent); });
    });
  }

  // A number may be any extent that is one; symbols are told apart.
  static bool may_depend(Dim size, Dim extent) {
    return (size.is_constant() && extent.is_constant()) || share_symbol(size, extent);
  }

  // False where an output has two dims along the axis.
  bool set_output_dims(const Axes& axes, RuleAxis& out) const {
    for (size_t r = 0; r < computation_.outputs.size(); ++r) {
      const std::vector<Axis>& dims = computation_.outputs[r].axes;
      for (size_t d = 0; d < dims.size(); ++d) {
        if (!has(axes, dims[d])) continue;
        if (out.output_dims[r] >= 0) return false;
        out.output_dims[r] = static_cast<int>(d);
      }
    }
    return true;
  }

  // The kind that the reads ask for; kWhole where the axis cannot be split.
  AxisKind set_input_dims(const Axes& axes, RuleAxis& out) const {
    AxisKind kind = AxisKind::kParallel;
    std::vector<bool> seen(computation_.inputs.size(), false);
    for (const Read& read : reads_) {
      const AffineIndex* index = affine_.find(read.index);
      if (!index || index->is_remainder) {
        if (!is_read_directly(read.index, axes)) continue;
        out.input_dims[read.input] = read.dim;
        kind = AxisKind::kGrouped;
        continue;
      }
      std::optional<Reach> reach = reach_of(*index, axes);
      if (!reach) continue;
      if (merges(*index)) kind = AxisKind::kGrouped;
      int& dim = out.input_dims[read.input];
      if (dim >= 0 && dim != read.dim) return AxisKind::kWhole;  // a diagonal
      dim = read.dim;
      bool part = !index->is_axis() || !(extent_of(read) == out.extent);
      if (kind != AxisKind::kGrouped && part) {
        bool window = index->terms.size() > 1 || index->divisor > 1;
        if (read.predicated && !window) kind = AxisKind::kPiecewise;
        if (kind == AxisKind::kParallel) kind = AxisKind::kAffine;
      }
      if (!seen[read.input]) {
        out.reaches[read.input] = *reach;
      } else if (!widen(out.reaches[read.input], *reach)) {
        return AxisKind::kWhole;
      }
      seen[read.input] = true;
    }
    return kind;
  }

  // Whether every read of the axis's dims depends on it: another one needs elements of any part.
  bool reads_along(const Axes& axes, const RuleAxis& out) const {
    return std::all_of(reads_.begin(), reads_.end(), [&](const Read& read) {
      if (out.input_dims[read.input] != read.dim) return true;
      const AffineIndex* index = affine_.find(read.index);
      return index ? reach_of(*index, axes).has_value() : is_read_directly(read.index, axes);
    });
  }

  // Whether an index that is not affine holds one of the axes outside of the loads in it.
  bool is_read_directly(const Node* index, const Axes& axes) const {
    std::vector<const Node*> todo{index};
    while (!todo.empty()) {
      const Node* node = todo.back();
      todo.pop_back();
      if (node->kind == Kind::kLoad) continue;
      if (node->kind == Kind::kAxis && has(axes, node->axes[0])) return true;
      for (const Expr& operand : node->operands) todo.push_back(operand.get());
    }
    return false;
  }

  // Whether a dim of an input is read along several dims of an output.
  bool merges(const AffineIndex& index) const {
    auto is_kept = [&](const AffineIndex::Term& term) {
      return std::any_of(computation_.outputs.begin(), computation_.outputs.end(),
                         [&](const Output& output) {
                           return std::find(output.axes.begin(), output.axes.end(), term.axis) !=
                                  output.axes.end();
                         });
    };
    return std::count_if(index.terms.begin(), index.terms.end(), is_kept) > 1;
  }

  // Nothing if the index does not depend on the axes.
  std::optional<Reach> reach_of(const AffineIndex& index, const Axes& axes) const {
    Reach reach{.stride = 0, .low = index.offset, .high = index.offset, .divisor = index.divisor};
    bool found = false;
    for (const AffineIndex::Term& term : index.terms) {
      if (has(axes, term.axis)) {
        reach.stride = term.coefficient;
        found = true;
        continue;
      }
      Dim last = (term.axis.extent - 1) * term.coefficient;
      Dim& end = is_negative(term.coefficient) ? reach.low : reach.high;
      end = end + last;
    }
    return found ? std::optional(reach) : std::nullopt;
  }

  static bool widen(Reach& a, const Reach& b) {
    if (!(a.stride == b.stride) || a.divisor != b.divisor) return false;
    a.low = min(a.low, b.low);
    a.high = max(a.high, b.high);
    return true;
  }

  AxisKind kind_of(const Axes& axes, RuleAxis& out, AxisKind by_reads) const {
    bool kept = std::any_of(out.output_dims.begin(), out.output_dims.end(),
                            [](int dim) { return dim >= 0; });
    bool reduced = false, scanned = false;
    for (size_t i : axes) {
      reduced = reduced || loops_[i].reduced;
      scanned = scanned || loops_[i].scanned;
    }
    if (scanned) {
      return kept && !reduced && !out.positional ? AxisKind::kOrdered : AxisKind::kWhole;
    }
    if (!reduced) return kept ? by_reads : AxisKind::kWhole;
    if (kept || out.positional) return AxisKind::kWhole;
    out.combine = combine_of(axes);
    return out.combine ? AxisKind::kReduced : AxisKind::kWhole;
  }

  // How partial results combine, if all outputs depend on the axes and agree.
  std::optional<Reducer> combine_of(const Axes& axes) const {
    std::optional<Reducer> common;
    for (const Expr& root : roots_) {
      if (!any_in(analysis_.bound(root.get()), axes)) return std::nullopt;
      std::optional<Reducer> one = combine_of(root.get(), axes);
      if (!one || (common && *common != *one)) return std::nullopt;
      common = one;
    }
    return common;
  }

  // Of one output: it is the reduction, cast or, if a sum, scaled by what does not depend on the
  // axes.
  std::optional<Reducer> combine_of(const Node* node, const Axes& axes) const {
    bool scaled = false;
    while (node->kind == Kind::kCall) {
      bool scales = node->fn == Fn::kMul || node->fn == Fn::kDiv || node->fn == Fn::kNeg;
      if (!scales && !(node->fn == Fn::kCast && keeps_sums(*node))) return std::nullopt;
      const Node* next = node->operands[0].get();
      if (node->operands.size() == 2) {
        bool first = any_in(analysis_.bound(next), axes);
        const Node* factor = node->operands[first ? 1 : 0].get();
        if (any_in(analysis_.bound(factor), axes)) return std::nullopt;
        if (!first && node->fn == Fn::kDiv) return std::nullopt;
        if (!first) next = node->operands[1].get();
      }
      scaled = scaled || scales;
      node = next;
    }
    if (node->kind != Kind::kReduce || node->operands.size() != 1) return std::nullopt;
    if (any_in(analysis_.bound(node->operands[0].get()), axes)) return std::nullopt;
    if (scaled && node->reducer != Reducer::kSum) return std::nullopt;
    return node->reducer;
  }

  // --- dims along no loop ------------------------------------------------------------------------

  void add_other_dims() {
    for (size_t i = 0; i < computation_.inputs.size(); ++i) {
      const Dims& dims = computation_.inputs[i].dims;
      for (size_t d = 0; d < dims.size(); ++d) {
        if (!(dims[d] == Dim(1)) && !is_covered(i, static_cast<int>(d))) {
          rule_.axes.push_back(other_axis(i, static_cast<int>(d)));
        }
      }
    }
    for (size_t i = 0; i < computation_.outputs.size(); ++i) {
      const std::vector<Axis>& axes = computation_.outputs[i].axes;
      for (size_t d = 0; d < axes.size(); ++d)
        add_output_dim(i, static_cast<int>(d), axes[d].extent);
    }
  }

  // The second of two dims along one axis.
  void add_output_dim(size_t output, int dim, Dim extent) {
    bool covered = std::any_of(rule_.axes.begin(), rule_.axes.end(), [&](const RuleAxis& axis) {
      return axis.output_dims[output] == dim;
    });
    if (covered || extent == Dim(1)) return;
    RuleAxis axis =
        rule_axis(AxisKind::kWhole, extent, std::vector<int>(computation_.inputs.size(), -1),
                  std::vector<int>(computation_.outputs.size(), -1));
    axis.output_dims[output] = dim;
    rule_.axes.push_back(std::move(axis));
  }

  bool is_covered(size_t input, int dim) const {
    return std::any_of(rule_.axes.begin(), rule_.axes.end(),
                       [&](const RuleAxis& axis) { return axis.input_dims[input] == dim; });
  }

  // A dim that is read at indices from data, at constant ones, or not at all.
  RuleAxis other_axis(size_t input, int dim) const {
    RuleAxis out;
    bool indirect = std::any_of(reads_.begin(), reads_.end(), [&](const Read& read) {
      return read.input == input && read.dim == dim && read.index->from_data;
    });
    out.kind = indirect ? AxisKind::kIndirect : AxisKind::kWhole;
    out.extent = computation_.inputs[input].dims[static_cast<size_t>(dim)];
    out.input_dims.assign(computation_.inputs.size(), -1);
    out.input_dims[input] = dim;
    out.output_dims.assign(computation_.outputs.size(), -1);
    out.reaches.resize(computation_.inputs.size());
    return out;
  }

  const Computation& computation_;
  std::vector<Expr> roots_;
  AxisAnalysis analysis_;
  AffineIndices affine_;
  Loops loops_;
  std::vector<size_t> leader_;  // by loop: of the loops along the same dims
  std::vector<bool> positional_;
  std::vector<Dim> sizes_;  // extents that are read as values
  std::vector<Read> reads_;
  std::unordered_map<const Node*, uint8_t> use_;
  AxisRule rule_;
};

}  // namespace

AxisRule axis_rule(const Computation& computation) { return Derivation(computation).run(); }

}  // namespace mycel::te
