#include "run/verdicts.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "archive/store.hpp"

namespace ansatz::host {
namespace {

// An output of one number, the last value of a metric, or "output.attribute".
std::optional<double> claimed_value(const Tree& step, const std::string& item) {
  const Array* output = step.find_array("outputs/" + item);
  if (output != nullptr && output->count() == 1 && output->type != ElementType::text)
    return output->number(0);
  const Array* metric = step.find_array("metrics/" + item + "/value");
  if (metric != nullptr && metric->count() > 0) return metric->number(metric->count() - 1);
  const auto dot = item.find('.');
  if (dot == std::string::npos) return std::nullopt;
  const Array* array = step.find_array("outputs/" + item.substr(0, dot));
  if (array == nullptr) return std::nullopt;
  const auto attribute = array->attributes.find(item.substr(dot + 1));
  if (attribute == array->attributes.end()) return std::nullopt;
  if (const auto* real = std::get_if<double>(&attribute->second)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&attribute->second)) return static_cast<double>(*whole);
  return std::nullopt;
}

bool holds(const Claim& claim, double value) {
  return !(claim.at_least && !(value >= *claim.at_least)) && !(claim.at_most && !(value <= *claim.at_most)) &&
         !(claim.equals && !(std::abs(value - *claim.equals) <= claim.within));
}

// `point`: one of a sweep; none: the claim as a whole.
void add_verdict(Attributes& attributes, const ClaimResult& result, std::optional<std::size_t> point) {
  const std::optional<double> value = point ? result.values.at(*point) : result.value;
  const bool good = point ? value && holds(*result.claim, *value) : result.holds;
  if (value) attributes["value"] = *value;
  const bool any = point ? value.has_value() : result.values.empty() ? value.has_value() : result.known();
  attributes["verdict"] = std::string{good ? "holds" : any ? "fails" : "unknown"};
}

}  // namespace

bool ClaimResult::known() const {
  return std::all_of(values.begin(), values.end(), [](const auto& v) { return v.has_value(); });
}

std::size_t ClaimResult::holding() const {
  return static_cast<std::size_t>(std::count_if(
      values.begin(), values.end(), [&](const auto& v) { return v && ansatz::host::holds(*claim, *v); }));
}

Tree claims_tree(const std::vector<ClaimResult>& claims, std::optional<std::size_t> point) {
  Tree group;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = *claims[i].claim;
    Attributes& attributes = group.group(std::to_string(i)).attributes;
    attributes["that"] = claim.that.text();
    add_verdict(attributes, claims[i], point);
    if (point) continue;  // what is claimed stands once, at the top
    if (claim.at_least) attributes["at_least"] = *claim.at_least;
    if (claim.at_most) attributes["at_most"] = *claim.at_most;
    if (claim.equals) attributes["equals"] = *claim.equals, attributes["within"] = claim.within;
    if (!claim.because.empty()) attributes["because"] = claim.because;
    if (!claims[i].values.empty())
      attributes["points_that_hold"] = static_cast<std::int64_t>(claims[i].holding());
  }
  return group;
}

namespace {

std::size_t claimed_step(const Plan& plan, const PlannedPoint& point, const Claim& claim) {
  return *std::find_if(point.steps.begin(), point.steps.end(),
                       [&](std::size_t i) { return plan.steps[i].step->id == claim.that.source; });
}

// By step and claim.
using ClaimedValues = std::map<std::pair<std::size_t, std::size_t>, std::optional<double>>;

// Each step's file is read once, however many claims and points look at it.
ClaimedValues claimed_values(const Pipeline& pipeline, const RunResult& result) {
  ClaimedValues values;
  for (std::size_t c = 0; c < pipeline.claims.size(); ++c) {
    for (const PlannedPoint& point : result.plan.points)
      values[{claimed_step(result.plan, point, pipeline.claims[c]), c}] = std::nullopt;
  }
  Tree tree;
  std::optional<std::size_t> read;
  for (auto& [place, value] : values) {  // in the order of steps
    const auto [step, claim] = place;
    if (result.steps[step].status != StepStatus::done) continue;
    if (read != step) tree = read_tree(result.plan.steps[step].file), read = step;
    value = claimed_value(tree, pipeline.claims[claim].that.item);
  }
  return values;
}

}  // namespace

std::vector<ClaimResult> check_claims(const Pipeline& pipeline, const RunResult& result) {
  const ClaimedValues values = claimed_values(pipeline, result);
  std::vector<ClaimResult> results;
  for (std::size_t c = 0; c < pipeline.claims.size(); ++c) {
    const Claim& claim = pipeline.claims[c];
    ClaimResult verdict{&claim, std::nullopt, false, {}};
    for (const PlannedPoint& point : result.plan.points)
      verdict.values.push_back(values.at({claimed_step(result.plan, point, claim), c}));
    verdict.holds = std::all_of(verdict.values.begin(), verdict.values.end(),
                                [&](const auto& value) { return value && holds(claim, *value); });
    if (pipeline.points.empty()) verdict.value = verdict.values.at(0), verdict.values.clear();
    results.push_back(std::move(verdict));
  }
  return results;
}

}  // namespace ansatz::host
