#include "data/open.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>

#include "core/error.hpp"
#include "core/suggest.hpp"
#include "data/csv_table.hpp"
#include "data/formats.hpp"
#include "data/gzip.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t looked_at = 4096;
constexpr unsigned char hdf5_magic[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

const std::vector<std::string> format_names{"hdf5", "csv", "tsv", "npy", "npz", "idx", "text"};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::optional<Format> format_of_name(const std::filesystem::path& path) {
  std::filesystem::path name = lower(path.filename().string());
  if (name.extension() == ".gz") name = name.stem();
  const std::string extension = name.extension().string();
  const auto is = [&](std::initializer_list<const char*> list) {
    return std::any_of(list.begin(), list.end(), [&](const char* one) { return extension == one; });
  };
  if (is({".h5", ".hdf5", ".hdf", ".he5", ".nwb", ".h5ad", ".loom", ".nc", ".nc4"})) return Format::hdf5;
  if (is({".csv"})) return Format::csv;
  if (is({".tsv", ".tab"})) return Format::tsv;
  if (is({".npy"})) return Format::npy;
  if (is({".npz"})) return Format::npz;
  if (is({".idx"}) || name.string().ends_with("-ubyte")) return Format::idx;
  if (is({".txt", ".text"})) return Format::text;
  return std::nullopt;
}

// The signature is at 0, or behind a user block of 512, 1024, 2048, ... bytes.
bool has_hdf5_signature(const Bytes& bytes) {
  for (std::uint64_t at = 0; at <= bytes.size() && bytes.size() - at >= sizeof hdf5_magic;
       at = at == 0 ? 512 : 2 * at) {
    unsigned char found[sizeof hdf5_magic];
    bytes.read(at, sizeof found, found);
    if (std::memcmp(found, hdf5_magic, sizeof found) == 0) return true;
  }
  return false;
}

bool looks_like_idx(const unsigned char* start, std::size_t size) {
  if (size < 4 || start[0] != 0 || start[1] != 0 || start[3] > 16) return false;
  return start[2] == 0x08 || start[2] == 0x09 || (start[2] >= 0x0b && start[2] <= 0x0e);
}

struct Content {
  std::optional<Format> format;  // none: nothing that has a signature
  bool gzip = false, text = false;
  std::string start;  // of the content, decompressed
};

Content look_into(const Bytes& bytes) {
  Content content;
  content.gzip = is_gzip(bytes);
  if (content.gzip) {
    const Buffer start = gunzip_start(bytes, looked_at);
    content.start.assign(reinterpret_cast<const char*>(start.data()), start.size());
    if (start.size() == 0) throw DataError{fmt::format("{}: decompresses to nothing", bytes.name())};
  } else {
    content.start.resize(static_cast<std::size_t>(std::min(looked_at, bytes.size())));
    bytes.read(0, content.start.size(), content.start.data());
  }
  const std::string& start = content.start;
  const std::string signature{reinterpret_cast<const char*>(hdf5_magic), sizeof hdf5_magic};
  if (start.starts_with(signature) || (!content.gzip && has_hdf5_signature(bytes)))
    content.format = Format::hdf5;
  if (start.starts_with("\x93NUMPY")) content.format = Format::npy;
  if (start.starts_with("PK\x03\x04") || start.starts_with("PK\x05\x06")) content.format = Format::npz;
  if (!content.format && looks_like_idx(reinterpret_cast<const unsigned char*>(start.data()), start.size())) {
    content.format = Format::idx;
  }
  content.text = !content.format && start.find('\0') == std::string::npos;
  return content;
}

bool may_be_gzip(Format format) { return format != Format::hdf5 && format != Format::npz; }

std::string describe(const Content& content) {
  std::string what = content.gzip ? "gzip-compressed " : "";
  if (content.format) return what + name_of(*content.format);
  if (content.text) return what + "text";
  std::string first;
  for (std::size_t i = 0; i < std::min<std::size_t>(8, content.start.size()); ++i) {
    first += fmt::format("{}{:02x}", i == 0 ? "" : " ", static_cast<unsigned char>(content.start[i]));
  }
  return what + "binary data starting with " + first;
}

Format format_of_option(const std::string& name, const Bytes& bytes, const Content& content) {
  const auto found = std::find(format_names.begin(), format_names.end(), name);
  if (found == format_names.end()) {
    throw DataError{fmt::format("{}: there is no data format '{}'; {}", bytes.name(), name,
                                names_there_are(name, format_names))};
  }
  const auto format = static_cast<Format>(found - format_names.begin());
  // Text is any bytes; the parsers of csv and tsv tell where their text goes wrong.
  const bool fits = format == Format::text ||
                    (content.format ? *content.format == format
                                    : content.text && (format == Format::csv || format == Format::tsv));
  if (!fits) {
    throw DataError{
        fmt::format("{}: is to be read as {}, but holds {}", bytes.name(), name, describe(content))};
  }
  return format;
}

Format format_of(const std::filesystem::path& path, const Bytes& bytes, const Content& content) {
  const std::optional<Format> named = format_of_name(path);
  if (lower(path.extension().string()) == ".gz" && !content.gzip) {
    throw DataError{fmt::format("{}: is named .gz but holds {}; rename it", bytes.name(), describe(content))};
  }
  if (!named && content.format) return *content.format;
  if (!named) {
    throw DataError{
        fmt::format("{}: its format cannot be told: it holds {}, and its name does not say; give it an "
                    "extension (.csv .tsv .txt ...) or say `format:` (import: --format), one of {}",
                    bytes.name(), describe(content), fmt::join(format_names, ", "))};
  }
  const bool textual = *named == Format::csv || *named == Format::tsv || *named == Format::text;
  if (content.format ? *content.format != *named : (!textual || !content.text)) {
    throw DataError{
        fmt::format("{}: its name says {}, but it holds {}; rename it, say `format:` (import: --format), or "
                    "copy it again if it is damaged",
                    bytes.name(), name_of(*named), describe(content))};
  }
  return *named;
}

}  // namespace

std::string name_of(Format format) { return format_names[static_cast<std::size_t>(format)]; }

KnownFile know_file(const std::filesystem::path& path, const DataOptions& options) {
  KnownFile file{path, Bytes::of_file(path), Format::text};
  const Content content = look_into(file.bytes);
  file.format = options.format.empty() ? format_of(path, file.bytes, content)
                                       : format_of_option(options.format, file.bytes, content);
  if (content.gzip && !may_be_gzip(file.format)) {
    throw DataError{
        fmt::format("{}: is gzip-compressed {}, which is read uncompressed only; decompress it with gunzip",
                    file.bytes.name(), name_of(file.format))};
  }
  return file;
}

std::unique_ptr<DataFile> open_data(const std::filesystem::path& path, const DataOptions& options) {
  const KnownFile file = know_file(path, options);
  switch (file.format) {
    case Format::hdf5: return open_hdf5(path, file.bytes);
    case Format::csv:
    case Format::tsv:
      return open_csv(
          std::make_shared<CsvTable>(file.bytes, file.format == Format::tsv ? '\t' : '\0', options.header));
    case Format::npy: return open_npy(file.bytes);
    case Format::npz: return open_npz(file.bytes);
    case Format::idx: return open_idx(file.bytes);
    case Format::text: break;
  }
  return open_text(file.bytes);
}

}  // namespace ansatz::host
