// The operating system refuses: the error says so, and nothing is left behind.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

#include "core/error.hpp"
#include "samples.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::test;
using Catch::Matchers::Contains;

namespace {

// Runs `body` in a child process, so that limits, mounts and identities end with it; returns what it says.
std::string in_child(const std::function<std::string()>& body) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    std::string text;
    try {
      text = body();
    } catch (const std::exception& e) {
      text = std::string{"unexpected: "} + e.what();
    }
    if (write(ends[1], text.data(), text.size()) < 0) _exit(2);
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) text += " killed by signal " + std::to_string(WTERMSIG(status));
  return text;
}

std::string names_in(const std::filesystem::path& folder) {
  std::string names;
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    names += entry.path().filename().string() + " ";
  return names;
}

// The text of the IoError, and the names of the files left.
std::string refusal(const std::filesystem::path& folder, const Tree& tree, const WriteOptions& options) {
  try {
    write_sealed(tree, folder / "out.h5", options);
    return "accepted; left: " + names_in(folder);
  } catch (const IoError& e) {
    return std::string{e.what()} + "; left: " + names_in(folder) + ".";
  }
}

Tree tree_of(std::uint64_t bytes) {
  Tree tree;
  tree.put("x", filled(ElementType::f64, {bytes / 8}, {"n"}));
  return tree;
}

constexpr std::uint64_t mebibyte = 1 << 20;

}  // namespace

TEST_CASE("a full disk") {
  const TemporaryFolder folder;
  const bool archive = GENERATE(false, true);
  const std::uint64_t cap = GENERATE(std::uint64_t{0}, 256 * mebibyte);
  CAPTURE(archive, cap);
  const std::string said = in_child([&]() -> std::string {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=4m") != 0) {
      return "no mount";
    }
    WriteOptions options;
    options.archive = archive;
    options.memory_cap = cap;
    const std::string too_large = refusal(folder.path(), tree_of(5 * mebibyte), options);
    // Fits alone, but not with the space around it: found only when the file is laid out.
    const std::string just = refusal(folder.path(), tree_of(4 * mebibyte - 4096), options);
    const std::string fits = refusal(folder.path(), tree_of(2 * mebibyte), options);
    verify_sealed(folder / "out.h5");
    // Replacing needs room for both; the old one stays whole.
    const std::string second = refusal(folder.path(), tree_of(3 * mebibyte), options);
    verify_sealed(folder / "out.h5");
    return too_large + "\n" + just + "\n" + fits + "\n" + second;
  });
  if (said == "no mount") {
    WARN("skipped: a tmpfs cannot be mounted here (needs root)");
    return;
  }
  CHECK_THAT(said, !Contains("unexpected") && !Contains("killed"));
  CHECK_THAT(said, Contains("5242880 bytes needed") && Contains("4194304 free"));
  CHECK_THAT(said, Contains("\naccepted; left: out.h5 \n"));
  CHECK_THAT(said, Contains("disk is full") && Contains("; left: .\n") && Contains("; left: out.h5 ."));
}

TEST_CASE("a limit on the size of files") {
  const TemporaryFolder folder;
  const bool archive = GENERATE(false, true);
  const std::string said = in_child([&] {
    const rlimit limit{mebibyte, mebibyte};
    setrlimit(RLIMIT_FSIZE, &limit);
    WriteOptions options;
    options.archive = archive;
    const std::string too_large = refusal(folder.path(), tree_of(2 * mebibyte), options);
    const std::string with_metadata = refusal(folder.path(), tree_of(mebibyte), options);
    const std::string fits = refusal(folder.path(), tree_of(mebibyte / 2), options);
    return too_large + "\n" + with_metadata + "\n" + fits;
  });
  CHECK_THAT(said, !Contains("unexpected") && !Contains("killed"));
  CHECK_THAT(said, Contains("2097152 bytes needed") && Contains("1048576") && Contains("ulimit -f"));
  CHECK_THAT(said, Contains("; left: .\ncannot write") && Contains("; left: .\naccepted; left: out.h5 "));
}

TEST_CASE("a folder that may not be written") {
  const TemporaryFolder folder;
  const std::string said = in_child([&]() -> std::string {
    std::filesystem::permissions(folder.path(), std::filesystem::perms{0555});
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return "no identity";
    return refusal(folder.path(), tree_of(64), {});
  });
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  CHECK_THAT(said, Contains("out.h5") && Contains(folder.path().string()) && Contains("Permission denied"));
  CHECK_THAT(said, Contains("; left: ."));
}

TEST_CASE("a folder that is not there, a target that is a folder") {
  const TemporaryFolder folder;
  try {
    write_sealed(tree_of(64), folder / "none/out.h5");
    FAIL("accepted");
  } catch (const IoError& e) {
    CHECK(e.code() == Exit::io_error);
    CHECK_THAT(e.what(), Contains("none/out.h5") && Contains("No such file"));
  }
  std::filesystem::create_directory(folder / "out.h5");
  CHECK_THAT(refusal(folder.path(), tree_of(64), {}),
             Contains("Is a directory") && Contains("; left: out.h5 ."));
}

TEST_CASE("a name as long as names can be") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / (std::string(252, 'n') + ".h5");
  const std::string digest = write_sealed(tree_of(64), path);
  CHECK(verify_sealed(path) == digest);
}
