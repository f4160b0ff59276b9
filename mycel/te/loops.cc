#include "mycel/te/loops.h"

#include <algorithm>

namespace mycel::te {
namespace {

bool is_zero(const Node& index) {
  return index.kind == Kind::kConstant && std::get<int64_t>(index.constant) == 0;
}

}  // namespace

Loops::Loops(const Computation& computation, const std::vector<const Node*>& post_order) {
  for (const Output& output : computation.outputs) {
    for (const Axis& axis : output.axes) add(axis);
  }
  for (const Node* node : post_order) {
    for (const Axis& axis : node->axes) {
      Loop& loop = add(axis);
      loop.reduced |= node->kind == Kind::kReduce;
      loop.scanned |= node->kind == Kind::kScan;
    }
  }
  for (const Node* node : post_order) {
    if (node->kind != Kind::kLoad) continue;
    loads_.push_back(load_of(*node, computation.inputs[static_cast<size_t>(node->input)].dims));
  }
}

Loop& Loops::add(const Axis& axis) {
  auto [entry, is_new] = number_.emplace(axis.id, loops_.size());
  if (is_new) loops_.push_back({.axis = axis});
  return loops_[entry->second];
}

LoopLoad Loops::load_of(const Node& node, const Dims& dims) const {
  LoopLoad out{.node = &node, .loops = {}, .regular = !node.predicated};
  for (size_t d = 0; d < dims.size(); ++d) {
    const Node& index = *node.operands[d];
    int loop = index.kind == Kind::kAxis ? static_cast<int>(number(index.axes[0])) : -1;
    bool own = std::find(out.loops.begin(), out.loops.end(), loop) == out.loops.end();
    bool whole =
        loop < 0 ? is_zero(index) && dims[d] == Dim(1) : own && index.axes[0].extent == dims[d];
    out.regular = out.regular && whole;
    out.loops.push_back(loop);
  }
  return out;
}

}  // namespace mycel::te
