// import, show and verify.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "archive/store.hpp"
#include "cli/commands.hpp"
#include "cli/guarded.hpp"
#include "data/import.hpp"
#include "report/show.hpp"

namespace ansatz::host {
namespace {

// Files may hold texts that are not UTF-8.
void print_json(const nlohmann::ordered_json& json) {
  std::puts(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

}  // namespace

Exit import_command(const ImportArguments& arguments) {
  ImportOptions options;
  options.data.format = arguments.format;
  if (!arguments.header.empty()) options.data.header = arguments.header == "true";
  options.arrays = arguments.arrays;
  options.attributes = arguments.attributes;
  for (const std::string& entry : arguments.renames) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos) {
      throw Error{Exit::usage, fmt::format("--rename takes OLD=NEW, got '{}'", entry)};
    }
    options.rename[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  write_plain(import_file(arguments.file, options), arguments.output);
  std::puts(arguments.output.c_str());
  return Exit::ok;
}

namespace {

Exit show(const std::filesystem::path& file, const std::string& item, bool json) {
  if (const std::optional<Array> array = item.empty() ? std::nullopt : read_array(file, item)) {
    if (json) {
      print_json(show_json(*array));
    } else {
      std::fputs(show_array(*array).c_str(), stdout);
    }
    return Exit::ok;
  }
  const Tree tree = read_outline(file, item.empty() ? "/" : item);
  if (json) {
    print_json(show_json(tree));
  } else {
    std::fputs(show_tree(tree).c_str(), stdout);
  }
  return Exit::ok;
}

}  // namespace

Exit show_command(const std::filesystem::path& file, const std::string& item, bool json) {
  return run_guarded(file, [&] { return show(file, item, json); });
}

Exit verify_command(const std::vector<std::filesystem::path>& files, bool json) {
  Exit worst = Exit::ok;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const std::filesystem::path& file : files) {
    try {
      const std::string digest = verify_sealed(file);
      list.push_back({{"file", file.string()}, {"valid", true}, {"sha256", digest}});
      if (!json) std::puts(fmt::format("valid    {}  {}", digest, file.string()).c_str());
    } catch (const Error& e) {
      worst = e.code();
      list.push_back({{"file", file.string()}, {"valid", false}, {"why", e.what()}});
      if (!json) std::puts(fmt::format("INVALID  {}", e.what()).c_str());
    }
  }
  if (json) print_json(list);
  return worst;
}

}  // namespace ansatz::host
