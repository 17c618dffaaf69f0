#include "plugins/library.hpp"

#include <fmt/core.h>

#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <deque>
#include <mutex>

#include "core/error.hpp"
#include "plugins/elf_file.hpp"
#include "plugins/floating_point.hpp"
#include "plugins/openblas.hpp"
#include "plugins/registry.hpp"
#include "plugins/tables.hpp"

namespace ansatz::host {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw Error{Exit::plugin_refused, fmt::format("plugin {} is refused: {}", path.string(), why)};
}

const boost::dll::shared_library& load_for_good(const std::filesystem::path& path) {
  // Never unloaded, not even at exit: a plugin may have left threads, handlers or thread-local destructors
  // behind.
  static auto& kept = *new std::deque<boost::dll::shared_library>;
  static std::mutex mutex;
  using boost::dll::load_mode::type;
  const auto mode = static_cast<type>(boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  const std::lock_guard lock{mutex};
  name_cpu_to_openblas();
  try {
    return kept.emplace_back(std::filesystem::absolute(path), mode);
  } catch (const std::exception& e) {
    refuse(path, fmt::format("it cannot be loaded: {}", e.what()));
  }
}

}  // namespace

Library::Library(const std::filesystem::path& path) {
  const FoundPlugin found = inspect_plugin(path);
  if (!found.refused.empty()) refuse(path, found.refused);

  const FloatingPointMode before = FloatingPointMode::now();
  const boost::dll::shared_library& library = load_for_good(path);
  if (FloatingPointMode::now() != before) {
    before.restore();
    refuse(path,
           "it changed the floating-point mode when it was loaded (flush-to-zero or rounding): it, or a "
           "library that it needs, was linked with -ffast-math or -Ofast; link it without");
  }
  const std::string entry = fmt::format("ansatz_plugin_v{}", ANSATZ_ABI_MAJOR);
  if (!library.has(entry)) refuse(path, "it does not export " + entry);
  const auto& plugin = library.get<const ansatz_plugin>(entry);
  const ansatz_header in_file = read_elf_plugin(path).header;
  if (std::memcmp(&plugin.header, &in_file, sizeof in_file) != 0) {
    refuse(path,
           "its header in memory differs from the one in the file: the file changed while it was loaded, or "
           "the plugin overwrites it");
  }
  if (plugin.info == nullptr) refuse(path, "its info function is missing");
  info_ = plugin.info();
  try {
    description_ = plugin_from_tables(found.header, info_);
  } catch (const Error& e) {
    refuse(path, e.what());
  }
}

const ansatz_model& Library::model(const std::string& name) const {
  for (std::uint64_t i = 0; i < info_->model_count; ++i) {
    if (name == info_->models[i]->name) return *info_->models[i];
  }
  throw Error{Exit::plugin_refused, fmt::format("plugin '{}' has no model '{}'", description_.id, name)};
}

}  // namespace ansatz::host
