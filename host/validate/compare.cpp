#include "validate/compare.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/dims.hpp"

namespace ansatz::host::validate {
namespace {

constexpr const char* statuses[] = {"DONE",      "MORE",      "BAD_ARGUMENT", "BAD_STATE",
                                    "NUMERICAL", "CANCELLED", "UNSUPPORTED",  "INTERNAL"};

std::string place(std::uint64_t flat, const std::vector<std::uint64_t>& shape) {
  std::string text;
  for (std::size_t i = shape.size(); i-- > 0; flat /= shape[i]) {
    text = fmt::format("{}{}{}", flat % shape[i], text.empty() ? "" : ", ", text);
  }
  return "[" + text + "]";
}

std::string element(const Array& array, std::uint64_t i) {
  return array.type == ElementType::text ? "'" + array.text(i) + "'" : fmt::format("{}", array.number(i));
}

bool is_real(const Array& array) { return array.type == ElementType::f64 || array.type == ElementType::f32; }

std::string array_difference(const Array& a, const Array& b, const std::string& what, double tolerance) {
  if (a.type != b.type || a.shape != b.shape || a.text_width != b.text_width) {
    return fmt::format("{} is {} of {} and then {} of {}", what, shape_text(a.shape), name_of(a.type),
                       shape_text(b.shape), name_of(b.type));
  }
  if (a.dims != b.dims) return what + " has other names of dimensions";
  if (a.attributes != b.attributes) return what + " has other attributes";
  double largest = 0;
  if (is_real(a)) {
    for (std::uint64_t i = 0; i < a.count(); ++i) largest = std::max(largest, std::abs(a.number(i)));
  }
  const std::size_t width = a.element_bytes();
  for (std::uint64_t i = 0; i < a.count(); ++i) {
    if (std::memcmp(a.data.data() + i * width, b.data.data() + i * width, width) == 0) continue;
    if (is_real(a) && std::abs(a.number(i) - b.number(i)) <= tolerance * largest) continue;
    return fmt::format("{} differs at {}: {} and {}", what, place(i, a.shape), element(a, i), element(b, i));
  }
  return {};
}

void put_number(std::string& to, std::uint64_t number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}
void put_text(std::string& to, const std::string& text) {
  put_number(to, text.size());
  to += text;
}

void put_tree(std::string& to, const Tree& tree) {
  put_number(to, tree.children().size());
  for (const auto& [name, node] : tree.children()) {
    put_text(to, name);
    put_number(to, node->index());
    if (const auto* inner = std::get_if<Tree>(node.get())) {
      put_tree(to, *inner);
      continue;
    }
    const auto& array = std::get<Array>(*node);
    put_number(to, static_cast<std::uint64_t>(array.type));
    put_number(to, array.text_width);
    put_number(to, array.shape.size());
    for (const std::uint64_t size : array.shape) put_number(to, size);
    put_number(to, array.dims.size());
    for (const std::string& dim : array.dims) put_text(to, dim);
    put_number(to, array.attributes.size());
    for (const auto& [key, value] : array.attributes) put_text(to, key), put_text(to, to_json(value).dump());
    to.append(reinterpret_cast<const char*>(array.data.data()), array.bytes());
  }
}

struct Reader {
  const std::string& bytes;
  std::size_t at = 0;

  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    at += sizeof value;
    return value;
  }
  std::string text() {
    const std::size_t size = number();
    at += size;
    return bytes.substr(at - size, size);
  }
  Array array() {
    const auto type = static_cast<ElementType>(number());
    const std::size_t width = number();
    std::vector<std::uint64_t> shape(number());
    for (std::uint64_t& size : shape) size = number();
    std::vector<std::string> dims(number());
    for (std::string& dim : dims) dim = text();
    Array made{type, shape, dims, width};
    for (std::uint64_t left = number(); left > 0; --left) {
      const std::string key = text();
      made.attributes[key] = value_from_json(nlohmann::ordered_json::parse(text()));
    }
    if (made.bytes() > 0) std::memcpy(made.data.data(), bytes.data() + at, made.bytes());
    at += made.bytes();
    return made;
  }
  Tree tree() {
    Tree made;
    for (std::uint64_t left = number(); left > 0; --left) {
      const std::string name = text();
      if (number() == 0) {
        made.put(name, array());
      } else {
        made.group(name) = tree();
      }
    }
    return made;
  }
};

}  // namespace

std::string difference(const Tree& a, const Tree& b, const std::string& what, double tolerance) {
  for (const auto& [name, node] : a.children()) {
    const std::string inner = fmt::format("{} '{}'", what, name);
    if (const auto* tree = std::get_if<Tree>(node.get())) {
      const Tree* other = b.find_tree(name);
      if (other == nullptr) return inner + " is there once and not again";
      if (std::string found = difference(*tree, *other, inner, tolerance); !found.empty()) return found;
      continue;
    }
    const Array* other = b.find_array(name);
    if (other == nullptr) return inner + " is there once and not again";
    std::string found = array_difference(std::get<Array>(*node), *other, inner, tolerance);
    if (!found.empty()) return found;
  }
  for (const auto& [name, node] : b.children()) {
    if (a.find_array(name) == nullptr && a.find_tree(name) == nullptr) {
      return fmt::format("{} '{}' is there once and not again", what, name);
    }
  }
  return {};
}

std::string difference(const VerbResult& a, const VerbResult& b, double tolerance) {
  if (a.status != b.status) return fmt::format("it ended with {} and then with {}", words(a), words(b));
  if (a.steps != b.steps) return fmt::format("it took {} steps and then {}", a.steps, b.steps);
  std::string found = difference(a.outputs, b.outputs, "output", tolerance);
  if (found.empty()) found = difference(a.state, b.state, "learned state", tolerance);
  if (!found.empty()) return found;
  for (std::size_t i = 0; i < std::max(a.metrics.size(), b.metrics.size()); ++i) {
    if (i >= a.metrics.size() || i >= b.metrics.size()) return "one run has more metrics than the other";
    const Metric &one = a.metrics[i], &two = b.metrics[i];
    const bool same = std::bit_cast<std::uint64_t>(one.value) == std::bit_cast<std::uint64_t>(two.value) ||
                      std::abs(one.value - two.value) <= tolerance * std::abs(one.value);
    if (one.name != two.name || one.step != two.step || !same) {
      return fmt::format("metric '{}' of step {} is {}, and then '{}' of step {} is {}", one.name, one.step,
                         one.value, two.name, two.step, two.value);
    }
  }
  for (std::size_t i = 0; tolerance == 0 && i < std::max(a.log.size(), b.log.size()); ++i) {
    const std::string one = i < a.log.size() ? a.log[i] : "nothing",
                      two = i < b.log.size() ? b.log[i] : "nothing";
    if (one != two) return fmt::format("it logged '{}', and then '{}'", one, two);
  }
  return {};
}

std::string not_finite(const VerbResult& result, const VerbInfo& verb) {
  for (const PortInfo& port : verb.outputs) {
    const Array* array = result.outputs.find_array(port.name);
    if (array == nullptr || !is_real(*array) || (port.flags & ANSATZ_MISSING) != 0) continue;
    for (std::uint64_t i = 0; i < array->count(); ++i) {
      if (!std::isfinite(array->number(i))) {
        return fmt::format("output '{}' is {} at {}", port.name, array->number(i), place(i, array->shape));
      }
    }
  }
  return {};
}

std::string status_name(std::int32_t status) {
  const bool known = status >= 0 && static_cast<std::size_t>(status) < std::size(statuses);
  return known ? statuses[status] : fmt::format("the unknown status {}", status);
}

std::string words(const VerbResult& result) {
  return status_name(result.status) + (result.text.empty() ? "" : ": " + result.text);
}

bool has_word(const std::string& text, const std::string& word) {
  const auto is_part = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_');
  };
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) {
    if (!is_part(at - 1) && !is_part(at + word.size())) return true;
  }
  return false;
}

bool is_named_error(const VerbResult& result, const ModelInfo& model, const VerbInfo& verb) {
  if (result.status != ANSATZ_BAD_ARGUMENT && result.status != ANSATZ_BAD_STATE &&
      result.status != ANSATZ_NUMERICAL && result.status != ANSATZ_UNSUPPORTED) {
    return false;
  }
  const auto named = [&](const auto& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& item) { return has_word(result.text, item.name); });
  };
  return named(verb.inputs) || named(verb.outputs) || named(verb.parameters) || named(model.parameters) ||
         has_word(result.text, verb.name);
}

std::string not_an_answer(const VerbResult& result, const ModelInfo& model, const VerbInfo& verb) {
  if (result.status == ANSATZ_DONE) return not_finite(result, verb);
  if (is_named_error(result, model, verb)) return {};
  return "it ended with " + words(result);
}

std::string encode(const VerbResult& result) {
  std::string bytes;
  put_number(bytes, static_cast<std::uint64_t>(result.status));
  put_text(bytes, result.text);
  put_number(bytes, result.steps);
  put_tree(bytes, result.outputs);
  put_tree(bytes, result.state);
  put_number(bytes, result.metrics.size());
  for (const Metric& metric : result.metrics) {
    put_text(bytes, metric.name);
    put_number(bytes, static_cast<std::uint64_t>(metric.step));
    put_number(bytes, std::bit_cast<std::uint64_t>(metric.value));
  }
  put_number(bytes, result.log.size());
  for (const std::string& line : result.log) put_text(bytes, line);
  return bytes;
}

VerbResult decode(const std::string& bytes) {
  Reader reader{bytes};
  VerbResult result;
  result.status = static_cast<std::int32_t>(reader.number());
  result.text = reader.text();
  result.steps = reader.number();
  result.outputs = reader.tree();
  result.state = reader.tree();
  for (std::uint64_t left = reader.number(); left > 0; --left) {
    Metric metric;
    metric.name = reader.text();
    metric.step = static_cast<std::int64_t>(reader.number());
    metric.value = std::bit_cast<double>(reader.number());
    result.metrics.push_back(metric);
  }
  for (std::uint64_t left = reader.number(); left > 0; --left) result.log.push_back(reader.text());
  return result;
}

}  // namespace ansatz::host::validate
