// Binds programs of the IR: parsing, passes, running.
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>

#include "mycel/codegen/kernel.h"
#include "mycel/compiler/dump_loops.h"
#include "mycel/compiler/pipeline.h"
#include "mycel/ir/text.h"
#include "mycel/ir/verify.h"
#include "mycel/passes/passes.h"
#include "mycel/runtime/executable.h"
#include "mycel/tensor/context.h"
#include "python/src/common/bindings.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {
namespace {

// A module of the IR that Python holds, whose functions are found by name.
struct Program {
  explicit Program(ir::Module parsed) : module(std::move(parsed)) {}
  Program(const Program&) = delete;

  ir::Module module;

  ir::Function& function(const std::string& name) const {
    if (module.functions().empty())
      fail(Code::kValue, "[run] expects a function, got an empty file");
    if (name.empty()) return *module.functions()[0];
    if (ir::Function* found = module.find(name)) return *found;
    fail(Code::kValue, "[run] expects a function of the file, got {}", name);
  }
};

void run_passes(Program& program, const std::vector<std::string>& names, Device device) {
  passes::PassContext context;
  context.target = &backends::backend_of(device).target();
  context.module = &program.module;
  for (const std::string& name : names) {
    const passes::Pass& pass = passes::find(name);
    for (const auto& function : program.module.functions()) {
      pass.run(*function, context);
      ir::verify(*function, &program.module);
    }
  }
}

nb::list pass_list() {
  nb::list all;
  for (const passes::Pass& pass : passes::all_passes()) {
    all.append(nb::make_tuple(std::string(pass.name), std::string(pass.doc)));
  }
  return all;
}

// Returns the arguments of a function as (name, dtype, shape).
nb::list arguments_of(const Program& program, const std::string& name) {
  nb::list all;
  for (const ir::Value* argument : program.function(name).body().arguments()) {
    const ir::Type& type = argument->type();
    if (!type.is_tensor() || !std::all_of(type.dims.begin(), type.dims.end(),
                                          [](const Dim& dim) { return dim.is_constant(); })) {
      fail(Code::kValue, "[run] expects arguments of known sizes, got {} for %{}",
           ir::to_string(type), argument->name());
    }
    Shape shape = to_shape(type.dims);
    all.append(
        nb::make_tuple(std::string(argument->name()), nb::borrow(dtype_object(type.dtype)),
                       nb::tuple(nb::cast(std::vector<int64_t>(shape.begin(), shape.end())))));
  }
  return all;
}

Tensors run_program(const Program& program, const std::string& name, const Tensors& arguments,
                    Device device) {
  std::unique_ptr<ir::Function> function = program.function(name).clone();
  if (arguments.size() != function->body().arguments().size()) {
    fail(Code::kValue, "[run] expects {} arguments for {}, got {}",
         function->body().arguments().size(), function->name(), arguments.size());
  }
  std::vector<NDArray> held;
  std::vector<const NDArray*> inputs;
  std::vector<runtime::Spec> specs;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const ir::Type& expected = function->body().argument(i)->type();
    if (!(arguments[i].type() == expected)) {
      fail(Code::kValue, "[run] expects argument {} of type {}, got {}", i, ir::to_string(expected),
           ir::to_string(arguments[i].type()));
    }
    held.push_back(context().engine->to_device(contiguous(arguments[i].array("run")), device));
  }
  for (const NDArray& array : held) {
    inputs.push_back(&array);
    specs.push_back({array.dtype(), array.shape(), array.strides(), false});
  }
  compiler::PrepareOptions options;
  options.module = &program.module;
  auto executable = compiler::compile(*function, backends::backend_of(device), specs, options);
  std::vector<NDArray> outputs(executable->parts().outputs.size());
  executable->run(inputs, outputs);
  Tensors results;
  for (const NDArray& output : outputs) results.push_back(Tensor(output));
  return results;
}

}  // namespace

void bind_ir(nb::module_& module) {
  nb::class_<Program>(module, "Program", "Functions of the IR.")
      .def(
          "__init__",
          [](Program* self, const std::string& text, const std::string& file) {
            new (self) Program(ir::parse_module(text, file));
            ir::verify(self->module);
          },
          nb::arg("text"), nb::arg("file_name") = "<text>")
      .def("__str__", [](const Program& self) { return ir::print(self.module); })
      .def(
          "run_passes",
          [](Program& self, const std::vector<std::string>& names, nb::handle device) {
            run_passes(self, names, require_device(device.ptr(), "opt"));
          },
          nb::arg("names"), nb::arg("device"),
          nb::sig("def run_passes(self, names: Sequence[str], device: DeviceLike) -> None"),
          "Applies passes in order to every function.")
      .def("arguments", arguments_of, nb::arg("function") = "",
           nb::sig("def arguments(self, function: str = '') -> "
                   "list[tuple[str, dtype, tuple[int, ...]]]"),
           "What a function (the first by default) takes: name, dtype, shape.")
      .def(
          "loops",
          [](const Program& self, const std::string& name, int vector_bits, bool assembly) {
            return compiler::loops_of(self.function(name), {vector_bits, assembly});
          },
          nb::arg("function"), nb::arg("vector_bits"), nb::arg("assembly"),
          "The formulas and loop nests of a function's generated kernels.")
      .def(
          "run",
          [](const Program& self, const std::string& name, const Tensors& arguments,
             nb::handle device) {
            return run_program(self, name, arguments, require_device(device.ptr(), "run"));
          },
          nb::arg("function"), nb::arg("arguments"), nb::arg("device"),
          nb::sig("def run(self, function: str, arguments: Sequence[Tensor], "
                  "device: DeviceLike) -> list[Tensor]"),
          "Compiles and runs a function.");
  module.def("passes", pass_list, nb::sig("def passes() -> list[tuple[str, str]]"),
             "Every pass of the compiler: name, what it does.");
  module.def(
      "pipeline",
      [] {
        std::span<const std::string_view> stages = compiler::pipeline();
        return std::vector<std::string>(stages.begin(), stages.end());
      },
      "The names of the passes that the compiler runs, in order.");
  module.def("compiled_kernels", codegen::compiled_kernels,
             "How many classes of kernels LLVM has compiled in this process.");
}

}  // namespace mycel::python
