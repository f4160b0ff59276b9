// Runs passes on text, and compares a program's results before and after.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mycel/ir/text.h"
#include "mycel/passes/passes.h"

namespace mycel::passes {

// Runs the passes "a,b" in order, each followed by the verifier. Prints without locations.
std::string run(const std::string& names, const std::string& text, const PassContext& context = {});
// Parses the text of one function.
ir::Module parse(const std::string& text);

// Evaluates the function on inputs drawn from `seed`, operation by operation by their formulas.
std::vector<NDArray> evaluate(const ir::Function& function, unsigned seed = 1);
// Runs the passes and expects equal results (floats to a relative 1e-5).
std::string run_and_compare(const std::string& names, const std::string& text,
                            const PassContext& context = {});

// Offers "kernel" for the named operations.
class FakeTarget : public ir::Target {
 public:
  explicit FakeTarget(std::vector<std::string> offered, bool channels_last = false)
      : offered_(std::move(offered)), channels_last_(channels_last) {}
  std::string_view name() const override { return "fake"; }
  std::vector<ir::Candidate> offers(const ir::Call& call) const override;
  bool prefers_channels_last() const override { return channels_last_; }
  double bytes_per_second() const override { return 1e10; }
  double flops_per_second(DType) const override { return 1e11; }
  double launch_seconds() const override { return 1e-6; }

 private:
  std::vector<std::string> offered_;
  bool channels_last_;
};

}  // namespace mycel::passes
