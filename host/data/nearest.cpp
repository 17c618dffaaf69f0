#include "data/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace ansatz::host {
namespace {

constexpr std::size_t longest = 256;  // beyond it nobody mistypes by a letter or two
constexpr std::size_t most_listed = 12;

char folded(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Insertions, removals, replacements and swaps of neighbours (Damerau; optimal string alignment), ignoring
// case: names differ most often by case alone.
std::size_t edits(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = folded(a[i - 1]), y = folded(b[j - 1]);
      next[j] = std::min({row[j - 1] + (x == y ? 0U : 1U), row[j] + 1, next[j - 1] + 1});
      if (i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2])) {
        next[j] = std::min(next[j], before[j - 2] + 1);
      }
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t fewest = std::max<std::size_t>(1, name.size() / 3) + 1;
  if (name.empty() || name.size() > longest) return best;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > longest) continue;
    if (const std::size_t distance = edits(name, candidate); distance < fewest) {
      fewest = distance;
      best = candidate;
    }
  }
  return best;
}

std::string names_there_are(const std::string& name, const std::vector<std::string>& candidates) {
  if (candidates.empty()) return "there are none";
  std::string text = candidates.size() == 1 ? "there is" : "there are";
  for (std::size_t i = 0; i < std::min(candidates.size(), most_listed); ++i) {
    text += fmt::format("{} '{}'", i == 0 ? "" : ",", candidates[i]);
  }
  if (candidates.size() > most_listed) text += fmt::format(" ... ({} in all)", candidates.size());
  const std::string close = nearest_name(name, candidates);
  if (!close.empty()) text += fmt::format("; did you mean '{}'?", close);
  return text;
}

}  // namespace ansatz::host
