// The file and its tables, before any verb runs.
#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "plugins/elf_file.hpp"
#include "plugins/registry.hpp"
#include "plugins/tables.hpp"
#include "run/surroundings.hpp"
#include "validate/cases.hpp"
#include "validate/process_state.hpp"
#include "validate/subject.hpp"

namespace ansatz::host::validate {
namespace {

// As the host loads it, but without the host's judgement.
const ansatz_plugin* load(const Subject& subject) {
  Subject::at("the file is loaded");
  void* library = dlopen(std::filesystem::absolute(subject.file()).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw Failed{fmt::format("it cannot be loaded: {}", dlerror())};
  const std::string entry = fmt::format("ansatz_plugin_v{}", ANSATZ_ABI_MAJOR);
  return static_cast<const ansatz_plugin*>(dlsym(library, entry.c_str()));
}

PluginInfo describe(const Subject& subject, const ansatz_info* info) {
  PluginInfo header;
  header.path = subject.file();
  return plugin_from_tables(header, info);
}

void demand_text(std::string& missing, const std::string& text, const std::string& what) {
  if (missing.empty() && text.find_first_not_of(' ') == std::string::npos) missing = what;
}

void demand_parameter_texts(std::string& missing, const std::vector<ParameterInfo>& parameters,
                            const std::string& place) {
  for (const ParameterInfo& p : parameters) {
    demand_text(missing, p.text, fmt::format("parameter '{}' of {}", p.name, place));
    demand_text(missing, p.unit, fmt::format("the unit of parameter '{}' of {}", p.name, place));
  }
}

}  // namespace

void library_header(Subject& subject) {
  const FoundPlugin found = inspect_plugin(subject.file());
  if (!found.refused.empty()) throw Failed{found.refused};
}

void library_exports(Subject& subject) {
  const ElfPlugin elf = read_elf_plugin(subject.file());
  if (elf.exports.size() != 1) {
    throw Failed{fmt::format("it exports {} symbols: {}", elf.exports.size(), fmt::join(elf.exports, ", "))};
  }
}

void library_loads(Subject& subject) { load(subject); }

void library_floating_point(Subject& subject) {
  const FloatingPointMode before = FloatingPointMode::now();
  load(subject);
  if (FloatingPointMode::now() != before) {
    before.restore();
    throw Failed{"the floating-point mode (rounding, flush-to-zero) is another after loading"};
  }
}

void library_side_effects(Subject& subject) {
  const PrintCatcher prints;
  const ProcessState before = ProcessState::now();
  const Surroundings surroundings = Surroundings::now();
  const ansatz_plugin* plugin = load(subject);
  if (plugin->info != nullptr) plugin->info();
  surroundings.floating_point.restore();  // has a case of its own
  const ProcessState after = ProcessState::now();
  if (std::string printed = prints.caught(); !printed.empty()) throw Failed{"it printed: " + printed};
  std::string change = surroundings.change();
  if (change.empty()) change = new_threads(before);
  if (change.empty()) change = changed_files(before, after);
  if (change.empty()) change = changed_signals(before, after);
  if (change.empty()) change = changed_variables(before, after);
  if (change.empty()) change = new_children(before, after);
  if (!change.empty()) throw Failed{change};
}

void library_entry(Subject& subject) {
  const ansatz_plugin* plugin = load(subject);
  const ansatz_header in_file = read_elf_plugin(subject.file()).header;
  if (std::memcmp(&plugin->header, &in_file, sizeof in_file) != 0) {
    throw Failed{"the header in memory differs from the one in the file"};
  }
}

void library_info(Subject& subject) {
  const ansatz_plugin* plugin = load(subject);
  if (plugin->info == nullptr) throw Failed{"its info function is missing (null)"};
  const ansatz_info* info = plugin->info();
  if (info == nullptr) throw Failed{"info() returned null"};
  if (plugin->info() != info) throw Failed{"info() returned another pointer when called again"};
  std::string first;
  try {
    first = to_json(describe(subject, info)).dump();
  } catch (const Error&) {
    return;  // library.tables tells
  }
  plugin->info();
  if (to_json(describe(subject, info)).dump() != first)
    throw Failed{"its tables changed between two calls of info()"};
}

void library_tables(Subject& subject) {
  try {
    (void)describe(subject, load(subject)->info());
  } catch (const Error& e) {
    throw Failed{e.what()};
  }
}

void library_documented(Subject& subject) {
  const PluginInfo plugin = describe(subject, load(subject)->info());
  std::string missing;
  demand_text(missing, plugin.text, "the plugin");
  for (const ModelInfo& model : plugin.models) {
    demand_text(missing, model.text, fmt::format("model '{}'", model.name));
    demand_parameter_texts(missing, model.parameters, fmt::format("model '{}'", model.name));
    for (const VerbInfo& verb : model.verbs) {
      const std::string place = fmt::format("verb '{}.{}'", model.name, verb.name);
      demand_text(missing, verb.text, place);
      demand_parameter_texts(missing, verb.parameters, place);
      for (const auto* ports : {&verb.inputs, &verb.outputs}) {
        for (const PortInfo& port : *ports) {
          demand_text(missing, port.text, fmt::format("port '{}' of {}", port.name, place));
        }
      }
    }
  }
  if (!missing.empty()) throw Failed{missing + " has no text"};
}

void library_time(Subject& subject) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  (void)describe(subject, load(subject)->info());
  const double milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  subject.note(fmt::format("{:.1f} ms", milliseconds));
  if (milliseconds > 100) subject.warn("loading and describing took more than 100 ms");
}

}  // namespace ansatz::host::validate
