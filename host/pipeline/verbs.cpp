// `do: plugin.verb` and `do: plugin.model.verb`.
#include <fmt/core.h>

#include <unordered_map>

#include "pipeline/draft.hpp"

namespace ansatz::host {
namespace {

constexpr const char* form = "do: plugin.verb, or plugin.model.verb";

template <class List>
auto find_named(const List& list, const std::string& name) -> decltype(&list.front()) {
  for (const auto& item : list) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

std::vector<std::string> split_at_dots(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// Resolves the verbs of all steps; asks the catalogue once for each plugin.
class Resolver {
 public:
  Resolver(Catalogue& catalogue, Report& report) : catalogue_{catalogue}, report_{report} {}

  void resolve(DraftStep& step) {
    if (step.verb_node == nullptr) return;
    const std::string* text = report_.text(*step.verb_node, "`do`", form);
    if (text == nullptr) return;
    const auto parts = split_at_dots(*text);
    bool empty_part = false;
    for (const std::string& part : parts) empty_part = empty_part || part.empty();
    if (parts.size() < 2 || parts.size() > 3 || empty_part) {
      return report_.error(code::bad_do, *step.verb_node, fmt::format("`do` is {}", in_quotes(*text)), form,
                           parts.size() == 1 ? verbs_or_name(*text) : "");
    }
    const PluginInfo* plugin = find_plugin(parts[0], *step.verb_node);
    if (plugin == nullptr) return;
    const ModelInfo* model = parts.size() == 3 ? find_model(*plugin, parts[1], *step.verb_node)
                                               : find_model_of_verb(*plugin, parts[1], *step.verb_node);
    if (model == nullptr) return;
    const VerbInfo* verb = find_named(model->verbs, parts.back());
    if (verb == nullptr) {
      const auto verbs = names_of(model->verbs);
      return report_.error(
          code::unknown_verb, *step.verb_node,
          fmt::format("the model {}.{} has no verb {}", plugin->id, model->name, in_quotes(parts.back())),
          "one of " + listed(verbs), report_.suggest(parts.back(), verbs));
    }
    step.plugin = plugin;
    step.model = model;
    step.verb = verb;
    step.step.plugin = plugin->id;
    step.step.model = model->name;
    step.step.verb = verb->name;
  }

 private:
  const std::vector<std::string>& plugin_ids() {
    if (!ids_) ids_ = catalogue_.ids();
    return *ids_;
  }

  // `do` is one word: a plugin without its verb, or a slip.
  std::string verbs_or_name(const std::string& word) {
    const PluginInfo* plugin = catalogue_.find(word);
    if (plugin == nullptr) return report_.suggest(word, plugin_ids());
    std::vector<std::string> verbs;
    for (const ModelInfo& model : plugin->models) {
      for (const VerbInfo& verb : model.verbs) verbs.push_back(fmt::format("{}.{}", word, verb.name));
    }
    return "write one of " + listed(verbs);
  }

  const PluginInfo* find_plugin(const std::string& id, const Node& place) {
    const auto [known, first_time] = plugins_.try_emplace(id, nullptr);
    if (first_time) known->second = catalogue_.find(id);
    if (known->second != nullptr) return known->second;
    const auto& ids = plugin_ids();
    // The reasons can be long: once is enough.  They may come with a hint of their own.
    std::string message =
        first_time ? catalogue_.why_not(id) : fmt::format("there is no plugin {} (see above)", in_quotes(id));
    if (message.find(id) == std::string::npos) message = fmt::format("plugin {}: {}", in_quotes(id), message);
    const bool has_hint = message.find("did you mean") != std::string::npos;
    report_.error(code::unknown_plugin, place, message, "one of " + listed(ids),
                  has_hint ? "" : report_.suggest(id, ids));
    return nullptr;
  }

  const ModelInfo* find_model(const PluginInfo& plugin, const std::string& name, const Node& place) {
    if (const ModelInfo* model = find_named(plugin.models, name)) return model;
    const auto names = names_of(plugin.models);
    report_.error(code::unknown_model, place,
                  fmt::format("the plugin {} has no model {}", plugin.id, in_quotes(name)),
                  "one of " + listed(names), report_.suggest(name, names));
    return nullptr;
  }

  const ModelInfo* find_model_of_verb(const PluginInfo& plugin, const std::string& verb, const Node& place) {
    std::vector<const ModelInfo*> models;
    std::vector<std::string> spellings, verbs;
    for (const ModelInfo& model : plugin.models) {
      if (find_named(model.verbs, verb) != nullptr) {
        models.push_back(&model);
        spellings.push_back(fmt::format("{}.{}.{}", plugin.id, model.name, verb));
      }
      for (const VerbInfo& other : model.verbs) verbs.push_back(other.name);
    }
    if (models.size() == 1) return models.front();
    if (models.empty()) {
      const bool is_model = find_named(plugin.models, verb) != nullptr;
      report_.error(
          code::unknown_verb, place, fmt::format("the plugin {} has no verb {}", plugin.id, in_quotes(verb)),
          "one of " + listed(verbs),
          is_model ? fmt::format("{} is a model; write {}.{}.VERB", in_quotes(verb), plugin.id, verb)
                   : report_.suggest(verb, verbs));
    } else {
      report_.error(
          code::ambiguous_verb, place,
          fmt::format("{} models of {} have the verb {}", models.size(), plugin.id, in_quotes(verb)),
          "one of " + listed(spellings), "name the model");
    }
    return nullptr;
  }

  Catalogue& catalogue_;
  Report& report_;
  std::unordered_map<std::string, const PluginInfo*> plugins_;
  std::optional<std::vector<std::string>> ids_;
};

}  // namespace

void resolve_verbs(Draft& draft, Catalogue& catalogue, Report& report) {
  Resolver resolver{catalogue, report};
  for (DraftStep& step : draft.steps) resolver.resolve(step);
}

}  // namespace ansatz::host
