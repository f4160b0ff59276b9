// Helpers that write the files of these tests.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "mycel/base/error.h"
#include "tests/cpp/support/temporary_folder.h"

namespace mycel::data {

using Bytes = std::vector<uint8_t>;

inline void write_file(const std::string& path, const Bytes& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

inline void write_gzip(const std::string& path, const Bytes& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

// An IDX file of uint8 elements.
inline Bytes idx_bytes(const std::vector<uint32_t>& shape, const Bytes& elements) {
  Bytes bytes = {0, 0, 8, static_cast<uint8_t>(shape.size())};
  for (uint32_t extent : shape) {
    for (int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<uint8_t>(extent >> shift));
  }
  bytes.insert(bytes.end(), elements.begin(), elements.end());
  return bytes;
}

inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
  return testing::IsSubstring("the part", "the text", part, text);
}

// The message of the I/O error that `f` raises.
template <class F>
std::string io_error(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kIo);
    return error.what();
  }
  ADD_FAILURE() << "raised nothing";
  return "";
}

}  // namespace mycel::data
