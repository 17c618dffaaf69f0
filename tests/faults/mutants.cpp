// Archives that were damaged or made to harm: the host says exit code 5, in time.
#include <chrono>
#include <random>

#include "faults/scene.hpp"

using namespace ansatz::test;

namespace {

// Bytes flipped, zeroed, cut out, doubled or cut off; structure is near the start and the end of the HDF5
// part.
std::string mutate(const std::string& bytes, std::mt19937& random) {
  std::string mutant = bytes;
  const auto place = [&] {
    const std::size_t reach = random() % 2 == 0 ? mutant.size() : std::min<std::size_t>(mutant.size(), 4096);
    return random() % reach;
  };
  for (unsigned i = random() % 4 + 1; i > 0; --i) {
    const std::size_t at = place(), size = std::min<std::size_t>(random() % 64 + 1, mutant.size() - at);
    switch (random() % 5) {
      case 0: mutant[at] = static_cast<char>(mutant[at] ^ (1 << random() % 8)); break;
      case 1: mutant.replace(at, size, std::string(size, '\0')); break;
      case 2: mutant.replace(at, size, std::string(size, '\xff')); break;
      case 3: mutant.insert(at, mutant.substr(at, size)); break;
      default: mutant.resize(std::max<std::size_t>(at, 1)); break;
    }
  }
  return mutant;
}

void try_mutants(int count, unsigned seed) {
  const std::string bytes = read_file(Scene::reference());
  std::mt19937 random{seed};
  const TemporaryFolder folder;
  for (int i = 0; i < count; ++i) {
    const std::string mutant = mutate(bytes, random);
    if (mutant == bytes) continue;
    const fs::path file = folder.write("mutant.h5", mutant);
    for (const char* verb : {"verify", "show"}) {
      const auto start = std::chrono::steady_clock::now();
      const CommandResult result = Command{{ANSATZ_EXECUTABLE, verb, file}}.run();
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      INFO("mutant " << i << " of seed " << seed << ", " << verb << "\n" << result.err);
      // Data that no one checks (an unused byte) may be shown all the same.
      CHECK((result.code == 5 || (result.code == 0 && std::string{verb} == "show")));
      CHECK(took.count() < 30);
    }
  }
}

}  // namespace

TEST_CASE("damaged archives are exit code 5 from verify and harm no show") { try_mutants(150, 1); }

TEST_CASE("ten thousand damaged archives", "[.][slow]") { try_mutants(10'000, 2); }
