#include "mycel/runtime/executable.h"

#include <algorithm>
#include <chrono>

#include "mycel/base/reused_row.h"
#include "mycel/base/settings.h"
#include "mycel/runtime/arena.h"

namespace mycel::runtime {
namespace {

// Strides of dims of extent 1 do not matter, nor do any in an empty array.
bool same_layout(const NDArray& array, const Spec& spec) {
  if (array.strides() == spec.strides) return true;
  for (size_t i = 0; i < spec.shape.size(); ++i) {
    if (spec.shape[i] == 0) return true;
  }
  for (size_t i = 0; i < spec.shape.size(); ++i) {
    if (spec.shape[i] != 1 && array.strides()[i] != spec.strides[i]) return false;
  }
  return true;
}

void check_type(size_t i, const NDArray& array, const Spec& spec, Device device) {
  if (!(array.device() == device)) {
    fail(Code::kValue, "[jit] expects tensors on {}, where it was compiled, got one on {}",
         to_string(device), to_string(array.device()));
  }
  if (array.dtype() == spec.dtype && array.shape() == spec.shape) return;
  fail_internal("input {} of a compiled function is {}{}, compiled for {}{}", i,
                short_name(array.dtype()), to_string(array.shape()), short_name(spec.dtype),
                to_string(spec.shape));
}

bool is_as(const NDArray& array, const Spec& spec, Device device) {
  return array.defined() && array.device() == device && array.dtype() == spec.dtype &&
         array.shape() == spec.shape && array.strides() == spec.strides;
}

void run_step(const Step& step, Bases bases, const backends::Stream& stream) {
  ReusedRow<char*> buffers(step.buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    const Address& address = step.buffers[i];
    buffers[i] = address.base == Step::kNone ? nullptr : bases[address.base] + address.offset;
  }
  char* scratch =
      step.scratch.base == Step::kNone ? nullptr : bases[step.scratch.base] + step.scratch.offset;
  if (step.kernel) {
    step.kernel->run(reinterpret_cast<void* const*>(buffers.data()), scratch, stream);
  } else {
    step.control->run(buffers.data(), scratch, stream);
  }
}

// With MYCEL_LOG=steps: logs the time that each step took.
void run_timed(const Step& step, Bases bases, const backends::Stream& stream) {
  auto start = std::chrono::steady_clock::now();
  run_step(step, bases, stream);
  double us =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  log("steps", fmt::format("{:9.1f} us  {:20} {}", us, step.label,
                           step.kernel ? step.kernel->describe() : ""));
}

}  // namespace

NDArray relayout(backends::Backend& backend, const NDArray& array, const Strides& strides) {
  NDArray from = backend.to_host(array);
  NDArray to = NDArray::empty(array.dtype(), array.shape(), strides, cpu_allocator());
  copy_elements(from, to);
  return backend.to_device(to);
}

NDArray Executable::make_output(size_t i, std::span<const NDArray* const> inputs,
                                std::span<const NDArray> outputs, RunStats& stats) const {
  const Spec& spec = parts_.outputs[i];
  const Result& result = parts_.results[i];
  auto view = [&](const NDArray& of) {
    return of.view(spec.shape, spec.strides, of.offset() + result.offset);
  };
  switch (result.kind) {
    case Result::Kind::kInput: {
      NDArray shared = view(*inputs[result.index]);
      // The owner of imported memory may write it: the result must not share it.
      return shared.buffer()->read_only() ? relayout(*parts_.backend, shared, spec.strides)
                                          : shared;
    }
    case Result::Kind::kConstant:
      return view(parts_.constants[result.index]);
    case Result::Kind::kResult:
      return view(outputs[result.index]);
    case Result::Kind::kFresh:
      break;
  }
  int donor = parts_.plan.donor[i];
  if (donor >= 0) {
    const NDArray& from = *inputs[static_cast<size_t>(donor)];
    if (from.buffer()->unique() && !from.buffer()->read_only()) {
      ++stats.donated;
      return from.view(spec.shape, spec.strides, from.offset());
    }
    ++stats.not_donated;
  }
  if (parts_.plan.written_last[i] && is_as(outputs[i], spec, parts_.backend->device())) {
    return outputs[i];
  }
  return NDArray::empty(spec.dtype, spec.shape, spec.strides, parts_.backend->allocator());
}

void Executable::run(std::span<const NDArray* const> inputs, std::span<NDArray> outputs,
                     RunStats* stats) const {
  if (inputs.size() != parts_.inputs.size() || outputs.size() != parts_.outputs.size()) {
    fail_internal("a compiled function of {} inputs got {}", parts_.inputs.size(), inputs.size());
  }
  RunStats ignored;
  RunStats& counted = stats ? *stats : ignored;
  ReusedRow<const NDArray*> sources(inputs.size());
  std::copy(inputs.begin(), inputs.end(), sources.begin());
  std::vector<NDArray> copies;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (parts_.inputs[i].absent) continue;
    check_type(i, *inputs[i], parts_.inputs[i], parts_.backend->device());
    if (same_layout(*inputs[i], parts_.inputs[i])) continue;
    if (copies.empty()) copies.reserve(inputs.size());
    copies.push_back(relayout(*parts_.backend, *inputs[i], parts_.inputs[i].strides));
    sources[i] = &copies.back();
    ++counted.copied_inputs;
  }
  std::span<const NDArray* const> given = sources;
  ArenaLease arena = parts_.plan.arena_bytes > 0
                         ? ArenaPool::of(parts_.backend->allocator()).lease(parts_.plan.arena_bytes)
                         : ArenaLease();
  ReusedRow<char*, 64> bases(1 + given.size() + outputs.size() + parts_.constants.size());
  char** base = bases.begin();
  *base++ = arena.data();
  for (const NDArray* array : given) {
    *base++ = array && array->defined() ? static_cast<char*>(array->raw()) : nullptr;
  }
  // Views of other results come last.
  for (bool views : {false, true}) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      bool is_view = parts_.results[i].kind == Result::Kind::kResult;
      if (is_view == views) outputs[i] = make_output(i, given, outputs, counted);
    }
  }
  for (const NDArray& output : outputs) *base++ = static_cast<char*>(output.raw());
  for (const NDArray& constant : parts_.constants) *base++ = static_cast<char*>(constant.raw());
  backends::Stream stream = parts_.backend->stream();
  run_steps(bases, stream);
  parts_.backend->synchronize(stream);
}

void Executable::run_steps(Bases bases, const backends::Stream& stream) const {
  static const bool timed = logs("steps");
  for (const Step& step : parts_.steps) {
    try {
      if (timed) {
        run_timed(step, bases, stream);
      } else {
        run_step(step, bases, stream);
      }
    } catch (Error& error) {
      error.set_operation(step.raises);
      error.set_where(ir::to_string(step.location));
      throw;
    }
  }
}

bool Executable::is_long_running(int64_t many_bytes) const {
  int64_t bytes = parts_.plan.arena_bytes;
  for (const auto* specs : {&parts_.inputs, &parts_.outputs}) {
    for (const Spec& spec : *specs) bytes += num_elements(spec.shape) * byte_size(spec.dtype);
  }
  return bytes > many_bytes;
}

std::string Executable::report() const {
  auto mib = [](int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
  std::string text = fmt::format("peak {:.2f} MiB", mib(parts_.plan.peak_bytes()));
  for (const auto& category : parts_.plan.peak) {
    text += fmt::format("{} {} {:.2f}", &category == &parts_.plan.peak.front() ? ":" : ",",
                        category.name, mib(category.bytes));
  }
  return text + fmt::format("; {} steps", parts_.steps.size());
}

}  // namespace mycel::runtime
