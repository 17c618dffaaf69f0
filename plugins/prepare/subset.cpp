#include <algorithm>

#include "tables.hpp"

namespace ansatz::prepare {
namespace {

constexpr auto where = "prepare.subset";

// `numbers` as row or column numbers, each below `size`.
std::vector<std::uint64_t> checked(std::span<const std::int64_t> numbers, const char* source,
                                   const char* what, std::uint64_t size) {
  std::vector<std::uint64_t> result;
  for (const std::int64_t number : numbers) {
    if (number < 0 || static_cast<std::uint64_t>(number) >= size) {
      throw BadArgument(std::string{where} + ": '" + source + "' has " + std::to_string(number) +
                        " at position " + std::to_string(result.size()) + ", but x has " +
                        std::to_string(size) + " " + what + ", numbered from 0");
    }
    result.push_back(static_cast<std::uint64_t>(number));
  }
  return result;
}

std::vector<std::uint64_t> range(const SubsetOptions& options, std::uint64_t rows) {
  const auto first = static_cast<std::uint64_t>(options.first),
             every = static_cast<std::uint64_t>(options.every);
  if (first >= rows) {
    throw BadArgument(std::string{where} + ": first = " + std::to_string(first) + ", but x has " +
                      std::to_string(rows) + " rows, numbered from 0");
  }
  const std::uint64_t there = (rows - first - 1) / every + 1;
  std::uint64_t count = there;
  if (const auto* wanted = std::get_if<std::int64_t>(&options.count)) {
    count = static_cast<std::uint64_t>(*wanted);
    if (count > there) {
      throw BadArgument(std::string{where} + ": count = " + std::to_string(count) + ", but from row " +
                        std::to_string(first) + " on, one in " + std::to_string(every) + ", there are only " +
                        std::to_string(there) + "; lower count, or use the word all");
    }
  }
  std::vector<std::uint64_t> result(count);
  for (std::uint64_t i = 0; i < count; ++i) result[i] = first + i * every;
  return result;
}

std::vector<std::uint64_t> chosen_rows(Session& session, const SubsetOptions& options, std::uint64_t rows) {
  if (!session.has("index")) return range(options, rows);
  if (options.first != 0 || options.every != 1 || std::holds_alternative<std::int64_t>(options.count)) {
    throw BadArgument(std::string{where} +
                      ": input 'index' says which rows to keep, so first, count and every must be left out");
  }
  auto result = checked(session.values<std::int64_t>("index"), "index", "rows", rows);
  if (result.empty())
    throw BadArgument(std::string{where} + ": input 'index' is empty: no row would be kept");
  return result;
}

}  // namespace

void Tables::subset(Session& session, const SubsetOptions& options) {
  const Shape shape = session.shape("x");
  if (!options.columns.empty() && shape.size() != 2) {
    throw BadArgument(std::string{where} + ": columns need an x of dims n,d; this one has rank " +
                      std::to_string(shape.size()));
  }
  const auto rows = chosen_rows(session, options, shape[0]);
  const auto columns = options.columns.empty() ? std::vector<std::uint64_t>{}
                                               : checked(options.columns, "columns", "columns", shape[1]);
  copy_rows(session, "x", {{"x", rows, columns}});
  if (session.has("y")) copy_rows(session, "y", {{"y", rows}});
  std::ranges::copy(rows, session.out_values<std::int64_t>("row", {rows.size()}).begin());
}

}  // namespace ansatz::prepare
