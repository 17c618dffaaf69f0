#include "plugins/elf_file.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw Error{Exit::plugin_refused, why}; }

class Elf {
 public:
  explicit Elf(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) refuse("it is no regular file");
    file_.open(path, std::ios::binary);
    if (!file_) refuse("it cannot be read; check its permissions");
    size_ = std::filesystem::file_size(path, error);
    if (error) refuse("it cannot be read: " + error.message());
    const auto head = read<Elf64_Ehdr>(0);
    if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0) {
      refuse("it is not an ELF file; a plugin is a shared library built with ansatz_add_plugin()");
    }
    if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB ||
        head->e_machine != EM_X86_64) {
      refuse(fmt::format("it was built for another machine (ELF machine {}); this host runs on x86-64",
                         head->e_machine));
    }
    if (head->e_type != ET_DYN) refuse("it is an ELF file but no shared library");
    read_sections(*head);
  }

  [[nodiscard]] const Elf64_Shdr* section(const std::string& name) const {
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      if (names_[i] == name) return &sections_[i];
    }
    return nullptr;
  }

  template <class T>
  std::optional<T> read(std::uint64_t offset) {
    T value;
    if (offset > size_ || sizeof(T) > size_ - offset) return std::nullopt;
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(offset));
    file_.read(reinterpret_cast<char*>(&value), sizeof value);
    if (!file_) return std::nullopt;
    return value;
  }

  // A text in a string table, at most 256 bytes.
  std::string text(const Elf64_Shdr& table, std::uint64_t index) {
    std::string result;
    for (char c = 1; index + result.size() < table.sh_size && result.size() < 256;) {
      const auto byte = read<char>(table.sh_offset + index + result.size());
      if (!byte || (c = *byte) == 0) break;
      result += c;
    }
    return result;
  }

  [[nodiscard]] const Elf64_Shdr* section_at(std::uint64_t index) const {
    return index < sections_.size() ? &sections_[index] : nullptr;
  }

 private:
  void read_sections(const Elf64_Ehdr& head) {
    if (head.e_shentsize != sizeof(Elf64_Shdr) || head.e_shnum == 0) truncated();
    for (std::uint64_t i = 0; i < head.e_shnum; ++i) {
      const auto header = read<Elf64_Shdr>(head.e_shoff + i * sizeof(Elf64_Shdr));
      if (!header) truncated();
      sections_.push_back(*header);
    }
    if (head.e_shstrndx >= sections_.size()) truncated();
    const Elf64_Shdr table = sections_[head.e_shstrndx];
    for (const Elf64_Shdr& header : sections_) names_.push_back(text(table, header.sh_name));
  }
  [[noreturn]] static void truncated() {
    refuse("its section table is missing or cut off: the file is damaged or truncated");
  }

  std::ifstream file_;
  std::uint64_t size_ = 0;
  std::vector<Elf64_Shdr> sections_;
  std::vector<std::string> names_;
};

// The value of dynamic symbol `wanted`, or of any other ansatz_plugin_v<N> in `other`.
std::optional<std::uint64_t> find_symbol(Elf& elf, const std::string& wanted, std::string& other) {
  const Elf64_Shdr* table = elf.section(".dynsym");
  const Elf64_Shdr* texts = table == nullptr ? nullptr : elf.section_at(table->sh_link);
  if (texts == nullptr) return std::nullopt;
  constexpr std::uint64_t most = 100'000;
  for (std::uint64_t i = 0; i < std::min(most, table->sh_size / sizeof(Elf64_Sym)); ++i) {
    const auto symbol = elf.read<Elf64_Sym>(table->sh_offset + i * sizeof(Elf64_Sym));
    if (!symbol) break;
    if (symbol->st_shndx == SHN_UNDEF) continue;
    const std::string name = elf.text(*texts, symbol->st_name);
    if (name == wanted) return symbol->st_value;
    if (name.starts_with("ansatz_plugin_v")) other = name;
  }
  return std::nullopt;
}

}  // namespace

ElfPlugin read_elf_plugin(const std::filesystem::path& path) {
  Elf elf{path};
  const std::string entry = fmt::format("ansatz_plugin_v{}", ANSATZ_ABI_MAJOR);
  std::string other;
  const auto address = find_symbol(elf, entry, other);
  const Elf64_Shdr* section = elf.section(ANSATZ_SECTION);
  if (section == nullptr) {
    refuse(fmt::format(
        "it exports no plugin: there is no section {} in it; is ANSATZ_PLUGIN(...) in one of its sources?",
        ANSATZ_SECTION));
  }
  const auto header = elf.read<ansatz_header>(section->sh_offset);
  if (!header || section->sh_size < sizeof(ansatz_header))
    refuse("its plugin section is cut off: the file is damaged");
  if (!address && !other.empty()) {
    refuse(fmt::format(
        "it was built for another ABI: it exports {}, this host speaks {}; rebuild it with this host's SDK",
        other, entry));
  }
  return {*header, address && *address == section->sh_addr};
}

}  // namespace ansatz::host
