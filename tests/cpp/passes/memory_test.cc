#include <gtest/gtest.h>

#include <climits>
#include <random>

#include "mycel/passes/memory/liveness.h"
#include "mycel/passes/memory/pack_arena.h"
#include "mycel/passes/memory/plan_memory.h"
#include "tests/cpp/passes/support.h"

namespace mycel::passes {
namespace {

using ir::Place;

// A request with the sizes of the types and the views that operations declare.
struct Planned {
  ir::Module module;
  MemoryRequest request;

  explicit Planned(const std::string& text) : module(parse(text)) {
    ir::Function& f = function();
    request.bytes.resize(f.num_values());
    request.view_of.assign(f.num_values(), -1);
    request.scratch.resize(f.num_operations());
    request.raises.resize(f.num_operations());
    for (const ir::Value* argument : f.body().arguments()) note(*argument);
    for (const ir::Operation* op = f.body().first(); op; op = op->next()) {
      for (const ir::Value* result : op->results()) {
        note(*result);
        if (op->def().is_view) {
          request.view_of[result->id()] = static_cast<int>(op->operand(0)->id());
        }
      }
    }
  }
  void note(const ir::Value& value) { request.bytes[value.id()] = bytes_of(value); }
  ir::Function& function() const { return *module.functions()[0]; }
  ir::MemoryPlan plan() const { return plan_memory(function(), request); }
  const ir::Operation& op(int i) const {
    const ir::Operation* op = function().body().first();
    while (i-- > 0) op = op->next();
    return *op;
  }
  Place place(const ir::MemoryPlan& plan, int i) const { return plan.places[op(i).result()->id()]; }
};

TEST(PlanMemory, ReusesWhatIsDead) {
  Planned p(R"(func @f(%x: f32[256]) -> (f32[256]) {
  %0 = exp(%x) : f32[256]
  %1 = neg(%0) : f32[256]
  %2 = sin(%1) : f32[256]
  %3 = cos(%2) : f32[256]
  return %3
})");
  ir::MemoryPlan plan = p.plan();
  EXPECT_EQ(plan.arena_bytes, 2048);
  EXPECT_EQ(p.place(plan, 0).kind, Place::Kind::kArena);
  EXPECT_EQ(p.place(plan, 0).offset, p.place(plan, 2).offset);
  EXPECT_NE(p.place(plan, 0).offset, p.place(plan, 1).offset);
  EXPECT_EQ(p.place(plan, 3).kind, Place::Kind::kOutput);
  EXPECT_EQ(plan.peak_bytes(), 4096);
}

TEST(PlanMemory, WorksInPlaceWhereAnOperandDies) {
  Planned p(R"(func @f(%x: f32[256]) -> (f32[256]) {
  %0 = exp(%x) : f32[256]
  %1 = neg(%0) : f32[256]
  %2 = sin(%1) : f32[256]
  return %2
})");
  p.request.in_place = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
  ir::MemoryPlan plan = p.plan();
  // All of them lie in the buffer of the result; the argument is the caller's.
  EXPECT_EQ(plan.arena_bytes, 0);
  EXPECT_EQ(p.place(plan, 0).kind, Place::Kind::kOutput);
  EXPECT_EQ(p.place(plan, 1).kind, Place::Kind::kOutput);
}

TEST(PlanMemory, DoesNotOverwriteWhatIsReadLaterOrTwice) {
  Planned p(R"(func @f(%x: f32[16,16]) -> (f32[16,16]) {
  %0 = exp(%x) : f32[16,16]
  %1 = permute(%0) {dims = [1, 0]} : f32[16,16]
  %2 = add(%0, %1) : f32[16,16]
  %3 = neg(%2) : f32[16,16]
  %4 = add(%2, %3) : f32[16,16]
  return %4
})");
  p.request.in_place = {{2, 0, 0}, {3, 0, 0}, {4, 0, 0}, {4, 1, 0}};
  ir::MemoryPlan plan = p.plan();
  EXPECT_EQ(p.place(plan, 0).kind, Place::Kind::kArena);  // its transpose is read at %2
  EXPECT_EQ(p.place(plan, 1).kind, Place::Kind::kAlias);
  EXPECT_EQ(p.place(plan, 1).index, p.op(0).result()->id());
  EXPECT_EQ(p.place(plan, 2).kind, Place::Kind::kOutput);  // it dies at %4
  EXPECT_EQ(p.place(plan, 3).kind, Place::Kind::kArena);   // %2 is read again
  EXPECT_EQ(p.place(plan, 4).kind, Place::Kind::kOutput);
}

TEST(PlanMemory, DonatesAnArgumentThatIsReadBefore) {
  std::string text = R"(func @f(%p: f32[64], %g: f32[64]) -> (f32[64], f32[]) {
  %0 = subtract(%p, %g) : f32[64]
  %1 = sum(%0) : f32[]
  return %0, %1
})";
  Planned p(text);
  p.request.donations = {{0, 0}};
  EXPECT_EQ(p.plan().donor, (std::vector<int>{-1, -1}));  // not unless it may work in place
  p.request.in_place = {{0, 0, 0}};
  EXPECT_EQ(p.plan().donor, (std::vector<int>{0, -1}));
  Planned late(R"(func @f(%p: f32[64], %g: f32[64]) -> (f32[64], f32[64]) {
  %0 = subtract(%p, %g) : f32[64]
  %1 = add(%p, %g) : f32[64]
  return %0, %1
})");
  late.request.in_place = {{0, 0, 0}, {1, 0, 0}};
  late.request.donations = {{0, 0}};
  EXPECT_EQ(late.plan().donor, (std::vector<int>{-1, -1}));  // %1 reads %p after %0 was written
  late.request.donations = {{0, 1}};
  EXPECT_EQ(late.plan().donor, (std::vector<int>{-1, 0}));
}

TEST(PlanMemory, ADonatedResultIsNotWrittenEarly) {
  // %0 would fit into the result's buffer, but that may be %p's, which is still read.
  Planned p(R"(func @f(%p: f32[64], %g: f32[64]) -> (f32[64]) {
  %0 = neg(%g) : f32[64]
  %1 = add(%p, %0) : f32[64]
  return %1
})");
  p.request.in_place = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}};
  p.request.donations = {{0, 0}};
  ir::MemoryPlan plan = p.plan();
  EXPECT_EQ(plan.donor, (std::vector<int>{0}));
  EXPECT_EQ(p.place(plan, 0).kind, Place::Kind::kArena);
}

TEST(PlanMemory, NothingIsOverwrittenBeforeWhatMayRaise) {
  Planned p(R"(func @f(%p: f32[64], %g: f32[64], %x: f32[64], %i: i64[64]) -> (f32[64], f32[64]) {
  %0 = subtract(%p, %g) : f32[64]
  %1 = gather(%x, %i) {dim = 0} : f32[64]
  %2 = subtract(%g, %1) : f32[64]
  return %0, %2
})");
  p.request.in_place = {{0, 0, 0}, {2, 0, 0}};
  p.request.donations = {{0, 0}, {1, 1}};
  EXPECT_EQ(p.plan().donor, (std::vector<int>{0, 1}));
  EXPECT_EQ(p.plan().written_last, (std::vector<bool>{true, true}));
  p.request.raises[1] = true;
  EXPECT_EQ(p.plan().donor, (std::vector<int>{-1, 1}));
  EXPECT_EQ(p.plan().written_last, (std::vector<bool>{false, true}));
  p.request.raises[2] = true;  // nor by the operation that raises
  EXPECT_EQ(p.plan().donor, (std::vector<int>{-1, -1}));
}

TEST(PlanMemory, ScratchIsPartOfThePlan) {
  Planned p(R"(func @f(%x: f32[256]) -> (f32[256]) {
  %0 = exp(%x) : f32[256]
  %1 = neg(%0) : f32[256]
  return %1
})");
  p.request.scratch = {100, 5000};
  ir::MemoryPlan plan = p.plan();
  EXPECT_EQ(plan.arena_bytes, 1024 + 5056);
  EXPECT_EQ(plan.scratch[1].kind, Place::Kind::kArena);
  EXPECT_EQ(plan.peak[3].name, "scratch");
  EXPECT_EQ(plan.peak[3].bytes, 5000);
}

TEST(PlanMemory, WhatARegionReadsStaysAliveForIt) {
  Planned p(R"(func @f(%c: bool[], %x: f32[256]) -> (f32[256]) {
  %0 = exp(%x) : f32[256]
  %1 = neg(%x) : f32[256]
  %2 = sin(%1) : f32[256]
  %3 = if(%c) : f32[256] {
    then {
      yield %0
    }
    else {
      yield %2
    }
  }
  return %3
})");
  ir::MemoryPlan plan = p.plan();
  EXPECT_EQ(plan.arena_bytes, 3072);
}

TEST(PlanMemory, AResultThatNothingReadsKeepsItsMemoryToItself) {
  Planned p(R"(func @f(%x: f32[256], %y: f32[256]) -> (f32[256]) {
  %0 = exp(%x) : f32[256]
  %1, %2 = fusion(%a = %0, %b = %y) : (f32[256], f32[256]) {
    body {
      %3 = neg(%a) : f32[256]
      %4 = add(%a, %b) : f32[256]
      yield %3, %4
    }
  }
  %5 = sin(%2) : f32[256]
  return %5
})");
  p.request.in_place = {{p.op(1).id(), 0, 0}, {p.op(1).id(), 0, 1}};
  ir::MemoryPlan plan = p.plan();
  const Place &unused = plan.places[p.op(1).result(0)->id()],
              &used = plan.places[p.op(1).result(1)->id()];
  EXPECT_TRUE(unused.kind != used.kind || unused.offset != used.offset);
}

TEST(PlanMemory, ApartNothingIsShared) {
  Planned p(R"(func @f(%p: f32[256], %g: f32[256]) -> (f32[256], f32[256]) {
  %0 = exp(%g) : f32[256]
  %1 = neg(%0) : f32[256]
  %2 = sin(%1) : f32[256]
  %3 = cos(%2) : f32[256]
  %4 = subtract(%p, %3) : f32[256]
  return %4, %3
})");
  p.request.in_place = {{1, 0, 0}, {2, 0, 0}, {3, 0, 0}, {4, 0, 0}};
  p.request.donations = {{0, 0}};
  p.request.scratch = {100, 0, 100, 0, 0};
  EXPECT_EQ(p.plan().donor[0], 0);
  p.request.apart = true;
  ir::MemoryPlan plan = p.plan();
  EXPECT_EQ(plan.arena_bytes, 3 * 1024 + 2 * 128);  // %0, %1, %2 and the scratch of two operations
  EXPECT_EQ(plan.donor, (std::vector<int>{-1, -1}));
  EXPECT_EQ(plan.written_last, (std::vector<bool>{false, false}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(p.place(plan, i).kind, Place::Kind::kArena);
}

std::vector<Lifetime> random_buffers(unsigned seed, int count, int positions, int longest) {
  std::mt19937 random(seed);
  std::vector<Lifetime> buffers;
  for (int i = 0; i < count; ++i) {
    int begin = static_cast<int>(random()) & INT_MAX;
    int length = static_cast<int>(random()) & INT_MAX;
    begin %= positions;
    buffers.push_back({static_cast<int64_t>(random() % 5000), begin, begin + length % longest});
  }
  return buffers;
}

// Packing in time order exceeds the bound by a fifth.
TEST(Pack, ManyBuffersArePackedAsWellAsFew) {
  std::vector<Lifetime> buffers = random_buffers(7, 6000, 3000, 20);
  EXPECT_LE(static_cast<double>(pack(buffers).bytes),
            1.15 * static_cast<double>(peak_of(buffers).bytes));
}

// So many long-lived buffers would take too many comparisons.
TEST(Pack, TooManyBuffersStayWithinAThirdOfTheBound) {
  std::vector<Lifetime> buffers = random_buffers(7, 20000, 20000, 20000);
  int64_t bytes = pack(buffers).bytes;
  EXPECT_GE(bytes, peak_of(buffers).bytes);
  EXPECT_LE(static_cast<double>(bytes), 1.3 * static_cast<double>(peak_of(buffers).bytes));
}

TEST(Pack, NeverOverlapsAndIsNearTheBound) {
  for (unsigned round = 0; round < 20; ++round) {
    std::vector<Lifetime> buffers = random_buffers(round, 200, 100, 20);
    Packing packing = pack(buffers);
    for (size_t a = 0; a < buffers.size(); ++a) {
      EXPECT_LE(packing.offsets[a] + buffers[a].bytes, packing.bytes);
      EXPECT_EQ(packing.offsets[a] % kArenaAlignment, 0);
      for (size_t b = 0; b < a; ++b) {
        bool together = buffers[a].begin <= buffers[b].end && buffers[b].begin <= buffers[a].end;
        bool apart = packing.offsets[a] + buffers[a].bytes <= packing.offsets[b] ||
                     packing.offsets[b] + buffers[b].bytes <= packing.offsets[a];
        EXPECT_TRUE(!together || apart || buffers[a].bytes == 0 || buffers[b].bytes == 0);
      }
    }
    EXPECT_LE(static_cast<double>(packing.bytes),
              1.2 * static_cast<double>(peak_of(buffers).bytes));
  }
}

TEST(Order, LowersThePeak) {
  // Each large value is summed before the next is computed.
  std::string out = run("order", R"(func @f(%x: f32[1000]) -> (f32[]) {
  %a = exp(%x) : f32[1000]
  %b = sin(%x) : f32[1000]
  %c = cos(%x) : f32[1000]
  %d = sum(%a) : f32[]
  %e = sum(%b) : f32[]
  %f = sum(%c) : f32[]
  %g = add(%d, %e) : f32[]
  %h = add(%g, %f) : f32[]
  return %h
})");
  EXPECT_LT(out.find("%d = sum(%a)"), out.find("%b = sin"));
  EXPECT_LT(out.find("%e = sum(%b)"), out.find("%c = cos"));
}

TEST(Order, WhatIsYieldedStaysBehindWhatMayRaise) {
  // %new would free %g before the next large value is computed.
  std::string text = R"(func @f(%w: f32[1000], %i: i64[1000]) -> (f32[], f32[]) {
  %g = exp(%w) : f32[1000]
  %0 = LARGE : f32[1000]
  %new = sum(%g) : f32[]
  %1 = sum(%0) : f32[]
  return %new, %1
})";
  auto ordered = [&](const std::string& large) {
    std::string with = text;
    return run("order", with.replace(with.find("LARGE"), 5, large));
  };
  std::string free = ordered("sin(%w)"), raising = ordered("gather(%w, %i)");
  EXPECT_LT(free.find("%new ="), free.find("= sin(")) << free;
  EXPECT_GT(raising.find("%new ="), raising.find("= gather(")) << raising;
}

TEST(Order, KeepsAnOrderThatIsNoWorse) {
  std::string text = R"(func @f(%x: f32[10]) -> (f32[10]) {
  %0 = exp(%x) : f32[10]
  %1 = neg(%x) : f32[10]
  %2 = add(%0, %1) : f32[10]
  return %2
}
)";
  EXPECT_EQ(run("order", text), text);
}

}  // namespace
}  // namespace mycel::passes
