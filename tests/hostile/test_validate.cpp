// Every fault is caught by the case meant for it and by no other; a sound plugin passes everything.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "faults.h"
#include "support/command.hpp"

using namespace ansatz::test;
namespace fs = std::filesystem;

namespace {

struct Verdict {
  std::set<std::string> caught_by;  // cases that failed, crashed or warned
  std::string text;
  int code = -1;
};

Verdict validate(const fs::path& file, std::vector<std::string> options) {
  const TemporaryFolder folder;
  std::vector<std::string> words{ANSATZ_EXECUTABLE, "plugin", "validate", file, "--json", "--limit", "20"};
  words.insert(words.end(), options.begin(), options.end());
  const CommandResult result = Command{words}.in(folder.path()).run();
  Verdict verdict{{}, result.err, result.code};
  const auto json = nlohmann::json::parse(result.out, nullptr, false);
  if (json.is_discarded() || !json.contains("outcomes")) return verdict;
  for (const auto& outcome : json.at("outcomes")) {
    const std::string word = outcome.at("outcome");
    if (word == "pass" || word == "skip") continue;
    verdict.caught_by.insert(outcome.at("case"));
    verdict.text += outcome.at("case").get<std::string>() + " " + outcome.at("subject").get<std::string>() +
                    " " + word + ": " + outcome.at("text").get<std::string>() + "\n";
  }
  return verdict;
}

struct Fault {
  const char* name;
  const char* caught_by;
};
#define FAULT_ENTRY(name, caught_by) {#name, caught_by},
constexpr Fault faults[] = {ANSATZ_FAULTS(FAULT_ENTRY)};

fs::path file_of(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
  return fs::path{HOSTILE_FOLDER} / (name + ".ansatz.so");
}

// These sleep or fill memory in every process: only their own case is asked, with those that it needs.
bool takes_long(const std::string& name) {
  return name == "SLOW_TO_LOAD" || name == "SLEEPS" || name == "HOARDS";
}

// The allocator of the address sanitizer fills memory and is not counted by mallinfo: these cannot show under it.
bool hidden([[maybe_unused]] const std::string& name) {
#if defined(__SANITIZE_ADDRESS__)
  return name == "READS_UNWRITTEN_MEMORY" || name == "LEAKS" || name == "LEAKS_INSTANCE";
#else
  return false;
#endif
}

}  // namespace

TEST_CASE("every fault is caught by its case alone") {
  REQUIRE(std::size(faults) >= 25);
  for (const Fault& fault : faults) {
    if (hidden(fault.name)) continue;
    const std::string wanted = fault.caught_by;
    std::vector<std::string> options{"--level", "3"};
    if (takes_long(fault.name)) options = {"--case", wanted};
    const Verdict verdict = validate(file_of(fault.name), options);
    INFO(fault.name << "\n" << verdict.text);
    CHECK(verdict.caught_by == (wanted.empty() ? std::set<std::string>{} : std::set{wanted}));
  }
}

TEST_CASE("files that cannot be loaded as they are, are caught by the cases of the library") {
  const Fault variants[] = {{"other-abi", "library.header"},
                            {"renamed", "library.header"},
                            {"needs-avx512er", "library.header"},
                            {"compiled-fast", "library.header"},
                            {"exports-nothing", "library.header"},
                            {"no-plugin", "library.header"},
                            {"undefined-symbol", "library.loads"},
                            {"aborts", "library.loads"},
                            {"exits-well", "library.loads"},
                            {"sets-flush-to-zero", "library.floating-point"},
                            {"sets-x87-precision", "library.floating-point"},
                            {"overwrites-header", "library.entry"},
                            {"no-info", "library.info"},
                            {"null-info", "library.info"}};
  for (const Fault& variant : variants) {
    const Verdict verdict =
        validate(fs::path{VARIANT_FOLDER} / (std::string{variant.name} + ".ansatz.so"), {"--level", "3"});
    INFO(variant.name << "\n" << verdict.text);
    CHECK(verdict.caught_by == std::set<std::string>{variant.caught_by});
    CHECK(verdict.code == 4);
  }
}

// Where a later check would fail too, in words that help less.
TEST_CASE("verdicts say what happened") {
  const std::string missing =
      validate(fs::path{VARIANT_FOLDER} / "no-info.ansatz.so", {"--case", "library.info"}).text;
  CHECK_THAT(missing, Catch::Contains("its info function is missing"));
  const std::vector<std::string> resume{"--case", "state.resume"};
  CHECK_THAT(validate(file_of("SAVES_ONLY_AT_THE_END"), resume).text,
             Catch::Contains("save answered BAD_STATE"));
  CHECK_THAT(validate(file_of("CRASHES_ON_RESUME"), resume).text, Catch::Contains("it died of SIGABRT"));
}

TEST_CASE("equal seeds give equal verdicts, and one case runs with those that it needs") {
  const auto outcomes = [](const std::vector<std::string>& options) {
    std::vector<std::string> words{ANSATZ_EXECUTABLE, "plugin", "validate", file_of("FAILS_IN_BETWEEN"),
                                   "--json"};
    words.insert(words.end(), options.begin(), options.end());
    auto json = nlohmann::json::parse(Command{words}.run().out).at("outcomes");
    for (auto& outcome : json) outcome.erase("seconds");
    return json;
  };
  const auto once = outcomes({"--level", "3", "--seed", "7", "-j", "1"});
  auto again = outcomes({"--level", "3", "--seed", "7", "-j", "3"});
  for (std::size_t i = 0; i < once.size(); ++i) {
    // Texts of passes are measurements.
    if (once[i].at("outcome") == "pass") again[i].at("text") = once[i].at("text");
  }
  CHECK(once == again);
  const auto one = outcomes({"--case", "state.round-trip"});
  CHECK(one.size() < 20);
  CHECK(one.back().at("case") == "state.round-trip");
}

TEST_CASE("what cannot be validated is a usage error") {
  CHECK(validate("/no/such/file", {}).code == 2);
  CHECK(validate(file_of("SOUND"), {"--level", "4"}).code == 2);
  const Verdict none = validate(file_of("SOUND"), {"--case", "verb.flies"});
  CHECK(none.code == 2);
  CHECK_THAT(none.text, Catch::Contains("verb.runs"));
}
