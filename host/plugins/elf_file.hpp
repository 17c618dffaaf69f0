// The little of ELF that tells what a plugin is without loading it.  Every offset in the file is doubted.
#pragma once

#include <ansatz/abi.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ansatz::host {

struct ElfPlugin {
  ansatz_header header;
  bool exports_entry = false;  // the dynamic symbol ansatz_plugin_v1 stands at the section's start
  std::uint64_t section_bytes = 0;
  std::vector<std::string> exports;  // all symbols that it exports
};

// Throws Error (plugin_refused) with the reason if the file is no ELF library of this machine or has no
// plugin section.
[[nodiscard]] ElfPlugin read_elf_plugin(const std::filesystem::path& path);

}  // namespace ansatz::host
