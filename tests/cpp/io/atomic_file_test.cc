#include "mycel/io/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "files.h"
#include "mycel/base/error.h"

namespace mycel::io {
namespace {

void write_atomically(const std::string& path, const std::string& bytes) {
  AtomicFile file(path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

TEST(AtomicFile, ReplacesAFile) {
  TemporaryFolder folder;
  write_atomically(folder / "file", "old");
  write_atomically(folder / "file", "new");
  EXPECT_EQ(read_file(folder / "file"), "new");
  EXPECT_EQ(folder.num_files(), 1u);
}

TEST(AtomicFile, WithoutCommitNothingHappens) {
  TemporaryFolder folder;
  write_file(folder / "file", "old");
  {
    AtomicFile file(folder / "file");
    file.write("new", 3);
  }
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(folder.num_files(), 1u);
}

TEST(AtomicFile, KeepsPermissionsAndLinks) {
  TemporaryFolder folder;
  write_file(folder / "file", "old");
  chmod((folder / "file").c_str(), 0640);
  std::filesystem::create_symlink("file", folder / "link");
  write_atomically(folder / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "file"), "new");
  struct stat status;
  stat((folder / "file").c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(AtomicFile, SaysWhyItCannotWrite) {
  try {
    AtomicFile file("/nowhere/file");
    FAIL() << "raised nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kIo);
    EXPECT_STREQ(error.what(), "cannot write /nowhere/file: No such file or directory");
  }
}

// Writes more than the process may, in a child process. With SIGXFSZ ignored, this is an error as
// of a full disk; otherwise the process dies midway. Returns the child's status.
int write_too_much(const std::string& path, bool dies) {
  pid_t child = fork();
  if (child == 0) {
    rlimit limit{1 << 16, 1 << 16};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, dies ? SIG_DFL : SIG_IGN);
    try {
      write_atomically(path, std::string(1 << 20, 'x'));
    } catch (const Error&) {
      _exit(7);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(AtomicFile, AFullDiskLeavesTheOldFile) {
  TemporaryFolder folder;
  write_file(folder / "file", "old");
  int status = write_too_much(folder / "file", false);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(folder.num_files(), 1u);
}

TEST(AtomicFile, AKilledWriterLeavesTheOldFile) {
  TemporaryFolder folder;
  write_file(folder / "file", "old");
  int status = write_too_much(folder / "file", true);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read_file(folder / "file"), "old");
}

}  // namespace
}  // namespace mycel::io
