#include "python/src/common/path.h"

namespace mycel::python {

std::string check_path(nb::handle path) {
  PyObject* bytes = nullptr;
  if (!PyUnicode_FSConverter(path.ptr(), static_cast<void*>(&bytes))) nb::raise_python_error();
  nb::object owner = nb::steal(bytes);
  return {PyBytes_AS_STRING(bytes), static_cast<size_t>(PyBytes_GET_SIZE(bytes))};
}

}  // namespace mycel::python
