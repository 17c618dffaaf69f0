// A pipeline while it is checked.  Each pass fills in what the next ones need; a step that one pass gave up
// on keeps nullptr there, and later passes leave it alone instead of reporting the consequences.
//
//   read_language -> resolve_verbs -> read_sweep -> resolve_settings -> resolve_points -> resolve_wiring
//                 -> order_steps -> check_shapes -> read_claims -> read_figures
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipeline/node.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/report.hpp"
#include "pipeline/sweep.hpp"

namespace ansatz::host {

// One entry of `in:`.
struct DraftInput {
  std::string port;
  Location place;         // of the port's name
  const Node* reference;  // as written
  const PortInfo* info = nullptr;
  std::optional<Reference> resolved;
};

struct DraftStep {
  Step step;
  Location place;                                                           // of its name
  const Node *verb_node = nullptr, *model_node = nullptr, *with = nullptr;  // `do`, `model`, `with`
  bool swept = false;                                                       // the sweep sets some of `with`
  std::vector<DraftInput> inputs;

  const PluginInfo* plugin = nullptr;
  const ModelInfo* model = nullptr;
  const VerbInfo* verb = nullptr;

  // The steps that must run before, each with the place that says so.
  std::vector<std::pair<std::size_t, Location>> needs;
};

struct DraftData {
  DataEntry entry;
  bool from_command_line = false;  // --data replaced the file
  std::unique_ptr<DataFile> file;  // open, if files are looked at and it could be opened
  std::map<std::string, std::optional<ArrayInfo>> items;  // looked at so far; nothing: could not be opened
};

struct Draft {
  Pipeline pipeline;  // steps and data are moved in at the end
  std::vector<DraftData> data;
  std::vector<DraftStep> steps;
  std::unordered_map<std::string, std::size_t> data_index, step_index;
  const Node *claims = nullptr, *figures = nullptr, *sweep = nullptr;
  SweepPoints points;
  std::deque<Node> swept_settings;  // `with:` of the first point's steps, where the sweep sets any
  std::vector<std::size_t> order;   // of steps; all of them if there is no cycle
  std::vector<std::string> data_names, step_names, source_names;  // for hints; source_names: both
};

// Puts the values of --set into the tree, before anything is checked.
void apply_overrides(Node& root, const std::vector<std::string>& overrides, Report& report);

// Keys, names and kinds of entries.  The nodes that the draft points to belong to `root`.
void read_language(const Node& root, const std::filesystem::path& folder, const CheckOptions& options,
                   Draft& draft, Report& report);
void resolve_verbs(Draft& draft, Catalogue& catalogue, Report& report);
// Expands `sweep:` and puts the first point's values into `with:`.
void read_sweep(Draft& draft, Report& report);
void resolve_settings(Draft& draft, Report& report);
// The values of the other points, checked as the first one's were.
void resolve_points(Draft& draft, Report& report);
// References, `model:`, required inputs; opens data files.
void resolve_wiring(Draft& draft, const OpenData& open, Report& report);
// Topological, else as in the file; a finding for each cycle.
void order_steps(Draft& draft, Report& report);
void check_shapes(Draft& draft, Report& report);
void read_claims(Draft& draft, Report& report);
void read_figures(Draft& draft, Report& report);

// Split "source.item" at the first dot.  Reports and gives nothing if it is no reference.
[[nodiscard]] std::optional<Reference> read_reference(const Node& node, const std::string& what,
                                                      Report& report);

// Letters, digits, '-' and '_', at most 64, not starting with '-'.
[[nodiscard]] bool is_name(const std::string& text);
inline constexpr const char* name_rule = "letters, digits, '-' and '_', at most 64, not starting with '-'";

}  // namespace ansatz::host
