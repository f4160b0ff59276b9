#include <algorithm>

#include "mycel/base/reused_row.h"
#include "mycel/compiler/control_kinds.h"
#include "mycel/compiler/copy.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/prepared_region.h"
#include "mycel/passes/memory/pack_arena.h"

namespace mycel::compiler {
namespace {

using backends::Stream;
using runtime::Spec;

// `if(%c) { then {...} else {...} }`, and `call` as a branch that is always taken.
class Branch final : public runtime::Control {
 public:
  Branch(const ir::Operation& op, const Captured& captured, const ControlContext& context)
      : backend_(*context.backend), operands_(op.num_operands()), captured_(captured.size()) {
    for (size_t i = 0; i < op.num_regions(); ++i) {
      regions_.emplace_back(op.region(i), captured, context, "branch");
    }
    note_results(op);
  }
  Branch(const ir::Operation& op, const ir::Function& callee, const ControlContext& context)
      : backend_(*context.backend), operands_(op.num_operands()), captured_(0) {
    regions_.emplace_back(callee.body(), Captured(), context, callee.name());
    for (size_t i = 0; i < op.num_operands(); ++i) {
      Spec to = dense(callee.body().argument(i)->type());
      entry_.push_back(copy_kernel(backend_, context.spec(op.operand(i)), to));
      entry_bytes_.push_back(passes::aligned(bytes_of(to)));
    }
    note_results(op);
  }

  int64_t scratch_bytes() const override {
    int64_t arena = 0, total = 0;
    for (const PreparedRegion& region : regions_) arena = std::max(arena, region.arena_bytes());
    for (int64_t bytes : entry_bytes_) total += bytes;
    for (int64_t bytes : result_bytes_) total += bytes;
    return arena + total;
  }

  void run(char* const* buffers, char* scratch, const Stream& stream) const override {
    bool second = regions_.size() > 1 && !read_bool(backend_, buffers[0], stream);
    ReusedRow<char*> inputs(entry_.size() + captured_), temporary(result_bytes_.size());
    for (size_t i = 0; i < entry_.size(); ++i) {
      run_copy(entry_[i], buffers[i], scratch, stream);
      inputs[i] = scratch;
      scratch += entry_bytes_[i];
    }
    std::copy(buffers + operands_, buffers + operands_ + captured_, inputs.begin() + entry_.size());
    for (size_t i = 0; i < temporary.size(); ++i) {
      temporary[i] = scratch;
      scratch += result_bytes_[i];
    }
    regions_[second ? 1 : 0].run(scratch, inputs, temporary, stream);
    for (size_t i = 0; i < temporary.size(); ++i) {
      run_copy(exit_[second ? 1 : 0][i], temporary[i], buffers[operands_ + captured_ + i], stream);
    }
  }

 private:
  void note_results(const ir::Operation& op) {
    exit_.resize(regions_.size());
    for (size_t i = 0; i < op.num_results(); ++i) {
      Spec to = dense(op.result(i)->type());
      result_bytes_.push_back(passes::aligned(bytes_of(to)));
      for (size_t r = 0; r < regions_.size(); ++r) {
        exit_[r].push_back(copy_kernel(backend_, regions_[r].result(i), to));
      }
    }
  }

  backends::Backend& backend_;
  size_t operands_, captured_;
  std::vector<PreparedRegion> regions_;
  std::vector<backends::KernelPtr> entry_;
  std::vector<std::vector<backends::KernelPtr>> exit_;  // by region and result
  std::vector<int64_t> entry_bytes_, result_bytes_;
};

}  // namespace

ControlPtr make_if(const ir::Operation& op, const Captured& captured,
                   const ControlContext& context) {
  return std::make_shared<Branch>(op, captured, context);
}

ControlPtr make_call(const ir::Operation& op, const ir::Function& callee,
                     const ControlContext& context) {
  return std::make_shared<Branch>(op, callee, context);
}

}  // namespace mycel::compiler
