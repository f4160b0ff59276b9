#include "mycel/codegen/schedule/in_place.h"

#include <algorithm>

namespace mycel::codegen::schedule {
namespace {

using te::Kind;
using te::Node;

bool reads(const Node& node, size_t input) {
  return node.kind == Kind::kLoad && node.input == static_cast<int>(input);
}

// Whether it reads element [axes...].
bool is_own_element(const Node& load, const std::vector<te::Axis>& axes) {
  if (load.predicated || load.operands.size() != axes.size()) return false;
  for (size_t d = 0; d < axes.size(); ++d) {
    const Node& index = *load.operands[d];
    bool same = index.kind == Kind::kAxis && index.axes[0] == axes[d];
    if (!same && !(axes[d].extent == Dim(1))) return false;
  }
  return true;
}

// How the value reads the input: not at all, at its own element, or otherwise.
enum class Reads { kNot, kOwn, kOther };

Reads how(const te::Output& output, size_t input) {
  Reads found = Reads::kNot;
  for (const Node* node : te::post_order({&output.value, 1})) {
    if (reads(*node, input)) {
      if (!is_own_element(*node, output.axes)) return Reads::kOther;
      found = Reads::kOwn;
    }
    if (node->kind != Kind::kReduce && node->kind != Kind::kScan) continue;
    // A reduction may be computed in a loop of its own, before or after.
    for (const Node* inner : te::post_order(node->operands)) {
      if (reads(*inner, input)) return Reads::kOther;
    }
  }
  return found;
}

}  // namespace

bool may_run_in_place(const te::Computation& computation, size_t input, size_t output) {
  const te::Output& written = computation.outputs[output];
  if (computation.inputs[input].dtype != written.dtype) return false;
  if (how(written, input) != Reads::kOwn) return false;
  return std::all_of(
      computation.outputs.begin(), computation.outputs.end(), [&](const auto& other) {
        Reads reads = how(other, input);
        return reads == Reads::kNot || (reads == Reads::kOwn && other.axes == written.axes);
      });
}

}  // namespace mycel::codegen::schedule
