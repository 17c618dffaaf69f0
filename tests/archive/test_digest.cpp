#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "core/error.hpp"
#include "samples.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::test;

namespace {

std::string sha256_of(const std::string& text) { return sha256(text.data(), text.size()); }

std::string digest_of(const std::function<void(Digest&)>& feed) {
  Digest digest;
  feed(digest);
  return digest.hex();
}

}  // namespace

// FIPS 180-4's examples (NIST, "Example Algorithms", SHA256.pdf) and NIST's million letters.
TEST_CASE("SHA-256 gives the published answers") {
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  const std::string million(1000000, 'a');
  CHECK(sha256_of(million) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");

  const TemporaryFolder folder;
  CHECK(sha256_of_file(folder.write("million", million)) == sha256_of(million));
  CHECK(sha256_of_file(folder.write("empty", "")) == sha256_of(""));
  CHECK(digest_of([&](Digest& d) {
          for (const char c : million) d.bytes(&c, 1);
        }) == sha256_of(million));
  CHECK_THROWS_AS(sha256_of_file(folder / "none"), IoError);
  CHECK_THROWS_AS(sha256_of_file(folder.path()), IoError);
}

TEST_CASE("texts are digested with their lengths, numbers in little endian") {
  CHECK(digest_of([](Digest& d) { d.text("ab"), d.text("c"); }) !=
        digest_of([](Digest& d) { d.text("a"), d.text("bc"); }));
  CHECK(digest_of([](Digest& d) { d.number(0x0807060504030201); }) ==
        sha256_of(std::string{"\1\2\3\4\5\6\7\10", 8}));
  CHECK(digest_of([](Digest& d) { d.text("ab"); }) == sha256_of(std::string{"\2\0\0\0\0\0\0\0ab", 10}));
}

TEST_CASE("the content digest sees everything but the name") {
  const auto make = [] {
    Array array = filled(ElementType::i64, {4, 6}, {"n", "d"});
    array.attributes = {{"a", std::int64_t{1}}, {"b", std::string{"x"}}};
    return array;
  };
  const std::vector<std::function<void(Array&)>> changes = {
      [](Array& a) { a.type = ElementType::f64; },
      [](Array& a) {
        a.shape = {6, 4};
      },
      [](Array& a) { a.shape = {24}, a.dims = {"n"}; },
      [](Array& a) { a.dims = {}; },
      [](Array& a) {
        a.dims = {"nd", ""};
      },
      [](Array& a) { a.attributes.clear(); },
      [](Array& a) { a.attributes["a"] = std::int64_t{2}; },
      [](Array& a) { a.attributes["a"] = 1.0; },
      [](Array& a) { a.attributes["a"] = true; },
      [](Array& a) { a.attributes["a"] = std::vector<std::int64_t>{1}; },
      [](Array& a) { a.attributes["c"] = std::string{}; },
      [](Array& a) { a.as<std::int64_t>()[23] ^= 1; },
      [](Array& a) { a.as<std::int64_t>()[0] ^= std::int64_t{1} << 62; }};
  std::set<std::string> digests{content_digest(make())};
  CHECK(content_digest(make()) == *digests.begin());
  for (const auto& change : changes) {
    Array array = make();
    change(array);
    digests.insert(content_digest(array));
  }
  CHECK(digests.size() == changes.size() + 1);
}
