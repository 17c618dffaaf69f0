// Text as a stream of bytes, compression and its bounds.
#include "data/bytes.hpp"

#include "data/gzip.hpp"
#include "files.hpp"
#include "zip_bytes.hpp"

using namespace ansatz::host;
using Catch::Contains;

TEST_CASE("text: the bytes as they are, plain and compressed") {
  const Folder folder;
  std::string text = "one two\r\n\xff\xfe three";
  for (int i = 0; i < 14; ++i) text += text;  // beyond what is mapped rather than read, and zlib's window
  for (const auto& file :
       {folder.write("a.txt", text), folder.write("b.txt.gz", gzip_bytes(text)),
        folder.write("two-members.txt.gz", gzip_bytes(text.substr(0, 9)) + gzip_bytes(text.substr(9))),
        folder.write("padded.txt.gz", gzip_bytes(text) + std::string(512, '\0'))}) {
    INFO(file);
    const auto data = open_data(file);
    CHECK(data->items() == std::vector<std::string>{""});
    const auto source = data->open("");
    CHECK(source->info().type == ElementType::u8);
    CHECK(source->info().dims == std::vector<std::string>{"b"});
    const auto bytes = values<std::uint8_t>(*source);
    CHECK(std::string{bytes.begin(), bytes.end()} == text);
    std::string block(1000, '\0');
    source->read_rows(12345, 1000, block.data());
    CHECK(block == text.substr(12345, 1000));
  }
}

TEST_CASE("gzip: damage and bounds are told") {
  const Folder folder;
  const std::string packed = gzip_bytes(std::string(100000, 'a') + "end");
  CHECK_THAT(open_error(folder.write("t.txt.gz", packed.substr(0, packed.size() - 9))),
             Contains("truncated"));
  CHECK_THAT(open_error(folder.write("t.txt.gz", packed + "rest")), Contains("unexpected bytes follow"));
  std::string flipped = packed;
  flipped[flipped.size() - 6] ^= 1;  // CRC-32
  CHECK_THAT(open_error(folder.write("t.txt.gz", flipped)), Contains("damaged"));
  CHECK_THAT(open_error(folder.write("t.txt.gz", gzip_bytes(""))), Contains("decompresses to nothing"));
  const Bytes bytes = Bytes::of_file(folder.write("t.txt.gz", packed));
  CHECK(gunzip(bytes, 100003).size() == 100003);
  CHECK_THAT(error_of([&] { (void)gunzip(bytes, 100002); }), Contains("more than"));
}

TEST_CASE("bytes: parts and views") {
  const Folder folder;
  std::string content(200000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 251);
  const Bytes file = Bytes::of_file(folder.write("x", content));
  Buffer memory{content.size()};
  std::memcpy(memory.data(), content.data(), content.size());
  for (const Bytes& bytes : {file, Bytes::of_memory(memory, "memory")}) {
    for (const std::uint64_t offset : {0, 1, 63, 64, 4096, 4160, 5000}) {
      const Bytes part = bytes.part(offset, 150000, "part");
      for (const std::uint64_t count : {0, 1, 100, 140000}) {
        const Buffer view = part.view(64, count), map = part.map(64, count);
        CHECK(reinterpret_cast<std::uintptr_t>(view.data()) % 64 == 0);
        CHECK(std::string_view{reinterpret_cast<char*>(view.data()), count} ==
              content.substr(offset + 64, count));
        CHECK(std::string_view{reinterpret_cast<char*>(map.data()), count} ==
              content.substr(offset + 64, count));
      }
      char c = 0;
      CHECK_THAT(error_of([&] { part.read(150000, 1, &c); }), Contains("truncated"));
      CHECK_THAT(error_of([&] { part.read(1, ~std::uint64_t{0}, &c); }), Contains("truncated"));
    }
  }
}

TEST_CASE("sizes that overflow or exceed the machine are refused before anything is allocated") {
  CHECK(checked_bytes({3, 4}, 8, "x") == 96);
  CHECK(checked_bytes({}, 8, "x") == 8);
  CHECK(checked_bytes({0, 5}, 8, "x") == 0);
  CHECK_THAT(error_of([] { (void)checked_bytes({std::uint64_t{1} << 62, 4}, 1, "here"); }), Contains("here"));
  CHECK_THAT(error_of([] { (void)checked_buffer(std::uint64_t{1} << 50, "there"); }),
             Contains("there") && Contains("1.0 PiB"));
}
