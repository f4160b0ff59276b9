// A Target that offers the implementations in its backend's lists.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends {

// Rough speeds of a device: cost models compare, they do not predict.
struct Rates {
  double bytes_per_second = 1e10;
  double flops_per_second = 1e10;
  double launch_seconds = 1e-6;
};

class TableTarget : public ir::Target {
 public:
  TableTarget(const Backend& backend, std::string_view name, const Rates& rates)
      : backend_(backend), name_(name), rates_(rates) {}

  std::string_view name() const override { return name_; }
  std::vector<ir::Candidate> offers(const ir::Call& call) const override {
    std::vector<ir::Candidate> out;
    for (const Implementation* offered : backend_.implementations(*call.def)) {
      out.push_back({offered->name(), offered->declines(call).value_or("")});
    }
    return out;
  }
  bool prefers_channels_last() const override { return false; }
  double bytes_per_second() const override { return rates_.bytes_per_second; }
  double flops_per_second(DType) const override { return rates_.flops_per_second; }
  double launch_seconds() const override { return rates_.launch_seconds; }

 private:
  const Backend& backend_;
  std::string_view name_;
  Rates rates_;
};

}  // namespace mycel::backends
