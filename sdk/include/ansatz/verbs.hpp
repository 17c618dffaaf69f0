// Verbs: member functions with ports and parameters, as the host and its users see them.
//
//   static constexpr auto verbs = std::tuple{
//       verb<&Ridge::fit>("fit", "Solve (K + penalty I) a = y", learns,
//                         in("x", "n,d", "Rows"), in("y", "n,m|n", "Targets"), out("fitted", "n,m", "Fit")),
//       verb<&Ridge::predict>("predict", "Evaluate the fitted function", needs_model,
//                             in("x", "q,d", "Rows"), out("y", "q,m", "Prediction", scatter))};
//
// A verb is `void f(Session&)`, which runs once, or `bool f(Session&)`, which is called again while it
// returns true; with parameters of its own it is `f(Session&, const Options&)` where Options has `params`.
#pragma once

#include <ansatz/abi.h>

#include <cstdint>
#include <tuple>
#include <type_traits>

#include "ansatz/parameters.hpp"

namespace ansatz {

class Session;

// Element type of text ports: in<Text>("word", "v", ...).
struct Text {};

namespace detail {

template <class T>
constexpr std::uint32_t type_of() {
  if constexpr (std::is_same_v<T, double>) {
    return ANSATZ_F64;
  } else if constexpr (std::is_same_v<T, float>) {
    return ANSATZ_F32;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return ANSATZ_I64;
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return ANSATZ_I32;
  } else if constexpr (std::is_same_v<T, std::uint8_t>) {
    return ANSATZ_U8;
  } else if constexpr (std::is_same_v<T, bool>) {
    return ANSATZ_BOOL;
  } else {
    static_assert(std::is_same_v<T, Text>,
                  "elements are double, float, std::int64_t, std::int32_t, std::uint8_t, bool or Text");
    return ANSATZ_TEXT;
  }
}

// Bytes of one element.
constexpr std::size_t bytes_of(std::int32_t type, std::uint64_t text_width) {
  if (type == ANSATZ_F64 || type == ANSATZ_I64) return 8;
  if (type == ANSATZ_F32 || type == ANSATZ_I32) return 4;
  return type == ANSATZ_TEXT ? text_width : 1;
}

inline constexpr std::uint32_t numbers = ANSATZ_BIT(ANSATZ_F64) | ANSATZ_BIT(ANSATZ_F32) |
                                         ANSATZ_BIT(ANSATZ_I64) | ANSATZ_BIT(ANSATZ_I32) |
                                         ANSATZ_BIT(ANSATZ_U8) | ANSATZ_BIT(ANSATZ_BOOL);

struct Port {
  const char* name;
  const char* dims;
  const char* text;
  std::uint32_t types;
  std::uint32_t flags = 0;
  std::int32_t picture = ANSATZ_NO_PICTURE;
  bool is_output = false;
};

struct PortFlag {
  std::uint32_t bit;
};
struct Picture {
  std::int32_t code;
};
struct VerbFlag {
  std::uint32_t bits;
};
constexpr bool learns_by(const Port&) { return false; }
constexpr bool learns_by(VerbFlag flag) { return (flag.bits & ANSATZ_LEARNS) != 0; }

constexpr void apply(Port& port, PortFlag flag) { port.flags |= flag.bit; }
constexpr void apply(Port& port, Picture picture) { port.picture = picture.code; }

template <class... T, class... Option>
constexpr Port make_port(bool is_output, const char* name, const char* dims, const char* text,
                         Option... option) {
  Port port{name, dims, text, numbers, 0, ANSATZ_NO_PICTURE, is_output};
  if constexpr (sizeof...(T) > 0) port.types = (ANSATZ_BIT(type_of<T>()) | ...);
  (apply(port, option), ...);
  return port;
}

}  // namespace detail

// An input port.  in<double, float>(...) restricts the element types; none given: any number.
template <class... T, class... Option>
constexpr auto in(const char* name, const char* dims, const char* text, Option... option) {
  return detail::make_port<T...>(false, name, dims, text, option...);
}
// An output port; types as for in().
template <class... T, class... Option>
constexpr auto out(const char* name, const char* dims, const char* text, Option... option) {
  return detail::make_port<T...>(true, name, dims, text, option...);
}

inline constexpr detail::PortFlag optional{ANSATZ_OPTIONAL};  // may be left unwired, or unwritten
inline constexpr detail::PortFlag missing{ANSATZ_MISSING};    // NaN stands for a missing value

inline constexpr detail::Picture line{ANSATZ_LINE}, scatter{ANSATZ_SCATTER}, image_grid{ANSATZ_IMAGE_GRID},
    heat_map{ANSATZ_HEAT_MAP}, histogram{ANSATZ_HISTOGRAM}, raster{ANSATZ_RASTER}, bars{ANSATZ_BARS},
    table{ANSATZ_TABLE};

inline constexpr detail::VerbFlag learns{ANSATZ_LEARNS};            // leaves learned state
inline constexpr detail::VerbFlag needs_model{ANSATZ_NEEDS_MODEL};  // runs on learned state only
inline constexpr detail::VerbFlag takes_model{ANSATZ_TAKES_MODEL};  // goes on from learned state if given
inline constexpr detail::VerbFlag tolerance{ANSATZ_TOLERANCE};      // not bitwise for any thread count

namespace detail {

template <class F>
struct VerbFunction {
  static_assert(
      sizeof(F) == 0,
      "a verb is void f(Session&) or bool f(Session&), or these with (Session&, const Options&); const and "
      "noexcept are no part of it");
};
template <class M, class R>
struct VerbFunction<R (M::*)(Session&)> {
  static_assert(std::is_void_v<R> || std::is_same_v<R, bool>,
                "a verb returns nothing, or bool: true asks for another step");
  using Options = NoParameters;
  static constexpr bool steps = std::is_same_v<R, bool>;
};
template <class M, class R, class O>
struct VerbFunction<R (M::*)(Session&, const O&)> {
  static_assert(std::is_void_v<R> || std::is_same_v<R, bool>,
                "a verb returns nothing, or bool: true asks for another step");
  using Options = O;
  static constexpr bool steps = std::is_same_v<R, bool>;
};

template <auto Function, class... Item>
struct Verb {
  static constexpr auto function = Function;
  using Options = typename VerbFunction<decltype(Function)>::Options;
  static constexpr bool steps = VerbFunction<decltype(Function)>::steps;
  const char* name;
  const char* text;
  std::tuple<Item...> items;  // ports and flags

  // It leaves something that must outlive the call, or a step of it.
  [[nodiscard]] constexpr bool keeps_state() const {
    return steps || std::apply([](const auto&... item) { return (learns_by(item) || ... || false); }, items);
  }
};

}  // namespace detail

template <auto Function, class... Item>
constexpr auto verb(const char* name, const char* text, Item... item) {
  return detail::Verb<Function, Item...>{name, text, {item...}};
}

}  // namespace ansatz
