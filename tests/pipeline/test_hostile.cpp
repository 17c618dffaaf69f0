// Files of up to 1 MiB made to cost time, memory or stack.  Each must be read or refused within a second and
// 256 MiB.
#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "fakes.hpp"
#include "guarded.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t full = std::size_t{1} << 20;

std::string filled(const std::string& head, const std::string& unit, const std::string& tail = "") {
  std::string text = head;
  while (text.size() + unit.size() + tail.size() <= full) text += unit;
  return text + tail;
}

// What a command does with a file: check, show all findings, both ways.
void read(const std::string& text) {
  const Checked checked = check(text);
  const std::string shown = checked.diagnostics.render("p.yaml", text, true);
  const std::string json = checked.diagnostics.to_json("p.yaml").dump();
  const bool consistent = checked.pipeline.has_value() != checked.diagnostics.failed();
  if (!consistent || (checked.diagnostics.failed() && (shown.empty() || json.empty())))
    throw std::logic_error{"inconsistent"};
}

void check_cost(const std::string& name, const std::string& text) {
  INFO(name << ", " << text.size() << " bytes");
  const Usage usage = guarded([&](volatile std::uint64_t&) { read(text); }, 30);
  CHECK(usage.ended_well);
  if (sanitized()) return;
  CHECK(usage.cpu_seconds < 1.0);
  CHECK(usage.megabytes < 256);
}

// Steps of which each refers to the one before or to the one after; the last one to data, or to the first.
std::string chain(bool forwards, bool closed) {
  std::string text = "ansatz: 1\nname: a\nsteps:\n";
  const int count = 14000;
  for (int i = 0; i < count; ++i) {
    const int source = forwards ? i - 1 : i + 1;
    const bool last = source < 0 || source == count;
    const std::string reference = !last    ? fmt::format("s{}.train_x", source)
                                  : closed ? fmt::format("s{}.train_x", count - 1 - i)
                                           : "d.x";
    text += fmt::format("  s{}: {{do: prepare.split, in: {{x: {}}}}}\n", i, reference);
  }
  return text;
}

std::string numbered(const std::string& head, const std::string& before, const std::string& after,
                     int count) {
  std::string text = head;
  for (int i = 0; i < count; ++i) text += before + std::to_string(i) + after;
  return text;
}

std::string deep_block(const std::string& unit, std::size_t levels) {
  std::string text;
  for (std::size_t i = 0; i < levels && text.size() < full - levels - 10; ++i)
    text += std::string(i, ' ') + unit + "\n";
  return text;
}

}  // namespace

TEST_CASE("repeated marks cost no more than time and memory allow") {
  for (const std::string unit : {"[",        "{",
                                 "- ",       "? ",
                                 ": ",       "a: ",
                                 "! ",       "!!a ",
                                 "&a ",      "*a ",
                                 "%",        "%TAG ! x\n",
                                 "[a,",      "[{",
                                 "{a: ",     "{a: {",
                                 "[\n",      ",",
                                 "'",        "\"",
                                 "' ",       "\":",
                                 "\"\\",     "|\n",
                                 ">\n",      "#",
                                 "#\n",      " ",
                                 "\n",       "\t",
                                 "\r",       "a\n",
                                 "a:\n",     "-\n",
                                 "?\n:\n",   "---\n",
                                 "a",        "- a: b\n",
                                 "- - a\n",  "a:\n- b",
                                 "[]: a\n",  "<<: a\n",
                                 "a: *a\n",  "a: &a [*a]\n",
                                 "\xC3\xA9", "\xF0\x9F\x98\x80",
                                 "\xC2\xA0", "a: b: c: ",
                                 "- [\n",    "\"a\" \"b\" "}) {
    check_cost(unit, filled("", unit));
  }
}

TEST_CASE("long lists, keys, values and lines cost no more than time and memory allow") {
  check_cost("long list of numbers", filled("x: [", "1, ", "1]\n"));
  check_cost("long list of lists", filled("x: [", "[1], ", "1]\n"));
  check_cost("long list of pairs", filled("x: [", "a: b, ", "a]\n"));
  check_cost("long list over lines", filled("x: [", "a,\n", "a]\n"));
  check_cost("long map in one line", filled("x: {", "\"a\": 1, ", "a: 1}\n"));
  check_cost("list of brackets, within the limit", "x: [" + std::string(90000, '[') + "\n");
  check_cost("list of empty lists", filled("x: [", "[]\n, ", "1]\n"));
  check_cost("long key", filled("", "k") + ": 1\n");
  check_cost("long quoted key", filled("\"", "k", "\": 1\n"));
  check_cost("long value", filled("ansatz: 1\nname: ", "v", "\n"));
  check_cost("long folded value", filled("ansatz: 1\nname: >\n", "  a b\n\n", ""));
  check_cost("long quoted value", filled("ansatz: 1\nname: \"", "a \\\n", "\"\n"));
  check_cost("long quoted value, unclosed", filled("ansatz: 1\nname: \"", "a\n"));
  check_cost("deep block list", deep_block("-", 1400));
  check_cost("deep block map", deep_block("a:", 1400));
  check_cost("wide characters in one line", filled("x: [", "\xE4\xB8\xAD, ", "1]\n"));
}

TEST_CASE("thousands of findings cost no more than time and memory allow") {
  const std::string head = "ansatz: 1\nname: a\n";
  check_cost("keys that are unknown", numbered(head, "key", ": 1\n", 40000));
  check_cost("keys given twice", filled(head, "seed: 1\n"));
  check_cost("steps without a verb", numbered(head + "steps:\n", "  s", ": {}\n", 40000));
  check_cost("steps of an unknown plugin", numbered(head + "steps:\n", "  s", ": {do: ridg.fit}\n", 30000));
  check_cost("steps of many unknown plugins", numbered(head + "steps:\n", "  s: {do: p", ".fit}\n", 1) +
                                                  numbered("", "  \"", "\": {do: a.b}\n", 30000));
  check_cost("references to nothing",
             numbered(head + "steps:\n", "  step", ": {do: prepare.split, in: {x: stpe.x}}\n", 15000));
  check_cost("values out of range",
             filled(head + "steps: {a: {do: ridge.fit, with: {sizes: [", "0, ", "0]}}}\n"));
  check_cost("parameters that are unknown",
             numbered(head + "steps: {a: {do: ridge.fit, with: {", "penalt", ": 1, ", 30000) + "}}}\n");
  check_cost("claims about nothing",
             filled(head + "steps: {a: {do: prepare.generate}}\nexpect:\n", "  - {that: b.c}\n"));
  check_cost("data files that are missing", numbered(head + "data:\n", "  d", ": {file: x}\n", 40000));
  check_cost("names of 64 letters that nearly agree",
             numbered(head + "steps:\n", "  " + std::string(58, 'n'),
                      ": {do: prepare.split, in: {x: " + std::string(60, 'n') + ".x}}\n", 6500));
}

TEST_CASE("long chains and cycles of steps cost no more than time, memory and stack allow") {
  check_cost("each needs the one before", chain(true, false));
  check_cost("each needs the one after", chain(false, false));
  check_cost("one cycle through all", chain(true, true));
  check_cost("one cycle through all, backwards", chain(false, true));
  std::string pairs = "ansatz: 1\nname: a\nsteps:\n";
  for (int i = 0; i < 14000; ++i) {
    pairs += fmt::format("  s{}: {{do: prepare.split, in: {{x: s{}.train_x}}}}\n", i, i ^ 1);
  }
  check_cost("thousands of cycles", pairs);
}

TEST_CASE("overrides are as hostile as files") {
  for (const std::string& text :
       {filled("fit.penalty=", "["), filled("fit.penalty=", "{a: "), filled("", "a."),
        filled("fit.", "a.") + "=1", filled("seed=", "1"), std::string{"seed=\0", 6}}) {
    const Usage usage = guarded(
        [&](volatile std::uint64_t&) {
          CheckOptions options;
          options.overrides = {text};
          const Checked checked = check(with_steps("  fit: {do: prepare.generate}\n"), options);
          if (checked.pipeline) throw std::logic_error{"accepted"};
          (void)checked.diagnostics.to_json("p.yaml").dump();
        },
        30);
    CHECK(usage.ended_well);
  }
}

}  // namespace ansatz::host
