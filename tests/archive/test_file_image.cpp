#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "archive/atomic_file.hpp"
#include "archive/file_image.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::host;
using namespace ansatz::test;

namespace {

using Bytes = std::vector<std::byte>;

struct Streamed {
  Bytes bytes;
  bool in_order = true;
  std::uint64_t in_place = 0;
};

Streamed stream(const FileImage& image) {
  Streamed result;
  image.stream([&](std::uint64_t offset, const std::byte* data, std::size_t size, bool in_place) {
    result.in_order = result.in_order && offset == result.bytes.size();
    result.bytes.insert(result.bytes.end(), data, data + size);
    if (in_place) result.in_place += size;
  });
  return result;
}

}  // namespace

// The plain reference is one array of bytes.
TEST_CASE("an image gives back what was written into it, zeros elsewhere") {
  const TemporaryFolder folder;
  const std::uint64_t cap = GENERATE(std::uint64_t{0}, std::uint64_t{200000}, std::uint64_t{1} << 40);
  CAPTURE(cap);
  constexpr std::size_t size = 3000000, borrowed_at = 1000000, borrowed_size = 700001;
  std::mt19937 random{7};
  const auto any = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };

  Bytes lent(borrowed_size);
  for (std::byte& b : lent) b = static_cast<std::byte>(any(256));
  AtomicFile spill{folder / "spill"};
  FileImage image{spill, cap};
  Bytes expected(size);
  image.borrow(borrowed_at, lent.data(), lent.size());
  std::copy(lent.begin(), lent.end(), expected.begin() + borrowed_at);
  for (int i = 0; i < 60; ++i) {
    // Around the borrowed part and with holes of whole pages; writes may meet again.
    const std::size_t length = 1 + any(90000), at = i % 2 == 0
                                                        ? any(borrowed_at - length)
                                                        : borrowed_at + borrowed_size + any(500000 - length);
    Bytes data(length);
    for (std::byte& b : data) b = static_cast<std::byte>(any(256));
    image.write(at, data.data(), length);
    std::copy(data.begin(), data.end(), expected.begin() + static_cast<std::ptrdiff_t>(at));
    Bytes back(length);
    image.read(at, back.data(), length);
    CHECK((back == data));
  }
  image.resize(size);
  const Streamed streamed = stream(image);
  CHECK(streamed.in_order);
  CHECK((streamed.bytes == expected));
  CHECK((cap == 0 ? streamed.in_place > 0 : cap > size ? streamed.in_place == 0 : true));
}

TEST_CASE("an image shrinks to the size that was set last") {
  const TemporaryFolder folder;
  AtomicFile spill{folder / "spill"};
  FileImage image{spill, 1 << 20};
  const Bytes data(100, std::byte{1});
  image.write(0, data.data(), data.size());
  CHECK(image.size() == 100);
  image.resize(40);
  CHECK(stream(image).bytes == Bytes(40, std::byte{1}));
}
