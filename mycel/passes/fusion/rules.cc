#include "mycel/passes/fusion/rules.h"

#include <algorithm>
#include <bit>

#include "mycel/passes/fusion/candidate.h"

namespace mycel::passes {
namespace {

constexpr size_t kMaxInputs = 48;
constexpr size_t kMaxOutputs = 32;

class Rules {
 public:
  Rules(Candidate& candidate, int64_t few_bytes) : candidate_(candidate), few_bytes_(few_bytes) {}

  std::optional<FusionDecline> decline() {
    if (auto why = stored_for_nothing()) return why;
    if (auto why = too_many_arrays()) return why;
    if (auto why = irregular_read()) return why;
    if (auto why = candidate_.number_loops()) return why;
    if (auto why = repeated_work()) return why;
    if (auto why = output_out_of_order()) return why;
    return different_reductions();
  }

 private:
  using Decline = std::optional<FusionDecline>;

  Decline because(FusionReason reason, size_t first = 0) const {
    return because(reason, first, first);
  }
  Decline because(FusionReason reason, size_t first, size_t second) const {
    return FusionDecline{reason, candidate_[first].position, candidate_[second].position};
  }

  // The first reason that the function has against a member's read of another.
  template <class Function>
  Decline for_each_read(Function decline) const {
    for (size_t i = 0; i < candidate_.size(); ++i) {
      const Member& consumer = candidate_[i];
      for (size_t k = 0; k < consumer.producers.size(); ++k) {
        size_t producer = consumer.producers[k];
        if (producer == kNoNode) continue;
        std::optional<FusionReason> reason =
            decline(candidate_[producer], consumer, consumer.facts->links[k]);
        if (reason) return because(*reason, producer, i);
      }
    }
    return std::nullopt;
  }

  // A value that costs nothing where it is read would cost memory where it is written.
  Decline stored_for_nothing() const {
    for (size_t i = 0; i < candidate_.size(); ++i) {
      if (candidate_[i].is_output && candidate_[i].facts->costs_nothing) {
        return because(FusionReason::kStoresForNothing, i);
      }
    }
    return std::nullopt;
  }

  Decline too_many_arrays() const {
    if (candidate_.num_inputs() > kMaxInputs) return because(FusionReason::kManyInputs);
    if (candidate_.num_outputs() > kMaxOutputs) return because(FusionReason::kManyOutputs);
    return std::nullopt;
  }

  Decline irregular_read() const {
    return for_each_read([](const Member& producer, const Member& consumer,
                            const Link& link) -> std::optional<FusionReason> {
      if (link.indirect && !producer.follows_memory) return FusionReason::kUncheckedIndices;
      if (link.regular) return std::nullopt;
      return irregular_read(producer, consumer);
    });
  }

  // A window, a slice or a gather reads its operand's elements in no simple order. The operand may
  // be computed at each read if that is cheap and happens about once per element.
  static std::optional<FusionReason> irregular_read(const Member& producer,
                                                    const Member& consumer) {
    if (!producer.cone.is_cheap()) return FusionReason::kIrregularNotCheap;
    if (producer.node->yielded || producer.node->users.size() != 1) {
      return FusionReason::kIrregularShared;
    }
    // Reading a part would check that part only.
    if (producer.cone.raises) return FusionReason::kIrregularRaises;
    if (!reads_about_once(*consumer.facts, producer.facts->dims)) {
      return FusionReason::kIrregularRepeats;
    }
    return std::nullopt;
  }

  Decline repeated_work() const {
    return for_each_read([this](const Member& producer, const Member& consumer,
                                const Link& link) -> std::optional<FusionReason> {
      return link.regular ? repeated_work(producer, consumer) : std::nullopt;
    });
  }

  std::optional<FusionReason> repeated_work(const Member& producer, const Member& consumer) const {
    if ((consumer.all & ~producer.kept) == 0) return std::nullopt;  // as often as alone
    if (producer.kept == 0 && !producer.cone.reduces) return std::nullopt;
    if (consumer.facts->work.reduces) return FusionReason::kReductionRepeats;
    if (producer.kept == 0) {
      return is_few(consumer) ? std::nullopt : std::optional(FusionReason::kNumberFirst);
    }
    bool once = is_outermost(producer.kept, consumer.order) || producer.cone.is_cheap();
    return once ? std::nullopt : std::optional(FusionReason::kInnerLoopsRepeat);
  }

  bool is_few(const Member& member) const {
    const Dims& dims = member.facts->dims;
    bool known = std::all_of(dims.begin(), dims.end(), [](Dim dim) { return dim.is_constant(); });
    return known && bytes_of(*member.node->op->result()) <= few_bytes_;
  }

  // An output must not force a reduction's loops out of the order of memory.
  Decline output_out_of_order() const {
    for (size_t r = 0; r < candidate_.size(); ++r) {
      if (!candidate_[r].facts->work.reduces) continue;
      LoopMask kept = candidate_[r].kept;
      for (size_t i = 0; i < candidate_.size(); ++i) {
        const Member& output = candidate_[i];
        if (!output.is_output || (output.kept & ~kept) == 0) continue;
        if (kept == 0) {
          if (!is_few(output)) return because(FusionReason::kNumberBesideArray, r, i);
        } else if (!is_outermost(kept, output.order)) {
          return because(FusionReason::kOutOfMemoryOrder, r, i);
        }
      }
    }
    return std::nullopt;
  }

  // Of any two reductions, one must keep all the loops that the other keeps.
  Decline different_reductions() const {
    std::vector<size_t> reductions;
    for (size_t i = 0; i < candidate_.size(); ++i) {
      if (candidate_[i].facts->work.reduces) reductions.push_back(i);
    }
    std::sort(reductions.begin(), reductions.end(), [&](size_t a, size_t b) {
      return std::popcount(candidate_[a].kept) < std::popcount(candidate_[b].kept);
    });
    for (size_t i = 0; i + 1 < reductions.size(); ++i) {
      size_t fewer = reductions[i], more = reductions[i + 1];
      if (candidate_[fewer].kept & ~candidate_[more].kept) {
        return because(FusionReason::kReductionsDiffer, fewer, more);
      }
    }
    return std::nullopt;
  }

  Candidate& candidate_;
  const int64_t few_bytes_;
};

}  // namespace

std::optional<FusionDecline> FusionRules::declines(std::vector<size_t> members) {
  for (size_t member : members) {
    const FusionNode& node = graph_.node(member);
    if (!node.facts()) return FusionDecline{node.why_alone(), member, member};
  }
  std::sort(members.begin(), members.end());
  for (size_t i = 0; i < members.size(); ++i) local_[members[i]] = i;
  Candidate candidate(graph_, members, local_);
  std::optional<FusionDecline> decline = Rules(candidate, few_bytes_).decline();
  for (size_t member : members) local_[member] = kNoNode;
  return decline;
}

}  // namespace mycel::passes
