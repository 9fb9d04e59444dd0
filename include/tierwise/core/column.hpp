// Columns are views of the caller's memory. tierwise never copies them and never changes them.
#ifndef TIERWISE_CORE_COLUMN_HPP
#define TIERWISE_CORE_COLUMN_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include <tierwise/core/date.hpp>

namespace tierwise::inline TIERWISE_ABI {

enum class column_type : std::uint8_t { float32, float64, int32, int64, boolean, date, category };

/// "float32", "category", …
[[nodiscard]] std::string_view name_of(column_type type) noexcept;

/// What a missing number reads as. A NaN in a float column is a missing value, never a number.
inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Bits in Arrow's order (least significant first), starting `offset` bits into `bits`. No bits: all true.
struct bitmap_view {
  const std::uint8_t* bits = nullptr;
  std::size_t offset = 0;

  [[nodiscard]] bool operator[](std::size_t i) const noexcept {
    return bits == nullptr || ((bits[(offset + i) >> 3] >> ((offset + i) & 7)) & 1) != 0;
  }
};

/// One column: a type, a length, memory of the caller, and which rows are valid. Copying a view is cheap.
/// The memory must outlive every view of it. Safe to read from any number of threads.
class column_view {
 public:
  column_view() = default;
  column_view(std::span<const float> values, bitmap_view valid = {}) noexcept;
  column_view(std::span<const double> values, bitmap_view valid = {}) noexcept;
  column_view(std::span<const std::int32_t> values, bitmap_view valid = {}) noexcept;
  column_view(std::span<const std::int64_t> values, bitmap_view valid = {}) noexcept;
  column_view(std::span<const date> values, bitmap_view valid = {}) noexcept;

  /// Booleans, one byte each (NumPy) …
  static column_view booleans(std::span<const std::uint8_t> bytes, bitmap_view valid = {}) noexcept;
  /// … or one bit each (Arrow).
  static column_view boolean_bits(bitmap_view bits, std::size_t size, bitmap_view valid = {}) noexcept;

  /// Dictionary-encoded text: row i is names[codes[i]]; a code outside the dictionary is a missing value.
  static column_view categories(std::span<const std::int32_t> codes, std::span<const std::string_view> names,
                                bitmap_view valid = {}) noexcept;

  [[nodiscard]] column_type type() const noexcept { return type_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const void* data() const noexcept { return data_; }
  [[nodiscard]] bitmap_view validity() const noexcept { return valid_; }
  [[nodiscard]] bool is_numeric() const noexcept { return type_ != column_type::category; }

  [[nodiscard]] bool is_whole() const noexcept { return type_ == column_type::int32 || type_ == column_type::int64; }

  /// False for an invalid row, a NaN, and a code outside the dictionary.
  [[nodiscard]] bool has(std::size_t row) const noexcept;

  /// Row as a number: booleans are 0 or 1, dates are days since 1970, `missing` where there is none.
  /// Categories have no number and always read as `missing`.
  [[nodiscard]] double number(std::size_t row) const noexcept;

  /// numbers of rows [begin, begin + out.size()). O(out.size()), without allocation.
  void read_numbers(std::size_t begin, std::span<double> out) const noexcept;

  /// Row as a whole number, exactly. Precondition: is_whole(). What an invalid row gives is unspecified.
  [[nodiscard]] std::int64_t whole(std::size_t row) const noexcept;

  /// The code of a category row, −1 where there is none (or the column is not a category).
  [[nodiscard]] std::int32_t code(std::size_t row) const noexcept;
  [[nodiscard]] std::span<const std::string_view> names() const noexcept { return names_; }
  /// The text of a category row; empty where there is none.
  [[nodiscard]] std::string_view text(std::size_t row) const noexcept;

 private:
  column_view(column_type type, const void* data, std::size_t size, bitmap_view valid) noexcept
      : data_(data), size_(size), valid_(valid), type_(type) {}

  const void* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t bit_offset_ = 0;  // of boolean bits
  bitmap_view valid_;
  std::span<const std::string_view> names_;
  column_type type_ = column_type::float64;
  bool bit_packed_ = false;
};

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/column.ipp>
#endif
#endif
