// Loading in this process: only plugins that do not end it.
#include <xmmintrin.h>

#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "files.hpp"
#include "plugins/library.hpp"

using namespace ansatz::host;
using namespace ansatz::test;
using Catch::Matchers::Contains;

namespace {

std::string refusal(const std::string& id) {
  try {
    const Library library{variant(id)};
  } catch (const Error& e) {
    CHECK(e.code() == Exit::plugin_refused);
    CHECK_THAT(e.what(), Contains(variant(id).string()));
    return e.what();
  }
  return "";
}

std::uint16_t x87_control() {
  std::uint16_t word = 0;
  __asm__ volatile("fnstcw %0" : "=m"(word));
  return word;
}

}  // namespace

TEST_CASE("a sound plugin loads and tells what it offers") {
  const Library library{variant("sound")};
  CHECK(library.description().id == "sound");
  CHECK(library.description().text == "A plugin for tests");
  REQUIRE(library.description().models.size() == 1);
  CHECK(library.description().models[0].name == "idle");
  REQUIRE(library.description().models[0].verbs.size() == 1);
  CHECK(library.description().models[0].verbs[0].name == "rest");
  CHECK(std::string{library.model("idle").name} == "idle");
  CHECK_THROWS_AS(library.model("busy"), Error);
  const Library again{variant("sound")};
  CHECK(&again.info() == &library.info());
}

TEST_CASE("loading that changes the floating-point mode is refused and undone") {
  const unsigned mxcsr = _mm_getcsr() & 0xffc0;
  const std::uint16_t x87 = x87_control();
  CHECK_THAT(refusal("sets-flush-to-zero"), Contains("flush-to-zero") && Contains("-ffast-math"));
  CHECK_THAT(refusal("sets-x87-precision"), Contains("floating-point mode"));
#if LINKED_FAST
  CHECK_THAT(refusal("linked-fast"), Contains("flush-to-zero"));
#endif
  CHECK((_mm_getcsr() & 0xffc0) == mxcsr);
  CHECK(x87_control() == x87);
  // A subnormal number is still one.
  volatile double tiny = 1e-308;
  CHECK(tiny / 16 > 0);
}

TEST_CASE("what shows only in memory is refused") {
  CHECK_THAT(refusal("no-info"), Contains("info function is missing"));
  CHECK_THAT(refusal("null-info"), Contains("info()") && Contains("null"));
  CHECK_THAT(refusal("overwrites-header"), Contains("header in memory differs"));
  CHECK_THAT(refusal("undefined-symbol"), Contains("cannot be loaded") && Contains("nobody_has_this"));
  CHECK_THAT(refusal("renamed"), Contains("calls itself 'original'"));
}
