#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "samples.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::test;

namespace {

// Memory that was freed shows up again where someone forgets to initialise.
void dirty_the_heap(unsigned char byte) {
  mallopt(M_PERTURB, byte);
  std::vector<std::vector<unsigned char>> blocks;
  for (std::size_t size = 16; size < (1 << 20); size += size / 3) blocks.emplace_back(size, byte);
}

}  // namespace

TEST_CASE("equal trees give equal bytes, whatever memory, time and name") {
  const TemporaryFolder folder;
  const bool archive = GENERATE(false, true);
  WriteOptions options;
  options.archive = archive;
  dirty_the_heap(0xa5);
  const std::string first = write_sealed(varied_tree(), folder / "first.h5", options);
  std::this_thread::sleep_for(std::chrono::milliseconds{1100});  // HDF5's times have seconds
  dirty_the_heap(0x3c);
  options.memory_cap = 70000;  // another way through memory
  const std::string second = write_sealed(varied_tree(), folder / "another name.h5", options);
  mallopt(M_PERTURB, 0);
  CHECK(first == second);
  CHECK((read_file(folder / "first.h5") == read_file(folder / "another name.h5")));
}

TEST_CASE("what was read and written again has the same bytes") {
  const TemporaryFolder folder;
  const bool archive = GENERATE(false, true);
  const WriteOptions options = archive ? as_archive() : WriteOptions{};
  const std::string first = write_sealed(varied_tree(), folder / "a.h5", options);
  CHECK(write_sealed(read_tree(folder / "a.h5"), folder / "b.h5", options) == first);
  // Onto the file that its arrays are mapped from.
  CHECK(write_sealed(read_tree(folder / "a.h5"), folder / "a.h5", options) == first);
  CHECK(verify_sealed(folder / "a.h5") == first);
}
