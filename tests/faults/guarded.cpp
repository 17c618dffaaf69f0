// Readers that crash, hang or take memory cost their child process alone.
#include "cli/guarded.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "support/command.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::test;
using ansatz::host::DataError;
using ansatz::host::Error;
using ansatz::host::Exit;
using ansatz::host::run_guarded;
using ansatz::host::text_guarded;
using Catch::Contains;

namespace {

struct GuardedFile {
  TemporaryFolder folder;
  std::vector<std::filesystem::path> files{folder.write("a.h5", "no archive")};

  // What comes of it; every child is gone.
  Error error_of(const std::function<Exit()>& body, std::uint64_t seconds = 20) const {
    try {
      (void)run_guarded(files, body, seconds);
    } catch (const Error& e) {
      CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
      return e;
    }
    FAIL("no error");
    return {Exit::ok, ""};
  }
};

}  // namespace

TEST_CASE("a reader that crashes is an error that names the file and the signal") {
  const GuardedFile guarded;
  for (const auto& [signal, name] :
       {std::pair{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGKILL, "SIGKILL"}}) {
    const Error error = guarded.error_of([number = signal]() -> Exit {
      ::signal(number, SIG_DFL);  // Catch has handlers of its own
      raise(number);
      return Exit::ok;
    });
    CHECK(error.code() == Exit::data_invalid);
    CHECK_THAT(error.what(), Contains("a.h5") && Contains(name));
  }
}

TEST_CASE("a reader that does not end is killed at its deadline") {
  const GuardedFile guarded;
  const auto start = std::chrono::steady_clock::now();
  const Error error = guarded.error_of(
      []() -> Exit {
        for (;;) pause();
      },
      1);
  CHECK(error.code() == Exit::data_invalid);
  CHECK_THAT(error.what(), Contains("a.h5 could not be read in 1 s"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{10});
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a reader that asks for more memory than the file explains gets none") {
  const GuardedFile guarded;
  const Error error = guarded.error_of([]() -> Exit {
    const std::vector<char> much(std::size_t{6}
                                 << 30);  // never touched where it is granted: no more than a page table
    return much[1] == 0 ? Exit::ok : Exit::usage;
  });
  CHECK(error.code() == Exit::data_invalid);
  CHECK_THAT(error.what(), Contains("more than memory could"));
}
#endif

TEST_CASE("what a reader returns, throws or writes comes back as it is") {
  const GuardedFile guarded;
  CHECK(run_guarded(guarded.files, [] { return Exit::differs; }) == Exit::differs);
  CHECK(text_guarded(guarded.files, [] { return std::string(100'000, 'x'); }) == std::string(100'000, 'x'));
  const Error error = guarded.error_of([]() -> Exit { throw DataError{"the fifth wheel is missing"}; });
  CHECK(error.code() == Exit::data_invalid);
  CHECK(std::string{error.what()} == "the fifth wheel is missing");
}

TEST_CASE("who closes the pipe of a reader's output ends the command, and blames no file") {
  const GuardedFile guarded;
  guarded.folder.write("run.h5", read_file(std::filesystem::path{GOLDEN_FOLDER} / "run-1.h5"));
  // `true` has ended long before anything is written.
  const CommandResult result =
      Command{{"sh", "-c", "(sleep 1; " ANSATZ_EXECUTABLE " show run.h5; echo code $? >&2) | true"}}
          .in(guarded.folder.path())
          .run();
  CHECK(result.err == "code 141\n");
}
