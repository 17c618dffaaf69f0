// `expect:`: claims about numbers that steps bring forth.
#include <ansatz/abi.h>
#include <fmt/core.h>

#include <algorithm>

#include "core/dims.hpp"
#include "pipeline/draft.hpp"
#include "pipeline/language.hpp"
#include "pipeline/values.hpp"

namespace ansatz::host {
namespace {

constexpr const char* rule = "{that: step.output, at_least: 0.9, because: \"...\"}";

class ClaimReader {
 public:
  ClaimReader(Draft& draft, Report& report) : draft_{draft}, report_{report} {}

  void read(const Node& node) {
    if (!report_.is_map(node, "a claim", rule)) return;
    report_.check_keys(node, "a claim", {claim_keys.begin(), claim_keys.end()});
    Claim claim;
    claim.location = node.place;
    if (const Node* that = node.find("that")) {
      if (auto reference = read_reference(*that, "`that`", report_)) {
        check_target(*that, *reference);
        claim.that = std::move(*reference);
      }
    } else {
      report_.error(code::missing_key, node, "a claim has no key 'that'", rule);
    }
    claim.at_least = number(node, "at_least");
    claim.at_most = number(node, "at_most");
    claim.equals = number(node, "equals");
    claim.within = number(node, "within").value_or(0);
    if (const Node* because = node.find("because")) {
      const std::string* text = report_.text(*because, "`because`", "because: \"a reason\"");
      if (text != nullptr) claim.because = *text;
    }
    check_conditions(node, claim);
    draft_.pipeline.claims.push_back(std::move(claim));
  }

 private:
  std::optional<double> number(const Node& map, const char* key) {
    const Node* node = map.find(key);
    if (node == nullptr) return std::nullopt;
    return read_number(*node, fmt::format("`{}`", key), fmt::format("{}: a number", key), report_);
  }

  void check_conditions(const Node& node, const Claim& claim) {
    const bool low = node.find("at_least") != nullptr, high = node.find("at_most") != nullptr;
    const bool equals = node.find("equals") != nullptr, within = node.find("within") != nullptr;
    const auto bad = [&](const std::string& message, const char* hint) {
      report_.error(code::bad_claim, node, message, "at_least, at_most or both; or equals, with within",
                    hint);
    };
    if (!low && !high && !equals)
      bad("the claim says nothing about the number", "add at_least, at_most or equals");
    if (equals && (low || high)) bad("equals stands beside at_least or at_most", "keep one of them");
    if (within && !equals) bad("within stands without equals", "write at_least and at_most for a range");
    if (claim.within < 0) bad("within is negative", "within is an absolute distance");
    if (claim.at_least && claim.at_most && *claim.at_least > *claim.at_most) {
      bad("at_least is greater than at_most, so no number can do", "swap them");
    }
  }

  void check_target(const Node& node, const Reference& that) {
    const auto found = draft_.step_index.find(that.source);
    if (found == draft_.step_index.end()) {
      const auto& names = draft_.step_names;
      const bool is_data = draft_.data_index.count(that.source) > 0;
      return report_.error(code::unknown_source, node,
                           is_data ? fmt::format("{} is data; a claim is about what a step brings forth",
                                                 in_quotes(that.source))
                                   : fmt::format("there is no step {}", in_quotes(that.source)),
                           "one of " + listed(names), report_.suggest(that.source, names));
    }
    const DraftStep& step = draft_.steps[found->second];
    if (that.item.empty()) {
      return report_.error(
          code::bad_reference, node,
          fmt::format("{} is a step; say which of its outputs or metrics", in_quotes(that.source)),
          "step.output or step.metric");
    }
    if (step.verb != nullptr) check_item(that, step, node);
  }

  void check_item(const Reference& that, const DraftStep& step, const Node& node) {
    for (const PortInfo& output : step.verb->outputs) {
      if (output.name == that.item) return check_scalar(output, that, node);
      // "output.attribute": attributes are known only when the step has run.
      if (that.item.rfind(output.name + ".", 0) == 0) return;
    }
    // Any other name is a metric, known only when the step has run.
    const std::string hint = report_.suggest(that.item, names_of(step.verb->outputs));
    if (hint.empty()) return;
    report_.warning(code::doubtful_metric, node.place,
                    fmt::format("{} has no output {}, so it is taken as a metric", in_quotes(that.source),
                                in_quotes(that.item)),
                    "an output of " + listed(names_of(step.verb->outputs)) + ", or a metric", hint);
  }

  void check_scalar(const PortInfo& output, const Reference& that, const Node& node) {
    const auto alternatives = dim_alternatives(output.dims);
    const bool scalar = std::any_of(alternatives.begin(), alternatives.end(), [](const DimNames& names) {
      return names.empty() || names.front() == "...";
    });
    const bool text_only = output.types == ANSATZ_BIT(ANSATZ_TEXT);
    if (scalar && !text_only) return;
    report_.error(code::claim_not_scalar, node,
                  text_only
                      ? fmt::format("{} is a text", in_quotes(that.text()))
                      : fmt::format("{} is an array, of dims \"{}\"", in_quotes(that.text()), output.dims),
                  "an output of dims \"\" (a single number), or a metric");
  }

  Draft& draft_;
  Report& report_;
};

}  // namespace

void read_claims(Draft& draft, Report& report) {
  if (draft.claims == nullptr) return;
  ClaimReader reader{draft, report};
  for (const Node& node : draft.claims->items) reader.read(node);
}

}  // namespace ansatz::host
