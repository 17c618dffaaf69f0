// Element types and shapes, as far as they are known before anything runs: those of data come from the files,
// those of outputs follow from the dimensions that a step's ports share.
#include <ansatz/abi.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/dims.hpp"
#include "pipeline/draft.hpp"

namespace ansatz::host {
namespace {

constexpr const char* rest = "...";

// What is known of an array's shape.
struct PartialShape {
  std::vector<std::optional<std::uint64_t>> sizes;
  bool open = false;  // further dimensions may follow
};

// What is known of an array: its type is in the set, its shape one of the candidates.
struct Known {
  std::uint32_t types = 0;
  std::vector<PartialShape> candidates;
};

std::string text_of(const PartialShape& shape) {
  if (shape.sizes.empty() && !shape.open) return "a scalar";
  std::vector<std::string> parts;
  for (const auto& size : shape.sizes) parts.push_back(size ? std::to_string(*size) : "?");
  if (shape.open) parts.emplace_back(rest);
  return fmt::format("{} (rank {}{})", fmt::join(parts, " x "), shape.sizes.size(),
                     shape.open ? " or more" : "");
}

std::string type_names(std::uint32_t types) {
  std::vector<std::string> names;
  for (int type = ANSATZ_F64; type <= ANSATZ_TEXT; ++type) {
    if ((types & ANSATZ_BIT(type)) != 0) names.emplace_back(name_of(static_cast<ElementType>(type)));
  }
  return listed(names);
}

bool is_number(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<std::uint64_t> number_of(const std::string& digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

Known known_of(const ArrayInfo& info) {
  PartialShape shape;
  for (const std::uint64_t size : info.shape) shape.sizes.emplace_back(size);
  return {ANSATZ_BIT(static_cast<int>(info.type)), {shape}};
}

Known known_of(const PortInfo& output, const DimSizes& sizes) {
  Known known{output.types, {}};
  for (const DimNames& names : dim_alternatives(output.dims)) {
    PartialShape shape;
    for (const std::string& name : names) {
      if (name == rest) {
        shape.open = true;
      } else if (is_number(name)) {
        shape.sizes.push_back(number_of(name));
      } else if (const auto found = sizes.find(name); found != sizes.end()) {
        shape.sizes.emplace_back(found->second.size);
      } else {
        shape.sizes.emplace_back();
      }
    }
    known.candidates.push_back(std::move(shape));
  }
  return known;
}

// The step's inputs against each other.
class Unifier {
 public:
  DimSizes sizes;

  struct Result {
    std::size_t fits = 0;  // ways to read the array as the port's dims
    DimSizes sizes;        // with those of the port, if there is one way only
    std::string why;       // if there is none
  };

  [[nodiscard]] Result match(const std::string& port, const std::string& dims, const Known& array) const {
    Result result;
    bool rank_fits = false;
    for (const DimNames& names : dim_alternatives(dims)) {
      for (const PartialShape& shape : array.candidates) {
        if (!ranks_agree(names, shape)) continue;
        rank_fits = true;
        DimSizes trial = sizes;
        std::string why = bind(port, names, shape, trial);
        if (why.empty()) {
          result.sizes = std::move(trial);
          ++result.fits;
        } else if (result.why.empty()) {
          result.why = std::move(why);
        }
      }
    }
    if (!rank_fits) {
      std::vector<std::string> shapes;
      for (const PartialShape& shape : array.candidates) shapes.push_back(text_of(shape));
      result.why = fmt::format("{} is {}, and the port takes {}", port, fmt::join(shapes, " or "),
                               dims.empty() ? "a scalar" : fmt::format("dims \"{}\"", dims));
    }
    return result;
  }

 private:
  static bool ranks_agree(const DimNames& names, const PartialShape& shape) {
    const bool open = !names.empty() && names.back() == rest;
    const std::size_t least = names.size() - (open ? 1 : 0);
    if (shape.open) return open || shape.sizes.size() <= least;
    return open ? shape.sizes.size() >= least : shape.sizes.size() == least;
  }

  // Adds the sizes of new letters; says where known ones disagree.
  static std::string bind(const std::string& port, const DimNames& names, const PartialShape& shape,
                          DimSizes& known) {
    for (std::size_t i = 0; i < std::min(names.size(), shape.sizes.size()); ++i) {
      if (names[i] == rest) break;
      if (!shape.sizes[i]) continue;
      const std::uint64_t size = *shape.sizes[i];
      if (is_number(names[i])) {
        if (std::to_string(size) != names[i]) {
          return fmt::format("{} has {} in dimension {}, where the size is {}", port, size, i + 1, names[i]);
        }
        continue;
      }
      const auto [found, added] = known.try_emplace(names[i], DimSize{size, port});
      if (!added && found->second.size != size) {
        return fmt::format("{} has {} = {}, but {} has {} = {}", port, names[i], size, found->second.port,
                           names[i], found->second.size);
      }
    }
    return "";
  }
};

class ShapeCheck {
 public:
  ShapeCheck(const Draft& draft, Report& report)
      : draft_{draft}, report_{report}, outputs_(draft.steps.size()) {}

  void run() {
    for (const std::size_t i : draft_.order) {
      const DraftStep& step = draft_.steps[i];
      if (step.verb == nullptr) continue;
      const DimSizes sizes = check_inputs(step);
      for (const PortInfo& output : step.verb->outputs) outputs_[i].push_back(known_of(output, sizes));
    }
  }

 private:
  struct Wire {
    const DraftInput* input;
    std::string port;  // "input 'x' (split.train_x)"
    Known array;
  };

  DimSizes check_inputs(const DraftStep& step) {
    std::vector<Wire> wires;
    for (const PortInfo& port : step.verb->inputs) {  // in the order of the ports, whatever the file's
      for (const DraftInput& input : step.inputs) {
        if (input.info != &port || !input.resolved) continue;
        const auto array = known(*input.resolved);
        if (!array) continue;
        Wire wire{&input,
                  fmt::format("input {} ({})", in_quotes(port.name), in_quotes(input.resolved->text())),
                  *array};
        if (check_type(wire)) wires.push_back(std::move(wire));
      }
    }
    Unifier unifier;
    // What can be read in one way only comes first; the sizes it brings may settle the others.
    for (bool progress = true; progress;) {
      progress = false;
      for (auto wire = wires.begin(); wire != wires.end();) {
        auto result = unifier.match(wire->port, wire->input->info->dims, wire->array);
        if (result.fits > 1) {
          ++wire;
          continue;
        }
        if (result.fits == 1) {
          unifier.sizes = std::move(result.sizes);
        } else {
          const PortInfo& port = *wire->input->info;
          report_.error(code::dims_differ, *wire->input->reference, result.why,
                        fmt::format("{} (dims \"{}\"): {}", port.name, port.dims, port.text));
        }
        wire = wires.erase(wire);
        progress = true;
      }
    }
    return unifier.sizes;
  }

  [[nodiscard]] std::optional<Known> known(const Reference& reference) const {
    if (reference.is_data) {
      const auto& items = draft_.data[draft_.data_index.at(reference.source)].items;
      const auto item = items.find(reference.item);
      if (item == items.end() || !item->second) return std::nullopt;
      return known_of(*item->second);
    }
    const std::size_t step = draft_.step_index.at(reference.source);
    const auto& ports = draft_.steps[step].verb->outputs;
    for (std::size_t i = 0; i < outputs_[step].size(); ++i) {
      if (ports[i].name == reference.item) return outputs_[step][i];
    }
    return std::nullopt;
  }

  bool check_type(const Wire& wire) {
    const PortInfo& port = *wire.input->info;
    if (port.types == 0 || wire.array.types == 0 || (port.types & wire.array.types) != 0) return true;
    report_.error(code::element_type, *wire.input->reference,
                  fmt::format("{} is {}, and the port takes {}", wire.port, type_names(wire.array.types),
                              type_names(port.types)),
                  fmt::format("{} ({}): {}", port.name, type_names(port.types), port.text));
    return false;
  }

  const Draft& draft_;
  Report& report_;
  std::vector<std::vector<Known>> outputs_;  // by step and output; empty: not known
};

}  // namespace

void check_shapes(Draft& draft, Report& report) { ShapeCheck{draft, report}.run(); }

}  // namespace ansatz::host
