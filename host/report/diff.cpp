#include "report/diff.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "archive/step_results.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Texts = std::map<std::string, std::string>;

std::string shown(const Value& value) { return to_text(value); }

// Leaves of JSON by path: "steps.ridge.model_settings.penalty".
void flatten(const Json& json, const std::string& path, Texts& texts) {
  if (json.is_object()) {
    for (const auto& [name, value] : json.items())
      flatten(value, path.empty() ? name : path + "." + name, texts);
  } else if (json.is_array() &&
             std::any_of(json.begin(), json.end(), [](const Json& j) { return j.is_structured(); })) {
    for (std::size_t i = 0; i < json.size(); ++i) flatten(json[i], fmt::format("{}[{}]", path, i), texts);
  } else {
    texts[path] = json.is_string() ? json.get<std::string>() : json.dump();
  }
}

class Differ {
 public:
  Differ(const fs::path& a, const fs::path& b) : a_{a}, b_{b} {
    for (const fs::path* file : {&a, &b}) {
      verify_sealed(*file);
      const auto attributes = read_head(*file).attributes;
      const auto format = attributes.find("format");
      if (format == attributes.end() || format->second != Value{std::string{"ansatz-run"}})
        throw DataError{fmt::format("{} is no archive of a run; `ansatz run` writes those", file->string())};
    }
  }

  ArchiveDiff diff() {
    texts("parameters", frozen(a_), frozen(b_));
    groups("plugins", {"version", "sha256"});
    groups("inputs", {"sha256", "bytes"});
    texts("environment", attributes(a_, "/environment"), attributes(b_, "/environment"));
    groups("claims", {"verdict", "value", "points_that_hold"});
    results();
    return std::move(diff_);
  }

 private:
  static Texts frozen(const fs::path& file) {
    const Tree pipeline = read_tree(file, "/pipeline");
    const Json json = Json::parse(pipeline.array("frozen").text(0), nullptr, false);
    if (json.is_discarded())
      throw DataError{fmt::format("{}: the frozen pipeline is no JSON", file.string())};
    Texts texts;
    flatten(json, "", texts);
    // The two kinds of settings are one to people.
    Texts short_names;
    for (const auto& [name, text] : texts) {
      std::string shorter = name;
      for (const char* part : {".model_settings", ".verb_settings"}) {
        if (const auto at = shorter.find(part); at != std::string::npos)
          shorter.erase(at, std::string{part}.size());
      }
      short_names[shorter] = text;
    }
    return short_names;
  }

  static Texts attributes(const fs::path& file, const std::string& group) {
    Texts texts;
    try {
      for (const auto& [name, value] : read_head(file, group).attributes) texts[name] = shown(value);
    } catch (const DataError&) {
      return {};  // the archive has no such group
    }
    return texts;
  }

  void texts(const std::string& section, const Texts& before, const Texts& after) {
    std::set<std::string> names;
    for (const auto& [name, text] : before) names.insert(name);
    for (const auto& [name, text] : after) names.insert(name);
    for (const std::string& name : names) {
      const auto a = before.find(name), b = after.find(name);
      Difference d{section, name, a == before.end() ? "" : a->second, b == after.end() ? "" : b->second,
                   false,   ""};
      d.changed = d.before != d.after;
      diff_.entries.push_back(std::move(d));
    }
  }

  // Some attributes of the groups under /section.
  void groups(const std::string& section, const std::vector<std::string>& wanted) {
    const auto collect = [&](const fs::path& file) {
      Texts texts;
      for (const std::string& name : group_names(file, "/" + section)) {
        const Texts all = attributes(file, "/" + section + "/" + name);
        for (const std::string& attribute : wanted) {
          if (const auto found = all.find(attribute); found != all.end()) {
            const auto that = all.find("that");
            texts[fmt::format("{}{}.{}", name, that == all.end() ? "" : fmt::format(" ({})", that->second),
                              attribute)] = found->second;
          }
        }
      }
      return texts;
    };
    texts(section, collect(a_), collect(b_));
  }

  static std::vector<std::string> group_names(const fs::path& file, const std::string& group) {
    try {
      return read_head(file, group).groups;
    } catch (const DataError&) {
      return {};
    }
  }

  void results() {
    const std::vector<std::string> in_a = step_groups(a_), in_b = step_groups(b_);
    std::vector<Difference> outputs;
    for (const std::string& step : in_a) {
      if (std::find(in_b.begin(), in_b.end(), step) == in_b.end()) {
        outputs.push_back({"outputs", step, "there", "", true, "only in the first"});
        continue;
      }
      for (const StepComparison& c : compare_steps(a_, step, b_, step)) {
        Difference d{c.name.starts_with("metrics/") ? "metrics" : "outputs",
                     step + "/" + c.name,
                     "",
                     "",
                     !c.difference.bitwise,
                     c.difference.text};
        if (d.section == "metrics") {
          diff_.entries.push_back(std::move(d));
        } else {
          outputs.push_back(std::move(d));
        }
      }
    }
    for (const std::string& step : in_b) {
      if (std::find(in_a.begin(), in_a.end(), step) == in_a.end())
        outputs.push_back({"outputs", step, "", "there", true, "only in the second"});
    }
    diff_.entries.insert(diff_.entries.end(), outputs.begin(), outputs.end());
  }

  fs::path a_, b_;
  ArchiveDiff diff_;
};

}  // namespace

bool ArchiveDiff::any() const {
  return std::any_of(entries.begin(), entries.end(), [](const Difference& d) { return d.changed; });
}

ArchiveDiff diff_archives(const fs::path& a, const fs::path& b) { return Differ{a, b}.diff(); }

std::string diff_text(const ArchiveDiff& diff, bool only_changed) {
  std::string text, section;
  for (const Difference& d : diff.entries) {
    if (only_changed && !d.changed) continue;
    if (d.section != section) text += fmt::format("{}{}\n", text.empty() ? "" : "\n", d.section);
    section = d.section;
    if (!d.measure.empty()) {
      text += fmt::format("  {} {}  {}\n", d.changed ? "*" : " ", d.name, d.measure);
    } else if (d.changed) {
      text += fmt::format("  * {}  {} -> {}\n", d.name, d.before.empty() ? "(none)" : d.before,
                          d.after.empty() ? "(none)" : d.after);
    } else {
      text += fmt::format("    {}  {}\n", d.name, d.before);
    }
  }
  return text;
}

Json diff_json(const ArchiveDiff& diff, bool only_changed) {
  Json list = Json::array();
  for (const Difference& d : diff.entries) {
    if (only_changed && !d.changed) continue;
    Json entry{{"section", d.section}, {"name", d.name}, {"changed", d.changed}};
    if (d.measure.empty()) {
      entry["before"] = d.before, entry["after"] = d.after;
    } else {
      entry["measure"] = d.measure;
    }
    list.push_back(std::move(entry));
  }
  return {{"differ", diff.any()}, {"entries", list}};
}

}  // namespace ansatz::host
