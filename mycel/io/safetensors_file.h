// A safetensors file that is open: its arrays are read one by one, or all at once.
#pragma once

#include <string>
#include <vector>

#include "mycel/io/input_file.h"
#include "mycel/io/safetensors_header.h"

namespace mycel::io {

// What it gives is memory of the caller's, never a map of the file. The file is not trusted:
// whatever it holds, the result is right or an I/O error says what is wrong; that the file was
// changed in place after it was opened is such an error. A file that was replaced or deleted is
// read as it was.
class SafeTensorsFile {
 public:
  explicit SafeTensorsFile(const std::string& path);

  const Metadata& metadata() const { return header_.metadata; }
  std::vector<std::string> names() const;
  // Raises IndexError for a name that the file has not.
  NDArray read(const std::string& name) const;
  NamedArrays read_all() const;
  // To be called where arrays will be read later: reads all now where the file's times would not
  // show a later change, which read() must not give.
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
