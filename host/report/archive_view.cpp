#include "report/archive_view.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "archive/store.hpp"
#include "core/error.hpp"
#include "data/open.hpp"
#include "report/axis.hpp"

namespace ansatz::host {
namespace {

std::optional<Array> scalar_array(const Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return Array::scalar(*real);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return Array::scalar(*integer);
  return Array::scalar(to_text(value));
}

}  // namespace

ArchiveView::ArchiveView(std::filesystem::path file) : file_{std::move(file)} {
  verify_sealed(file_);
  outline_ = read_outline(file_);
  if (attribute_label(outline_, "format") != "ansatz-run") {
    throw DataError{fmt::format("{} is no archive of a run; `ansatz run` writes those", file_.string())};
  }
  data_ = open_data(file_, {.format = "hdf5", .header = {}});
  if (const Tree* points = outline_.find_tree("points")) points_ = points->children().size();
}

std::optional<Array> ArchiveView::read(const std::string& item, std::uint64_t most_rows) const {
  try {
    const auto source = data_->open(item);
    ArrayInfo info = source->info();
    if (!info.shape.empty() && info.shape[0] > most_rows) info.shape[0] = most_rows;
    Array array{info};
    if (info.shape.empty() || info.shape[0] == source->info().shape[0]) {
      array.data = source->whole();
    } else {
      source->read_rows(0, info.shape[0], array.data.data());
    }
    return array;
  } catch (const DataError&) {
    return std::nullopt;
  }
}

std::string ArchiveView::step_path(const std::string& step, std::size_t point) const {
  return points_ == 0 ? "steps/" + step : fmt::format("points/{}/steps/{}", point, step);
}

std::optional<Array> ArchiveView::find(const std::string& reference, std::size_t point,
                                       std::uint64_t most_rows) const {
  if (reference == "point") return Array::scalar(static_cast<std::int64_t>(point));
  if (reference == "seed" && points_ == 0) {
    const auto seed = outline_.attributes.find("seed");
    return seed == outline_.attributes.end() ? std::nullopt : scalar_array(seed->second);
  }
  if (const Array* values = column(reference)) {
    if (values->type == ElementType::text) return Array::scalar(values->text(point));
    if (values->type == ElementType::i64) return Array::scalar(values->as<std::int64_t>()[point]);
    return Array::scalar(values->number(point));
  }
  const auto dot = reference.find('.');
  const std::string step = reference.substr(0, dot),
                    item = dot == std::string::npos ? "" : reference.substr(dot + 1);
  const std::string path = step_path(step, point);
  if (auto output = read(path + "/outputs/" + item, most_rows)) return output;
  try {
    const Tree params = read_tree(file_, "/" + path + "/params");
    if (const auto found = params.attributes.find(item); found != params.attributes.end())
      return scalar_array(found->second);
  } catch (const DataError&) {
    return std::nullopt;  // no such step
  }
  return read(path + "/metrics/" + item + "/value", most_rows);
}

const Array* ArchiveView::column(const std::string& reference) const {
  const Array* values = points_ == 0 ? nullptr : outline_.find_array("summary/" + reference);
  return values != nullptr && values->shape.size() == 1 && values->shape[0] == points_ &&
                 values->data.size() >= values->bytes()
             ? values
             : nullptr;
}

std::optional<Array> ArchiveView::metric_steps(const std::string& reference, std::size_t point) const {
  const auto dot = reference.find('.');
  if (dot == std::string::npos) return std::nullopt;
  const std::string path = step_path(reference.substr(0, dot), point), item = reference.substr(dot + 1);
  if (read(path + "/outputs/" + item, 1)) return std::nullopt;
  return read(path + "/metrics/" + item + "/step");
}

std::string element_label(const Array& array, std::uint64_t index) {
  if (array.type == ElementType::text) return array.text(index);
  if (array.type == ElementType::boolean) return array.number(index) != 0 ? "true" : "false";
  if (array.type == ElementType::f64 || array.type == ElementType::f32)
    return number_label(std::stod(fmt::format("{:.6g}", array.number(index))));
  return array.type == ElementType::i64 ? std::to_string(array.as<std::int64_t>()[index])
                                        : fmt::format("{:.0f}", array.number(index));
}

std::string attribute_label(const Tree& tree, const std::string& name) {
  const auto found = tree.attributes.find(name);
  return found == tree.attributes.end() ? "" : to_text(found->second);
}

}  // namespace ansatz::host
