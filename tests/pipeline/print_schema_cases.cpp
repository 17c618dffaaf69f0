// The schema and the cases as JSON, for check_schema.py.
#include <iostream>
#include <nlohmann/json.hpp>

#include "cases.hpp"

int main() {
  using namespace ansatz::host;
  FakeCatalogue catalogue;
  nlohmann::ordered_json cases = nlohmann::ordered_json::array();
  for (const Case& test : all_cases()) {
    const bool options = !test.options.overrides.empty() || !test.options.data.empty();
    if (options || test.text.size() > 10000) continue;
    std::string text = test.text;
    for (std::size_t at = 0; (at = text.find("@@", at)) != std::string::npos;) text.erase(at, 2);
    nlohmann::ordered_json json{{"text", text}, {"codes", test.codes}};
    // Bytes that are no UTF-8 are nothing for a schema.
    const std::string dumped = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::ignore);
    if (nlohmann::ordered_json::parse(dumped)["text"] == text) cases.push_back(std::move(json));
  }
  std::cout << nlohmann::ordered_json{{"schema", pipeline_schema(catalogue)}, {"cases", std::move(cases)}}
            << '\n';
}
