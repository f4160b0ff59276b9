// An open safetensors file, whose arrays are read one by one or all at once.
#pragma once

#include <string>
#include <vector>

#include "mycel/io/input_file.h"
#include "mycel/io/safetensors_header.h"

namespace mycel::io {

// Returned arrays own their memory; they never map the file. The file is not trusted: any content
// gives the right result or an I/O error that says what is wrong. A change in place after the file
// was opened is such an error; a file that was replaced or deleted is read as it was.
class SafeTensorsFile {
 public:
  explicit SafeTensorsFile(const std::string& path);

  const Metadata& metadata() const { return header_.metadata; }
  std::vector<std::string> names() const;
  // Raises IndexError for a name that is not in the file.
  NDArray read(const std::string& name) const;
  NamedArrays read_all() const;
  // Call this if arrays will be read later. Reads all of them now if the file's times would not
  // show a later change, whose values read() must not return.
  void read_if_changes_hide();

 private:
  using Entries = std::map<std::string, Entry>;
  NamedArrays read_entries(const Entries& entries) const;

  std::string path_;
  InputFile file_;
  Header header_;
  size_t data_ = 0;    // where the data begins
  NamedArrays early_;  // read by read_if_changes_hide()
};

}  // namespace mycel::io
