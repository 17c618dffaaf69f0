#include "cases.hpp"

#include <utility>

namespace ansatz::host {

Case steps(const std::string& text, std::vector<std::string> codes, std::vector<std::string> words) {
  return {with_steps(text), std::move(codes), std::move(words), {}};
}

Case settings(const std::string& with, std::vector<std::string> codes, std::vector<std::string> words) {
  return steps("  fit: {do: ridge.fit, in: {x: digits.images, y: digits.labels}, with: {" + with + "}}\n",
               std::move(codes), std::move(words));
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& list :
       {text_cases(), value_cases(), plugin_cases(), wiring_cases(), claim_cases(), sweep_cases()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

}  // namespace ansatz::host
