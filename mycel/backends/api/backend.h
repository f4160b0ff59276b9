// The interface of a device: memory, copies, compiled formulas, kernels for named operations.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mycel/core/ndarray.h"
#include "mycel/ir/target.h"
#include "mycel/te/computation.h"
#include "mycel/te/in_place.h"

namespace mycel::backends {

// The concrete type and layout of one operand; strides in elements.
struct Operand {
  DType dtype = DType::kFloat32;
  Shape shape;
  Strides strides;
  bool absent = false;  // an omitted optional operand; its buffer is null
};

// A queue of work on a device; on the CPU, the calling thread.
struct Stream {
  Device device;
  void* handle = nullptr;
};

// Work prepared for given operands: run() computes no shapes and allocates nothing.
class Kernel : public RefCounted {
 public:
  // `buffers`: the address of element [0, ..., 0] of every input, then of every output (on the
  // device). `scratch`: scratch_bytes() bytes, aligned to 64. Thread-safe.
  virtual void run(void* const* buffers, void* scratch, const Stream& stream) const = 0;
  virtual size_t scratch_bytes() const { return 0; }
  // The pairs whose output may overwrite the input, if both have the same layout and address.
  // Without a pair, the kernel writes only to memory that it does not read. But a kernel of
  // `index_put` must accept output 0 equal to input 0 (one layout, one address) in any case: eager
  // x[indices] = v prepares and runs it so, to write only the new elements.
  virtual std::span<const te::InPlace> in_place() const { return {}; }
  // A label for explain() and the profiler: "generated: exp add", "onednn: brgconv:avx512_core".
  virtual std::string describe() const = 0;
};
using KernelPtr = IntrusivePtr<const Kernel>;

// An operation with concrete operands, the input of Implementation::prepare.
struct Request {
  const ir::OpDef* op = nullptr;
  ir::Attributes attributes;
  std::vector<Operand> inputs;
  std::vector<Operand> outputs;
};

// One way to run one operation; a backend keeps an ordered list of them per operation.
class Implementation {
 public:
  virtual ~Implementation() = default;
  virtual std::string_view name() const = 0;
  // Returns why it cannot run the call, or nothing if it can. The compiler chooses the strides.
  virtual std::optional<std::string> declines(const ir::Call& call) const = 0;
  virtual KernelPtr prepare(const Request& request) const = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Device device() const = 0;
  virtual Allocator& allocator() = 0;
  virtual const ir::Target& target() const = 0;

  // Copies between host and device, or within the device; keeps shape, strides and dtype.
  virtual NDArray to_device(const NDArray& array) = 0;
  virtual NDArray to_host(const NDArray& array) = 0;

  // Compiles formulas. `inputs` and `outputs` are the computation's, with concrete extents; extents
  // with the same kernel signature share the compiled code.
  virtual KernelPtr compile(const te::Computation& computation, std::span<const Operand> inputs,
                            std::span<const Operand> outputs) = 0;
  // The implementations of an operation, in the order in which they are tried. For an operation
  // without a formula, CompileError is raised if none takes the operands. Exception: eager
  // `x[indices] = v` raises InternalError.
  virtual std::span<const Implementation* const> implementations(const ir::OpDef& op) const = 0;

  // The calling thread's stream. By default work runs on that thread, so that nothing has to wait.
  virtual Stream stream() { return {device(), nullptr}; }
  virtual void synchronize(const Stream&) {}
};

// The registry of backends; startup/register_all.cc registers the built-in ones. backend_of raises
// ValueError for a device without a backend.
void register_backend(std::unique_ptr<Backend> backend);
Backend& backend_of(Device device);

}  // namespace mycel::backends
