#include "plugins/elf_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw Error{Exit::plugin_refused, why}; }

[[noreturn]] void refuse_damaged(const std::string& what) {
  refuse(what + ": the file is damaged or was cut off; copy or build it again");
}

// The tables read here are small; a damaged size must not ask for more.
constexpr std::uint64_t largest_table = std::uint64_t{64} << 20;

class File {
 public:
  explicit File(const std::filesystem::path& path)
      // Non-blocking: opening a pipe that nobody writes to would hang.
      : descriptor_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {
    struct stat status {};
    if (descriptor_ < 0 || fstat(descriptor_, &status) != 0) {
      const int error = errno;
      close();
      refuse(fmt::format("it cannot be read: {}", std::generic_category().message(error)));
    }
    if (!S_ISREG(status.st_mode)) {
      close();
      refuse("it is no regular file; a plugin is a shared library");
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t bytes) const {
    return offset <= size_ && bytes <= size_ - offset;
  }

  // Fills `target` from `offset`; false if the file does not reach so far.
  bool read(std::uint64_t offset, std::span<std::byte> target) const {
    if (!holds(offset, target.size())) return false;
    while (!target.empty()) {
      const ssize_t n = ::pread(descriptor_, target.data(), target.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      target = target.subspan(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return true;
  }

  template <class T>
  [[nodiscard]] std::optional<T> one(std::uint64_t offset) const {
    T value;
    if (!read(offset, std::as_writable_bytes(std::span{&value, 1}))) return std::nullopt;
    return value;
  }

  template <class T>
  [[nodiscard]] std::vector<T> many(std::uint64_t offset, std::uint64_t bytes, const char* what) const {
    if (bytes > largest_table || !holds(offset, bytes)) {
      refuse_damaged(fmt::format("its {} should stand at byte {} and have {} bytes, but the file has {}",
                                 what, offset, bytes, size_));
    }
    std::vector<T> values(bytes / sizeof(T));
    if (!read(offset, std::as_writable_bytes(std::span{values}))) {
      refuse_damaged(fmt::format("its {} cannot be read", what));
    }
    return values;
  }

 private:
  void close() const {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor_;
  std::uint64_t size_ = 0;
};

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_386: return "32-bit x86";
    case EM_ARM: return "32-bit ARM";
    case EM_AARCH64: return "AArch64";
    case EM_RISCV: return "RISC-V";
    case EM_PPC64: return "PowerPC";
    case EM_X86_64: return "x86-64, but with 32-bit or big-endian files";
    default: return fmt::format("ELF machine number {}", machine);
  }
}

Elf64_Ehdr read_head(const File& file) {
  if (file.size() == 0) refuse("it is empty; copy or build it again");
  const auto magic = file.one<std::array<char, SELFMAG>>(0);
  if (!magic || std::memcmp(magic->data(), ELFMAG, SELFMAG) != 0) {
    refuse("it is not an ELF file; a plugin is a shared library built with ansatz_add_plugin()");
  }
  const auto head = file.one<Elf64_Ehdr>(0);
  if (!head) refuse_damaged(fmt::format("it ends after {} bytes, inside its first header", file.size()));
  if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB ||
      head->e_machine != EM_X86_64) {
    refuse(fmt::format("it was built for another machine ({}); this host runs on x86-64, rebuild it here",
                       machine_name(head->e_machine)));
  }
  if (head->e_type != ET_DYN) {
    refuse("it is an ELF file but no shared library; build it with ansatz_add_plugin()");
  }
  return *head;
}

// What the loader will map must be there: it would die of SIGBUS otherwise.
void check_segments(const File& file, const Elf64_Ehdr& head) {
  if (head.e_phentsize != sizeof(Elf64_Phdr)) refuse_damaged("its segment table is missing");
  const auto segments =
      file.many<Elf64_Phdr>(head.e_phoff, std::uint64_t{head.e_phnum} * sizeof(Elf64_Phdr), "segment table");
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD && !file.holds(segment.p_offset, segment.p_filesz)) {
      refuse_damaged(fmt::format("a segment of it reaches beyond its end at byte {}", file.size()));
    }
  }
}

std::string_view text_at(const std::vector<char>& table, std::uint64_t index) {
  if (index >= table.size()) return {};
  const char* text = table.data() + index;
  return {text, strnlen(text, table.size() - index)};
}

struct Sections {
  std::vector<Elf64_Shdr> headers;
  std::vector<char> names;

  Sections(const File& file, const Elf64_Ehdr& head) {
    if (head.e_shentsize != sizeof(Elf64_Shdr) || head.e_shnum == 0) {
      refuse_damaged("its section table is missing");
    }
    headers = file.many<Elf64_Shdr>(head.e_shoff, std::uint64_t{head.e_shnum} * sizeof(Elf64_Shdr),
                                    "section table");
    if (head.e_shstrndx >= headers.size()) refuse_damaged("its sections have no names");
    const Elf64_Shdr& table = headers[head.e_shstrndx];
    names = file.many<char>(table.sh_offset, table.sh_size, "table of section names");
  }

  [[nodiscard]] const Elf64_Shdr* find(std::string_view name) const {
    for (const Elf64_Shdr& header : headers) {
      if (text_at(names, header.sh_name) == name && header.sh_type != SHT_NOBITS) return &header;
    }
    return nullptr;
  }
};

bool is_exported(const Elf64_Sym& symbol) {
  const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

struct Exported {
  std::optional<std::uint64_t> entry;  // address of ansatz_plugin_v<our major>
  std::string other_entry;             // of another major
  std::vector<std::string> names;      // of all
};

Exported find_entry(const File& file, const Sections& sections, const std::string& wanted) {
  Exported result;
  for (const Elf64_Shdr& header : sections.headers) {
    if (header.sh_type != SHT_DYNSYM || header.sh_link >= sections.headers.size()) continue;
    const Elf64_Shdr& link = sections.headers[header.sh_link];
    const auto texts = file.many<char>(link.sh_offset, link.sh_size, "table of symbol names");
    for (const Elf64_Sym& symbol :
         file.many<Elf64_Sym>(header.sh_offset, header.sh_size, "table of symbols")) {
      if (!is_exported(symbol)) continue;
      const std::string_view name = text_at(texts, symbol.st_name);
      result.names.emplace_back(name);
      if (name == wanted) result.entry = symbol.st_value;
      constexpr std::string_view stem = "ansatz_plugin_v";
      if (name != wanted && name.starts_with(stem) && name.size() < stem.size() + 6 &&
          name.find_first_not_of("0123456789", stem.size()) == std::string_view::npos) {
        result.other_entry = name;
      }
    }
  }
  return result;
}

}  // namespace

ElfPlugin read_elf_plugin(const std::filesystem::path& path) {
  const File file{path};
  const Elf64_Ehdr head = read_head(file);
  check_segments(file, head);
  const Sections sections{file, head};
  const std::string entry = fmt::format("ansatz_plugin_v{}", ANSATZ_ABI_MAJOR);
  Exported exported = find_entry(file, sections, entry);
  if (!exported.entry && !exported.other_entry.empty()) {
    refuse(
        fmt::format("it was built for another ABI: it exports {}, this host speaks ABI {} and looks for "
                    "{}; rebuild it with this host's SDK",
                    exported.other_entry, ANSATZ_ABI_MAJOR, entry));
  }
  const Elf64_Shdr* section = sections.find(ANSATZ_SECTION);
  if (section == nullptr) {
    refuse(
        fmt::format("it is a shared library but no plugin: it has no section {}; write ANSATZ_PLUGIN(...) "
                    "in one of its sources",
                    ANSATZ_SECTION));
  }
  const auto header = file.one<ansatz_header>(section->sh_offset);
  if (!header || section->sh_size < sizeof(ansatz_header)) refuse_damaged("its plugin header is incomplete");
  return {*header, exported.entry && *exported.entry == section->sh_addr, section->sh_size,
          std::move(exported.names)};
}

}  // namespace ansatz::host
