#include "pipeline/diagnostic.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "pipeline/codes.hpp"
#include "pipeline/snippet.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t most_shown = 50;

struct Colours {
  const char *error = "", *warning = "", *bold = "", *faint = "", *off = "";
};
constexpr Colours ansi{"\x1b[1;31m", "\x1b[1;35m", "\x1b[1m", "\x1b[36m", "\x1b[0m"};

std::vector<const Diagnostic*> by_place(const std::vector<Diagnostic>& list) {
  std::vector<const Diagnostic*> order;
  for (const Diagnostic& d : list) order.push_back(&d);
  std::stable_sort(order.begin(), order.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return std::pair{a->location.line, a->location.column} < std::pair{b->location.line, b->location.column};
  });
  return order;
}

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Further lines of a long text stand under the first.
std::string indented(const std::string& text, std::size_t by) {
  std::string shown;
  for (const char c : clean(text)) {
    shown += c;
    if (c == '\n') shown.append(by, ' ');
  }
  return shown;
}

std::string rendered(const Diagnostic& d, const std::string& file, const SourceLines& lines,
                     const Colours& c) {
  std::string text = fmt::format("{}{}", c.bold, clean(file));
  if (d.location.line > 0) text += fmt::format(":{}:{}", d.location.line, d.location.column);
  text += fmt::format(":{} {}{}[{}]:{} {}\n", c.off, d.warning ? c.warning : c.error,
                      d.warning ? "warning" : "error", d.code, c.off, indented(d.message, 4));
  if (d.location.line > 0) text += lines.snippet(d.location, c.faint, c.off);
  if (!d.expected.empty()) text += fmt::format("    expected: {}\n", indented(d.expected, 14));
  if (!d.hint.empty()) text += fmt::format("    help: {}\n", indented(d.hint, 10));
  return text;
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
  ++(diagnostic.warning ? warnings_ : errors_);
  if (!full()) list_.push_back(std::move(diagnostic));
}

void Diagnostics::sort() {
  std::vector<Diagnostic> sorted;
  for (const Diagnostic* d : by_place(list_)) sorted.push_back(*d);
  list_ = std::move(sorted);
}

std::string Diagnostics::render(const std::string& file, const std::string& source, bool colour) const {
  if (list_.empty()) return "";
  const Colours colours = colour ? ansi : Colours{};
  const SourceLines lines{source};
  const auto order = by_place(list_);
  const std::size_t shown = std::min(most_shown, order.size());
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += rendered(*order[i], file, lines, colours) + "\n";
  const std::size_t total = errors_ + warnings_;
  if (total > shown) text += fmt::format("... and {} more\n", total - shown);
  std::string summary = errors_ > 0 ? counted(errors_, "error") : "";
  if (warnings_ > 0) summary += (summary.empty() ? "" : " and ") + counted(warnings_, "warning");
  return text + fmt::format("{}{} in {}{}; more about one: ansatz explain {}\n", colours.bold, summary,
                            clean(file), colours.off, order[0]->code);
}

nlohmann::ordered_json Diagnostics::to_json(const std::string& file) const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Diagnostic* d : by_place(list_)) {
    list.push_back({{"code", d->code},
                    {"title", title_of(d->code)},
                    {"severity", d->warning ? "warning" : "error"},
                    {"line", d->location.line},
                    {"column", d->location.column},
                    {"message", clean(d->message)},
                    {"expected", clean(d->expected)},
                    {"hint", clean(d->hint)}});
  }
  return {
      {"file", clean(file)}, {"errors", errors_}, {"warnings", warnings_}, {"diagnostics", std::move(list)}};
}

}  // namespace ansatz::host
