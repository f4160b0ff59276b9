#include "mycel/io/safetensors_file.h"

#include <algorithm>

namespace mycel::io {
namespace {

// Adds the file's name to errors about its content.
template <class Body>
auto naming(const std::string& path, const Body& body) {
  try {
    return body();
  } catch (const Error& error) {
    fail(error.code(), "{} in {}", error.what(), path);
  }
}

void check_has_length(size_t bytes) {
  if (bytes >= kLengthBytes) return;
  fail(Code::kIo, "[safetensors] expects at least {} bytes, got {}", kLengthBytes, bytes);
}

void check_length(uint64_t length, size_t rest) {
  if (length <= rest && length <= kMaxHeaderBytes) return;
  fail(Code::kIo, "[safetensors] expects a header of at most {} bytes, got a length of {}",
       std::min<uint64_t>(rest, kMaxHeaderBytes), length);
}

void check_bools(const NDArray& array, const std::string& name) {
  if (array.dtype() != DType::kBool) return;
  const auto* values = static_cast<const uint8_t*>(array.raw());
  if (std::all_of(values, values + array.size(), [](uint8_t v) { return v <= 1; })) return;
  fail(Code::kIo, "[safetensors] expects 0 and 1 in the bool array \"{}\", got another byte", name);
}

}  // namespace

SafeTensorsFile::SafeTensorsFile(const std::string& path) : path_(path), file_(path) {
  uint64_t length = 0;
  naming(path, [&] { check_has_length(file_.size()); });
  file_.read({{&length, 0, kLengthBytes}});
  size_t rest = file_.size() - kLengthBytes;
  naming(path, [&] { check_length(length, rest); });
  std::string text(length, '\0');
  file_.read({{text.data(), kLengthBytes, length}});
  header_ = naming(path, [&] { return parse_header(text, rest - length); });
  data_ = kLengthBytes + length;
}

std::vector<std::string> SafeTensorsFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : header_.entries) names.push_back(name);
  return names;
}

NamedArrays SafeTensorsFile::read_entries(const Entries& entries) const {
  NamedArrays arrays;
  std::vector<InputFile::Piece> pieces;
  for (const auto& [name, entry] : entries) {
    NDArray array = NDArray::empty(entry.dtype, entry.shape);
    pieces.push_back({array.raw(), data_ + entry.begin, entry.end - entry.begin});
    arrays.emplace(name, std::move(array));
  }
  file_.read(pieces);
  naming(path_, [&] {
    for (const auto& [name, array] : arrays) check_bools(array, name);
  });
  return arrays;
}

NamedArrays SafeTensorsFile::read_all() const { return read_entries(header_.entries); }

void SafeTensorsFile::read_if_changes_hide() {
  if (file_.may_change_unnoticed()) early_ = read_all();
}

NDArray SafeTensorsFile::read(const std::string& name) const {
  auto entry = header_.entries.find(name);
  if (entry == header_.entries.end()) {
    fail(Code::kIndex, "[safetensors] expects the name of an array, got \"{}\" for {}", name,
         path_);
  }
  auto early = early_.find(name);
  if (early == early_.end()) return read_entries({*entry}).begin()->second;
  file_.check_unchanged();
  NDArray copy = NDArray::empty(entry->second.dtype, entry->second.shape);
  copy_elements(early->second, copy);
  return copy;
}

}  // namespace mycel::io
