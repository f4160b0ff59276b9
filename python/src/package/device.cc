// Binds mc.device, and converts Python objects to devices.
#include <nanobind/operators.h>
#include <nanobind/stl/string.h>

#include "python/src/common/dtype.h"
#include "python/src/common/error.h"

namespace mycel::python {
namespace {

std::string_view kind_name(Device device) {
  switch (device.kind) {
    case DeviceKind::kCpu:
      return "cpu";
    case DeviceKind::kReference:
      return "reference";
    case DeviceKind::kNull:
      return "null";
    case DeviceKind::kCuda:
      return "cuda";
    case DeviceKind::kPlugin:
      return "plugin";
  }
  return "?";
}

bool equal(Device device, nb::handle other) {
  if (nb::isinstance<Device>(other)) return device == nb::cast<Device>(other);
  return nb::isinstance<nb::str>(other) && to_string(device) == nb::cast<std::string>(other);
}

}  // namespace

void bind_devices(nb::module_& module) {
  nb::class_<Device>(module, "device",
                     "Where a tensor lives: \"cpu\", or \"reference\", which computes slowly and "
                     "plainly. Equal to its name.\n\n"
                     "Raises ValueError for a name of no device.\n\n"
                     "Example:\n"
                     "    >>> mc.zeros(2, device=mc.device(\"cpu\")).device == \"cpu\"\n"
                     "    True")
      .def(
          "__init__",
          [](Device* self, nb::handle device) {
            new (self) Device(require_device(device.ptr(), "device"));
          },
          nb::arg("device"))
      .def_prop_ro(
          "type", [](Device d) { return std::string(kind_name(d)); },
          "The kind of device.\n\n"
          "Example:\n"
          "    >>> mc.device(\"cpu\").type\n"
          "    'cpu'")
      .def_prop_ro(
          "index", [](Device d) { return static_cast<int>(d.index); },
          "Which of its kind, from 0.\n\n"
          "Example:\n"
          "    >>> mc.device(\"cpu\").index\n"
          "    0")
      .def(
          "__eq__", [](Device d, nb::handle other) { return equal(d, other); },
          nb::arg("other").none())
      .def("__hash__", [](Device d) { return nb::hash(nb::str(to_string(d).c_str())); })
      .def("__str__", [](Device d) { return to_string(d); })
      .def("__repr__", [](Device d) { return "device(\"" + to_string(d) + "\")"; })
      .def("__reduce__", [](nb::handle self) {
        return nb::make_tuple(self.type(), nb::make_tuple(nb::str(self)));
      });
}

Device require_device(PyObject* object, std::string_view op) {
  if (nb::isinstance<Device>(object)) return nb::cast<Device>(nb::handle(object));
  if (PyUnicode_Check(object)) {
    try {
      return parse_device(check_text(object));
    } catch (Error& error) {
      error.set_operation(op);
      throw;
    }
  }
  fail(Code::kType, "[{}] expects device to be a mc.device or its name, got {}", op,
       type_text(object));
}

}  // namespace mycel::python
