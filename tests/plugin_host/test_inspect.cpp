// What the file alone tells.
#include <ansatz/abi.h>
#include <sys/stat.h>

#include <cstddef>
#include <random>

#include "files.hpp"
#include "plugins/cpu.hpp"
#include "plugins/registry.hpp"

using namespace ansatz::host;
using namespace ansatz::test;
using Catch::Matchers::Contains;

namespace {

// Offset of the header in the file, found without looking at sections.
std::size_t header_offset(const std::string& bytes) {
  const std::size_t offset = bytes.find("ANSATZ\r\n");
  REQUIRE(offset != std::string::npos);
  return offset;
}

struct Copy {
  TemporaryFolder folder;
  std::filesystem::path path = folder / "sound.ansatz.so";
  std::string bytes = bytes_of(variant("sound"));
  std::string refused() const {
    write_bytes(path, bytes);
    return inspect_plugin(path).refused;
  }
};

}  // namespace

TEST_CASE("a sound plugin's header is read from the file") {
  const FoundPlugin found = inspect_plugin(variant("sound"));
  CHECK(found.refused.empty());
  CHECK(found.header.id == "sound");
  CHECK(found.header.version == "1.2.3");
  CHECK(found.header.sdk_version == "0.1.0");
  CHECK_THAT(found.header.compiler, Contains("gcc") || Contains("clang"));
  CHECK(found.header.abi_major == ANSATZ_ABI_MAJOR);
  CHECK(found.header.abi_minor == ANSATZ_ABI_MINOR);
  CHECK(found.header.path == variant("sound"));
  CHECK(found.header.models.empty());
}

TEST_CASE("files that are no plugins are refused with the reason") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& text) {
    return inspect_plugin(folder.write("x.ansatz.so", text)).refused;
  };
  CHECK_THAT(refused("#!/bin/sh\necho hello\n"), Contains("not an ELF file"));
  CHECK_THAT(refused(""), Contains("empty"));
  CHECK_THAT(refused("\x7f"
                     "EL"),
             Contains("not an ELF file"));
  CHECK_THAT(refused("\x7f"
                     "ELF"),
             Contains("ends after 4 bytes"));
  CHECK_THAT(inspect_plugin(folder / "none.ansatz.so").refused, Contains("No such file"));
  std::filesystem::create_directory(folder / "folder.ansatz.so");
  CHECK_THAT(inspect_plugin(folder / "folder.ansatz.so").refused, Contains("no regular file"));
  // Opening a pipe that nobody writes to must not wait.
  REQUIRE(mkfifo((folder / "pipe.ansatz.so").c_str(), 0600) == 0);
  CHECK_THAT(inspect_plugin(folder / "pipe.ansatz.so").refused, Contains("no regular file"));
  CHECK_THAT(inspect_plugin("/proc/self/exe").refused,
             Contains("no plugin") || Contains("no shared library"));
}

TEST_CASE("bad plugins are refused before they are loaded") {
  const auto refused = [](const char* id) { return inspect_plugin(variant(id)).refused; };
  CHECK_THAT(refused("other-abi"), Contains("built for ABI 2.0") && Contains("ABI 1.0"));
  CHECK_THAT(refused("other-entry"), Contains("ansatz_plugin_v2") && Contains("speaks ABI 1"));
  CHECK_THAT(refused("renamed"), Contains("calls itself 'original'") && Contains("original.ansatz.so"));
  CHECK_THAT(refused("compiled-fast"), Contains("-ffast-math"));
  CHECK_THAT(refused("exports-nothing"), Contains("does not export the symbol ansatz_plugin_v1"));
  CHECK_THAT(refused("no-plugin"), Contains("no plugin") && Contains("ANSATZ_PLUGIN"));
  if ((cpu_instruction_sets() >> ANSATZ_AVX512ER & 1) == 0) {
    CHECK_THAT(refused("needs-avx512er"), Contains("AVX512ER") && Contains("this CPU lacks"));
  }
}

TEST_CASE("a plugin for another machine is refused") {
  Copy copy;
  put<std::uint16_t>(copy.bytes, offsetof(Elf64_Ehdr, e_machine), EM_AARCH64);
  CHECK_THAT(copy.refused(), Contains("another machine (AArch64)"));
  put<std::uint16_t>(copy.bytes, offsetof(Elf64_Ehdr, e_machine), EM_X86_64);
  put<std::uint8_t>(copy.bytes, EI_CLASS, ELFCLASS32);
  CHECK_THAT(copy.refused(), Contains("another machine"));
  put<std::uint8_t>(copy.bytes, EI_CLASS, ELFCLASS64);
  put<std::uint16_t>(copy.bytes, offsetof(Elf64_Ehdr, e_type), ET_EXEC);
  CHECK_THAT(copy.refused(), Contains("no shared library"));
  put<std::uint16_t>(copy.bytes, offsetof(Elf64_Ehdr, e_type), ET_DYN);
  CHECK(copy.refused().empty());
}

TEST_CASE("each damaged field of the header has its reason") {
  Copy copy;
  const std::size_t header = header_offset(copy.bytes);
  SECTION("magic, as a copy in text mode leaves it") {
    put<char>(copy.bytes, header + 6, '\n');
    CHECK_THAT(copy.refused(), Contains("magic"));
  }
  SECTION("a table that is too short") {
    put<std::uint32_t>(copy.bytes, header + offsetof(ansatz_header, struct_size), sizeof(ansatz_plugin) - 1);
    CHECK_THAT(copy.refused(), Contains("519 bytes of at least 520"));
  }
  SECTION("a longer table, of a later minor version, is welcome") {
    put<std::uint32_t>(copy.bytes, header + offsetof(ansatz_header, struct_size), sizeof(ansatz_plugin) + 8);
    put<std::uint16_t>(copy.bytes, header + offsetof(ansatz_header, abi_minor), 7);
    CHECK(copy.refused().empty());
  }
  SECTION("an id that is no id") {
    put<char>(copy.bytes, header + offsetof(ansatz_header, id), '/');
    CHECK_THAT(copy.refused(), Contains("no valid id"));
  }
  SECTION("a compiler that would garble a terminal") {
    put<char>(copy.bytes, header + offsetof(ansatz_header, compiler), '\x1b');
    CHECK_THAT(copy.refused(), Contains("no plain text"));
  }
  SECTION("an instruction set from the future") {
    put<std::uint64_t>(copy.bytes, header + offsetof(ansatz_header, instruction_sets), 1ULL << 60);
    CHECK_THAT(copy.refused(), Contains("number-60"));
  }
  SECTION("an id without an end") {
    for (std::size_t i = 0; i < sizeof(ansatz_header::id); ++i) {
      put<char>(copy.bytes, header + offsetof(ansatz_header, id) + i, 'x');
    }
    CHECK_THAT(copy.refused(), Contains("calls itself '" + std::string(64, 'x') + "'"));
  }
}

TEST_CASE("a plugin cut off anywhere is refused") {
  const Copy whole;
  REQUIRE(whole.refused().empty());
  std::vector<std::size_t> ends{1, 4, 16, 63, 64, 65, whole.bytes.size() - 1};
  for (const Elf64_Shdr& section : sections_of(whole.bytes)) {
    for (const std::size_t end : {section.sh_offset, section.sh_offset + section.sh_size}) {
      if (end < whole.bytes.size()) ends.push_back(end);
    }
  }
  REQUIRE(ends.size() > 40);
  for (const std::size_t end : ends) {
    Copy copy;
    copy.bytes.resize(end);
    INFO("the first " << end << " of " << whole.bytes.size() << " bytes");
    CHECK(!copy.refused().empty());
  }
}

TEST_CASE("offsets and sizes that overflow are refused") {
  Copy copy;
  const auto head = get<Elf64_Ehdr>(copy.bytes, 0);
  SECTION("section table at the end of all numbers") {
    // Wraps around to offset 0 when the index is added.
    put<std::uint64_t>(copy.bytes, offsetof(Elf64_Ehdr, e_shoff), ~std::uint64_t{0} - sizeof(Elf64_Shdr) + 1);
    CHECK_THAT(copy.refused(), Contains("section table should stand at byte 18446744073709551552"));
  }
  SECTION("sizes of sections") {
    for (std::size_t i = 0; i < head.e_shnum; ++i) {
      const std::size_t size = head.e_shoff + i * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_size);
      put<std::uint64_t>(copy.bytes, size, ~std::uint64_t{0} - 1000);
    }
    CHECK_THAT(copy.refused(), Contains("section names"));
  }
  SECTION("a segment that reaches beyond the file") {
    for (std::size_t i = 0; i < head.e_phnum; ++i) {
      const std::size_t size = head.e_phoff + i * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_filesz);
      put<std::uint64_t>(copy.bytes, size, ~std::uint64_t{0} - 1000);
    }
    CHECK_THAT(copy.refused(), Contains("segment"));
  }
}

TEST_CASE("no damaged byte crashes the inspection") {
  Copy copy;
  const std::string sound = copy.bytes;
  // What steers the reader: headers, tables, names, and the plugin's own header.
  const auto head = get<Elf64_Ehdr>(sound, 0);
  std::vector<std::pair<std::size_t, std::size_t>> regions{{0, sizeof head},
                                                           {head.e_phoff, head.e_phnum * sizeof(Elf64_Phdr)},
                                                           {head.e_shoff, head.e_shnum * sizeof(Elf64_Shdr)},
                                                           {header_offset(sound), sizeof(ansatz_header)}};
  for (const Elf64_Shdr& section : sections_of(sound)) {
    const bool names = section.sh_type == SHT_STRTAB;
    if (names || section.sh_type == SHT_DYNSYM) regions.emplace_back(section.sh_offset, section.sh_size);
  }
  write_bytes(copy.path, sound);
  std::fstream file{copy.path, std::ios::binary | std::ios::in | std::ios::out};
  const auto write_at = [&](std::size_t offset, char byte) {
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
  };
  std::mt19937 random{20240229};
  std::size_t refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::size_t> damaged;
    for (std::size_t i = 1 + random() % 4; i > 0; --i) {
      const auto& [offset, size] = regions[random() % regions.size()];
      damaged.push_back(offset + random() % size);
      constexpr unsigned char telling[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
      const std::uint64_t value = random() % 10;
      write_at(damaged.back(), static_cast<char>(value < 5 ? telling[value] : random() % 256));
    }
    file.flush();
    const FoundPlugin found = inspect_plugin(copy.path);
    if (found.header.id != "sound") FAIL("round " << round << ": id '" << found.header.id << "'");
    refused += found.refused.empty() ? 0 : 1;
    for (const std::size_t offset : damaged) write_at(offset, sound[offset]);
    file.flush();
  }
  CHECK(inspect_plugin(copy.path).refused.empty());
  // Most of these bytes matter, some (padding, reserved, unused tables) do not.
  CHECK(refused > 400);
  CHECK(refused < 4000);
}
