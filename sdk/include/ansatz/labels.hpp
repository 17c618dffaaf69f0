// Class labels: an integer or a text a row, whatever the numbers or words are.
//
//   const Labels truth = read_labels(session, "truth"), estimate = read_labels(session, "estimate");
//   const Labels classes = distinct({&truth, &estimate});    // sorted: numbers by value, texts by bytes
//   const auto codes = codes_of("measure.classification", "truth", truth, classes);    // 0 .. classes - 1
//   write_labels(session, "class", classes);
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "ansatz/num/error.hpp"
#include "ansatz/session.hpp"

namespace ansatz {

struct Labels {
  std::variant<std::vector<std::int64_t>, std::vector<std::string>> values;

  [[nodiscard]] std::size_t size() const {
    return std::visit([](const auto& list) { return list.size(); }, values);
  }
  [[nodiscard]] bool is_text() const { return values.index() == 1; }
  // For state(): an archive of labels.
  template <class A>
  void state(A& archive) {
    bool text = is_text();
    archive("is_text", text);
    if (!archive.writing() && text != is_text()) {
      text ? void(values.emplace<1>()) : void(values.emplace<0>());
    }
    std::visit([&](auto& list) { archive("labels", list); }, values);
  }
  // Label number `i` for messages: 7, or 'seven'.
  [[nodiscard]] std::string name(std::size_t i) const {
    if (const auto* texts = std::get_if<1>(&values)) return "'" + (*texts)[i] + "'";
    return std::to_string(std::get<0>(values)[i]);
  }
};

// Labels of a port of any integer type, bool or text.  Reals are no labels: BadArgument, also when they
// happen to be whole numbers.
inline Labels read_labels(Session& session, const char* port) {
  const std::int32_t type = session.type(port);
  if (type == ANSATZ_TEXT) return {session.texts(port)};
  if (type == ANSATZ_F64 || type == ANSATZ_F32) {
    throw BadArgument("input '" + std::string{port} +
                      "' has real numbers where class labels (integers, booleans or text) are needed");
  }
  const auto numbers = session.values<std::int64_t>(port);
  return {std::vector<std::int64_t>(numbers.begin(), numbers.end())};
}

// An output "k" with one label an element: i64, or text.
inline void write_labels(Session& session, const char* port, const Labels& labels) {
  if (const auto* texts = std::get_if<1>(&labels.values)) {
    session.out_texts(port, *texts);
  } else {
    const auto& numbers = std::get<0>(labels.values);
    std::ranges::copy(numbers, session.out_values<std::int64_t>(port, {numbers.size()}).begin());
  }
}

// The labels that occur in any of the lists, sorted.  BadArgument if one list is text and another numbers.
inline Labels distinct(std::initializer_list<const Labels*> lists) {
  Labels result;
  if ((*lists.begin())->is_text()) result.values = std::vector<std::string>{};
  for (const Labels* list : lists) {
    if (list->is_text() != result.is_text()) throw BadArgument("some labels are numbers and others are text");
  }
  std::visit(
      [&]<class List>(List& all) {
        for (const Labels* list : lists) {
          const auto& more = std::get<List>(list->values);
          all.insert(all.end(), more.begin(), more.end());
          std::ranges::sort(all);
          all.erase(std::unique(all.begin(), all.end()), all.end());
        }
      },
      result.values);
  return result;
}

// The labels at these places.
inline Labels select(const Labels& labels, const std::vector<std::uint64_t>& places) {
  Labels chosen;
  std::visit(
      [&]<class List>(const List& list) {
        List own;
        for (const std::uint64_t i : places) own.push_back(list[i]);
        chosen.values = std::move(own);
      },
      labels.values);
  return chosen;
}

// Position of each label in `classes`, which are sorted and distinct.  BadArgument naming the first label
// that is not there and its row.
inline std::vector<std::uint32_t> codes_of(const std::string& where, const std::string& port,
                                           const Labels& labels, const Labels& classes) {
  if (labels.is_text() != classes.is_text()) {
    throw BadArgument(
        where + ": '" + port + "' has labels that are " +
        (labels.is_text() ? "text, but the classes are numbers" : "numbers, but the classes are text"));
  }
  std::vector<std::uint32_t> codes(labels.size());
  std::visit(
      [&]<class List>(const List& list) {
        const auto& known = std::get<List>(classes.values);
        for (std::size_t i = 0; i < list.size(); ++i) {
          const auto found = std::ranges::lower_bound(known, list[i]);
          if (found == known.end() || *found != list[i]) {
            throw BadArgument(where + ": label " + labels.name(i) + " of '" + port + "' (row " +
                              std::to_string(i) + ") is none of the " + std::to_string(known.size()) +
                              " classes");
          }
          codes[i] = static_cast<std::uint32_t>(found - known.begin());
        }
      },
      labels.values);
  return codes;
}

}  // namespace ansatz
