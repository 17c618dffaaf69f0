#include "core/suggest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace ansatz::host {
namespace {

constexpr std::size_t longest = 64;  // longer words are no slip of the keyboard, and cost time
constexpr std::size_t most_listed = 12;

std::string folded(const std::string& word) {
  std::string text = word;
  for (char& c : text) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Optimal string alignment: insert, delete, replace, swap neighbours (Damerau 1964), each costs 1.  Only the
// band |i - j| <= most is worked out, so that a hostile file with thousands of long names stays cheap.
std::size_t distance(const std::string& a, const std::string& b, std::size_t most) {
  constexpr std::size_t far = 2 * longest;
  std::array<std::array<std::size_t, longest + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& two_above = rows[(i + 1) % 3];
    row.fill(far);
    row[0] = i;
    for (std::size_t j = i > most ? i - most : 1; j <= std::min(b.size(), i + most); ++j) {
      const std::size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > longest) return "";
  const std::string wanted = folded(word);
  const std::size_t allowed = std::min<std::size_t>(3, (word.size() + 1) / 3);
  std::string best;
  std::size_t best_distance = allowed + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(candidate.size(), word.size());
    if (longer > longest || longer - std::min(candidate.size(), word.size()) >= best_distance) continue;
    const std::size_t d = distance(wanted, folded(candidate), allowed);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

std::string names_there_are(const std::string& word, const std::vector<std::string>& candidates) {
  if (candidates.empty()) return "there are none";
  std::string text = candidates.size() == 1 ? "there is" : "there are";
  for (std::size_t i = 0; i < std::min(candidates.size(), most_listed); ++i) {
    text += fmt::format("{} '{}'", i == 0 ? "" : ",", candidates[i]);
  }
  if (candidates.size() > most_listed) text += fmt::format(" ... ({} in all)", candidates.size());
  const std::string close = did_you_mean(word, candidates);
  return close.empty() ? text : text + fmt::format("; did you mean '{}'?", close);
}

}  // namespace ansatz::host
