#include <catch2/catch.hpp>
#include <fstream>

#include "core/error.hpp"
#include "samples.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::test;
using Catch::Matchers::Contains;

namespace {

Tree small_tree() {
  Tree tree;
  tree.attributes["name"] = std::string{"small"};
  tree.put("outputs/x", filled(ElementType::f64, {3, 2}, {"n", "d"}));
  return tree;
}

std::string why_not(const std::filesystem::path& path) {
  try {
    verify_sealed(path);
    return "accepted";
  } catch (const DataError& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("the seal is what store.hpp says") {
  const TemporaryFolder folder;
  const std::string digest = write_sealed(small_tree(), folder / "a.h5");
  const std::string bytes = read_file(folder / "a.h5");
  REQUIRE(bytes.size() > 64);
  const std::string content = bytes.substr(0, bytes.size() - 64), trailer = bytes.substr(bytes.size() - 64);
  CHECK(digest == sha256(content.data(), content.size()));
  CHECK(trailer.substr(0, 16) == std::string{"ANSATZ-SEAL-1\n\0\0", 16});
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i)
    length += std::uint64_t{static_cast<unsigned char>(trailer[16 + i])} << (8 * i);
  CHECK(length == content.size());
  std::string hex;
  for (std::size_t i = 24; i < 56; ++i) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(trailer[i]));
    hex += pair;
  }
  CHECK(hex == digest);
  CHECK(trailer.substr(56) == std::string(8, '\0'));
  CHECK(sealed_digest(folder / "a.h5") == digest);
  CHECK(verify_sealed(folder / "a.h5") == digest);

  write_plain(small_tree(), folder / "plain.h5");
  CHECK((read_file(folder / "plain.h5") == content));
}

TEST_CASE("one flipped bit anywhere is found, without HDF5") {
  const TemporaryFolder folder;
  write_sealed(small_tree(), folder / "a.h5", as_archive());
  const std::string bytes = read_file(folder / "a.h5");
  std::fstream file{folder / "a.h5", std::ios::binary | std::ios::in | std::ios::out};
  const auto put = [&](std::size_t place, char byte) {
    file.seekp(static_cast<std::streamoff>(place));
    file.put(byte).flush();
  };
  std::size_t missed = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    put(i, static_cast<char>(bytes[i] ^ (1 << (i % 8))));
    const std::string why = why_not(folder / "a.h5");
    const bool in_seal = i >= bytes.size() - 64;
    if (why == "accepted" || (!in_seal && why.find("SHA-256") == std::string::npos)) ++missed;
    put(i, bytes[i]);
  }
  CHECK(missed == 0);
  CHECK(why_not(folder / "a.h5") == "accepted");  // the loop itself is sound
}

TEST_CASE("a changed file's error shows both digests") {
  const TemporaryFolder folder;
  const std::string digest = write_sealed(small_tree(), folder / "a.h5");
  std::string bytes = read_file(folder / "a.h5");
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  folder.write("a.h5", bytes);
  CHECK_THAT(why_not(folder / "a.h5"),
             Contains("a.h5") && Contains(digest) && Contains(sha256(bytes.data(), bytes.size() - 64)));
  CHECK(sealed_digest(folder / "a.h5") == digest);  // looks at the seal alone
}

TEST_CASE("truncated, unsealed and missing files are told apart from whole ones") {
  const TemporaryFolder folder;
  write_sealed(small_tree(), folder / "a.h5");
  const std::string bytes = read_file(folder / "a.h5");
  for (const std::size_t size : {bytes.size() - 1, bytes.size() - 63, bytes.size() - 64, bytes.size() / 2,
                                 std::size_t{64}, std::size_t{63}, std::size_t{1}, std::size_t{0}}) {
    CAPTURE(size);
    folder.write("b.h5", bytes.substr(0, size));
    CHECK_THAT(why_not(folder / "b.h5"), Contains("truncated") && Contains("b.h5"));
    CHECK_THROWS_AS(sealed_digest(folder / "b.h5"), DataError);
  }
  folder.write("b.h5", bytes.substr(1000));  // the seal is there, the beginning is not
  CHECK_THAT(why_not(folder / "b.h5"), Contains(std::to_string(bytes.size() - 64)));
  folder.write("b.h5", bytes + bytes.substr(bytes.size() - 64));  // a seal of a seal
  CHECK_THAT(why_not(folder / "b.h5"), Contains("truncated or changed"));
  CHECK_THAT(why_not(folder / "none.h5"), Contains("no such file"));
  CHECK_THAT(why_not(folder.path()), Contains("is not a file"));
}
