#include "core/dims.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

namespace ansatz::host {
namespace {

constexpr const char* rest = "...";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream{text};
  for (std::string part; std::getline(stream, part, separator);) {
    const auto first = part.find_first_not_of(' '), last = part.find_last_not_of(' ');
    parts.push_back(first == std::string::npos ? "" : part.substr(first, last - first + 1));
  }
  if (!text.empty() && text.back() == separator) parts.emplace_back();
  return parts;
}

bool is_number(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

bool rank_fits(const DimNames& names, std::size_t rank) {
  const bool open = !names.empty() && names.back() == rest;
  return open ? rank + 1 >= names.size() : rank == names.size();
}

}  // namespace

std::vector<DimNames> dim_alternatives(const std::string& dims) {
  if (dims.empty()) return {{}};
  std::vector<DimNames> alternatives;
  for (const std::string& alternative : split(dims, '|')) alternatives.push_back(split(alternative, ','));
  return alternatives;
}

std::optional<DimNames> match_dims(const std::string& port, const std::string& dims,
                                   const std::vector<std::uint64_t>& shape, DimSizes& sizes,
                                   std::string& why) {
  bool any_rank = false;
  for (const DimNames& names : dim_alternatives(dims)) {
    if (!rank_fits(names, shape.size())) continue;
    any_rank = true;
    DimSizes trial = sizes;
    std::string problem;
    for (std::size_t i = 0; i < names.size() && names[i] != rest && problem.empty(); ++i) {
      if (is_number(names[i])) {
        if (std::to_string(shape[i]) != names[i]) {
          problem = fmt::format("'{}' has {} where the size is {}", port, shape[i], names[i]);
        }
        continue;
      }
      const auto [known, added] = trial.try_emplace(names[i], DimSize{shape[i], port});
      if (!added && known->second.size != shape[i]) {
        problem = fmt::format("'{}' has {} = {}, but '{}' has {} = {}", port, names[i], shape[i],
                              known->second.port, names[i], known->second.size);
      }
    }
    if (problem.empty()) {
      sizes = std::move(trial);
      return names;
    }
    if (why.empty()) why = problem;
  }
  if (!any_rank) {
    why = fmt::format("'{}' is {} (rank {}), expected dims {}", port, shape_text(shape), shape.size(),
                      dims.empty() ? "of a scalar" : '"' + dims + '"');
  }
  return std::nullopt;
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, " x "));
}

}  // namespace ansatz::host
