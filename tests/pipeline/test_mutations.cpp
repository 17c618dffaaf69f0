// Pipelines with a few bytes changed, always the same ones: whatever comes out must be consistent.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "cases.hpp"
#include "guarded.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t mutations = 6000;

class Mutator {
 public:
  Mutator(const std::vector<std::string>& texts, std::uint64_t number)
      : texts_{texts}, random_{static_cast<std::uint_fast32_t>(number)} {}

  std::string next() {
    std::string text = texts_[below(texts_.size())];
    for (std::size_t i = 0, changes = 1 + below(4); i < changes; ++i) change(text);
    return text;
  }

 private:
  // The generator's numbers are fixed by the standard; its distributions are not.
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  void change(std::string& text) {
    static const std::vector<std::string> pieces{"[",
                                                 "]",
                                                 "{",
                                                 "}",
                                                 ",",
                                                 ":",
                                                 ": ",
                                                 "- ",
                                                 "? ",
                                                 "&a ",
                                                 "*a",
                                                 "!!str ",
                                                 "! ",
                                                 "|\n",
                                                 ">",
                                                 "'",
                                                 "\"",
                                                 "\\",
                                                 "#",
                                                 " #",
                                                 "%",
                                                 "---\n",
                                                 "\t",
                                                 "\n",
                                                 "\r",
                                                 " ",
                                                 "  ",
                                                 "<<: ",
                                                 "~",
                                                 "null",
                                                 "yes",
                                                 "010",
                                                 "0x1",
                                                 "1_0",
                                                 ".nan",
                                                 ".inf",
                                                 "-",
                                                 "1e999",
                                                 "\xFF",
                                                 "\xC3",
                                                 "\xE2\x80\xAE",
                                                 std::string(1, '\0'),
                                                 "...",
                                                 "@",
                                                 "`",
                                                 "."};
    const std::size_t at = below(text.size()), length = below(12);
    switch (below(6)) {
      case 0: text.erase(at, length); break;
      case 1: text.insert(at, pieces[below(pieces.size())]); break;
      case 2: text.insert(at, text.substr(below(text.size()), length)); break;
      case 3:
        if (!text.empty()) text[at] = static_cast<char>(below(256));
        break;
      case 4: text.resize(at); break;
      default: {
        const std::string& other = texts_[below(texts_.size())];
        text.insert(at, other.substr(below(other.size()), below(80)));
      }
    }
  }

  const std::vector<std::string>& texts_;
  std::mt19937 random_;
};

bool consistent(const std::string& text) {
  const Checked checked = check(text);
  const Diagnostics& diagnostics = checked.diagnostics;
  if (checked.pipeline.has_value() == diagnostics.failed()) return false;
  // Lines as an editor counts them: \r\n, \n and \r end one.
  int lines = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) ++lines;
  }
  for (const Diagnostic& d : diagnostics.list()) {
    const bool placed = d.location.line >= 0 && d.location.line <= lines && d.location.column >= 0;
    if (!placed || d.message.empty() || explain(d.code).empty()) return false;
  }
  const auto json = nlohmann::json::parse(diagnostics.to_json("p.yaml").dump());  // throws if it is no UTF-8
  if (json["diagnostics"].size() != diagnostics.list().size()) return false;
  if (diagnostics.render("p.yaml", text, true).empty() != diagnostics.list().empty()) return false;
  return !checked.pipeline || nlohmann::json::parse(checked.pipeline->frozen()).is_object();
}

}  // namespace

TEST_CASE("mutated pipelines are read or refused, never worse") {
  std::vector<std::string> texts;
  for (const Case& test : all_cases()) {
    if (test.text.size() < 4000) texts.push_back(test.text);
  }
  const Usage usage = guarded(
      [&](volatile std::uint64_t& progress) {
        for (std::uint64_t i = 0; i < mutations; ++i) {
          progress = i;
          if (!consistent(Mutator{texts, i}.next())) throw std::logic_error{"inconsistent"};
        }
      },
      120);
  INFO("mutation " << usage.progress << ":\n" << Mutator(texts, usage.progress).next());
  CHECK(usage.ended_well);
  CHECK(usage.progress == mutations - 1);
  if (sanitized()) return;
  CHECK(usage.cpu_seconds < 30);
  CHECK(usage.megabytes < 64);
}

}  // namespace ansatz::host
