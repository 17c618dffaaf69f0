// Power cuts, played on a model of the disk.
#include "faults/disk.hpp"
#include "faults/scene.hpp"
#include "run/journal.hpp"

using namespace ansatz::test;

namespace {

// All calls of a run, of the host and its workers.
std::vector<Call> record(const Scene& scene, const std::vector<std::string>& words) {
  const fs::path log = scene.folder() / "calls";
  const CommandResult result = scene.ansatz(words, {{"SHIM_LOG", log.string()}}).run();
  INFO(result.err);
  REQUIRE(result.code == 0);
  return read_calls(log);
}

bool is_journal(const Call& call) { return call.path.ends_with(".partial/journal"); }

// Records of the journal that were synced before the cut, and its name with them.
std::size_t synced_records(const std::vector<Call>& calls, std::size_t cut) {
  std::size_t written = 0, synced = 0;
  bool named = false;
  for (std::size_t i = 0; i < cut; ++i) {
    if (calls[i].operation == "sync" && calls[i].path.ends_with(".partial")) named = synced > 0;
    if (!is_journal(calls[i])) continue;
    if (calls[i].operation == "write") ++written;  // one write a record
    if (calls[i].operation == "sync") synced = written;
    if (calls[i].operation == "unlink") written = synced = 0;  // the archive is sealed
  }
  return named ? synced : 0;
}

void cut(const Scene& traced, const std::vector<Call>& calls, std::size_t after, unsigned seed) {
  INFO("cut after call " << after << " of " << calls.size() << ", seed " << seed);
  Disk disk;
  for (std::size_t i = 0; i < after; ++i) disk.apply(calls[i]);
  std::mt19937 random{seed};
  const Scene scene;
  disk.write_after_cut((traced.folder() / "runs").string(), scene.folder() / "runs", random);
  scene.check_archives();
  // What was reported as done stays done: the run's last words are its archive's path.
  const auto is_new = [](const auto& entry) {
    return entry.path().extension() == ".h5" && !entry.path().filename().string().starts_with("old-");
  };
  if (after == calls.size()) {
    const fs::directory_iterator all{scene.folder() / "runs"};
    CHECK(std::count_if(begin(all), end(all), is_new) == 1);
  }
  for (const auto& entry : fs::recursive_directory_iterator{scene.folder() / "runs"}) {
    if (entry.path().extension() == ".h5") CHECK_NOTHROW(ansatz::host::verify_sealed(entry.path()));
    if (entry.path().filename() == "journal") {
      CHECK(ansatz::host::read_journal(entry.path()).size() >= synced_records(calls, after));
    }
  }
  if (seed % 2 == 0) {
    for (const auto& entry : fs::directory_iterator{scene.folder() / "runs"}) {
      if (entry.path().extension() != ".partial") continue;
      const CommandResult recovered = scene.ansatz({"recover", entry.path()}).run();
      INFO(recovered.err);
      // 5: the run died before its first record was on the disk.
      CHECK((recovered.code == 0 || (recovered.code == 5 && synced_records(calls, after) == 0)));
      fs::remove_all(entry.path());
      break;
    }
  }
  scene.check_goes_on();
}

void cut_everywhere(std::size_t stride, unsigned seeds) {
  const Scene traced;
  const std::vector<Call> calls = record(traced, Scene::run_words());
  REQUIRE(calls.size() > 50);
  for (std::size_t after = 0; after < calls.size(); after += stride) {
    for (unsigned seed = 0; seed < seeds; ++seed) {
      cut(traced, calls, after, static_cast<unsigned>(after / stride) + seed);
    }
  }
  for (unsigned seed = 0; seed < 4; ++seed) cut(traced, calls, calls.size(), seed);
}

}  // namespace

TEST_CASE("a power cut leaves whole archives or none, and what the journal had synced") {
  cut_everywhere(4, 1);
}

TEST_CASE("power cuts after every call, many times", "[.][slow]") { cut_everywhere(1, 8); }

TEST_CASE("what a run reports is on the disk within about a second") {
  const Scene scene;
  scene.folder().write(
      "p.yaml", "ansatz: 1\nname: p\nsteps:\n  walk: {do: faulty.walk, with: {steps: 100, pause: 0.03}}\n");
  const std::vector<Call> calls = record(scene, {"run", "p.yaml"});
  int writes = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!is_journal(calls[i]) || calls[i].operation != "write") continue;
    ++writes;
    const auto safe = std::find_if(
        calls.begin() + static_cast<std::ptrdiff_t>(i), calls.end(),
        [](const Call& c) { return is_journal(c) && (c.operation == "sync" || c.operation == "unlink"); });
    REQUIRE(safe != calls.end());
    CHECK(static_cast<double>(safe->nanoseconds - calls[i].nanoseconds) < 2e9);  // one, and a loaded machine
  }
  CHECK(writes > 100);
}
