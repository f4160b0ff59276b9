// Paths of files.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

namespace mycel::python {

namespace nb = nanobind;

// The bytes of a str, bytes or os.PathLike, as the system has them. Raises ValueError for one with
// NUL in it.
std::string check_path(nb::handle path);

}  // namespace mycel::python
