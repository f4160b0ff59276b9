// A compiled function: a flat list of prepared steps over planned memory.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mycel/backends/api/backend.h"
#include "mycel/ir/memory_plan.h"

namespace mycel::runtime {

// The location of an operand: a base (0: the arena; then inputs, outputs, constants) and an offset
// in bytes.
struct Address {
  uint32_t base = 0;
  int64_t offset = 0;
};

// Steps run on a table of base addresses.
using Bases = std::span<char* const>;

// Control flow: runs lists of steps instead of one kernel.
class Control {
 public:
  virtual ~Control() = default;
  // `buffers` as for a kernel; `scratch` holds scratch_bytes().
  virtual void run(char* const* buffers, char* scratch, const backends::Stream& stream) const = 0;
  virtual int64_t scratch_bytes() const = 0;
};

struct Step {
  backends::KernelPtr kernel;              // or
  std::shared_ptr<const Control> control;  // control flow
  std::vector<Address> buffers;            // inputs, then outputs; an absent operand has base kNone
  Address scratch;
  std::string label;   // the operation, for profiles and explain()
  std::string raises;  // the operation that may raise for the values that it reads, or ""
  ir::Location location;

  static constexpr uint32_t kNone = ~uint32_t{0};
};

using Spec = backends::Operand;

// One result of the function.
struct Result {
  enum class Kind : uint8_t { kFresh, kInput, kConstant, kResult } kind = Kind::kFresh;
  size_t index = 0;    // of the input, constant or fresh result that it is a view of
  int64_t offset = 0;  // of the view, in elements
};

// Buffer statistics of one run.
struct RunStats {
  int64_t donated = 0;        // results that took an input's buffer
  int64_t not_donated = 0;    // results that could not, as the buffer was shared or read-only
  int64_t copied_inputs = 0;  // inputs copied into the layout compiled for
};

class Executable {
 public:
  struct Parts {
    backends::Backend* backend = nullptr;
    std::vector<Step> steps;
    std::vector<Spec> inputs, outputs;
    std::vector<Result> results;  // one per output
    std::vector<NDArray> constants;
    ir::MemoryPlan plan;
  };
  explicit Executable(Parts parts) : parts_(std::move(parts)) {}

  // Runs on arrays of the types of `parts().inputs`, in any layout; `outputs` receives one array
  // per result. An input that the plan donates gives its buffer away if `*inputs[i]` holds the only
  // reference to it; an array that the caller put in place of a result may be overwritten, too. If
  // the run raises, no step has written to either.
  void run(std::span<const NDArray* const> inputs, std::span<NDArray> outputs,
           RunStats* stats = nullptr) const;
  // Runs the steps on these bases; control flow calls it for its regions.
  void run_steps(Bases bases, const backends::Stream& stream) const;

  const Parts& parts() const { return parts_; }
  // Whether a run takes longer than releasing the interpreter lock is worth, some 20 us, estimated
  // by the memory that it touches: inputs, outputs and arena.
  bool is_long_running(int64_t many_bytes = 256 * 1024) const;
  // "peak 12.3 MiB: activations 8.1, ..."
  std::string report() const;

 private:
  NDArray make_output(size_t i, std::span<const NDArray* const> inputs,
                      std::span<const NDArray> outputs, RunStats& stats) const;
  Parts parts_;
};

// Returns the array in another layout, on the same device.
NDArray relayout(backends::Backend& backend, const NDArray& array, const Strides& strides);

}  // namespace mycel::runtime
