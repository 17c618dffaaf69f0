// The table behind `ansatz explain`: one row a code, with what it means, a wrong and a right example.
#include "pipeline/codes.hpp"

#include <fmt/core.h>

#include <sstream>

#include "pipeline/diagnostic.hpp"

namespace ansatz::host {
namespace {

struct Row {
  const char *code, *title, *text, *wrong, *right;
};

constexpr Row table[] = {
    // The text of the file.
    {code::too_large, "the file is too large",
     "A pipeline names data, it does not hold them: 1 MiB is the limit. Put long lists of numbers into a "
     "data file and wire them to a port.",
     "x: [0.1, 0.2, ... a million numbers ...]", "data: {x: {file: numbers.npy}}"},
    {code::not_text, "the file is not UTF-8 text",
     "Pipelines are UTF-8 text without control characters. UTF-16 (Windows editors call it Unicode), "
     "Latin-1, NUL bytes and invisible characters are refused, because what you see would not be what is "
     "read.",
     "name: caf\\xe9 (Latin-1)", "name: cafe, or save the file as UTF-8"},
    {code::syntax, "the YAML is malformed",
     "The text does not follow YAML's grammar, so nothing behind this place was looked at. Often a ':' or "
     "'#' inside a text that needs quotes, or a line that is indented unlike its neighbours.",
     "because: ratio 3: 1", "because: \"ratio 3: 1\""},
    {code::too_deep, "nested too deeply",
     "No part of the language nests more than a few levels; 32 are read.", "with: {a: [[[[[[ ... ]]]]]]}",
     "with: {a: [1, 2, 3]}"},
    {code::empty, "the file holds no pipeline", "The file is empty, or all of it is comments.",
     "# steps: ...",
     "ansatz: 1\n"
     "name: first\n"
     "steps: {...}"},
    {code::documents, "more than one document",
     "One file is one pipeline: a line '---' or '...' followed by more text starts a second document.",
     "ansatz: 1\n"
     "...\n"
     "---\n"
     "ansatz: 1",
     "two files"},
    {code::duplicate_key, "a key is given twice",
     "Other readers of YAML silently keep the last one. Remove or rename one of the two.",
     "with: {penalty: 0.1, penalty: 0.2}", "with: {penalty: 0.2}"},
    {code::merge_key, "merge keys are not supported",
     "'<<' is an extension of YAML 1.1, not part of YAML 1.2. Write the settings out, so that a step can be "
     "read where it stands.",
     "with: {<<: *common, penalty: 1.0}", "with: {kernel: gaussian, penalty: 1.0}"},
    {code::anchor, "anchors and aliases are not supported",
     "'&name' marks a part of the text and '*name' repeats it. Pipelines have neither, so that a step can be "
     "read where it stands. A text that starts with '&' or '*' needs quotes.",
     "a: &k {kernel: linear}\n"
     "b: *k",
     "a: {kernel: linear}\n"
     "b: {kernel: linear}"},
    {code::tag, "tags are not supported",
     "'!tag' gives a type to a value. Here the plugin's documentation fixes the type. A text that starts "
     "with '!' needs quotes.",
     "seed: !!int 3", "seed: 3"},
    {code::key_not_text, "a key is no plain text",
     "Keys are names. Lists, maps and empty keys cannot be one.", "{[a, b]: 1}", "{a: 1, b: 1}"},
    {code::tab, "a tab is used as indentation",
     "YAML indents with spaces only, because a tab has a different width for everyone.",
     "steps:\n"
     "<tab>split: {...}",
     "steps:\n"
     "  split: {...}"},
    {code::unclosed, "a quote or a bracket is not closed",
     "Everything behind the opening quote or bracket was taken as part of it.", "because: \"too small",
     "because: \"too small\""},
    {code::too_many, "too many values",
     "More than 100,000 keys and values, or 200,000 brackets and commas, are no pipeline but data. Put them "
     "into a data file.",
     "x: [1, 2, ... a million ...]", "data: {x: {file: numbers.npy}}"},
    // The language.
    {code::unknown_key, "unknown key",
     "The language has a fixed set of keys at each place; a misspelt key would otherwise be ignored in "
     "silence.",
     "step: {...}", "steps: {...}"},
    {code::wrong_shape, "wrong kind of entry",
     "A map ({key: value}), a list ([a, b]) or a single value was expected here, and something else was "
     "found.",
     "steps: [split, ridge]", "steps: {split: {do: prepare.split}}"},
    {code::missing_key, "a required key is missing",
     "A pipeline has ansatz, name and steps; a step has do; a data entry has file; a claim has that.",
     "split: {in: {x: digits.images}}", "split: {do: prepare.split, in: {x: digits.images}}"},
    {code::language_version, "another version of the language",
     "The first key says which version of the language the file is written in; this program reads version 1.",
     "ansatz: 2", "ansatz: 1"},
    {code::bad_name, "not a valid name",
     "Names of pipelines, data and steps become names of files and HDF5 groups: letters, digits, '-' and "
     "'_', at most 64, not starting with '-'.",
     "name: my run/1", "name: my-run-1"},
    {code::name_taken, "two entries have one name",
     "Data and steps share their names, because references are written alike: 'split.x'.",
     "data: {split: {file: a.h5}}\n"
     "steps: {split: {...}}",
     "data: {source: {file: a.h5}}\n"
     "steps: {split: {...}}"},
    // Values.
    {code::wrong_kind, "wrong kind of value",
     "The parameter takes another kind of value. Integers serve as reals; nothing else is converted.",
     "penalty: small", "penalty: 0.001"},
    {code::boolean_spelling, "a boolean is spelt true or false",
     "yes, no, on, off, y and n were booleans in YAML 1.1 and are texts in YAML 1.2. Only true and false are "
     "read as booleans, in lower case.",
     "intercept: yes", "intercept: true"},
    {code::number_spelling, "a number is written in a way that readers disagree on",
     "010 is 8 for YAML 1.1 and 10 for YAML 1.2; 0x10, 0o10 and 1_000 are numbers for some readers and texts "
     "for others. Numbers are decimal, without leading zeros or separators, and must fit: integers in 64 "
     "bits, reals in a double.",
     "degree: 010", "degree: 10"},
    {code::out_of_range, "out of range",
     "The plugin gives the range of every number; in a list it holds for each entry. NaN is in no range.",
     "penalty: -1.0", "penalty: 0.001"},
    {code::not_a_choice, "not one of the choices", "The parameter takes one of a few words.",
     "kernel: gausian", "kernel: gaussian"},
    {code::needs_quotes, "a text that looks like something else needs quotes",
     "Where a text is expected, 12, 1e3, true or null could be meant as a number, a boolean or nothing. "
     "Quotes settle it.",
     "name: 2024", "name: \"2024\""},
    {code::no_value, "no value is given",
     "The key is there, its value is not ('null' and '~' mean the same). Leave the key out to have the "
     "default.",
     "penalty:", "penalty: 0.001"},
    // Plugins, verbs and parameters.
    {code::unknown_plugin, "the plugin was not found or was refused",
     "Plugins are found by name in the folders that the message lists. `ansatz plugin list --failures` shows "
     "every file that was refused and why.",
     "do: kernel-rigde.fit", "do: kernel-ridge.fit"},
    {code::unknown_model, "the plugin has no such model",
     "'plugin.model.verb' names the model in the middle.", "do: kernel-ridge.ridge.fit",
     "do: kernel-ridge.kernel-ridge.fit"},
    {code::unknown_verb, "no such verb", "`ansatz plugin info NAME` lists the verbs of a plugin.",
     "do: kernel-ridge.train", "do: kernel-ridge.fit"},
    {code::ambiguous_verb, "several models have this verb",
     "The short form plugin.verb works where exactly one model of the plugin has the verb.", "do: em.fit",
     "do: em.gaussian-mixture.fit"},
    {code::bad_do, "`do` is not plugin.verb",
     "`do` says what a step does: plugin.verb, or plugin.model.verb.", "do: fit", "do: kernel-ridge.fit"},
    {code::unknown_parameter, "no such parameter",
     "`ansatz plugin info NAME` lists the parameters with their ranges and defaults.", "with: {penalti: 0.1}",
     "with: {penalty: 0.1}"},
    {code::missing_parameter, "a required parameter is missing",
     "The parameter has no default, since no value would be right for most data.", "with: {}",
     "with: {components: 3}"},
    {code::settings_of_another_step, "the parameter belongs to the step that made the model",
     "With `model:` a step goes on from what another step has learned; how that model is set was decided "
     "there.",
     "guess: {do: kernel-ridge.predict, model: ridge, with: {penalty: 0.1}}",
     "ridge: {do: kernel-ridge.fit, with: {penalty: 0.1}}\n"
     "guess: {do: kernel-ridge.predict, model: ridge}"},
    {code::unused_parameter, "the parameter has no effect here",
     "It is used only together with a certain value of another parameter. Setting it would suggest that it "
     "mattered.",
     "with: {kernel: gaussian, degree: 3}", "with: {kernel: polynomial, degree: 3}"},
    // Wiring.
    {code::bad_reference, "not a reference",
     "A reference is 'data.item', 'data' where the file holds one array, or 'step.output'.",
     "in: {x: .images}", "in: {x: digits.images}"},
    {code::unknown_source, "no such data or step",
     "The part before the first dot names an entry of `data` or a step.", "in: {x: digit.images}",
     "in: {x: digits.images}"},
    {code::unknown_input, "the verb has no such input", "`in:` maps the verb's input ports to references.",
     "in: {features: digits.images}", "in: {x: digits.images}"},
    {code::missing_input, "a required input is missing",
     "The port is not marked optional, so the verb cannot run without it.",
     "ridge: {do: kernel-ridge.fit, in: {x: split.train_x}}",
     "ridge: {do: kernel-ridge.fit, in: {x: split.train_x, y: split.train_y}}"},
    {code::unknown_output, "the step has no such output",
     "The part after the dot names an output port of the step's verb.", "in: {x: split.training}",
     "in: {x: split.train_x}"},
    {code::cycle, "steps need each other", "Each of these steps waits for the next, so none can start.",
     "a: {in: {x: b.y}}\n"
     "b: {in: {x: a.y}}",
     "a: {in: {x: digits.images}}\n"
     "b: {in: {x: a.y}}"},
    {code::wrong_model, "the step named by `model` has no fitting state",
     "`model:` names a step whose verb learns, of the same plugin and model.",
     "guess: {do: kernel-ridge.predict, model: split}", "guess: {do: kernel-ridge.predict, model: ridge}"},
    {code::missing_model, "the verb needs a learned model",
     "The verb works on what another step has learned; name that step with `model:`.",
     "guess: {do: kernel-ridge.predict, in: {x: split.test_x}}",
     "guess: {do: kernel-ridge.predict, model: ridge, in: {x: split.test_x}}"},
    {code::needless_model, "the verb takes no learned model",
     "The verb starts from nothing; what `model:` names would be ignored.",
     "split: {do: prepare.split, model: ridge}", "split: {do: prepare.split}"},
    {code::element_type, "wrong element type", "The port does not take arrays of this element type.",
     "in: {x: books.words} (text, where numbers are expected)", "in: {x: books.counts}"},
    {code::dims_differ, "shapes do not agree",
     "A port's dims name its dimensions: \"n,d\" has two, \"\" is a single number, \"n,m|n\" allows either, "
     "\"...\" any further ones. A letter has one size in all ports of a step.",
     "in: {x: split.train_x, y: split.test_y}", "in: {x: split.train_x, y: split.train_y}"},
    {code::data_unreadable, "a data file cannot be read",
     "The file is missing, damaged, or not of a format that is known. File names are relative to the "
     "pipeline's folder.",
     "data: {digits: {file: digit.h5}}", "data: {digits: {file: data/digits.h5}}"},
    {code::unknown_item, "no such array in the data file",
     "`ansatz show FILE` lists the arrays in a data file.", "in: {x: digits.image}",
     "in: {x: digits.images}"},
    // Claims.
    {code::bad_claim, "the claim's conditions make no sense",
     "A claim has at_least, at_most or both, or equals with an optional within.", "{that: error.accuracy}",
     "{that: error.accuracy, at_least: 0.9}"},
    {code::claim_not_scalar, "a claim is about one number", "The output that is named is an array or a text.",
     "{that: guess.y, at_least: 0}", "{that: error.accuracy, at_least: 0.9}"},
    {code::doubtful_metric, "perhaps a misspelt output",
     "The step has no output of this name, so it is taken as a metric; metrics are known only when the step "
     "has run. An output (or a parameter, in a picture) has nearly the same name.",
     "{that: error.acuracy, at_least: 0.9}", "{that: error.accuracy, at_least: 0.9}"},
    // Command line.
    {code::bad_override, "an override cannot be read",
     "--set takes step.parameter=value, seed=3 or name=text. Values are written as in the file.",
     "--set ridge.penalty", "--set ridge.penalty=0.1"},
    {code::unknown_override, "an override names nothing in the pipeline",
     "--set changes parameters of steps that exist, the seed and the name.", "--set rigde.penalty=0.1",
     "--set ridge.penalty=0.1"},
    {code::unknown_data_override, "--data names no data entry",
     "--data NAME=FILE replaces the file of an entry of `data`.", "--data digit=other.h5",
     "--data digits=other.h5"},
    // Pictures.
    {code::bad_picture, "a picture that cannot be drawn",
     "The keys of an entry of `report` do not go together: a band needs low and high for every curve, and is "
     "given by them or by `band`, not by both; a heat map takes one list of names for its rows.",
     "- {plot: line, x: curve.load, y: curve.overlap, low: curve.low}",
     "- {plot: line, x: curve.load, y: curve.overlap, low: curve.low, high: curve.high}"},
    // Sweeps.
    {code::sweep_target, "a sweep of something that is no parameter of a step",
     "A sweep varies parameters, named step.parameter, and through `seeds` the pipeline's seed.",
     "sweep: {grid: {penalty: [0.1, 1.0]}}", "sweep: {grid: {ridge.penalty: [0.1, 1.0]}}"},
    {code::bad_sweep, "a sweep that has no points, or is not clear",
     "A parameter is swept once and not set by --set as well; the lists of a zip have one length; ranges run "
     "from the lesser to the greater end, logarithmic ones above zero; 100,000 points are the limit.",
     "sweep: {zip: {ridge.penalty: [0.1, 1.0], ridge.length: [1, 2, 3]}}",
     "sweep: {zip: {ridge.penalty: [0.1, 1.0, 10.0], ridge.length: [1, 2, 3]}}"},
    {code::idle_skip, "an entry of `skip` that skips nothing",
     "No point of the sweep has these values, so the entry has no effect. Perhaps a value is misspelt.",
     "skip: [{ridge.kernel: gausian}]", "skip: [{ridge.kernel: gaussian}]"},
};

const Row* find(const std::string& code) {
  for (const Row& row : table) {
    if (code == row.code) return &row;
  }
  return nullptr;
}

std::string wrapped(const std::string& text) {
  std::string shown;
  std::istringstream words{text};
  std::size_t column = 0;
  for (std::string word; words >> word; column += word.size() + 1) {
    const bool fits = column + word.size() <= 100;
    if (!fits) column = 0;
    shown += (shown.empty() ? "" : fits ? " " : "\n") + word;
  }
  return shown;
}

std::string indented(const std::string& text) {
  std::string shown = "    ";
  for (const char c : text) shown += c == '\n' ? std::string{"\n    "} : std::string{c};
  return shown;
}

}  // namespace

std::string title_of(const std::string& code) {
  const Row* row = find(code);
  return row == nullptr ? "" : row->title;
}

std::string explain(const std::string& code) {
  const Row* row = find(code);
  if (row == nullptr) return "";
  return fmt::format("{}: {}\n\n{}\n\nWrong:\n{}\n\nRight:\n{}\n", row->code, row->title, wrapped(row->text),
                     indented(row->wrong), indented(row->right));
}

std::vector<std::string> diagnostic_codes() {
  std::vector<std::string> codes;
  for (const Row& row : table) codes.emplace_back(row.code);
  return codes;
}

}  // namespace ansatz::host
