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

ir::AxisRule broadcast_axes(const ir::Call& call, size_t num_results) {
  Dims out = broadcast_dims(call);
  ir::AxisRule rule;
  for (size_t d = 0; d < out.size(); ++d) {
    ir::Axis axis;
    axis.kind = ir::AxisKind::kParallel;
    axis.extent = out[d];
    for (size_t i = 0; i < call.num_operands; ++i) {
      int dim = static_cast<int>(d) -
                static_cast<int>(out.size() - (call.has(i) ? call.type(i).rank() : 0));
      bool runs = call.has(i) && dim >= 0 && call.type(i).dim(static_cast<size_t>(dim)) == out[d];
      axis.operand_dims.push_back(runs ? dim : -1);
    }
    axis.result_dims.assign(num_results, static_cast<int>(d));
    rule.axes.push_back(std::move(axis));
  }
  return rule;
}

ir::AxisRule same_dims_axes(const ir::Call& call, const Ints& whole, size_t num_results) {
  ir::AxisRule rule;
  const Dims& dims = call.type(0).dims;
  for (size_t d = 0; d < dims.size(); ++d) {
    ir::Axis axis;
    bool is_whole = std::find(whole.begin(), whole.end(), static_cast<int64_t>(d)) != whole.end();
    axis.kind = is_whole ? ir::AxisKind::kWhole : ir::AxisKind::kParallel;
    axis.extent = dims[d];
    axis.operand_dims.assign(call.num_operands, -1);
    axis.operand_dims[0] = static_cast<int>(d);
    axis.result_dims.assign(num_results, static_cast<int>(d));
    rule.axes.push_back(std::move(axis));
  }
  return rule;
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

ir::AxisRule einsum_axes(std::string_view line, const ir::Call& call, const ir::Types& results) {
  std::vector<std::string_view> sides = split(line, "->");
  std::vector<std::string_view> ins = split(sides.at(0), ","), outs = split(sides.at(1), ",");
  ir::AxisRule rule;
  std::map<std::string, size_t> number;
  auto visit = [&](const std::vector<std::string>& labels, const ir::Type& type, bool result,
                   size_t which) {
    for (size_t d = 0; d < labels.size(); ++d) {
      if (labels[d] == "1") continue;
      auto [entry, fresh] = number.try_emplace(labels[d], rule.axes.size());
      if (fresh) {
        ir::Axis axis;
        axis.kind = ir::AxisKind::kReduced;
        axis.combine = ir::Combine::kSum;
        axis.extent = type.dim(d);
        axis.operand_dims.assign(call.num_operands, -1);
        axis.result_dims.assign(results.size(), -1);
        rule.axes.push_back(std::move(axis));
      }
      ir::Axis& axis = rule.axes[entry->second];
      if (axis.extent == Dim(1)) axis.extent = type.dim(d);
      (result ? axis.result_dims : axis.operand_dims)[which] = static_cast<int>(d);
      if (result) {
        axis.kind = ir::AxisKind::kParallel;
        axis.combine = ir::Combine::kNone;
      }
    }
  };
  for (size_t i = 0; i < ins.size() && i < call.num_operands; ++i) {
    if (call.has(i)) visit(expand_labels(ins[i], call.type(i).rank()), call.type(i), false, i);
  }
  for (size_t i = 0; i < outs.size(); ++i) {
    visit(expand_labels(outs[i], results[i].rank()), results[i], true, i);
  }
  // A dim of extent 1 that broadcasts is not part of the axis.
  for (ir::Axis& axis : rule.axes) {
    for (size_t i = 0; i < call.num_operands; ++i) {
      int& dim = axis.operand_dims[i];
      if (dim >= 0 && !(call.type(i).dim(static_cast<size_t>(dim)) == axis.extent)) dim = -1;
    }
  }
  return rule;
}

}  // namespace mycel
