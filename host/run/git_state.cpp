#include "run/git_state.hpp"

#include <array>
#include <cctype>
#include <string_view>

#include "plugins/child.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t most_diff = std::size_t{64} << 10;
constexpr std::chrono::milliseconds limit{2000};

constexpr std::array<std::string_view, 11> secret_names{
    "password", "passwd",      "passphrase", "secret",       "credential", "api_key",
    "apikey",   "private_key", "access_key", "access_token", "auth_token"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Lower case, '-' as '_': how names are compared.
std::string folded(const std::string& text) {
  std::string result = text;
  for (char& c : result) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Where the value starts of the name that ends at `at`; npos: there is no ':' or '=' behind it.
std::size_t value_start(const std::string& text, std::size_t at) {
  while (at < text.size() && (is_word(text[at]) || text[at] == '-')) ++at;
  while (at < text.size() && (text[at] == ' ' || text[at] == '"' || text[at] == '\'')) ++at;
  if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return std::string::npos;
  ++at;
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

std::size_t value_end(const std::string& text, std::size_t at) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
    const std::size_t close = text.find(text[at], at + 1);
    if (close != std::string::npos && text.substr(at, close - at).find('\n') == std::string::npos)
      return close + 1;
  }
  while (at < text.size() && text[at] != ' ' && text[at] != ',' && text[at] != '}' && text[at] != '\n') ++at;
  return at;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string without_secrets(const std::string& text) {
  const std::string names = folded(text);
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    for (const std::string_view name : secret_names) {
      if (names.compare(at, name.size(), name) == 0) length = name.size();
    }
    const std::size_t start = length == 0 ? std::string::npos : value_start(text, at + length);
    const std::size_t end = start == std::string::npos ? start : value_end(text, start);
    if (start == std::string::npos || end == start) {
      result += text[at++];
      continue;
    }
    result += text.substr(at, start - at) + "[redacted]";
    at = end;
  }
  return result;
}

Tree git_state(const std::filesystem::path& folder) {
  std::vector<std::vector<std::string>> commands;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"rev-parse", "HEAD"},
                                             {"status", "--porcelain", "--", "."},
                                             {"diff", "HEAD", "--no-ext-diff", "--no-color", "--", "."}}) {
    commands.push_back({"/usr/bin/git", "--no-optional-locks", "-C", folder.string()});
    commands.back().insert(commands.back().end(), words.begin(), words.end());
  }
  const std::vector<ChildResult> results = run_children(commands, limit);
  Tree tree;
  if (!results[0].failure.empty()) return tree;
  tree.attributes["commit"] = first_line(results[0].output);
  if (!results[1].failure.empty()) return tree;
  const bool dirty = !results[1].output.empty();
  tree.attributes["dirty"] = dirty;
  if (!dirty || !results[2].failure.empty()) return tree;
  std::string diff = without_secrets(results[2].output);
  if (diff.size() > most_diff) diff = diff.substr(0, most_diff) + "\n[cut off here]\n";
  tree.put("diff", Array::scalar(diff));
  return tree;
}

}  // namespace ansatz::host
