// Compiles formulas to kernels: the interface of the code generator.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mycel/base/intrusive_ptr.h"
#include "mycel/codegen/analysis/schedule_input.h"
#include "mycel/te/computation.h"
#include "mycel/te/in_place.h"

namespace mycel::codegen {

using schedule::Layout;

struct Options {
  int vector_bits = 0;  // the width of vectors; 0: the widest of the host
  int threads = 0;      // the number of threads to divide work among; 0: max_threads()
};

struct Program;

// Formulas compiled for given extents and strides. Kernels of one signature (same structure, same
// kinds of strides) share machine code; extents, strides and constants of the formulas are its
// arguments.
class Kernel final : public RefCounted {
 public:
  explicit Kernel(std::unique_ptr<const Program> program);
  ~Kernel() override;

  // `buffers`: the address of element [0, ..., 0] of every input, then of every output. `scratch`:
  // scratch_bytes() bytes, aligned to 64. Thread-safe. Raises IndexError "index 12 is out of range
  // for dim of size 10" if an index read from data is out of range; its element counts as 0, and
  // the outputs are still written.
  void run(void* const* buffers, void* scratch) const;
  size_t scratch_bytes() const;
  // The pairs whose output may overwrite the input, in the same array. Pairs used at once must not
  // share a buffer.
  std::span<const te::InPlace> in_place() const;
  // "generated: 2 nests, exp mul sum"
  std::string describe() const;

 private:
  std::unique_ptr<const Program> program_;
};
using KernelPtr = IntrusivePtr<const Kernel>;

// `inputs` and `outputs` as in the computation; symbols of its dims take their values from the
// inputs' shapes. Inputs may overlap each other. An output may overlap only an input that
// `Kernel::in_place` pairs it with, at the same address.
KernelPtr compile(const te::Computation& computation, std::span<const Layout> inputs,
                  std::span<const Layout> outputs, const Options& options = {});

struct Request {
  const te::Computation* computation;
  std::span<const Layout> inputs;
  std::span<const Layout> outputs;
};
// Compiles all requests; new kernel signatures are compiled in parallel.
std::vector<KernelPtr> compile_all(std::span<const Request> requests, const Options& options = {});

// The number of kernel signatures compiled by LLVM in this process; code from disk does not count.
int64_t compiled_kernels();

// The intermediate forms of compile() as text: loop nests, LLVM IR and assembly.
std::string print_nest(const Request& request, const Options& options = {});
std::string print_llvm(const Request& request, const Options& options = {});
std::string print_assembly(const Request& request, const Options& options = {});

}  // namespace mycel::codegen
