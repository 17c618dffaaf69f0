#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "core/suggest.hpp"

namespace ansatz::host {
namespace {

// Optimal string alignment by its definition: the plain recursion, for short words.
std::size_t reference_distance(const std::string& a, const std::string& b) {
  const std::function<std::size_t(std::size_t, std::size_t)> d = [&](std::size_t i,
                                                                     std::size_t j) -> std::size_t {
    if (i == 0) return j;
    if (j == 0) return i;
    std::size_t best = std::min(d(i - 1, j), d(i, j - 1)) + 1;
    best = std::min(best, d(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1));
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
      best = std::min(best, d(i - 2, j - 2) + 1);
    return best;
  };
  return d(a.size(), b.size());
}

}  // namespace

TEST_CASE("slips of the keyboard find the word that was meant") {
  const std::vector<std::string> words{"kernel", "penalty", "intercept", "test_x", "x", "length"};
  CHECK(did_you_mean("kernal", words) == "kernel");
  CHECK(did_you_mean("penatly", words) == "penalty");
  CHECK(did_you_mean("Intercept", words) == "intercept");
  CHECK(did_you_mean("test-x", words) == "test_x");
  CHECK(did_you_mean("lenght", words) == "length");
  CHECK(did_you_mean("y", words).empty());  // any one letter is near any other
  CHECK(did_you_mean("smoothness", words).empty());
  CHECK(did_you_mean("", words).empty());
  CHECK(did_you_mean("kernel", {}).empty());
  CHECK(did_you_mean(std::string(100, 'a'), {std::string(100, 'a')}).empty());
  CHECK(did_you_mean("aa", {"ab", "ac"}) == "ab");  // the first of equals
  CHECK(did_you_mean("wodr", {"word"}) == "word");  // neighbours swapped: one slip
}

TEST_CASE("what there is, listed with what was probably meant") {
  CHECK(names_there_are("x", {}) == "there are none");
  CHECK(names_there_are("image", {"images"}) == "there is 'images'; did you mean 'images'?");
  CHECK(names_there_are("z", {"a", "b"}) == "there are 'a', 'b'");
  CHECK(names_there_are("q", std::vector<std::string>(13, "long")).ends_with(" 'long' ... (13 in all)"));
}

TEST_CASE("the nearest word is the nearest by the definition of the distance") {
  std::mt19937 random{7};
  const auto word = [&] {
    std::string text;
    for (std::size_t i = 0, n = 4 + random() % 3; i < n; ++i) text += static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int round = 0; round < 200; ++round) {
    const std::string wanted = word();
    const std::vector<std::string> candidates{word(), word(), word()};
    const std::size_t allowed = (wanted.size() + 1) / 3;
    std::string expected;
    std::size_t best = allowed + 1;
    for (const std::string& candidate : candidates) {
      const std::size_t d = reference_distance(wanted, candidate);
      if (d < best) {
        best = d;
        expected = candidate;
      }
    }
    CHECK(did_you_mean(wanted, candidates) == expected);
  }
}

}  // namespace ansatz::host
