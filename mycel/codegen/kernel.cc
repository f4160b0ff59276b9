#include "mycel/codegen/kernel.h"

#include <fmt/format.h>

#include <set>
#include <unordered_set>

#include "mycel/base/parallel_for.h"
#include "mycel/codegen/cache.h"
#include "mycel/codegen/llvm/compiler.h"
#include "mycel/codegen/program.h"
#include "mycel/te/fn.h"

namespace mycel::codegen {
namespace {

using schedule::Nest;
using schedule::Schedule;

// The host CPU, with vectors no wider than requested.
const TargetCpu& host_for(const Options& options) {
  static const TargetCpu narrow = narrowed(target_cpu(), 128), middle = narrowed(target_cpu(), 256);
  if (options.vector_bits <= 0 || options.vector_bits >= target_cpu().vector_bits)
    return target_cpu();
  return options.vector_bits < 256 ? narrow : middle;
}

int threads_for(const Options& options) {
  return options.threads > 0 ? options.threads : max_threads();
}

Schedule schedule_for(const Request& request, const Options& options) {
  return schedule::schedule(*request.computation, request.inputs, request.outputs,
                            {threads_for(options), host_for(options).vector_bits});
}

std::vector<const Nest*> nests_of(const Schedule& schedule) {
  std::vector<const Nest*> nests;
  for (const auto& works : schedule.stages) {
    for (const schedule::Work& work : works) nests.push_back(&work.instance.nest);
  }
  return nests;
}

// "generated: 2 nests, exp mul sum": each function once, except on int64 and bool.
std::string describe(const Schedule& schedule) {
  std::vector<const Nest*> nests = nests_of(schedule);
  std::set<std::string_view> functions;
  for (const Nest* nest : nests) {
    for (const schedule::Value& value : nest->values) {
      bool call = value.kind == schedule::Value::Kind::kCall;
      if (call && value.dtype != DType::kInt64 && value.dtype != DType::kBool) {
        functions.insert(te::name(value.fn));
      }
    }
    for (const schedule::Reduction& r : nest->reductions) functions.insert(te::name(r.reducer));
  }
  std::string text =
      fmt::format("generated: {} {}", nests.size(), nests.size() == 1 ? "nest" : "nests");
  const char* separator = ", ";
  for (std::string_view function : functions) {
    text += separator + std::string(function);
    separator = " ";
  }
  return text;
}

std::string print_all(const Request& request, const Options& options, Output output) {
  std::string text;
  std::unordered_set<std::string> seen;
  Schedule schedule = schedule_for(request, options);
  for (const Nest* nest : nests_of(schedule)) {
    std::string key = schedule::to_string(*nest);
    if (!seen.insert(key).second) continue;
    text += compile_nest(*nest, host_for(options), "nest_" + digest(key), output);
  }
  return text;
}

}  // namespace

Kernel::Kernel(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Kernel::~Kernel() = default;

void Kernel::run(void* const* buffers, void* scratch) const { program_->run(buffers, scratch); }
size_t Kernel::scratch_bytes() const { return static_cast<size_t>(program_->scratch_bytes); }
std::span<const te::InPlace> Kernel::in_place() const { return program_->in_place; }
std::string Kernel::describe() const { return program_->description; }

std::vector<KernelPtr> compile_all(std::span<const Request> requests, const Options& options) {
  std::vector<Schedule> schedules;
  std::vector<const Nest*> nests;
  for (const Request& request : requests) schedules.push_back(schedule_for(request, options));
  for (const Schedule& schedule : schedules) {
    for (const Nest* nest : nests_of(schedule)) nests.push_back(nest);
  }
  std::vector<NestFunction> functions = functions_of(nests, host_for(options));
  std::vector<KernelPtr> kernels;
  size_t next = 0;
  for (const Schedule& schedule : schedules) {
    size_t count = nests_of(schedule).size();
    std::vector<NestFunction> own(functions.begin() + static_cast<int64_t>(next),
                                  functions.begin() + static_cast<int64_t>(next + count));
    next += count;
    auto program = std::make_unique<Program>(make_program(schedule, own, threads_for(options)));
    program->description = describe(schedule);
    kernels.push_back(make_intrusive<const Kernel>(std::move(program)));
  }
  return kernels;
}

KernelPtr compile(const te::Computation& computation, std::span<const Layout> inputs,
                  std::span<const Layout> outputs, const Options& options) {
  Request request{&computation, inputs, outputs};
  return compile_all({&request, 1}, options)[0];
}

int64_t compiled_kernels() { return num_compiled_kernels(); }

std::string print_nest(const Request& request, const Options& options) {
  std::string text;
  Schedule schedule = schedule_for(request, options);
  for (const Nest* nest : nests_of(schedule)) text += schedule::to_string(*nest);
  return text;
}

std::string print_llvm(const Request& request, const Options& options) {
  return print_all(request, options, Output::kIr);
}

std::string print_assembly(const Request& request, const Options& options) {
  return print_all(request, options, Output::kAssembly);
}

}  // namespace mycel::codegen
