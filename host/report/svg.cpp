#include "report/svg.hpp"

#include <fmt/core.h>

#include "report/png.hpp"

namespace ansatz::host {
namespace {

std::string number(double x) {
  std::string text = fmt::format("{:.2f}", x);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string attributes(const Style& style) {
  std::string text = fmt::format(" fill=\"{}\"", style.fill);
  if (style.stroke != "none")
    text += fmt::format(" stroke=\"{}\" stroke-width=\"{}\"", style.stroke, number(style.width));
  if (style.opacity < 1) text += fmt::format(" opacity=\"{}\"", number(style.opacity));
  return text;
}

std::string coordinates(const std::vector<Pixel>& points) {
  std::string text;
  for (const Pixel& p : points)
    text += fmt::format("{}{},{}", text.empty() ? "" : " ", number(p.x), number(p.y));
  return text;
}

// Bytes of the UTF-8 letter that starts at `at`; 0: none does.
std::size_t letter_bytes(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const unsigned first = byte(0);
  const std::size_t size = first < 0x80                    ? 1
                           : first >= 0xc2 && first < 0xe0 ? 2
                           : (first >> 4) == 0xe           ? 3
                           : first >= 0xf0 && first < 0xf5 ? 4
                                                           : 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool beyond = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  return overlong || beyond ? 0 : size;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = letter_bytes(text, at);
    const std::string_view letter = text.substr(at, size);
    at += size == 0 ? 1 : size;
    if (size == 0) {
      safe += "\xef\xbf\xbd";
    } else if (letter == "&") {
      safe += "&amp;";
    } else if (letter == "<") {
      safe += "&lt;";
    } else if (letter == ">") {
      safe += "&gt;";
    } else if (letter == "\"") {
      safe += "&quot;";
    } else {
      const auto c = static_cast<unsigned char>(letter[0]);
      safe += (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? std::string_view{"?"} : letter;
    }
  }
  return safe;
}

std::size_t letters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

std::string shortened(const std::string& text, std::size_t most) {
  if (letters(text) <= most) return text;
  std::size_t at = 0;
  for (std::size_t count = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80 && ++count == most) break;
  }
  return text.substr(0, at) + "…";
}

void Svg::line(double x0, double y0, double x1, double y1, const Style& style) {
  body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{}/>\n", number(x0), number(y0),
                       number(x1), number(y1), attributes(style));
}

void Svg::rect(double x, double y, double width, double height, const Style& style) {
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}/>\n", number(x), number(y),
                       number(width), number(height), attributes(style));
}

void Svg::circle(double x, double y, double radius, const Style& style) {
  body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}/>\n", number(x), number(y), number(radius),
                       attributes(style));
}

void Svg::polyline(const std::vector<Pixel>& points, const Style& style) {
  body_ += fmt::format("<polyline points=\"{}\" stroke-linejoin=\"round\"{}/>\n", coordinates(points),
                       attributes(style));
}

void Svg::polygon(const std::vector<Pixel>& points, const Style& style) {
  body_ += fmt::format("<polygon points=\"{}\"{}/>\n", coordinates(points), attributes(style));
}

void Svg::text(double x, double y, std::string_view text, const TextStyle& style) {
  const std::string turned =
      style.upright ? fmt::format(" transform=\"rotate(-90 {} {})\"", number(x), number(y)) : "";
  body_ +=
      fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" font-size=\"{}\" fill=\"{}\"{}{}>{}</text>\n",
                  number(x), number(y), style.anchor, number(style.size), style.fill,
                  style.bold ? " font-weight=\"600\"" : "", turned, escaped(text));
}

void Svg::image(double x, double y, double width, double height, const std::string& png) {
  body_ += fmt::format(
      "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
      "image-rendering=\"optimizeSpeed\" "
      "style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
      number(x), number(y), number(width), number(height), base64(png));
}

void Svg::begin_clip(double x, double y, double width, double height) {
  // A nested svg clips what lies outside of it, and needs no name that must be unique in the page.
  body_ += fmt::format("<svg x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" viewBox=\"{0} {1} {2} {3}\">\n",
                       number(x), number(y), number(width), number(height));
}

void Svg::end_clip() { body_ += "</svg>\n"; }

std::string Svg::finish(std::string_view label) const {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "role=\"img\" aria-label=\"{2}\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n{3}</svg>\n",
      number(width_), number(height_), escaped(label), body_);
}

}  // namespace ansatz::host
