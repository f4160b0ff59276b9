#include "mycel/io/safetensors_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "files.h"

namespace mycel::io {
namespace {

NDArray filled(DType dtype, const Shape& shape) {
  NDArray array = NDArray::empty(dtype, shape);
  auto* bytes = static_cast<uint8_t*>(array.raw());
  for (int64_t i = 0; i < array.bytes(); ++i) {
    bytes[i] = dtype == DType::kBool ? i % 2 : static_cast<uint8_t>(37 * i + 1);
  }
  return array;
}

void expect_equal(const NDArray& a, const NDArray& b) {
  EXPECT_EQ(a.dtype(), b.dtype());
  ASSERT_EQ(a.shape(), b.shape());
  NDArray x = contiguous(a), y = contiguous(b);
  EXPECT_EQ(std::memcmp(x.raw(), y.raw(), static_cast<size_t>(x.bytes())), 0);
}

TEST(SafeTensors, EveryDTypeComesBack) {
  TemporaryFolder folder;
  NamedArrays arrays;
  for (int d = 0; d < kNumDTypes; ++d) {
    auto dtype = static_cast<DType>(d);
    arrays[std::string(name(dtype))] = filled(dtype, {3, 5});
  }
  arrays["scalar"] = NDArray::scalar(2.5f);
  arrays["empty"] = filled(DType::kFloat32, {0, 4});
  write_safetensors(folder / "file", arrays, {{"format", "pt"}, {"ü", "ß"}});
  SafeTensors read = read_safetensors(folder / "file");
  ASSERT_EQ(read.arrays.size(), arrays.size());
  for (const auto& [name, array] : arrays) {
    SCOPED_TRACE(name);
    expect_equal(read.arrays.at(name), array);
  }
  EXPECT_EQ(read.metadata, (Metadata{{"format", "pt"}, {"ü", "ß"}}));
}

TEST(SafeTensors, StridedArraysAreWrittenRowMajor) {
  TemporaryFolder folder;
  NDArray array = filled(DType::kInt32, {2, 3});
  NDArray transposed = array.view({3, 2}, {1, 3}, 0);
  write_safetensors(folder / "file", {{"t", transposed}});
  NDArray read = read_safetensors(folder / "file").arrays.at("t");
  EXPECT_TRUE(read.is_row_major());
  expect_equal(read, transposed);
}

TEST(SafeTensors, ReadsWhatTheReferenceImplementationWrites) {
  TemporaryFolder folder;
  // safetensors.numpy.save({"a": np.array([1.5, -2], "f4")}, metadata={"k": "v"})
  std::string header =
      R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  write_file(folder / "file", with_length(header + " ") + std::string("\0\0\xc0\x3f\0\0\0\xc0", 8));
  SafeTensors read = read_safetensors(folder / "file");
  EXPECT_EQ(read.metadata.at("k"), "v");
  EXPECT_EQ(read.arrays.at("a").data<float>()[0], 1.5f);
  EXPECT_EQ(read.arrays.at("a").data<float>()[1], -2.0f);
}

TEST(SafeTensors, ArraysAreAlignedAndTheReadersOwn) {
  TemporaryFolder folder;
  std::string path = folder / "file";
  write_safetensors(path, {{"a", filled(DType::kUInt8, {3})}, {"b", filled(DType::kFloat64, {3})}});
  NDArray b = read_safetensors(path).arrays.at("b");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(b.raw()) % 64, 0u);
  EXPECT_FALSE(b.buffer()->read_only());
  std::ofstream(path, std::ios::in | std::ios::binary) << std::string(200, 'x');
  expect_equal(b, filled(DType::kFloat64, {3}));
  std::filesystem::resize_file(path, 0);
  expect_equal(b, filled(DType::kFloat64, {3}));
  write_safetensors(path, {});
  EXPECT_TRUE(read_safetensors(path).arrays.empty());
}

TEST(SafeTensors, DataBeginsWhereAReaderMayMapIt) {
  TemporaryFolder folder;
  for (size_t length : {1, 7, 30, 64}) {
    write_safetensors(folder / "file", {{std::string(length, 'n'), NDArray::scalar(1.0)}});
    EXPECT_EQ((read_file(folder / "file").size() - 8) % 64, 0u);
  }
}

TEST(SafeTensorsFile, GivesArraysByName) {
  TemporaryFolder folder;
  using namespace std::string_literals;
  std::string with_nul = "a\0b"s;
  write_safetensors(folder / "file", {{"a", NDArray::scalar(1.0f)},
                                      {with_nul, filled(DType::kInt32, {2})},
                                      {"", filled(DType::kBool, {4})}});
  SafeTensorsFile file(folder / "file");
  EXPECT_EQ(file.names(), (std::vector<std::string>{"", "a", with_nul}));
  expect_equal(file.read(with_nul), filled(DType::kInt32, {2}));
  expect_equal(file.read(""), filled(DType::kBool, {4}));
  EXPECT_EQ(file.read_all().size(), 3u);
  EXPECT_THROW(file.read("b"), Error);
}

// Changes to an array that was read early must not show in the next read.
TEST(SafeTensorsFile, EachReadGivesMemoryOfItsOwn) {
  TemporaryFolder folder;
  write_safetensors(folder / "file", {{"a", NDArray::scalar(1.0f)}});
  SafeTensorsFile file(folder / "file");
  file.read_if_changes_hide();
  *file.read("a").mutable_data<float>() = 2;
  EXPECT_EQ(*file.read("a").data<float>(), 1);
}

TEST(SafeTensors, AnArrayMayLieMisaligned) {
  TemporaryFolder folder;
  std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  while (header.size() % 4 != 1) header += ' ';
  write_file(folder / "file", with_length(header) + std::string("\0\0\x80\x3f", 4));
  EXPECT_EQ(*read_safetensors(folder / "file").arrays.at("a").data<float>(), 1.0f);
}

std::string error_of_file(const std::string& bytes) {
  TemporaryFolder folder;
  write_file(folder / "file", bytes);
  try {
    read_safetensors(folder / "file");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kIo);
    std::string text = error.what();
    EXPECT_NE(text.find(" in " + (folder / "file")), text.npos) << text;
    return text.substr(0, text.find(" in " + (folder / "file")));
  }
  ADD_FAILURE() << "raised nothing";
  return "";
}

std::string error_of(const std::string& header, const std::string& data = "12345678") {
  return error_of_file(with_length(header) + data);
}

TEST(SafeTensors, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(error_of_file("123"), "[safetensors] expects at least 8 bytes, got 3");
  EXPECT_EQ(error_of_file(std::string(8, '\xff') + "{}"),
            "[safetensors] expects a header of at most 2 bytes, got a length of "
            "18446744073709551615");
  EXPECT_EQ(error_of("{\"a\": x}"),
            "[safetensors] expects a header in JSON, got something else at its byte 7");
  EXPECT_EQ(error_of(R"({"a": 1e999})"),
            "[safetensors] expects numbers in its header that fit into 64 bits, got a larger one");
  EXPECT_EQ(error_of("[]"), "[safetensors] expects an object as header, got another");
  EXPECT_EQ(error_of("{}"), "[safetensors] expects 0 bytes of data, got 8");
  EXPECT_EQ(error_of(R"({"a": 1})"),
            "[safetensors] expects an object for the array \"a\", got another");
  EXPECT_EQ(error_of(R"({"__metadata__": {"k": 1}})"),
            "[safetensors] expects text for the metadata \"k\", got another");
  EXPECT_EQ(error_of(std::string(1000, '[') + std::string(1000, ']')),
            "[safetensors] expects a header of at most 4 levels, got more");
}

TEST(SafeTensors, SaysWhatIsWrongWithAnArray) {
  auto entry = [](const char* dtype, const char* shape, const char* offsets) {
    return error_of(fmt::format(R"({{"a":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype,
                                shape, offsets));
  };
  EXPECT_EQ(error_of(R"({"a": {"shape": []}})"),
            "[safetensors] expects \"dtype\" for the array \"a\", got none");
  EXPECT_EQ(entry("\"F8_E4M3\"", "[8]", "[0,8]"),
            "[safetensors] expects a known dtype for the array \"a\", got \"F8_E4M3\"");
  EXPECT_EQ(
      entry("\"F32\"", "[-1]", "[0,8]"),
      "[safetensors] expects the shape of the array \"a\" to be a list of at most 64 numbers, "
      "got another");
  EXPECT_EQ(entry("\"F32\"", "[3]", "[0,8]"),
            "[safetensors] expects 12 bytes for the array \"a\" of float32[3], got 8");
  EXPECT_EQ(entry("\"F32\"", "[2]", "[8,16]"),
            "[safetensors] expects data_offsets of the array \"a\" to lie in [0, 8], got [8,16]");
  EXPECT_EQ(entry("\"F32\"", "[4294967296,4294967296]", "[0,8]"),
            "[safetensors] expects a size below 2^62 for the array \"a\", got more");
  EXPECT_EQ(entry("\"U8\"", "[4]", "[4,8]"),
            "[safetensors] expects the arrays to follow each other, got a gap or overlap at 0");
  EXPECT_EQ(entry("\"BOOL\"", "[8]", "[0,8]"),
            "[safetensors] expects 0 and 1 in the bool array \"a\", got another byte");
}

TEST(SafeTensors, RefusesNamesThatTheFormatHasNot) {
  TemporaryFolder folder;
  auto write = [&](const std::string& name) {
    write_safetensors(folder / "file", {{name, NDArray::scalar(1.0f)}});
  };
  EXPECT_THROW(write("__metadata__"), Error);
  EXPECT_THROW(write("\xff"), Error);
  EXPECT_THROW(read_safetensors(folder / "file"), Error);
}

// Every file, however damaged, is read or refused.
TEST(SafeTensors, SurvivesMutatedFiles) {
  TemporaryFolder folder;
  write_safetensors(folder / "file",
                    {{"weight", filled(DType::kFloat32, {2, 3})}, {"b", filled(DType::kBool, {5})}},
                    {{"k", "v"}});
  const std::string whole = read_file(folder / "file");
  std::mt19937 random(1);
  auto below = [&](size_t n) { return random() % n; };
  const std::string interesting = "{}[]\",:0189-.eE\\u \xff";
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string bytes = whole;
    for (size_t edits = 1 + below(4); edits > 0; --edits) {
      size_t at = below(bytes.size());
      switch (below(4)) {
        case 0:
          bytes[at] = static_cast<char>(below(256));
          break;
        case 1:
          bytes[at] = interesting[below(interesting.size())];
          break;
        case 2:
          bytes.erase(at, 1 + below(8));
          break;
        default:
          bytes.insert(at, bytes.substr(below(bytes.size()), below(20)));
      }
      if (bytes.empty()) bytes = "x";
    }
    write_file(folder / "mutated", bytes);
    try {
      for (const auto& [name, array] : read_safetensors(folder / "mutated").arrays) {
        ASSERT_LE(static_cast<size_t>(array.bytes()), bytes.size());
        std::string(static_cast<const char*>(array.raw()), static_cast<size_t>(array.bytes()));
      }
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), Code::kIo) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace mycel::io
