// Files that say who lives: locks, and temporary files that are being written.
#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>

#include "archive/atomic_file.hpp"
#include "archive/lock_file.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::host;
using namespace ansatz::test;
namespace fs = std::filesystem;

namespace {

std::size_t files_in(const fs::path& folder) {
  const fs::directory_iterator entries{folder};
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

TEST_CASE("a file that is being written is no leftover; one whose writer died is") {
  const TemporaryFolder folder;
  {
    AtomicFile file{folder / "a.h5"};
    const std::byte data[4096]{};
    file.write(0, data, sizeof data);
    CHECK(remove_leftovers(folder.path(), false) == 0);
    REQUIRE(files_in(folder.path()) == 1);
    file.commit();
  }
  CHECK(fs::file_size(folder / "a.h5") == 4096);
  folder.write(".ansatz-1-0.tmp", std::string(4096, 'x'));
  CHECK(remove_leftovers(folder.path(), true) > 0);
  CHECK(files_in(folder.path()) == 2);
  CHECK(remove_leftovers(folder.path(), false) > 0);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("who lets go of a lock takes no other owner's file with it") {
  const TemporaryFolder folder;
  std::optional<LockFile> first = LockFile::try_lock(folder / "lock");
  REQUIRE(first);
  CHECK_FALSE(LockFile::try_lock(folder / "lock"));
  // The folder is removed and made again, and somebody else locks it.
  fs::remove(folder / "lock");
  const std::optional<LockFile> second = LockFile::try_lock(folder / "lock");
  REQUIRE(second);
  first.reset();
  CHECK(fs::exists(folder / "lock"));
  CHECK_FALSE(LockFile::try_lock(folder / "lock"));
}
