// Orders operations so that less memory is live at once.
#include <algorithm>
#include <queue>

#include "mycel/passes/may_raise.h"
#include "mycel/passes/memory/liveness.h"
#include "mycel/passes/passes.h"

namespace mycel::passes {
namespace {

// The dependence graph of a region's operations, with the bytes that each makes and frees. Views
// own no memory: reading a view reads its owner. Operations whose results the region yields may
// overwrite an argument, so they stay after earlier operations that may raise.
class Graph {
 public:
  Graph(const ir::Region& region, const PassContext& context)
      : schedule_(region),
        reads_(schedule_.size()),
        users_(schedule_.size()),
        waits_(schedule_.size()),
        made_(schedule_.size()) {
    std::vector<char> yields(schedule_.size());
    for (const ir::Value* result : region.results()) {
      if (int owner = owner_of(*result); owner >= 0) yields[owner] = true;
    }
    int last_raise = -1;
    for (size_t i = 0; i < schedule_.size(); ++i) {
      const ir::Operation& op = schedule_.at(i);
      for (ir::Value* value : schedule_.reads(op)) {
        add_edge(schedule_.position(value->producer()), i);
        int owner = owner_of(*value);
        if (owner >= 0) reads_[i].push_back(owner);
      }
      bool raises = may_raise(op, context.module);
      if (raises || yields[i]) add_edge(last_raise, i);
      if (raises) last_raise = static_cast<int>(i);
      for (const ir::Value* result : op.results()) {
        if (!op.def().is_view) made_[i] += bytes_of(*result);
      }
      std::sort(reads_[i].begin(), reads_[i].end());
      reads_[i].erase(std::unique(reads_[i].begin(), reads_[i].end()), reads_[i].end());
    }
    remaining_.assign(schedule_.size(), 0);
    for (const auto& owners : reads_) {
      for (int owner : owners) ++remaining_[owner];
    }
    // Yielded values stay alive.
    for (size_t i = 0; i < size(); ++i) remaining_[i] += yields[i];
  }

  size_t size() const { return schedule_.size(); }
  ir::Operation& at(size_t i) const { return schedule_.at(i); }

  // The peak of live bytes in this order.
  int64_t peak(const std::vector<int>& order) const {
    std::vector<int> remaining = remaining_;
    int64_t live = 0, peak = 0;
    for (int i : order) {
      live += made_[i];
      peak = std::max(peak, live);
      live -= frees(i, remaining, true);
    }
    return peak;
  }

  // Always takes the ready operation that leaves the least memory live; ties keep the given order.
  std::vector<int> greedy() const {
    std::vector<int> remaining = remaining_, waits = waits_, order;
    using Entry = std::pair<int64_t, int>;  // growth, operation
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
    std::vector<int64_t> growth(size());
    std::vector<char> is_ready(size()), done(size());
    std::vector<std::vector<int>> readers(size());
    for (size_t i = 0; i < size(); ++i) {
      for (int owner : reads_[i]) readers[owner].push_back(static_cast<int>(i));
    }
    auto push = [&](int i) {
      growth[i] = made_[i] - frees(i, remaining, false);
      is_ready[i] = true;
      ready.push({growth[i], i});
    };
    for (size_t i = 0; i < size(); ++i) {
      if (waits[i] == 0) push(static_cast<int>(i));
    }
    while (!ready.empty()) {
      auto [grown, i] = ready.top();
      ready.pop();
      if (done[i] || grown != growth[i]) continue;  // an outdated entry
      done[i] = true;
      order.push_back(i);
      frees(i, remaining, true);
      // The last reader left of a value would free it.
      for (int owner : reads_[i]) {
        if (remaining[owner] != 1) continue;
        for (int reader : readers[owner]) {
          if (is_ready[reader] && !done[reader]) push(reader);
        }
      }
      for (int user : users_[i]) {
        if (--waits[user] == 0) push(user);
      }
    }
    return order;
  }

 private:
  void add_edge(int from, size_t to) {
    if (from < 0) return;
    users_[from].push_back(static_cast<int>(to));
    ++waits_[to];
  }

  // The position of this region's operation that owns the memory of the value, or -1.
  int owner_of(const ir::Value& value) const {
    const ir::Operation* op = value.producer();
    while (op && op->def().is_view && op->operand(0)) op = op->operand(0)->producer();
    return schedule_.position(op);
  }

  // The bytes that are dead after the operation.
  int64_t frees(int i, std::vector<int>& remaining, bool take) const {
    int64_t bytes = 0;
    for (int owner : reads_[i]) {
      if (remaining[owner] == 1) bytes += made_[owner];
      if (take) --remaining[owner];
    }
    if (remaining[i] == 0) bytes += made_[i];  // its results are never read
    return bytes;
  }

  Schedule schedule_;
  std::vector<std::vector<int>> reads_;  // by position: the owners of the values that it reads
  std::vector<std::vector<int>> users_;
  std::vector<int> waits_;
  std::vector<int64_t> made_;
  std::vector<int> remaining_;  // readers of each position's results
};

void order_region(ir::Region& region, const PassContext& context) {
  for (ir::Operation* op = region.first(); op; op = op->next()) {
    for (size_t i = 0; i < op->num_regions(); ++i) {
      if (!op->is("fusion")) order_region(op->region(i), context);
    }
  }
  Graph graph(region, context);
  std::vector<int> given(graph.size());
  for (size_t i = 0; i < given.size(); ++i) given[i] = static_cast<int>(i);
  std::vector<int> greedy = graph.greedy();
  if (graph.peak(greedy) >= graph.peak(given)) return;
  for (int i : greedy) {
    region.function().move_to_end(graph.at(i), region);
  }
}

}  // namespace

void order(ir::Function& function, const PassContext& context) {
  order_region(function.body(), context);
}

}  // namespace mycel::passes
