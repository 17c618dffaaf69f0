#include "files.hpp"
#include "zip_bytes.hpp"

using namespace ansatz::host;
using Catch::Contains;

namespace {

std::string idx_bytes(char type, const std::vector<std::uint32_t>& shape, const std::string& elements) {
  return std::string{"\0\0", 2} + type + static_cast<char>(shape.size()) + bytes_of(shape, true) + elements;
}

template <class Stored, class Ours>
void check_type(char code, ElementType expected) {
  const std::vector<Stored> stored{
      Stored{0}, Stored{1}, std::numeric_limits<Stored>::lowest(), std::numeric_limits<Stored>::max(),
      Stored{7}, Stored{9}};
  const Folder folder;
  const std::string bytes = idx_bytes(code, {3, 1, 2}, bytes_of(stored, true));
  for (const bool gzip : {false, true}) {
    const auto file =
        folder.write(gzip ? "x-idx3-ubyte.gz" : "x-idx3-ubyte", gzip ? gzip_bytes(bytes) : bytes);
    const auto source = open_data(file)->open("");
    CHECK(source->info().type == expected);
    CHECK(source->info().dims == std::vector<std::string>{"n", "h", "w"});
    CHECK(source->info().shape == std::vector<std::uint64_t>{3, 1, 2});
    CHECK(values<Ours>(*source) == std::vector<Ours>(stored.begin(), stored.end()));
    check_blocks(*source);
  }
}

std::string idx_error(const std::string& bytes) {
  const Folder folder;
  const std::string plain = open_error(folder.write("x.idx", bytes));
  CHECK_FALSE(open_error(folder.write("y.idx.gz", gzip_bytes(bytes))).empty());
  return plain;
}

}  // namespace

TEST_CASE("idx: every type, plain and compressed") {
  check_type<std::uint8_t, std::uint8_t>(0x08, ElementType::u8);
  check_type<std::int8_t, std::int32_t>(0x09, ElementType::i32);
  check_type<std::int16_t, std::int32_t>(0x0b, ElementType::i32);
  check_type<std::int32_t, std::int32_t>(0x0c, ElementType::i32);
  check_type<float, float>(0x0d, ElementType::f32);
  check_type<double, double>(0x0e, ElementType::f64);
}

TEST_CASE("idx: labels are n, a matrix is n,d") {
  const Folder folder;
  const auto labels = open_data(folder.write("labels.idx", idx_bytes(8, {4}, "\1\2\3\4")))->open("");
  CHECK(labels->info().dims == std::vector<std::string>{"n"});
  const auto matrix = open_data(folder.write("m.idx", idx_bytes(8, {2, 2}, "\1\2\3\4")))->open("");
  CHECK(matrix->info().dims == std::vector<std::string>{"n", "d"});
}

TEST_CASE("idx: what is wrong is told") {
  CHECK_THAT(idx_error(idx_bytes(8, {5}, "\1\2\3\4")), Contains("truncated"));
  CHECK_THAT(idx_error(idx_bytes(8, {3}, "\1\2\3\4")), Contains("longer"));
  CHECK_THAT(idx_error(idx_bytes(8, {0xffffffff, 0xffffffff, 0xffffffff}, "\1")),
             Contains("beyond any memory"));
  CHECK_THAT(idx_error(idx_bytes(8, {0xffffffff, 0x7fffffff}, "\1")), Contains("truncated"));
  CHECK_THAT(idx_error(std::string{"\0\0\x08\x03\0\0\0\1\0", 9}), Contains("truncated"));
  const Folder folder;
  CHECK_THAT(open_error(folder.write("x.idx", std::string{"\0\0\x0a\1\0\0\0\1\1", 9})),
             Contains("idx") && Contains("00 00 0a 01"));
  const auto file = open_data(folder.write("ok.idx", idx_bytes(8, {1}, "\1")));
  CHECK_THAT(error_of([&] { (void)file->open("images"); }), Contains("without a name"));
}
