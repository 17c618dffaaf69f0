#include "validate/inputs.hpp"

#include <ansatz/abi.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "core/dims.hpp"

namespace ansatz::host::validate {
namespace {

constexpr std::size_t most_candidates = 240;
constexpr std::uint64_t classes = 3;  // labels 0, 1, 2

bool is_letter(const std::string& dim) {
  return dim != "..." && dim.find_first_not_of("0123456789") != std::string::npos;
}

// Dimensions that come second or later in an input: columns, not rows.
std::set<std::string> column_names(const ModelInfo& model) {
  std::set<std::string> names;
  for (const VerbInfo& verb : model.verbs) {
    for (const PortInfo& port : verb.inputs) {
      for (const DimNames& dims : dim_alternatives(port.dims)) {
        for (std::size_t i = 1; i < dims.size(); ++i) {
          if (dims[i] != dims[0]) names.insert(dims[i]);
        }
      }
    }
  }
  return names;
}

bool is_square(const std::vector<std::string>& dims) {
  return dims.size() == 2 && dims[0] == dims[1] && is_letter(dims[0]);
}

}  // namespace

bool takes(const PortInfo& port, ElementType type) {
  return (port.types & ANSATZ_BIT(static_cast<int>(type))) != 0;
}

ElementType type_for(const PortInfo& port, Candidate::Prefer prefer) {
  using enum ElementType;
  static const std::vector<ElementType> orders[] = {{f64, f32, i64, i32, u8, boolean, text},
                                                    {i64, i32, u8, boolean, f64, f32, text},
                                                    {text, i64, i32, f64, f32, u8, boolean}};
  const auto& order = orders[static_cast<std::size_t>(prefer)];
  return *std::find_if(order.begin(), order.end(), [&](ElementType type) { return takes(port, type); });
}

std::vector<Candidate> candidates(const VerbInfo& verb) {
  std::size_t optional = 0, alternatives = 1;
  for (const PortInfo& port : verb.inputs) {
    optional += port.optional() ? 1 : 0;
    alternatives = std::max(alternatives, dim_alternatives(port.dims).size());
  }
  std::vector<Candidate> wirings{{Candidate::Wiring::required}};
  for (std::size_t i = 0; i < optional && optional > 1; ++i) wirings.push_back({Candidate::Wiring::one, i});
  if (optional > 0) wirings.push_back({Candidate::Wiring::all});
  std::vector<Candidate> result;
  for (Candidate c : wirings) {
    for (c.alternative = 0; c.alternative < alternatives; ++c.alternative) {
      for (const auto prefer :
           {Candidate::Prefer::reals, Candidate::Prefer::integers, Candidate::Prefer::texts}) {
        for (const auto reals : {Candidate::Reals::normal, Candidate::Reals::shares, Candidate::Reals::unit,
                                 Candidate::Reals::positive}) {
          c.prefer = prefer, c.reals = reals;
          if (result.size() < most_candidates) result.push_back(c);
          if (verb.inputs.empty()) return result;  // there is nothing to choose
        }
      }
    }
  }
  return result;
}

Sizes sizes_of(const ModelInfo& model) {
  const std::set<std::string> columns = column_names(model);
  Sizes sizes;
  std::uint64_t rows = 24, column = 4;
  for (const VerbInfo& verb : model.verbs) {
    for (const auto* ports : {&verb.inputs, &verb.outputs}) {
      for (const PortInfo& port : *ports) {
        for (const DimNames& dims : dim_alternatives(port.dims)) {
          for (const std::string& dim : dims) {
            if (!is_letter(dim) || sizes.contains(dim)) continue;
            const bool is_row = dim == dims[0] && !columns.contains(dim);
            sizes[dim] = is_row ? rows++ : column++;
          }
        }
      }
    }
  }
  return sizes;
}

double InputMaker::uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

// Sum of twelve uniforms: near enough, and the same on every machine.
double InputMaker::normal() {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += uniform();
  return sum;
}

void InputMaker::fill_reals(Array& array, const std::vector<std::string>& dims, Candidate::Reals reals) {
  std::vector<double> values(array.count());
  const auto draw = [&] {
    if (reals == Candidate::Reals::normal) return normal();
    return reals == Candidate::Reals::positive ? std::exp(normal()) : uniform();
  };
  if (is_square(dims)) {  // A'A / n + I: a kernel matrix, a covariance
    const std::uint64_t n = array.shape[0];
    std::vector<double> a(n * n);
    std::generate(a.begin(), a.end(), [&] { return normal(); });
    for (std::uint64_t i = 0; i < n; ++i) {
      for (std::uint64_t j = 0; j <= i; ++j) {
        double sum = i == j ? static_cast<double>(n) : 0;
        for (std::uint64_t k = 0; k < n; ++k) sum += a[k * n + i] * a[k * n + j];
        values[i * n + j] = values[j * n + i] = sum / static_cast<double>(n);
      }
    }
  } else {
    std::generate(values.begin(), values.end(), draw);
  }
  const std::uint64_t row = array.shape.empty() ? 1 : array.shape.back();
  const bool shares = reals == Candidate::Reals::shares && !is_square(dims);
  for (std::uint64_t first = 0; shares && first + row <= values.size() && row > 0; first += row) {
    double sum = 0;
    for (std::uint64_t i = 0; i < row; ++i) sum += values[first + i];
    for (std::uint64_t i = 0; i < row; ++i) values[first + i] /= sum;
  }
  if (array.type == ElementType::f64) {
    std::copy(values.begin(), values.end(), array.as<double>().begin());
  } else {
    std::transform(values.begin(), values.end(), array.as<float>().begin(),
                   [](double x) { return static_cast<float>(x); });
  }
}

// Labels for rows, a list of all classes where the dimension is a column's, signs or bits on request.
void InputMaker::fill_integers(Array& array, const std::vector<std::string>& dims, Candidate::Reals reals) {
  const std::uint64_t count = array.count();
  const bool few = dims.size() == 1 && is_letter(dims[0]) && count < 20;
  std::uint64_t number = 0;
  const auto draw = [&]() -> std::int64_t {
    const std::uint64_t i = number++;
    if (few) return static_cast<std::int64_t>(i);
    if (array.type == ElementType::boolean || reals == Candidate::Reals::unit) return engine_() % 2 == 1;
    if (reals == Candidate::Reals::shares && array.type != ElementType::u8)
      return engine_() % 2 == 1 ? 1 : -1;
    if (i < classes) return static_cast<std::int64_t>(i);  // every class is there
    return static_cast<std::int64_t>(engine_() % classes);
  };
  const auto fill = [&]<class T>(std::span<T> target) {
    for (T& x : target) x = static_cast<T>(draw());
  };
  if (array.type == ElementType::i64) fill(array.as<std::int64_t>());
  if (array.type == ElementType::i32) fill(array.as<std::int32_t>());
  if (array.type == ElementType::u8) fill(array.as<std::uint8_t>());
  if (array.type == ElementType::boolean) {
    for (std::uint8_t& x : array.as<std::uint8_t>()) x = draw() != 0;
  }
  if (array.type == ElementType::text) {
    for (std::uint64_t i = 0; i < count; ++i) {
      array.as<char>().data()[i * array.text_width] = static_cast<char>('a' + draw() % 26);
    }
  }
}

Array InputMaker::make(const PortInfo& port, ElementType type, std::size_t alternative,
                       Candidate::Reals reals) {
  const std::vector<DimNames> all = dim_alternatives(port.dims);
  DimNames dims = all[std::min(alternative, all.size() - 1)];
  if (!dims.empty() && dims.back() == "...") dims.back() = "2";  // one more dimension
  std::vector<std::uint64_t> shape;
  for (const std::string& dim : dims) shape.push_back(is_letter(dim) ? sizes_.at(dim) : std::stoull(dim));
  Array array{type, shape, dims, type == ElementType::text ? std::size_t{2} : std::size_t{0}};
  if (type == ElementType::f64 || type == ElementType::f32) {
    fill_reals(array, dims, reals);
  } else {
    fill_integers(array, dims, reals);
  }
  return array;
}

Inputs InputMaker::make(const VerbInfo& verb, const Candidate& candidate) {
  Inputs inputs;
  std::size_t optional = 0;
  for (const PortInfo& port : verb.inputs) {
    if (port.optional()) {
      const std::size_t number = optional++;
      const bool wired = candidate.wiring == Candidate::Wiring::all ||
                         (candidate.wiring == Candidate::Wiring::one && candidate.optional == number);
      if (!wired) continue;
    }
    inputs[port.name] = make(port, type_for(port, candidate.prefer), candidate.alternative, candidate.reals);
  }
  return inputs;
}

}  // namespace ansatz::host::validate
