// Target: the passes' view of a backend.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mycel/ir/op_def.h"

namespace mycel::ir {

// One way to run an operation. `declined` says why it cannot ("takes no float64"), or is empty.
struct Candidate {
  std::string_view implementation;
  std::string declined;
};

class Target {
 public:
  virtual ~Target() = default;
  virtual std::string_view name() const = 0;
  // Returns the candidates in the order to try them. Empty: the backend has no kernel of its own
  // for the operation, which must be fused (a formula), expanded (a composite) or be a view.
  virtual std::vector<Candidate> offers(const Call& call) const = 0;
  virtual bool prefers_channels_last() const = 0;
  virtual double bytes_per_second() const = 0;
  virtual double flops_per_second(DType dtype) const = 0;
  // The cost of launching one kernel, in seconds.
  virtual double launch_seconds() const = 0;
};

}  // namespace mycel::ir
