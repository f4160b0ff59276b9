#include "mycel/define/shape_rules.h"

#include <algorithm>
#include <map>
#include <string>

namespace mycel {

te::Formula start_formula(const ir::Call& call) {
  std::vector<te::Input> inputs;
  for (size_t i = 0; i < call.num_operands; ++i) {
    inputs.push_back({call.type(i).dtype, call.type(i).dims});
  }
  return te::Formula(std::move(inputs));
}

Dims broadcast_dims(const Dims& a, const Dims& b, const ir::Call& call) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims out = longer;
  size_t shift = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    Dim &x = out[i + shift], y = shorter[i];
    if (x == y || y == Dim(1)) continue;
    if (x == Dim(1)) {
      x = y;
    } else {
      call.fail(Code::kValue,
                "expects shapes that broadcast: aligned at the right, each pair of dims is equal "
                "or one of them is 1; got {} and {}",
                to_string(a), to_string(b));
    }
  }
  return out;
}

Dims broadcast_dims(const ir::Call& call) {
  Dims out;
  for (size_t i = 0; i < call.num_operands; ++i) {
    if (!call.has(i)) continue;
    const Dims& dims = call.type(i).dims;
    out = i == 0 ? dims : out == dims ? out : broadcast_dims(out, dims, call);
  }
  return out;
}

ir::Type broadcast_type(const ir::Call& call) {
  // The operands that promote have one dtype; a condition among the operands does not count.
  DType dtype = call.type(0).dtype;
  for (size_t i = 0; i < call.num_operands && i < call.def->operands.size(); ++i) {
    if (call.def->operands[i].promotes && call.has(i)) dtype = call.type(i).dtype;
  }
  return ir::Type::tensor(dtype, broadcast_dims(call));
}

namespace {

// "b m k" as labels; "..." stands for `missing` dims named "...0", "...1", from the left.
std::vector<std::string> expand_labels(std::string_view term, size_t rank) {
  std::vector<std::string> labels;
  size_t at = 0, dots = std::string::npos;
  while (at < term.size()) {
    size_t end = std::min(term.find(' ', at), term.size());
    if (end > at) {
      if (term.substr(at, end - at) == "...")
        dots = labels.size();
      else
        labels.emplace_back(term.substr(at, end - at));
    }
    at = end + 1;
  }
  if (dots != std::string::npos) {
    size_t missing = rank - labels.size();
    for (size_t i = 0; i < missing; ++i) {
      // Counted from the right, so that shorter operands align with longer ones.
      labels.insert(labels.begin() + static_cast<long>(dots + i),
                    fmt::format("...{}", missing - 1 - i));
    }
  }
  if (labels.size() != rank) {
    fail_internal("axis rule term \"{}\" for an operand of rank {}", term, rank);
  }
  return labels;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  while (true) {
    size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

}  // namespace

}  // namespace mycel
