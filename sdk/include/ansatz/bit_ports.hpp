// Rows of -1 and 1, or of 0 and 1, between ports and bits.
#pragma once

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "ansatz/bits.hpp"
#include "ansatz/points.hpp"

namespace ansatz {

enum class Coding { automatic, sign, binary };
constexpr auto choices(Coding) { return std::array{"auto", "sign", "binary"}; }

struct CodedBits {
  BitMatrix bits;
  Coding coding;  // sign or binary
};

// The rows of an input port, images as one row each.  `coding` automatic: any -1 means sign, any 0 binary, and only ones mean
// `otherwise`, or are an error where that is automatic too.  Throws BadArgument: no rows, no columns, another
// value (with its place), both codings.
[[nodiscard]] CodedBits read_bits(Session& session, const char* port, const std::string& where, Coding coding,
                                  Coding otherwise = Coding::automatic);

// Write bits to an output port in a coding and an element type (ANSATZ_F64 ...).
void write_bits(Session& session, const char* port, const Shape& shape, const BitMatrix& bits, Coding coding,
                std::int32_t type);

// Pass "height" and "width" of an input on to an output.
void copy_picture(Session& session, const char* from, const char* to);

namespace detail {

struct BitReader {
  BitMatrix& bits;
  Coding coding;
  const std::string& where;
  const char* port;

  [[noreturn]] void refuse(double value, std::uint64_t i, std::uint64_t j) const {
    std::ostringstream text;
    text << where << ": '" << port << "' has " << value << " at row " << i << ", column " << j
         << " (counted from 0); ";
    text << "patterns and states have -1 and 1 (coding sign) or 0 and 1 (coding binary)";
    if (coding != Coding::automatic) {
      text << ", here " << choices(coding)[static_cast<std::size_t>(coding)]
           << " by what stands before it or by coding";
    }
    throw BadArgument(text.str());
  }

  template <class T>
  void read(const T* values, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = first; i < first + count; ++i) {
      for (std::uint64_t j = 0; j < bits.columns(); ++j, ++values) {
        const auto value = static_cast<double>(*values);
        if (value == 1) {
          bits.set(i, j, true);
          continue;
        }
        const Coding seen = value == 0 ? Coding::binary : Coding::sign;
        if ((value != 0 && value != -1) || (coding != Coding::automatic && seen != coding))
          refuse(value, i, j);
        coding = seen;
      }
    }
  }
};

template <class Visit>
void with_bit_type(std::int32_t type, const Visit& visit) {
  if (type == ANSATZ_F64) return visit(double{});
  if (type == ANSATZ_F32) return visit(float{});
  if (type == ANSATZ_I64) return visit(std::int64_t{});
  if (type == ANSATZ_I32) return visit(std::int32_t{});
  if (type == ANSATZ_U8) return visit(std::uint8_t{});
  visit(bool{});
}

}  // namespace detail

inline CodedBits read_bits(Session& session, const char* port, const std::string& where, Coding coding,
                           Coding otherwise) {
  const Session::Stored stored = session.stored(port);
  const std::uint64_t rows = stored.shape[0], columns = flat_columns(session, port);
  if (rows == 0 || columns == 0) {
    throw BadArgument(where + ": '" + port + "' is " + std::to_string(rows) + " x " +
                      std::to_string(columns) + "; give it at least one row and one column");
  }
  constexpr std::uint64_t block_bytes = 1 << 24;
  BitMatrix bits{rows, columns};
  detail::BitReader reader{bits, coding, where, port};
  const std::uint64_t step = std::max<std::uint64_t>(1, block_bytes / stored.row_bytes);
  std::vector<std::byte> buffer(std::min(step, rows) * stored.row_bytes);
  for (std::uint64_t first = 0; first < rows; first += step) {
    session.check_cancelled();
    const std::uint64_t count = std::min(step, rows - first);
    session.read_stored_rows(port, first, count, buffer.data());
    if (stored.type == ANSATZ_BOOL) {  // any byte but 0 is true
      for (std::byte& b : buffer) b = b == std::byte{0} ? b : std::byte{1};
      reader.read(reinterpret_cast<const std::uint8_t*>(buffer.data()), first, count);
    } else {
      detail::with_bit_type(stored.type, [&]<class T>(T) {
        reader.read(reinterpret_cast<const T*>(buffer.data()), first, count);
      });
    }
  }
  if (reader.coding == Coding::automatic) reader.coding = otherwise;
  if (reader.coding == Coding::automatic) {
    throw BadArgument(where + ": '" + port +
                      "' has only ones, so its coding is ambiguous: set coding to sign or binary");
  }
  return {std::move(bits), reader.coding};
}

inline void write_bits(Session& session, const char* port, const Shape& shape, const BitMatrix& bits,
                       Coding coding, std::int32_t type) {
  detail::with_bit_type(type, [&]<class T>(T) {
    auto values = session.out_values<T>(port, shape);
    for (std::uint64_t i = 0; i < bits.rows(); ++i) {
      for (std::uint64_t j = 0; j < bits.columns(); ++j) {
        const int low = coding == Coding::binary ? 0 : -1;
        values[i * bits.columns() + j] = static_cast<T>(bits.get(i, j) ? 1 : low);
      }
    }
  });
}

inline void copy_picture(Session& session, const char* from, const char* to) {
  for (const char* key : {"height", "width"}) {
    if (const auto value = session.attribute(from, key)) {
      session.out_attribute(to, key, static_cast<std::int64_t>(*value));
    }
  }
}

}  // namespace ansatz
