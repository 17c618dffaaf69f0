#include <catch2/catch.hpp>

#include "run/journal.hpp"
#include "run/liveness.hpp"
#include "support/command.hpp"

using namespace ansatz::host;
using namespace ansatz::test;
using Json = nlohmann::ordered_json;

namespace {

std::string three_records(const TemporaryFolder& folder) {
  Journal journal{folder / "journal"};
  for (int i = 0; i < 3; ++i) journal.add({{"event", "metric"}, {"at", i}});
  return read_file(folder / "journal");
}

}  // namespace

TEST_CASE("a journal cut off anywhere gives the records that are whole, and goes on after them") {
  const TemporaryFolder folder;
  const std::string bytes = three_records(folder);
  REQUIRE(bytes.size() % 3 == 0);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    folder.write("journal", bytes.substr(0, size));
    const std::size_t whole = size / (bytes.size() / 3);
    REQUIRE(read_journal(folder / "journal").size() == whole);
    Journal{folder / "journal"}.add({{"event", "resumed"}});
    const auto records = read_journal(folder / "journal");
    REQUIRE(records.size() == whole + 1);
    CHECK(records.back().at("event") == "resumed");
  }
}

TEST_CASE("a changed byte ends a journal before its record; zeroes at the end are none") {
  const TemporaryFolder folder;
  const std::string bytes = three_records(folder);
  const std::size_t record = bytes.size() / 3;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 16);
    folder.write("journal", changed);
    CHECK(read_journal(folder / "journal").size() == i / record);
  }
  folder.write("journal", bytes + std::string(512, '\0'));
  CHECK(read_journal(folder / "journal").size() == 3);
}

TEST_CASE("the living are told from the dead by host, boot, number and start time") {
  const Owner self = this_process();
  CHECK(liveness(self) == Liveness::alive);
  Owner other = self;
  other.start_time += 1;  // the number was given to another process
  CHECK(liveness(other) == Liveness::dead);
  other = self;
  other.boot_id = "another";
  CHECK(liveness(other) == Liveness::dead);
  other = self;
  other.host = "another";
  CHECK(liveness(other) == Liveness::elsewhere);
  Command command{{"sleep", "60"}};
  other = self;
  other.pid = command.start();
  CHECK(liveness(other) == Liveness::dead);  // it lives, but started later
  kill(static_cast<pid_t>(other.pid), SIGKILL);
  command.wait();
  CHECK(liveness(other) == Liveness::dead);
  CHECK(liveness(owner_from_json(to_json(self))) == Liveness::alive);
}
