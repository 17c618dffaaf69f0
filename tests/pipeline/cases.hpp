// Text in, diagnostics out.  "@@" in a text marks the place of an expected finding and is taken out before
// the check; findings are compared in the order of their places.
#pragma once

#include <string>
#include <vector>

#include "fakes.hpp"

namespace ansatz::host {

struct Case {
  std::string text;
  std::vector<std::string> codes;  // of all findings, those without a place first
  std::vector<std::string> words;  // each in the message, expectation or hint of some finding
  CheckOptions options = {};
};

std::vector<Case> text_cases();
std::vector<Case> value_cases();
std::vector<Case> plugin_cases();
std::vector<Case> wiring_cases();
std::vector<Case> claim_cases();
std::vector<Case> sweep_cases();
std::vector<Case> all_cases();

// Steps under the usual head, and a step that fits a ridge with these settings.
Case steps(const std::string& text, std::vector<std::string> codes, std::vector<std::string> words = {});
Case settings(const std::string& with, std::vector<std::string> codes, std::vector<std::string> words = {});

}  // namespace ansatz::host
