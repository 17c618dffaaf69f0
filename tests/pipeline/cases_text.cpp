#include "cases.hpp"

namespace ansatz::host {

namespace {

const std::string good = with_steps("  fit: {do: ridge.fit, in: {x: digits.images, y: digits.labels}}\n");

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

std::vector<Case> text_cases() {
  using namespace std::string_literals;
  std::vector<Case> cases{
      {good, {}, {}},
      {"\xEF\xBB\xBF" + good, {}, {}},
      {replaced(good, "\n", "\r\n"), {}, {}},
      {replaced(good, "\n", "\r"), {}, {}},
      {"%YAML 1.2\n---\n" + good + "...\n", {}, {}},
      {std::string((1u << 20) + 1, '#'), {"P001"}, {"1048576 bytes"}},
      {"ansatz: 1\nname: caf@@\xE9\n", {"P002"}, {"0xe9"}},
      {"ansatz: @@\0 1\n"s, {"P002"}, {"NUL"}},
      {"\xFF\xFE"
       "a\0n\0"s,
       {"P002"},
       {"UTF-16"}},
      {"name: a@@\x1B[31m\n", {"P002"}, {"U+001B"}},
      {"name: a@@\xE2\x80\x8B"
       "b\n",
       {"P002"},
       {"U+200B"}},
      {"name: @@\xED\xA0\x80\n", {"P002"}, {}},  // a surrogate in UTF-8
      {"name: @@\xC0\xAF\n", {"P002"}, {}},      // an overlong form
      {"ansatz: 1\nname: @@@@\"a\\0b\"\nsteps: @@{}\n", {"P002", "P025", "P036"}, {"NUL"}},
      {"ansatz: 1\nname: a@@: b: c\n", {"P003"}, {"quote"}},
      {"ansatz: 1\nname: a\n@@- b\n", {"P003"}, {}},
      {"name: @@@a\n", {"P003"}, {"quotes"}},
      {"name: \"a@@\\q\"\n", {"P003"}, {"single quotes"}},
      {"ansatz: 1\nb\nc@@: 2\n", {"P003"}, {}},
      {"a: " + std::string(31, '[') + "@@[" + std::string(31, ']') + "]\n", {"P004"}, {"32"}},
      {"", {"P005"}, {}},
      {"\n# nothing\n\n", {"P005"}, {}},
      {good + "@@---\n" + good, {"P006"}, {}},
      {"ansatz: 1\n...\n@@name: a\n", {"P006"}, {}},
      {good + "@@name: again\nseed: 1\n@@seed: 2\n", {"P007", "P007"}, {"first at line 2, column 1"}},
      {"ansatz: 1\nname: a\nsteps: {a: {do: prepare.generate, @@do: ridge.fit}}\n",
       {"P007"},
       {"first at line 3"}},
      {"ansatz: 1\nname: a\nsteps:\n  a: {do: prepare.generate, with: {@@<<: {n: 1}}}\n",
       {"P008"},
       {"write the settings"}},
      {"ansatz: 1\nname: @@&n a\nsteps: {a: {do: prepare.generate, in: {@@x: @@*n}}}\n",
       {"P009", "P052", "P009"},
       {"'&n'"}},
      {"ansatz: 1\nname: @@*n\n", {"P009"}, {}},
      {"ansatz: 1\nname: @@& n\n", {"P009"}, {}},
      {"ansatz: 1\nname: @@!!str a\nseed: @@!n 2\nsteps: @@! {a: {do: prepare.generate}}\n",
       {"P010", "P010", "P010"},
       {}},
      {"ansatz: 1\nname: @@!<\n", {"P010"}, {}},
      {good + "@@[a, b]: 1\n@@{c: d}: 2\n", {"P011", "P011"}, {"a list", "a map"}},
      {good + "? \n@@@@~: 2\n", {"P011", "P011"}, {"empty or null"}},
      {"ansatz: 1\nsteps:\n@@\ta: {do: prepare.generate}\n\tb: {do: prepare.generate}\n",
       {"P012"},
       {"spaces"}},
      {"ansatz: 1\nname: @@\"never closed\nsteps: {a: {do: prepare.generate}}\n", {"P013"}, {"never closed"}},
      {"ansatz: 1\nname: 'it''s fine'\nother: \"x\"  # 'not this\nsteps: {a: @@'b}\n", {"P013"}, {}},
      {"ansatz: 1\nsteps: [a, b\nname@@: c\n", {"P013"}, {"']'", "starts at line 2, column 8"}},
      {"steps: {a: {do: b, in: {x: c}}\n@@name: d\n", {"P013"}, {"'}'"}},
      {"ansatz: @@]\n", {"P013"}, {"no opening"}},
      {"x: [" + replaced(std::string(99997, 'a'), "a", "1,") + "@@1,1,1,1]\n", {"P014"}, {"100000"}},
      {"[" + std::string(199999, ',') + "@@,]\n", {"P014"}, {}},
      {"@@just text\n", {"P021"}, {}},
      {"@@[a, b]\n", {"P021"}, {"a list"}},
  };
  return cases;
}

}  // namespace ansatz::host
