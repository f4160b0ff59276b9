#include "mycel/io/safetensors_header.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace mycel::io {
namespace {

using Json = nlohmann::json;

constexpr const char* kMetadataKey = "__metadata__";
constexpr int kMaxDepth = 4;
constexpr size_t kMaxRank = 64;

struct TypeName {
  DType dtype;
  std::string_view name;
};
constexpr std::array<TypeName, kNumDTypes> kTypeNames = {{{DType::kBool, "BOOL"},
                                                          {DType::kInt8, "I8"},
                                                          {DType::kInt16, "I16"},
                                                          {DType::kInt32, "I32"},
                                                          {DType::kInt64, "I64"},
                                                          {DType::kUInt8, "U8"},
                                                          {DType::kUInt16, "U16"},
                                                          {DType::kUInt32, "U32"},
                                                          {DType::kUInt64, "U64"},
                                                          {DType::kFloat16, "F16"},
                                                          {DType::kBFloat16, "BF16"},
                                                          {DType::kFloat32, "F32"},
                                                          {DType::kFloat64, "F64"}}};

template <class... Args>
[[noreturn]] void bad(fmt::format_string<Args...> format, Args&&... args) {
  fail(Code::kIo, "[safetensors] {}", fmt::format(format, std::forward<Args>(args)...));
}

// The beginning of a value, for messages: in ASCII, so that it may be cut anywhere.
std::string shown(const Json& value) {
  constexpr size_t kMost = 80;
  std::string text = value.dump(-1, ' ', true);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

Json parse_json(std::string_view text) {
  std::set<std::string> names;
  auto check = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxDepth) bad("expects a header of at most {} levels, got more", kMaxDepth);
    if (event == Json::parse_event_t::key && depth == 1 &&
        !names.insert(parsed.get<std::string>()).second) {
      bad("expects each array once, got {} twice", shown(parsed));
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), check);
  } catch (const Json::parse_error& error) {
    bad("expects a header in JSON, got something else at its byte {}", error.byte);
  } catch (const Json::out_of_range&) {
    bad("expects numbers in its header that fit into 64 bits, got a larger one");
  }
}

const Json& member(const Json& entry, const char* key, const std::string& name) {
  auto found = entry.find(key);
  if (found == entry.end()) bad("expects \"{}\" for the array {}, got none", key, shown(name));
  return *found;
}

DType parse_type(const Json& value, const std::string& name) {
  if (value.is_string()) {
    for (const TypeName& type : kTypeNames) {
      if (type.name == value.get_ref<const std::string&>()) return type.dtype;
    }
  }
  bad("expects a known dtype for the array {}, got {}", shown(name), shown(value));
}

std::vector<uint64_t> parse_numbers(const Json& list, const char* what, const std::string& name) {
  std::vector<uint64_t> numbers;
  bool valid = list.is_array() && list.size() <= kMaxRank;
  for (size_t i = 0; valid && i < list.size(); ++i) {
    valid = list[i].is_number_unsigned();
    if (valid) numbers.push_back(list[i].get<uint64_t>());
  }
  if (!valid) {
    bad("expects {} of the array {} to be a list of at most {} numbers, got another", what,
        shown(name), kMaxRank);
  }
  return numbers;
}

// Sets the shape; returns its size in bytes.
uint64_t set_shape(const std::vector<uint64_t>& extents, const std::string& name, Entry& entry) {
  uint64_t bytes = static_cast<uint64_t>(byte_size(entry.dtype));
  bool empty = std::find(extents.begin(), extents.end(), 0) != extents.end();
  for (uint64_t extent : extents) {
    bool too_large = extent > static_cast<uint64_t>(Dim::kMax) ||
                     (!empty && __builtin_mul_overflow(bytes, extent, &bytes));
    if (too_large) bad("expects a size below 2^62 for the array {}, got more", shown(name));
    entry.shape.push_back(static_cast<int64_t>(extent));
  }
  return empty ? 0 : bytes;
}

Entry parse_entry(const Json& json, const std::string& name, uint64_t data_bytes) {
  if (!json.is_object()) bad("expects an object for the array {}, got another", shown(name));
  Entry entry{parse_type(member(json, "dtype", name), name), {}, 0, 0};
  uint64_t bytes =
      set_shape(parse_numbers(member(json, "shape", name), "the shape", name), name, entry);
  std::vector<uint64_t> offsets =
      parse_numbers(member(json, "data_offsets", name), "the data_offsets", name);
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes) {
    bad("expects data_offsets of the array {} to lie in [0, {}], got {}", shown(name), data_bytes,
        shown(member(json, "data_offsets", name)));
  }
  entry.begin = offsets[0];
  entry.end = offsets[1];
  if (entry.end - entry.begin != bytes) {
    bad("expects {} bytes for the array {} of {}{}, got {}", bytes, shown(name),
        mycel::name(entry.dtype), to_string(entry.shape), entry.end - entry.begin);
  }
  return entry;
}

void parse_metadata(const Json& json, Metadata& metadata) {
  if (!json.is_object()) bad("expects an object for \"{}\", got another", kMetadataKey);
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) bad("expects text for the metadata {}, got another", shown(key));
    metadata[key] = value.get<std::string>();
  }
}

void check_cover(const Header& header, uint64_t data_bytes) {
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const auto& [name, entry] : header.entries) ranges.emplace_back(entry.begin, entry.end);
  std::sort(ranges.begin(), ranges.end());
  uint64_t at = 0;
  for (auto [begin, end] : ranges) {
    if (begin != at) bad("expects the arrays to follow each other, got a gap or overlap at {}", at);
    at = end;
  }
  if (at != data_bytes) bad("expects {} bytes of data, got {}", at, data_bytes);
}

}  // namespace

Header parse_header(std::string_view text, uint64_t data_bytes) {
  Json json = parse_json(text);
  if (!json.is_object()) bad("expects an object as header, got another");
  Header header;
  for (const auto& [name, value] : json.items()) {
    if (name == kMetadataKey) {
      parse_metadata(value, header.metadata);
    } else {
      header.entries.emplace(name, parse_entry(value, name, data_bytes));
    }
  }
  check_cover(header, data_bytes);
  return header;
}

std::string print_header(const Header& header) {
  Json json = Json::object();
  if (!header.metadata.empty()) json[kMetadataKey] = header.metadata;
  for (const auto& [name, entry] : header.entries) {
    if (name == kMetadataKey) {
      fail(Code::kValue, "[safetensors] expects names other than \"{}\", got it", kMetadataKey);
    }
    std::vector<int64_t> shape(entry.shape.begin(), entry.shape.end());
    json[name] = {{"dtype", kTypeNames[static_cast<size_t>(entry.dtype)].name},
                  {"shape", shape},
                  {"data_offsets", {entry.begin, entry.end}}};
  }
  try {
    std::string text = json.dump();
    if (text.size() > kMaxHeaderBytes) {
      fail(Code::kValue,
           "[safetensors] expects names and metadata that fit into a header of {} bytes, got {}",
           kMaxHeaderBytes, text.size());
    }
    return text;
  } catch (const Json::exception& error) {
    fail(Code::kValue, "[safetensors] expects names and metadata in UTF-8, got {}", error.what());
  }
}

}  // namespace mycel::io
