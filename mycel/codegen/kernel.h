// Machine code for formulas: the one door into the code generator.
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
  int vector_bits = 0;  // the width of vectors; 0: the widest that the host has
  int threads = 0;      // how many threads the work is laid out for; 0: max_threads()
};

struct Program;

// Formulas prepared for given extents and strides. The machine code is that of their class (same
// structure, same kinds of strides) and shared with all kernels of the class; extents, strides and
// numbers of the formulas are arguments of it.
class Kernel final : public RefCounted {
 public:
  explicit Kernel(std::unique_ptr<const Program> program);
  ~Kernel() override;

  // `buffers`: the address of element [0, ..., 0] of every input, then of every output. `scratch`:
  // scratch_bytes() bytes, aligned to 64. Thread-safe. Raises IndexError "index 12 is out of range
  // for dim of size 10" where an index that was read from data is out of range (its element counts
  // as 0; the outputs are written all the same).
  void run(void* const* buffers, void* scratch) const;
  size_t scratch_bytes() const;
  // The pairs of which the output may be written over the input, in one array. Several pairs at
  // once must have no buffer in common.
  std::span<const te::InPlace> in_place() const;
  // "generated: 2 nests, exp mul sum"
  std::string describe() const;

 private:
  std::unique_ptr<const Program> program_;
};
using KernelPtr = IntrusivePtr<const Kernel>;

// `inputs` and `outputs` as in the computation; symbols of its dims take their values from the
// inputs' shapes. Inputs may overlap each other. An output must overlap nothing but an input that
// `Kernel::in_place` pairs it with, which then starts at the same address.
KernelPtr compile(const te::Computation& computation, std::span<const Layout> inputs,
                  std::span<const Layout> outputs, const Options& options = {});

struct Request {
  const te::Computation* computation;
  std::span<const Layout> inputs;
  std::span<const Layout> outputs;
};
// All of them; classes that are not compiled yet are compiled by several threads.
std::vector<KernelPtr> compile_all(std::span<const Request> requests, const Options& options = {});

// How many classes LLVM has compiled in this process; code found on disk does not count.
int64_t compiled_kernels();

// What compile() makes on the way, for people: loop nests, LLVM's IR and assembly.
std::string print_nest(const Request& request, const Options& options = {});
std::string print_llvm(const Request& request, const Options& options = {});
std::string print_assembly(const Request& request, const Options& options = {});

}  // namespace mycel::codegen
