#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "core/abi_sizes.hpp"
#include "core/error.hpp"
#include "plugins/cpu.hpp"
#include "plugins/elf_file.hpp"
#include "plugins/registry.hpp"

namespace ansatz::host {
namespace {

constexpr std::string_view suffix = ".ansatz.so";

template <std::size_t N>
std::string field(const char (&text)[N]) {
  return {text, strnlen(text, N)};
}

std::string id_of_file(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

bool is_id(const std::string& id) {
  return !id.empty() && id.front() != '-' && id.back() != '-' &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

// Texts of the header go to terminals and into archives.
bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// The header itself; "" or why it is refused.
std::string judge_header(const ElfPlugin& plugin, const PluginInfo& info) {
  const ansatz_header& header = plugin.header;
  if (std::memcmp(header.magic, ANSATZ_MAGIC, sizeof ANSATZ_MAGIC) != 0) {
    return "its plugin header does not start with the magic bytes: the file is damaged or was copied as "
           "text; copy or build it again";
  }
  if (header.abi_major != ANSATZ_ABI_MAJOR) {
    return fmt::format(
        "it was built for ABI {}.{}, this host speaks ABI {}.{}; rebuild it with this host's "
        "SDK",
        header.abi_major, header.abi_minor, ANSATZ_ABI_MAJOR, ANSATZ_ABI_MINOR);
  }
  if (!plugin.exports_entry) {
    return fmt::format(
        "it does not export the symbol ansatz_plugin_v{} at the start of section {}; build it "
        "with ansatz_add_plugin()",
        ANSATZ_ABI_MAJOR, ANSATZ_SECTION);
  }
  if (std::min<std::uint64_t>(header.struct_size, plugin.section_bytes) < first_size<ansatz_plugin>) {
    return fmt::format("its entry has {} bytes of at least {}; rebuild it with this host's SDK",
                       std::min<std::uint64_t>(header.struct_size, plugin.section_bytes),
                       first_size<ansatz_plugin>);
  }
  if (!is_id(info.id)) return "its header has no valid id (lower case letters, digits and inner '-')";
  if (!is_plain(info.version) || !is_plain(info.sdk_version) || !is_plain(info.compiler)) {
    return "the version or compiler in its header is no plain text: the file is damaged; build it again";
  }
  return {};
}

// Whether this host can run it; "" or why not.
std::string judge_fit(const PluginInfo& info, const std::string& file_id) {
  if (info.id != file_id) {
    return fmt::format("it calls itself '{}', but the file is named for '{}'; rename the file to {}{}",
                       info.id, file_id, info.id, suffix);
  }
  if ((info.build_flags & ANSATZ_BUILT_FAST_MATH) != 0) {
    return "it was compiled with -ffast-math or a part of it (-Ofast, -ffinite-math-only), which breaks NaN "
           "checks and exact replay; rebuild it without";
  }
  if (const std::uint64_t lacking = info.instruction_sets & ~cpu_instruction_sets(); lacking != 0) {
    return fmt::format(
        "it needs {}, which this CPU lacks; rebuild it without -march and -m options, or run "
        "it on a machine that has this",
        instruction_set_text(lacking));
  }
  return {};
}

}  // namespace

FoundPlugin inspect_plugin(const std::filesystem::path& path) {
  FoundPlugin found;
  found.path = path;
  found.header.path = path;
  found.header.id = id_of_file(path);
  try {
    const ElfPlugin plugin = read_elf_plugin(path);
    PluginInfo info;
    info.id = field(plugin.header.id);
    info.version = field(plugin.header.version);
    info.sdk_version = field(plugin.header.sdk_version);
    info.compiler = field(plugin.header.compiler);
    info.abi_major = plugin.header.abi_major;
    info.abi_minor = plugin.header.abi_minor;
    info.instruction_sets = plugin.header.instruction_sets;
    info.build_flags = plugin.header.build_flags;
    info.path = path;
    found.refused = judge_header(plugin, info);
    if (found.refused.empty()) found.refused = judge_fit(info, found.header.id);
    if (found.refused.empty()) found.header = info;
  } catch (const std::exception& e) {
    found.refused = e.what();
  }
  return found;
}

}  // namespace ansatz::host
