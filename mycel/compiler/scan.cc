#include <algorithm>

#include "mycel/compiler/control_kinds.h"
#include "mycel/compiler/copy.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/loop_carried.h"
#include "mycel/compiler/prepared_region.h"
#include "mycel/ir/control_flow.h"
#include "mycel/passes/memory/pack_arena.h"

namespace mycel::compiler {
namespace {

using backends::Stream;
using runtime::Spec;

// `scan(%c = %c0, ..., %x in %xs, ...) { body {...} }`: carried values, then arrays that are read
// along their first axis; the body yields carried values, then one element of each stacked result.
class Scan final : public runtime::Control {
 public:
  Scan(const ir::Operation& op, const Captured& captured, const ControlContext& context)
      : body_(op.region(0), captured, context, "body"), captured_(captured.size()) {
    const auto& attributes = op.attributes().as<ir::ScanAttributes>();
    auto carries = static_cast<size_t>(attributes.carries);
    reverse_ = attributes.reverse;
    length_ = ir::scan_length(op).value();
    backends::Backend& backend = *context.backend;
    for (size_t i = 0; i < op.num_operands(); ++i) {
      const Spec& from = context.spec(op.operand(i));
      if (i < carries) {
        carried_.add(backend, from, body_.result(i), dense(op.result(i)->type()));
        continue;
      }
      Spec to = dense(op.operand(i)->type());
      to.strides = row_major(to.shape);
      reads_.push_back(
          {copy_kernel(backend, from, to), passes::aligned(bytes_of(to)), element_bytes(to)});
    }
    for (size_t i = carries; i < op.num_results(); ++i) {
      Spec to = dense(op.result(i)->type()), stacked = to, element = to;
      stacked.strides = row_major(to.shape);
      element.shape = Shape(to.shape.begin() + 1, to.shape.end());
      element.strides = row_major(element.shape);
      writes_.push_back(
          {copy_kernel(backend, stacked, to), copy_kernel(backend, body_.result(i), element),
           passes::aligned(bytes_of(to)), passes::aligned(bytes_of(element)), element_bytes(to)});
    }
  }

  int64_t scratch_bytes() const override {
    int64_t sum = carried_.scratch_bytes() + body_.arena_bytes();
    for (const Read& read : reads_) sum += read.bytes;
    for (const Write& write : writes_) sum += write.bytes + write.temporary_bytes;
    return sum;
  }

  void run(char* const* buffers, char* scratch, const Stream& stream) const override {
    size_t n = carried_.size(), operands = n + reads_.size();
    Carried::State state(n);
    carried_.begin(state, buffers, scratch, stream);
    ReusedRow<char*> arrays(reads_.size()), temporary(writes_.size()), stacked(writes_.size());
    for (size_t i = 0; i < reads_.size(); ++i) {
      run_copy(reads_[i].entry, buffers[n + i], scratch, stream);
      arrays[i] = scratch;
      scratch += reads_[i].bytes;
    }
    for (size_t i = 0; i < writes_.size(); ++i) {
      stacked[i] = scratch;
      temporary[i] = scratch + writes_[i].bytes;
      scratch += writes_[i].bytes + writes_[i].temporary_bytes;
    }
    ReusedRow<char*> inputs(operands + captured_), outputs(n + writes_.size());
    std::copy(buffers + operands, buffers + operands + captured_, inputs.begin() + operands);
    for (int64_t i = 0; i < length_; ++i) {
      int64_t step = reverse_ ? length_ - 1 - i : i;
      std::copy(state.now.begin(), state.now.end(), inputs.begin());
      for (size_t k = 0; k < reads_.size(); ++k)
        inputs[n + k] = arrays[k] + step * reads_[k].stride;
      std::copy(state.next.begin(), state.next.end(), outputs.begin());
      std::copy(temporary.begin(), temporary.end(), outputs.begin() + n);
      body_.run(scratch, inputs, outputs, stream);
      for (size_t k = 0; k < writes_.size(); ++k) {
        run_copy(writes_[k].element, temporary[k], stacked[k] + step * writes_[k].stride, stream);
      }
      carried_.advance(state, stream);
    }
    char* const* results = buffers + operands + captured_;
    carried_.end(state, results, stream);
    for (size_t i = 0; i < writes_.size(); ++i) {
      run_copy(writes_[i].exit, stacked[i], results[n + i], stream);
    }
  }

 private:
  struct Read {
    backends::KernelPtr entry;
    int64_t bytes, stride;
  };
  struct Write {
    backends::KernelPtr exit, element;
    int64_t bytes, temporary_bytes, stride;
  };
  static int64_t element_bytes(const Spec& spec) {
    return spec.shape[0] == 0 ? 0 : bytes_of(spec) / spec.shape[0];
  }

  PreparedRegion body_;
  size_t captured_;
  int64_t length_ = 0;
  bool reverse_ = false;
  Carried carried_;
  std::vector<Read> reads_;
  std::vector<Write> writes_;
};

}  // namespace

ControlPtr make_scan(const ir::Operation& op, const Captured& captured,
                     const ControlContext& context) {
  return std::make_shared<Scan>(op, captured, context);
}

}  // namespace mycel::compiler
