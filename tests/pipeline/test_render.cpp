#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "fakes.hpp"
#include "pipeline/codes.hpp"

namespace ansatz::host {
namespace {

Diagnostics one(Location place, const std::string& message = "bad") {
  Diagnostics diagnostics;
  diagnostics.add({"P020", place, message, "good", "do better"});
  return diagnostics;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines{""};
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

}  // namespace

TEST_CASE("a finding is shown with its place, line, caret, expectation and hint") {
  const std::string source = "ansatz: 1\nnaem: \"a b\" # c\n";
  CHECK(one({2, 1}).render("p.yaml", source, false) ==
        "p.yaml:2:1: error[P020]: bad\n"
        "    2 | naem: \"a b\" # c\n"
        "      | ^^^^\n"
        "    expected: good\n"
        "    help: do better\n"
        "\n"
        "1 error in p.yaml; more about one: ansatz explain P020\n");
  CHECK(lines_of(one({2, 7}).render("p", source, false))[2] ==
        "      |       ^^^^^");                                               // a quoted text as a whole
  CHECK(lines_of(one({3, 1}).render("p", source, false))[2] == "      | ^");  // the end of the file
  CHECK(lines_of(one({0, 0}).render("p", source, false))[0] == "p: error[P020]: bad");
  CHECK(lines_of(one({0, 0}).render("p", source, false))[1] == "    expected: good");
  CHECK(lines_of(one({9, 1}).render("p", source, false))[1] == "    expected: good");  // no such line
  CHECK(Diagnostics{}.render("p", source, false).empty());
}

TEST_CASE("the caret stands under its letter: tabs, wide letters, marks, Windows line ends") {
  const auto caret = [](const std::string& line, int column) {
    const auto lines = lines_of(one({2, column}).render("p", "a\r\n" + line + "\r\nb", false));
    return std::pair{lines[1].substr(8), lines[2].substr(8)};
  };
  CHECK(caret("\tx", 2) == std::pair<std::string, std::string>{"  x", "  ^"});
  CHECK(caret("\xC3\xA9 x", 3) == std::pair<std::string, std::string>{"\xC3\xA9 x", "  ^"});
  CHECK(caret("\xE4\xB8\xAD x", 3) == std::pair<std::string, std::string>{"\xE4\xB8\xAD x", "   ^"});
  CHECK(caret("e\xCC\x81 x", 4) == std::pair<std::string, std::string>{"e\xCC\x81 x", "  ^"});
  // What could steer a terminal is not passed on.
  CHECK(caret("\x1B[1m x", 6) == std::pair<std::string, std::string>{"\xEF\xBF\xBD[1m x", "     ^"});
  CHECK(caret("\xFFx", 2) == std::pair<std::string, std::string>{"\xEF\xBF\xBDx", " ^"});
}

TEST_CASE("a long line is clipped around the place") {
  const std::string source = std::string(500, 'a') + " b " + std::string(500, 'c');
  const auto lines = lines_of(one({1, 502}).render("p", source, false));
  CHECK(lines[1].size() < 120);
  REQUIRE(lines[2].find('^') != std::string::npos);
  CHECK(lines[1][lines[2].find('^')] == 'b');
  CHECK(lines[1].find("...") == 8);
  CHECK(lines[1].substr(lines[1].size() - 3) == "...");
}

TEST_CASE("findings stand in the order of their places, fifty of them, and the counts come last") {
  Diagnostics diagnostics;
  for (int i = 70; i > 0; --i) diagnostics.add({"P020", {i, 1}, fmt::format("m{}", i), "", ""});
  diagnostics.add({"P072", {1, 1}, "doubt", "", "", true});
  const std::string text = diagnostics.render("p", "", false);
  CHECK(text.find("m1\n") < text.find("m2\n"));
  CHECK(text.find("m49\n") != std::string::npos);
  CHECK(text.find("m50\n") == std::string::npos);
  const auto lines = lines_of(text);
  CHECK(lines[lines.size() - 3] == "... and 21 more");
  CHECK(lines[lines.size() - 2] == "70 errors and 1 warning in p; more about one: ansatz explain P020");
  diagnostics.sort();
  CHECK(diagnostics.list().front().message == "m1");
  CHECK(diagnostics.list().back().message == "m70");
}

TEST_CASE("beyond the capacity findings are counted, and an error among them counts") {
  Diagnostics diagnostics;
  for (std::size_t i = 0; i < Diagnostics::capacity; ++i)
    diagnostics.add({"P072", {1, 1}, "w", "", "", true});
  CHECK_FALSE(diagnostics.failed());
  diagnostics.add({"P020", {1, 1}, "e", "", ""});
  CHECK(diagnostics.failed());
  CHECK(diagnostics.list().size() == Diagnostics::capacity);
  CHECK(diagnostics.to_json("p")["errors"] == 1);
  CHECK(diagnostics.to_json("p")["warnings"] == Diagnostics::capacity);
}

TEST_CASE("colour is a matter of escapes only") {
  const std::string source = "ansatz: 1\n";
  std::string coloured = one({1, 1}).render("p", source, true);
  CHECK(coloured.find('\x1B') != std::string::npos);
  for (std::size_t at = 0; (at = coloured.find('\x1B')) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) + 1 - at);
  }
  CHECK(coloured == one({1, 1}).render("p", source, false));
}

TEST_CASE("JSON carries the same, as valid UTF-8") {
  Diagnostics diagnostics = one({2, 7}, "bad \xFF\x1B[1m");
  const auto json = nlohmann::json::parse(diagnostics.to_json("p.yaml").dump());
  CHECK(json["file"] == "p.yaml");
  CHECK(json["errors"] == 1);
  const auto& d = json["diagnostics"][0];
  CHECK(d["code"] == "P020");
  CHECK(d["title"] == "unknown key");
  CHECK(d["severity"] == "error");
  CHECK(d["line"] == 2);
  CHECK(d["column"] == 7);
  CHECK(d["message"] == "bad \xEF\xBF\xBD\xEF\xBF\xBD[1m");
  CHECK(d["expected"] == "good");
  CHECK(d["hint"] == "do better");
}

TEST_CASE("every code has a title and an explanation with two examples") {
  for (const std::string& code : diagnostic_codes()) {
    INFO(code);
    const std::string text = explain(code);
    CHECK(text.rfind(code + ": " + title_of(code) + "\n", 0) == 0);
    CHECK_FALSE(title_of(code).empty());
    CHECK(text.find("\nWrong:\n    ") != std::string::npos);
    CHECK(text.find("\nRight:\n    ") != std::string::npos);
    for (const std::string& line : lines_of(text)) CHECK(line.size() <= 110);
  }
  CHECK(explain("P999").empty());
  CHECK(explain("").empty());
}

}  // namespace ansatz::host
