#include "mycel/passes/fusion/candidate.h"

#include <algorithm>

namespace mycel::passes {
namespace {

LoopOrder memory_order(const ir::Value& value, const LoopOrder& bits) {
  constexpr size_t kChannelsLast[] = {0, 2, 3, 1};
  size_t rank = value.type().rank();
  bool channels_last = value.type().layout == ir::Layout::kChannelsLast && rank == 4;
  LoopOrder order;
  for (size_t i = 0; i < rank; ++i) {
    int bit = bits[channels_last ? kChannelsLast[i] : i];
    if (bit >= 0) order.push_back(bit);
  }
  return order;
}

}  // namespace

bool is_outermost(LoopMask mask, const LoopOrder& order) {
  LoopMask left = mask;
  for (int bit : order) {
    if (left == 0) return true;
    if (!(left >> bit & 1)) return false;
    left &= ~(LoopMask{1} << bit);
  }
  return left == 0;
}

Candidate::Candidate(const FusionGraph& graph, const std::vector<size_t>& nodes,
                     const std::vector<size_t>& local)
    : local_(local) {
  members_.reserve(nodes.size());
  for (size_t position : nodes) add(position, graph.node(position));
}

void Candidate::add(size_t position, const FusionNode& node) {
  Member& m = members_.emplace_back();
  m.position = position;
  m.node = &node;
  m.facts = node.facts();
  for (size_t producer : node.producers) m.producers.push_back(inside(producer));
  m.first_loop = same_as_.size();
  for (size_t i = 0; i < m.facts->num_loops(); ++i) same_as_.push_back(same_as_.size());
  m.cone = m.facts->work;
  m.is_output = is_output(node);
  m.follows_memory = follows_memory(m);
  for (size_t k = 0; k < m.producers.size(); ++k) {
    if (m.producers[k] == kNoNode) continue;
    const Member& producer = members_[m.producers[k]];
    m.cone.add(producer.cone);
    if (m.facts->links[k].regular) unite_loops(producer, m, m.facts->links[k]);
  }
}

bool Candidate::is_output(const FusionNode& node) const {
  return node.yielded || node.users.empty() ||
         std::any_of(node.users.begin(), node.users.end(),
                     [&](size_t user) { return inside(user) == kNoNode; });
}

bool Candidate::follows_memory(const Member& member) const {
  for (size_t k = 0; k < member.producers.size(); ++k) {
    const ir::Value* operand = member.node->op->operand(k);
    bool same_place =
        operand && member.facts->links[k].regular && operand->type().dims == member.facts->dims;
    size_t producer = member.producers[k];
    if (same_place && (producer == kNoNode || members_[producer].follows_memory)) return true;
  }
  return false;
}

void Candidate::unite_loops(const Member& producer, const Member& consumer, const Link& link) {
  for (size_t d = 0; d < link.loops.size(); ++d) {
    if (link.loops[d] < 0) continue;
    size_t loop = consumer.first_loop + static_cast<size_t>(link.loops[d]);
    same_as_[find(producer.first_loop + d)] = find(loop);
  }
}

size_t Candidate::find(size_t loop) {
  while (same_as_[loop] != loop) loop = same_as_[loop] = same_as_[same_as_[loop]];
  return loop;
}

size_t Candidate::num_inputs() const {
  std::vector<const ir::Value*> inputs;
  for (const Member& m : members_) {
    for (size_t k = 0; k < m.producers.size(); ++k) {
      const ir::Value* operand = m.node->op->operand(k);
      if (operand && m.producers[k] == kNoNode) inputs.push_back(operand);
    }
  }
  std::sort(inputs.begin(), inputs.end());
  auto end = std::unique(inputs.begin(), inputs.end());
  return static_cast<size_t>(end - inputs.begin());
}

size_t Candidate::num_outputs() const {
  return static_cast<size_t>(
      std::count_if(members_.begin(), members_.end(), [](const Member& m) { return m.is_output; }));
}

std::optional<FusionDecline> Candidate::number_loops() {
  constexpr int kMost = 64;
  std::vector<int> bits(same_as_.size(), -1);  // by the representative of united loops
  int given = 0;
  for (Member& m : members_) {
    LoopOrder own(m.facts->num_loops(), -1);
    for (size_t k = 0; k < own.size(); ++k) {
      if (m.facts->extent(k) == Dim(1)) continue;
      int& bit = bits[find(m.first_loop + k)];
      if (bit < 0) bit = given++;
      if (given > kMost) return FusionDecline{FusionReason::kManyLoops, m.position, m.position};
      LoopMask mask = LoopMask{1} << bit;
      if (m.all & mask) return FusionDecline{FusionReason::kDiagonal, m.position, m.position};
      own[k] = bit;
      m.all |= mask;
      if (k < m.facts->dims.size()) m.kept |= mask;
    }
    m.order = memory_order(*m.node->op->result(), own);
  }
  return std::nullopt;
}

}  // namespace mycel::passes
