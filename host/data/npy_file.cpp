#include <fmt/core.h>

#include <charconv>
#include <cstring>
#include <optional>

#include "core/error.hpp"
#include "data/formats.hpp"
#include "data/gzip.hpp"

namespace ansatz::host {
namespace {

constexpr char magic[] = "\x93NUMPY";
constexpr std::uint64_t longest_header = std::uint64_t{1} << 20;

// The header is a Python dictionary literal; numpy writes exactly three keys.
class HeaderParser {
 public:
  HeaderParser(const std::string& text, const std::string& file) : text_{text}, file_{file} {}

  void parse(RawArray& array) {
    expect('{');
    bool descr = false, order = false, shape = false;
    while (peek() != '}') {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        array.type = type();
      } else if (key == "fortran_order" && !order) {
        order = true;
        array.column_major = boolean();
      } else if (key == "shape" && !shape) {
        shape = true;
        array.info.shape = tuple();
      } else {
        fail(fmt::format("key '{}'", key));
      }
      if (peek() == ',') expect(',');
    }
    expect('}');
    skip_blanks();
    if (at_ != text_.size()) fail("text behind the dictionary");
    if (!descr || !order || !shape) fail("no 'descr', 'fortran_order' or 'shape'");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError{
        fmt::format("{}: its NPY header has {} at character {}; expected a dictionary of descr, "
                    "fortran_order and shape; the file is damaged",
                    file_, what, at_)};
  }
  void skip_blanks() {
    while (at_ < text_.size() && std::strchr(" \t\r\n", text_[at_]) != nullptr && text_[at_] != 0) ++at_;
  }
  char peek() {
    skip_blanks();
    if (at_ == text_.size()) fail("its end");
    return text_[at_];
  }
  void expect(char c) {
    if (peek() != c) fail(fmt::format("'{}' instead of '{}'", text_[at_], c));
    ++at_;
  }
  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail("no quoted text");
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string::npos) fail("an unclosed quote");
    std::string result = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return result;
  }
  bool boolean() {
    skip_blanks();
    for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}}) {
      if (text_.compare(at_, std::strlen(word), word) == 0) {
        at_ += std::strlen(word);
        return value;
      }
    }
    fail("neither True nor False");
  }
  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> sizes;
    expect('(');
    while (peek() != ')') {
      std::uint64_t size = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
      if (error != std::errc{}) fail("no size");
      at_ = static_cast<std::size_t>(end - text_.data());
      if (peek() == 'L') ++at_;  // Python 2 wrote long integers so
      sizes.push_back(size);
      check_rank(sizes.size(), file_);
      if (peek() != ')') expect(',');
    }
    expect(')');
    return sizes;
  }
  RawType type();

  const std::string& text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

RawType HeaderParser::type() {
  if (peek() == '[') {
    throw DataError{
        fmt::format("{}: holds records with named fields, which are not supported; save each field as "
                    "an array of its own (numpy.savez)",
                    file_)};
  }
  const std::string descr = string();
  const auto unsupported = [&](const char* why) {
    return DataError{
        fmt::format("{}: its elements are of numpy's type '{}'; {}; supported are f2 f4 f8 f16, i1 to "
                    "i8, u1 to u8, b1, S and U",
                    file_, descr, why)};
  };
  const char code = descr.size() > 1 ? descr[1] : '?';
  if (code == 'O') throw unsupported("those are Python objects; save plain arrays");
  if (code == 'M' || code == 'm')
    throw unsupported("those are dates or times; save them as i8 or f8 with their unit");
  if (descr.size() < 3 || std::strchr("<>|=", descr[0]) == nullptr)
    throw unsupported("that is no simple type");
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(descr.data() + 2, descr.data() + descr.size(), size);
  if (error != std::errc{} || end != descr.data() + descr.size() || size > (std::uint64_t{1} << 31)) {
    throw unsupported("that is no simple type");
  }
  if (size == 0) throw unsupported("elements of no bytes hold nothing");
  const bool big = descr[0] == '>';
  const bool power = size == 1 || size == 2 || size == 4 || size == 8;
  switch (code) {
    case 'f':
      if (size == 16 && big)
        throw unsupported("long double is read in little-endian order only; save it as f8");
      if ((power && size > 1) || size == 16) return {RawKind::floating, size, big};
      break;
    case 'i':
      if (power) return {RawKind::signed_integer, size, big};
      break;
    case 'u':
      if (power) return {RawKind::unsigned_integer, size, big};
      break;
    case 'b':
      if (size == 1) return {RawKind::boolean, 1, false};
      break;
    case 'S': return {RawKind::utf8, size, false};
    case 'U': return {RawKind::utf32, 4 * size, big};
    case 'c': throw unsupported("those are complex; save the real and the imaginary part");
    default: break;
  }
  throw unsupported("there is no such size");
}

}  // namespace

std::unique_ptr<ArraySource> SingleArrayFile::open(const std::string& item) {
  if (!item.empty()) {
    throw DataError{
        fmt::format("{}: there is no '{}' in it: it holds one array without a name; write the name of "
                    "the data entry alone",
                    array_.elements.name(), item)};
  }
  return open_raw(array_);
}

RawArray parse_npy(const Bytes& bytes) {
  unsigned char start[12]{};
  bytes.read(0, 10, start);
  if (std::memcmp(start, magic, 6) != 0) {
    throw DataError{
        fmt::format("{}: is no NPY file: it does not start with \\x93NUMPY; was it saved with numpy.save?",
                    bytes.name())};
  }
  const int version = start[6];
  if (version < 1 || version > 3) {
    throw DataError{fmt::format("{}: is NPY version {}.{}; supported are 1.0, 2.0 and 3.0", bytes.name(),
                                version, start[7])};
  }
  std::uint64_t begin = 10;
  std::uint64_t length = start[8] | (std::uint64_t{start[9]} << 8);
  if (version > 1) {
    begin = 12;
    bytes.read(10, 2, start + 10);
    length |= (std::uint64_t{start[10]} << 16) | (std::uint64_t{start[11]} << 24);
  }
  if (length > longest_header) {
    throw DataError{
        fmt::format("{}: its NPY header declares {} bytes; the file is damaged", bytes.name(), length)};
  }
  std::string header(static_cast<std::size_t>(length), '\0');
  bytes.read(begin, length, header.data());
  RawArray array;
  HeaderParser{header, bytes.name()}.parse(array);
  array.elements = bytes.part(begin + length, bytes.size() - begin - length, bytes.name());
  return array;
}

std::unique_ptr<DataFile> open_npy(const Bytes& bytes) {
  return std::make_unique<SingleArrayFile>(parse_npy(is_gzip(bytes) ? gunzip(bytes) : bytes));
}

}  // namespace ansatz::host
