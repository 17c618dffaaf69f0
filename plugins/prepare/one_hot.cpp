#include <ansatz/labels.hpp>

#include "tables.hpp"

namespace ansatz::prepare {

void Tables::one_hot(Session& session) {
  constexpr auto where = "prepare.one-hot";
  const Labels labels = read_labels(session, "label");
  const Labels classes = session.has("classes") ? read_labels(session, "classes") : distinct({&labels});
  if (labels.size() == 0 || classes.size() == 0) {
    throw BadArgument(std::string{where} + ": input '" + (labels.size() == 0 ? "label" : "classes") +
                      "' is empty; give at least one row");
  }
  const Labels sorted = distinct({&classes});
  if (sorted.size() != classes.size()) {
    throw BadArgument(std::string{where} + ": 'classes' has " + std::to_string(classes.size()) +
                      " elements but only " + std::to_string(sorted.size()) +
                      " different ones; each class must be there once");
  }
  // The classes' own order decides which column is whose.
  const auto rank = codes_of(where, "classes", classes, sorted);
  std::vector<std::uint32_t> column(classes.size());
  for (std::uint32_t k = 0; k < rank.size(); ++k) column[rank[k]] = k;
  const auto codes = codes_of(where, "label", labels, sorted);
  auto x = session.out<double>("x", {labels.size(), classes.size()});
  for (std::size_t i = 0; i < codes.size(); ++i) {
    x(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(column[codes[i]])) = 1;
  }
  write_labels(session, "class", classes);
}

}  // namespace ansatz::prepare
