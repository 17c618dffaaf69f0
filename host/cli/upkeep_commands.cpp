// recover and gc.
#include <fmt/core.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "data/bytes.hpp"
#include "run/gc.hpp"
#include "run/recover.hpp"

namespace ansatz::host {
Exit recover_command(const std::vector<std::filesystem::path>& partials, bool json) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const std::filesystem::path& partial : partials) {
    const std::string archive = recover_run(partial).string();
    list.push_back({{"partial", partial.string()}, {"archive", archive}});
    if (!json) std::puts(archive.c_str());
  }
  if (json) std::puts(list.dump(2).c_str());
  return Exit::ok;
}

Exit gc_command(const GcArguments& arguments) {
  std::error_code error;
  if (arguments.runs != GcArguments{}.runs && !std::filesystem::is_directory(arguments.runs, error))
    throw Error{Exit::usage, fmt::format("there is no folder {}", arguments.runs.string())};
  GcOptions options{arguments.runs, std::nullopt, arguments.dry_run};
  if (arguments.older_days >= 0) options.older_days = arguments.older_days;
  const GcResult result = collect_garbage(options);
  if (arguments.json) {
    nlohmann::ordered_json items = nlohmann::ordered_json::array();
    for (const GcItem& item : result.removed) {
      items.push_back({{"path", item.path.string()}, {"bytes", item.bytes}, {"why", item.why}});
    }
    const nlohmann::ordered_json all{{"dry_run", arguments.dry_run},
                                     {"removed", items},
                                     {"removed_bytes", result.removed_bytes()},
                                     {"kept_entries", result.kept_entries},
                                     {"kept_bytes", result.kept_bytes}};
    std::puts(all.dump(2).c_str());
    return Exit::ok;
  }
  for (const GcItem& item : result.removed) {
    std::puts(fmt::format("{:>10}  {}  ({})", size_text(item.bytes), item.path.string(), item.why).c_str());
  }
  std::puts(fmt::format("{} {}; {} results stay, {}", arguments.dry_run ? "would free" : "freed",
                        size_text(result.removed_bytes()), result.kept_entries, size_text(result.kept_bytes))
                .c_str());
  return Exit::ok;
}

}  // namespace ansatz::host
