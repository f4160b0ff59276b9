#include "mycel/io/input_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "mycel/base/error.h"

namespace mycel::io {
namespace {

// Sets a file's modification time.
void stamp(const std::string& path, int64_t seconds) {
  timespec times[2] = {{seconds, 0}, {seconds, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

std::string read_all(const InputFile& file) {
  std::string content(file.size(), ' ');
  file.read({{content.data(), 0, content.size()}});
  return content;
}

std::string error_of(const InputFile& file) {
  try {
    read_all(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kIo);
    return error.what();
  }
  return "";
}

TEST(InputFile, RefusesWhatIsNoFile) {
  TemporaryFolder folder;
  mkfifo((folder / "pipe").c_str(), 0600);
  for (const std::string& path : {folder / "", folder / "pipe", folder / "missing"}) {
    EXPECT_THROW(InputFile{path}, Error) << path;
  }
  write_file(folder / "empty", "");
  EXPECT_EQ(InputFile(folder / "empty").size(), 0u);
}

TEST(InputFile, ReadsRangesOfAnyLengthInAnyOrder) {
  TemporaryFolder folder;
  std::string content((9 << 20) + 3, ' ');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 2654435761u >> 13);
  write_file(folder / "file", content);
  InputFile file(folder / "file");
  EXPECT_TRUE(read_all(file) == content);
  std::string end(3, ' '), begin(1, ' '), none;
  file.read({{end.data(), content.size() - 3, 3}, {begin.data(), 0, 1}, {none.data(), 5, 0}});
  EXPECT_EQ(end, content.substr(content.size() - 3));
  EXPECT_EQ(begin, content.substr(0, 1));
}

TEST(InputFile, AFileThatWasChangedIsAnError) {
  TemporaryFolder folder;
  std::string path = folder / "file";
  auto changed = [&](auto change) {
    write_file(path, "1234");
    stamp(path, 1000);
    InputFile file(path);
    change();
    return error_of(file);
  };
  std::string expected = "cannot read " + path + ": it was changed after it was opened";
  EXPECT_EQ(changed([&] { EXPECT_EQ(truncate(path.c_str(), 2), 0); }), expected);
  EXPECT_EQ(changed([&] { std::ofstream(path, std::ios::app) << "5"; }), expected);
  EXPECT_EQ(changed([&] { std::ofstream(path, std::ios::in) << "5"; }), expected);
  EXPECT_EQ(changed([&] { std::filesystem::remove(path); }), "");
  EXPECT_EQ(changed([&] { chmod(path.c_str(), 0600); }), "");
}

TEST(InputFile, SaysWhenItsTimeWouldHideAChange) {
  TemporaryFolder folder;
  write_file(folder / "file", "1");
  EXPECT_TRUE(InputFile(folder / "file").may_change_unnoticed());
  stamp(folder / "file", 1000);
  EXPECT_FALSE(InputFile(folder / "file").may_change_unnoticed());
}

}  // namespace
}  // namespace mycel::io
