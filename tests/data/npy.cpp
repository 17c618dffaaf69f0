#include <cmath>
#include <limits>
#include <map>

#include "files.hpp"
#include "zip_bytes.hpp"

using namespace ansatz::host;

namespace {

template <class Stored, class Ours>
void check_type(const std::string& letters, ElementType expected) {
  // Extremes and a few between, in both byte orders.
  const std::vector<Stored> stored{Stored{0},
                                   Stored{1},
                                   Stored{100},
                                   std::numeric_limits<Stored>::lowest(),
                                   static_cast<Stored>(std::numeric_limits<Stored>::max() / 2),
                                   Stored{77}};
  std::vector<Ours> ours;
  for (const Stored value : stored) ours.push_back(static_cast<Ours>(value));
  for (const bool big : {false, true}) {
    INFO(letters << (big ? " big-endian" : " little-endian"));
    const Folder folder;
    const auto file =
        folder.write("x.npy", npy_bytes((big ? ">" : "<") + letters, "3, 2", bytes_of(stored, big)));
    const auto source = open_data(file)->open("");
    CHECK(source->info().type == expected);
    CHECK(source->info().shape == std::vector<std::uint64_t>{3, 2});
    CHECK(values<Ours>(*source) == ours);
    check_blocks(*source);
  }
}

std::string npy_error(const std::string& bytes) {
  const Folder folder;
  return error_of([&] {
    const auto source = open_data(folder.write("x.npy", bytes))->open("");
    (void)source->whole();
  });
}

}  // namespace

TEST_CASE("npy: every numeric type in both byte orders") {
  check_type<double, double>("f8", ElementType::f64);
  check_type<float, float>("f4", ElementType::f32);
  check_type<std::int8_t, std::int32_t>("i1", ElementType::i32);
  check_type<std::int16_t, std::int32_t>("i2", ElementType::i32);
  check_type<std::int32_t, std::int32_t>("i4", ElementType::i32);
  check_type<std::int64_t, std::int64_t>("i8", ElementType::i64);
  check_type<std::uint8_t, std::uint8_t>("u1", ElementType::u8);
  check_type<std::uint16_t, std::int32_t>("u2", ElementType::i32);
  check_type<std::uint32_t, std::int64_t>("u4", ElementType::i64);
  check_type<std::uint64_t, std::int64_t>("u8", ElementType::i64);
}

TEST_CASE("npy: half precision") {
  // IEEE 754-2008 table 3.5: 1 sign, 5 exponent (bias 15), 10 fraction bits.
  const std::map<std::uint16_t, float> known{{0x0000, 0.0F},        {0x3c00, 1.0F},     {0xc000, -2.0F},
                                             {0x7bff, 65504.0F},    {0x0400, 0x1p-14F}, {0x0001, 0x1p-24F},
                                             {0x3555, 0x1.554p-2F}, {0xfc00, -INFINITY}};
  for (const auto& [bits, value] : known) {
    const Folder folder;
    const auto source = open_data(folder.write("x.npy", npy_bytes("<f2", "1,", bytes_of(bits))))->open("");
    CHECK(values<float>(*source) == std::vector{value});
  }
  const Folder folder;
  const auto source =
      open_data(folder.write("x.npy", npy_bytes(">f2", "", bytes_of<std::uint16_t>(0x7e00, true))))->open("");
  CHECK(std::isnan(values<float>(*source)[0]));
}

TEST_CASE("npy: booleans, long doubles and scalars") {
  const Folder folder;
  const auto flags =
      open_data(folder.write("b.npy", npy_bytes("|b1", "3,", std::string{"\x00\x01\x07", 3})))->open("");
  CHECK(flags->info().type == ElementType::boolean);
  CHECK(values<std::uint8_t>(*flags) == std::vector<std::uint8_t>{0, 1, 1});
  const std::vector<long double> wide{1.5L, -3.25L, 1e300L};
  const auto longs = open_data(folder.write("g.npy", npy_bytes("<f16", "3,", bytes_of(wide))))->open("");
  CHECK(values<double>(*longs) == std::vector<double>{1.5, -3.25, 1e300});
  const auto scalar = open_data(folder.write("s.npy", npy_bytes("<f8", "", bytes_of(2.5))))->open("");
  CHECK(scalar->info().shape.empty());
  CHECK(values<double>(*scalar) == std::vector{2.5});
  check_blocks(*scalar);
}

TEST_CASE("npy: column-major order") {
  // Element (i, j, k) of 3 x 4 x 2 lies at i + 3 (j + 4 k).
  std::vector<std::int32_t> stored(24), expected;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 4; ++j) {
      for (int k = 0; k < 2; ++k) {
        stored[static_cast<std::size_t>(i + 3 * (j + 4 * k))] = 100 * i + 10 * j + k;
        expected.push_back(100 * i + 10 * j + k);
      }
    }
  }
  for (const bool big : {false, true}) {
    const Folder folder;
    const auto bytes = npy_bytes(big ? ">i4" : "<i4", "3, 4, 2", bytes_of(stored, big), true);
    const auto source = open_data(folder.write("x.npy", bytes))->open("");
    CHECK(values<std::int32_t>(*source) == expected);
    check_blocks(*source);
  }
}

TEST_CASE("npy: a column-major matrix larger than a block of rows") {
  constexpr std::size_t rows = 5000, columns = 7;
  std::vector<double> stored(rows * columns), expected(rows * columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      stored[i + rows * j] = expected[i * columns + j] = static_cast<double>(i) + static_cast<double>(j) / 8;
    }
  }
  const Folder folder;
  const auto source =
      open_data(folder.write("x.npy", npy_bytes("<f8", "5000, 7", bytes_of(stored), true)))->open("");
  CHECK(values<double>(*source) == expected);
  std::vector<double> block(3000 * columns);
  source->read_rows(1111, 3000, block.data());
  CHECK(std::equal(block.begin(), block.end(), expected.begin() + 1111 * columns));
}

TEST_CASE("npy: text") {
  const Folder folder;
  const auto bytes =
      open_data(folder.write("s.npy", npy_bytes("|S3", "2,", std::string{"ab\0cde", 6})))->open("");
  CHECK(texts(*bytes) == std::vector<std::string>{"ab", "cde"});
  // One, two, three and four bytes in UTF-8.
  const std::u32string codes = U"a\u00e4\u20ac\U0001f600";
  for (const bool big : {false, true}) {
    std::string elements;
    for (const char32_t c : codes) elements += bytes_of(static_cast<std::uint32_t>(c), big);
    elements += bytes_of(std::uint32_t{'z'}, big) + std::string(12, '\0');
    const auto file = folder.write("u.npy", npy_bytes(big ? ">U4" : "<U4", "2,", elements));
    const auto source = open_data(file)->open("");
    CHECK(source->info().text_width == 10);
    CHECK(texts(*source) == std::vector<std::string>{"a\u00e4\u20ac\U0001f600", "z"});
    check_blocks(*source);
  }
}

TEST_CASE("npy: versions 2 and 3, compressed, and empty arrays") {
  const Folder folder;
  for (const char version : {'\2', '\3'}) {
    const std::string header = "{'descr': '<i8', 'fortran_order': False, 'shape': (2,)}\n";
    const std::string bytes = std::string{"\x93NUMPY"} + version + '\0' +
                              bytes_of(static_cast<std::uint32_t>(header.size())) + header +
                              bytes_of(std::vector<std::int64_t>{5, -6});
    CHECK(values<std::int64_t>(*open_data(folder.write("v.npy", bytes))->open("")) ==
          std::vector<std::int64_t>{5, -6});
    CHECK(values<std::int64_t>(*open_data(folder.write("v.npy.gz", gzip_bytes(bytes)))->open("")) ==
          std::vector<std::int64_t>{5, -6});
  }
  const auto none = open_data(folder.write("e.npy", npy_bytes("<f8", "0, 4", "")))->open("");
  CHECK(none->info().shape == std::vector<std::uint64_t>{0, 4});
  CHECK(values<double>(*none).empty());
  check_blocks(*none);
}

TEST_CASE("npy: a large native array is a mapping of the file") {
  const std::vector<double> stored(1 << 16, 0.5);
  const Folder folder;
  const auto file = folder.write("big.npy", npy_bytes("<f8", "65536,", bytes_of(stored)));
  const auto source = open_data(file)->open("");
  const Buffer whole = source->whole();
  std::ifstream maps{"/proc/self/maps"};
  const std::string text{std::istreambuf_iterator<char>{maps}, {}};
  CHECK(text.find(file.filename().string()) != std::string::npos);
  CHECK(std::memcmp(whole.data(), stored.data(), whole.size()) == 0);
}

TEST_CASE("npy: what is wrong is told") {
  using Catch::Contains;
  const std::string eight(8, '\0');
  CHECK_THAT(npy_error(npy_bytes("|O", "1,", eight)), Contains("Python objects"));
  CHECK_THAT(npy_error(npy_bytes("<c8", "1,", eight)), Contains("complex"));
  CHECK_THAT(npy_error(npy_bytes("<M8[s]", "1,", eight)), Contains("dates"));
  CHECK_THAT(npy_error(npy_bytes("<f3", "1,", eight)), Contains("<f3"));
  CHECK_THAT(npy_error(npy_bytes("<S0", "1,", "")), Contains("no bytes"));
  CHECK_THAT(npy_error(npy_bytes("<f8", "2,", eight)), Contains("truncated"));
  CHECK_THAT(npy_error(npy_bytes("<f8", "1,", eight + "x")), Contains("longer"));
  CHECK_THAT(npy_error(npy_bytes("<f8", "4294967296, 4294967296, 4294967296", eight)),
             Contains("beyond any memory"));
  CHECK_THAT(npy_error(npy_bytes("<f8", "0, 18446744073709551615", "")), Contains("beyond any memory"));
  CHECK_THAT(npy_error(npy_bytes("<f8", "18446744073709551616", eight)), Contains("no size"));
  CHECK_THAT(npy_error(npy_bytes("<f8", "-1,", eight)), Contains("no size"));
  CHECK_THAT(npy_error(npy_bytes("<f8", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", eight)), Contains("at most 16"));
  CHECK_THAT(
      npy_error(npy_bytes("<u8", "2,", bytes_of(std::vector<std::uint64_t>{7, std::uint64_t{1} << 63}))),
      Contains("element 1") && Contains("9223372036854775808"));
  CHECK_THAT(npy_error(npy_bytes("|S2", "1,", "\xff\xfe")), Contains("not UTF-8"));
  CHECK_THAT(npy_error(npy_bytes("<U1", "1,", bytes_of(std::uint32_t{0xd800}))), Contains("0xd800"));
  CHECK_THAT(npy_error(npy_bytes("<U2", "1,", bytes_of(std::vector<std::uint32_t>{0, 65}))), Contains("NUL"));
  CHECK_THAT(npy_error("\x93NUMPY\x09" + std::string(20, '\0')), Contains("version 9"));
  CHECK_THAT(npy_error("\x93NUMPY\x02" + std::string(1, '\0') + "\xff\xff\xff\xff" + eight),
             Contains("damaged"));
  CHECK_THAT(npy_error(npy_bytes("<f8', 'x': '1", "1,", eight)), Contains("key 'x'"));
}
