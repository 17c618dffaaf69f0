// Any text as a pipeline file: the front end may complain, but must not crash, hang or eat memory.
// Built by the preset `fuzz`; see run.sh.
#include <nlohmann/json.hpp>

#include "fakes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ansatz::host;
  const std::string source{reinterpret_cast<const char*>(data), size};
  const Checked checked = check(source);
  // Findings must be printable, and no pipeline comes without them unless it is whole.
  const std::string text = checked.diagnostics.render("p.yaml", source, true);
  const std::string json = checked.diagnostics.to_json("p.yaml").dump();
  if (checked.pipeline.has_value() == checked.diagnostics.failed()) __builtin_trap();
  if (checked.diagnostics.failed() && (text.empty() || json.size() < 3)) __builtin_trap();
  if (checked.pipeline && checked.pipeline->frozen().empty()) __builtin_trap();
  return 0;
}
