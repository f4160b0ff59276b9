// Location: the place in the user's program where an operation was written.
#pragma once

#include <string>
#include <string_view>

namespace mycel::ir {

// Two interned strings and a line. `scope` is the module path ("LeNet.conv1").
struct Location {
  std::string_view file;
  std::string_view scope;
  int line = 0;

  bool known() const { return line > 0; }
};

// Returns a shared copy of the text that is never freed.
std::string_view intern(std::string_view text);
// "at train.py:14 in LeNet.forward", or "" if unknown.
std::string to_string(const Location& location);

}  // namespace mycel::ir
