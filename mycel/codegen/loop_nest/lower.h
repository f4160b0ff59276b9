// Lowers formulas to values of a nest under construction.
#pragma once

#include <unordered_map>
#include <vector>

#include "mycel/codegen/analysis/order.h"
#include "mycel/codegen/loop_nest/constants.h"
#include "mycel/codegen/loop_nest/loop_bindings.h"

namespace mycel::codegen::schedule {

// Lowers each node to one value per loop that it is computed in. Reductions and scans are passed to
// `remember` before their users are lowered.
class Lowering {
 public:
  Lowering(const ScheduleInput& problem, const Analysis& analysis, const Accesses& accesses,
           const LoopBindings& open, NestBuilder& draft)
      : problem_(problem),
        analysis_(analysis),
        accesses_(accesses),
        open_(open),
        draft_(draft),
        numbers_(draft) {}

  ValueId value(const te::Expr& expr);
  // The value of a node in the open loops; null if it has none yet.
  const ValueId* known(const te::Node* node);
  void remember(const te::Node* node, ValueId value) { in_loop(node)[node] = value; }
  // The affine part of an access to the buffer.
  Access bind(const AffineAccess& access, int buffer) const;

 private:
  using Values = std::unordered_map<const te::Node*, ValueId>;

  // The values of the deepest loop that the node depends on.
  Values& in_loop(const te::Node* node);
  std::vector<const te::Node*> needs(const te::Node* node) const;
  ValueId make(const te::Node* node);
  ValueId index(const te::Axis& axis);
  ValueId extent(Dim extent);
  ValueId call(const te::Node* node);
  ValueId load(const te::Node* node);
  ValueId check(const AffineAccess::Check& check, ValueId predicate);

  const ScheduleInput& problem_;
  const Analysis& analysis_;
  const Accesses& accesses_;
  const LoopBindings& open_;
  NestBuilder& draft_;
  Constants numbers_;
  IndexedVector<LoopId, Values> known_;
};

}  // namespace mycel::codegen::schedule
