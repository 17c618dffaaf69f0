#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "cases.hpp"

namespace ansatz::host {
namespace {

struct Marked {
  std::string text;  // without the markers
  std::vector<Location> places;
};

Marked take_out_markers(const std::string& text) {
  Marked marked;
  Location place{1, 1};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "@@") == 0) {
      marked.places.push_back(place);
      ++i;
      continue;
    }
    marked.text += text[i];
    const bool continues = (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
    if (text[i] == '\n') {
      place = {place.line + 1, 1};
    } else if (!continues) {
      ++place.column;
    }
  }
  return marked;
}

std::string text_of(const Diagnostics& diagnostics) { return diagnostics.render("p.yaml", "", false); }

void run(const Case& test) {
  const Marked marked = take_out_markers(test.text);
  const Checked checked = check(marked.text, test.options);
  const std::string rendered = text_of(checked.diagnostics);
  INFO(marked.text << "\n----\n" << rendered);

  Diagnostics sorted = checked.diagnostics;
  sorted.sort();
  std::vector<std::string> codes;
  std::vector<Location> places;
  bool any_error = false;
  for (const Diagnostic& d : sorted.list()) {
    codes.push_back(d.code);
    any_error = any_error || !d.warning;
    if (d.location.line > 0) places.push_back(d.location);
  }
  CHECK(codes == test.codes);
  CHECK(checked.pipeline.has_value() == !any_error);
  CHECK(places.size() == marked.places.size());
  for (std::size_t i = 0; i < std::min(places.size(), marked.places.size()); ++i) {
    CHECK(places[i].line == marked.places[i].line);
    CHECK(places[i].column == marked.places[i].column);
  }
  for (const std::string& word : test.words) {
    INFO("looked for: " << word);
    CHECK(rendered.find(word) != std::string::npos);
  }
}

void run_all(const std::vector<Case>& cases) {
  for (const Case& test : cases) run(test);
}

}  // namespace

TEST_CASE("the text of a file") { run_all(text_cases()); }
TEST_CASE("values of parameters and keys") { run_all(value_cases()); }
TEST_CASE("plugins, verbs and parameters") { run_all(plugin_cases()); }
TEST_CASE("references, types and shapes") { run_all(wiring_cases()); }
TEST_CASE("claims and the command line") { run_all(claim_cases()); }
TEST_CASE("sweeps and pictures") { run_all(sweep_cases()); }

TEST_CASE("every code is produced by a case, and every code of a case is in the table") {
  std::set<std::string> produced;
  for (const Case& test : all_cases()) produced.insert(test.codes.begin(), test.codes.end());
  const auto codes = diagnostic_codes();
  CHECK(produced == std::set<std::string>(codes.begin(), codes.end()));
  CHECK(std::is_sorted(codes.begin(), codes.end()));
  CHECK(std::adjacent_find(codes.begin(), codes.end()) == codes.end());
}

}  // namespace ansatz::host
