#include "mycel/passes/fusion/rules.h"

#include <algorithm>
#include <bit>

namespace mycel::passes {
namespace {

// Loops of a group as bits.
using Mask = uint64_t;
using SmallInts = InlineVector<int, 6>;

constexpr size_t kMaxInputs = 48;
constexpr size_t kMaxOutputs = 32;
// A value of at most this many simple scalar operations may be recomputed wherever it is read.
constexpr int kCheap = 8;
// A union-find of loops that are the same loop.
class Loops {
 public:
  int add(size_t count) {
    int first = static_cast<int>(parent_.size());
    for (size_t i = 0; i < count; ++i) parent_.push_back(first + static_cast<int>(i));
    return first;
  }
  int find(int loop) {
    while (parent_[static_cast<size_t>(loop)] != loop) {
      int& next = parent_[static_cast<size_t>(loop)];
      next = parent_[static_cast<size_t>(next)];
      loop = next;
    }
    return loop;
  }
  size_t size() const { return parent_.size(); }
  void unite(int a, int b) { parent_[static_cast<size_t>(find(a))] = find(b); }

 private:
  std::vector<int> parent_;
};

class Check {
 public:
  // `members`: by position; `local`: by node, the number among them or -1.
  Check(const FusionGraph& graph, int64_t few_bytes, const std::vector<int>& members,
        const std::vector<int>& local)
      : graph_(graph), few_bytes_(few_bytes), members_(members), local_(local) {}

  bool run() {
    return count_ends() && unite_loops() && give_bits() && check_edges() && check_outputs() &&
           check_reductions();
  }

 private:
  struct Member {
    int first_loop = 0;
    Mask result = 0;  // the loops along its result
    Mask all = 0;     // and those that it reduces
    SmallInts order;  // bits of the result's dims, in the order of memory
    bool is_output = false;
    // Of the member and all members that it is computed from.
    int cone_weight = 0;
    bool cone_reduces = false, cone_expensive = false, cone_raises = false;
    // Each element is computed from the one at the same place of an array in memory, so that an
    // index out of range is detected when that array is read.
    bool follows_memory = false;

    bool is_cheap() const { return !cone_reduces && !cone_expensive && cone_weight <= kCheap; }
  };

  const FusionNode& node(size_t i) const { return graph_.node(members_[i]); }
  // Only nodes that have facts become members.
  const FusionFacts& facts(size_t i) const {
    return node(i).facts.value();  // NOLINT(bugprone-unchecked-optional-access)
  }
  // The member that computes an operand, or -1.
  int inside(int node) const { return node < 0 ? -1 : local_[static_cast<size_t>(node)]; }

  bool count_ends() {
    state_.resize(members_.size());
    std::vector<const ir::Value*> inputs;
    size_t outputs = 0;
    for (size_t i = 0; i < members_.size(); ++i) {
      const FusionNode& n = node(i);
      for (size_t k = 0; k < n.producers.size(); ++k) {
        if (n.op->operand(k) && inside(n.producers[k]) < 0) inputs.push_back(n.op->operand(k));
      }
      state_[i].is_output =
          n.yielded || n.users.empty() ||
          std::any_of(n.users.begin(), n.users.end(), [&](int user) { return inside(user) < 0; });
      outputs += state_[i].is_output;
      // A value that costs nothing where it is read would cost memory where it is written.
      if (state_[i].is_output && facts(i).free) return false;
    }
    std::sort(inputs.begin(), inputs.end());
    inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
    return inputs.size() <= kMaxInputs && outputs <= kMaxOutputs;
  }

  bool unite_loops() {
    for (size_t i = 0; i < members_.size(); ++i) {
      state_[i].first_loop = loops_.add(facts(i).num_loops());
      state_[i].follows_memory = follows_memory(i);
      add_cone(i, facts(i).weight, facts(i).reduces, facts(i).expensive, facts(i).raises);
      for (size_t k = 0; k < node(i).producers.size(); ++k) {
        int producer = inside(node(i).producers[k]);
        if (producer < 0) continue;
        const Member& p = state_[static_cast<size_t>(producer)];
        add_cone(i, p.cone_weight, p.cone_reduces, p.cone_expensive, p.cone_raises);
        const Link& link = facts(i).links[k];
        if (link.indirect && !p.follows_memory) return false;
        if (!link.regular) {
          if (!may_read_anyhow(static_cast<size_t>(producer), i)) return false;
          continue;
        }
        for (size_t d = 0; d < link.loops.size(); ++d) {
          if (link.loops[d] < 0) continue;
          loops_.unite(p.first_loop + static_cast<int>(d), state_[i].first_loop + link.loops[d]);
        }
      }
    }
    return true;
  }

  bool follows_memory(size_t i) const {
    for (size_t k = 0; k < node(i).producers.size(); ++k) {
      const ir::Value* operand = node(i).op->operand(k);
      if (!operand || !facts(i).links[k].regular || !(operand->type().dims == facts(i).dims)) {
        continue;
      }
      int producer = inside(node(i).producers[k]);
      if (producer < 0 || state_[static_cast<size_t>(producer)].follows_memory) return true;
    }
    return false;
  }

  void add_cone(size_t i, int weight, bool reduces, bool expensive, bool raises) {
    state_[i].cone_weight = std::min(state_[i].cone_weight + weight, 1000);
    state_[i].cone_reduces |= reduces;
    state_[i].cone_expensive |= expensive;
    state_[i].cone_raises |= raises;
  }

  // A window, a slice or a gather reads its operand's elements in no simple order. The operand may
  // be computed at each read if that is cheap and happens about once per element.
  bool may_read_anyhow(size_t producer, size_t consumer) const {
    const FusionNode& p = node(producer);
    if (!state_[producer].is_cheap() || p.yielded || p.users.size() != 1) return false;
    if (state_[producer].cone_raises) return false;  // reading a part would check that part only
    return reads_about_once(facts(consumer), facts(producer).dims);
  }

  // Loops of extent 1 get no bit.
  bool give_bits() {
    std::vector<int> bits(loops_.size(), -1);  // by the representative of united loops
    int given = 0;
    for (size_t i = 0; i < members_.size(); ++i) {
      Member& m = state_[i];
      const FusionFacts& f = facts(i);
      SmallInts by_loop(f.num_loops(), -1);
      for (size_t k = 0; k < f.num_loops(); ++k) {
        if (f.extent(k) == Dim(1)) continue;
        int& bit_of = bits[static_cast<size_t>(loops_.find(m.first_loop + static_cast<int>(k)))];
        if (bit_of < 0) bit_of = given++;
        by_loop[k] = bit_of;
        if (given > 64) return false;
        Mask bit = Mask{1} << by_loop[k];
        if (m.all & bit) return false;  // two dims along one loop: a diagonal
        m.all |= bit;
        if (k < f.dims.size()) m.result |= bit;
      }
      m.order = memory_order(*node(i).op->result(), by_loop);
    }
    return true;
  }

  static SmallInts memory_order(const ir::Value& value, const SmallInts& by_loop) {
    constexpr size_t kChannelsLast[] = {0, 2, 3, 1};
    size_t rank = value.type().rank();
    bool channels_last = value.type().layout == ir::Layout::kChannelsLast && rank == 4;
    SmallInts order;
    for (size_t i = 0; i < rank; ++i) {
      int bit = by_loop[channels_last ? kChannelsLast[i] : i];
      if (bit >= 0) order.push_back(bit);
    }
    return order;
  }

  bool is_few(size_t i) const {
    const ir::Value& result = *node(i).op->result();
    bool known = std::all_of(facts(i).dims.begin(), facts(i).dims.end(),
                             [](Dim dim) { return dim.is_constant(); });
    return known && bytes_of(result) <= few_bytes_;
  }

  // Whether the loops of `mask` are the outermost of `order`: values that depend on them only are
  // computed once for all loops inside.
  static bool is_outermost(Mask mask, const SmallInts& order) {
    Mask left = mask;
    for (int bit : order) {
      if (left == 0) return true;
      if (!(left >> bit & 1)) return false;
      left &= ~(Mask{1} << bit);
    }
    return left == 0;
  }

  bool check_edges() {
    for (size_t i = 0; i < members_.size(); ++i) {
      for (size_t k = 0; k < node(i).producers.size(); ++k) {
        int producer = inside(node(i).producers[k]);
        if (producer < 0 || !facts(i).links[k].regular) continue;
        if (!may_read(state_[static_cast<size_t>(producer)], i)) return false;
      }
    }
    return true;
  }

  bool may_read(const Member& producer, size_t consumer) const {
    const Member& c = state_[consumer];
    if ((c.all & ~producer.result) == 0) return true;  // as often as alone
    if (producer.result == 0 && !producer.cone_reduces) return true;
    if (facts(consumer).reduces) return false;
    if (is_outermost(producer.result, c.order)) {
      return producer.result != 0 || is_few(consumer);
    }
    return producer.is_cheap();
  }

  // An output must not force a reduction's loops out of the order of memory.
  bool check_outputs() {
    for (size_t r = 0; r < members_.size(); ++r) {
      if (!facts(r).reduces) continue;
      Mask kept = state_[r].result;
      for (size_t i = 0; i < members_.size(); ++i) {
        if (!state_[i].is_output || (state_[i].result & ~kept) == 0) continue;
        if (kept == 0 ? !is_few(i) : !is_outermost(kept, state_[i].order)) {
          return false;
        }
      }
    }
    return true;
  }

  // Of any two reductions, one must keep all the loops that the other keeps.
  bool check_reductions() {
    std::vector<Mask> kept;
    for (size_t i = 0; i < members_.size(); ++i) {
      if (facts(i).reduces) kept.push_back(state_[i].result);
    }
    std::sort(kept.begin(), kept.end(),
              [](Mask a, Mask b) { return std::popcount(a) < std::popcount(b); });
    for (size_t i = 0; i + 1 < kept.size(); ++i) {
      if (kept[i] & ~kept[i + 1]) return false;
    }
    return true;
  }

  const FusionGraph& graph_;
  const int64_t few_bytes_;
  const std::vector<int>& members_;
  const std::vector<int>& local_;
  std::vector<Member> state_;
  Loops loops_;
};

}  // namespace

bool FusionRules::may_fuse(std::vector<int> members) {
  for (int member : members) {
    if (!graph_.node(member).facts) return false;
  }
  std::sort(members.begin(), members.end());
  for (size_t i = 0; i < members.size(); ++i) {
    local_[static_cast<size_t>(members[i])] = static_cast<int>(i);
  }
  bool fits = Check(graph_, few_bytes_, members, local_).run();
  for (int member : members) local_[static_cast<size_t>(member)] = -1;
  return fits;
}

}  // namespace mycel::passes
