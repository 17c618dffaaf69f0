#include "files.hpp"
#include "zip_bytes.hpp"

using namespace ansatz::host;
using Catch::Contains;

namespace {

const std::vector<double> numbers{1, 2.5, -3};
std::string npy_of_numbers() { return npy_bytes("<f8", "3,", bytes_of(numbers)); }

std::string npz_error(const std::string& bytes) {
  const Folder folder;
  return error_of([&] {
    const auto file = open_data(folder.write("x.npz", bytes));
    for (const std::string& item : file->items()) (void)file->open(item)->whole();
  });
}

}  // namespace

TEST_CASE("npz: stored, deflated and zip64 entries") {
  const std::string letters = npy_bytes("|S1", "2,", "ab");
  for (const bool deflate : {false, true}) {
    for (const bool zip64 : {false, true}) {
      INFO("deflate " << deflate << " zip64 " << zip64);
      const Folder folder;
      const auto file =
          open_data(folder.write("x.npz", zip_bytes({{"z/x.npy", npy_of_numbers(), deflate, zip64},
                                                     {"notes.txt", "no array"},
                                                     {"a.npy", letters, deflate, zip64}},
                                                    "a comment PK\x05\x06", zip64)));
      CHECK(file->items() == std::vector<std::string>{"z/x", "a"});
      const auto source = file->open("z/x");
      CHECK(values<double>(*source) == numbers);
      check_blocks(*source);
      CHECK(texts(*file->open("a")) == std::vector<std::string>{"a", "b"});
      CHECK_THAT(error_of([&] { (void)file->open("z/y"); }), Contains("did you mean 'z/x'"));
    }
  }
}

TEST_CASE("npz: an entry at an address that cannot be mapped aligned") {
  std::vector<double> many(20000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
  for (const std::string before : {"", "1", "1234567"}) {
    const Folder folder;
    const auto file = open_data(folder.write(
        "x.npz", zip_bytes({{"first", before}, {"x.npy", npy_bytes("<f8", "20000,", bytes_of(many))}})));
    CHECK(values<double>(*file->open("x")) == many);
  }
}

TEST_CASE("npz: what is wrong is told") {
  const std::string npy = npy_of_numbers();
  CHECK_THAT(npz_error(zip_bytes({{"a.txt", "x"}})), Contains("without any .npy"));
  CHECK_THAT(npz_error(zip_bytes({})), Contains("without any .npy"));
  CHECK_THAT(npz_error(zip_bytes({{"x.npy", npy}, {"x.npy", npy}})), Contains("twice"));
  CHECK_THAT(npz_error(zip_bytes({{"x.npy", npy, false, false, 14}})), Contains("method 14"));
  CHECK_THAT(npz_error(zip_bytes({{"x.npy", npy, false, false, 0, 1}})), Contains("encrypted"));
  CHECK_THAT(npz_error(zip_bytes({{"x.npy", "not numpy at all"}})), Contains("no NPY file"));
  for (const bool deflate : {false, true}) {
    std::string flipped = zip_bytes({{"x.npy", npy, deflate}});
    flipped[flipped.find("PK\x01\x02") + 16] ^= 1;  // the checksum
    CHECK_THAT(npz_error(flipped), Contains("checksum"));
  }
  std::string huge = zip_bytes({{"x.npy", npy, true}});
  huge.replace(huge.find("PK\x01\x02") + 24, 4, "\xf0\xff\xff\x7f");  // the uncompressed size
  CHECK_THAT(npz_error(huge), Contains("impossible"));
  std::string longer = zip_bytes({{"x.npy", npy, true}});
  longer[longer.find("PK\x01\x02") + 24] -= 1;
  CHECK_THAT(npz_error(longer), Contains("expands to more"));
}
