// Converts Python paths to file names.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

namespace mycel::python {

namespace nb = nanobind;

// Returns the bytes of a str, bytes or os.PathLike in the file system's encoding. Raises ValueError
// for a path that contains NUL.
std::string check_path(nb::handle path);

}  // namespace mycel::python
