#include <cmath>

#include <tierwise/core/column.hpp>

namespace tierwise::inline TIERWISE_ABI {

TIERWISE_INLINE std::string_view name_of(column_type type) noexcept {
  constexpr std::string_view names[] = {"float32", "float64", "int32", "int64", "boolean", "date", "category"};
  return names[static_cast<std::size_t>(type)];
}

TIERWISE_INLINE column_view::column_view(std::span<const float> values, bitmap_view valid) noexcept
    : column_view(column_type::float32, values.data(), values.size(), valid) {}
TIERWISE_INLINE column_view::column_view(std::span<const double> values, bitmap_view valid) noexcept
    : column_view(column_type::float64, values.data(), values.size(), valid) {}
TIERWISE_INLINE column_view::column_view(std::span<const std::int32_t> values, bitmap_view valid) noexcept
    : column_view(column_type::int32, values.data(), values.size(), valid) {}
TIERWISE_INLINE column_view::column_view(std::span<const std::int64_t> values, bitmap_view valid) noexcept
    : column_view(column_type::int64, values.data(), values.size(), valid) {}
TIERWISE_INLINE column_view::column_view(std::span<const date> values, bitmap_view valid) noexcept
    : column_view(column_type::date, values.data(), values.size(), valid) {}

TIERWISE_INLINE column_view column_view::booleans(std::span<const std::uint8_t> bytes, bitmap_view valid) noexcept {
  return {column_type::boolean, bytes.data(), bytes.size(), valid};
}

TIERWISE_INLINE column_view column_view::boolean_bits(bitmap_view bits, std::size_t size, bitmap_view valid) noexcept {
  column_view view(column_type::boolean, bits.bits, size, valid);
  view.bit_offset_ = bits.offset;
  view.bit_packed_ = true;
  return view;
}

TIERWISE_INLINE column_view column_view::categories(std::span<const std::int32_t> codes,
                                                    std::span<const std::string_view> names,
                                                    bitmap_view valid) noexcept {
  column_view view(column_type::category, codes.data(), codes.size(), valid);
  view.names_ = names;
  return view;
}

TIERWISE_INLINE bool column_view::has(std::size_t row) const noexcept {
  return type_ == column_type::category ? code(row) >= 0 : !std::isnan(number(row));
}

TIERWISE_INLINE double column_view::number(std::size_t row) const noexcept {
  double value = missing;
  read_numbers(row, {&value, 1});
  return value;
}

TIERWISE_INLINE void column_view::read_numbers(std::size_t begin, std::span<double> out) const noexcept {
  const auto convert = [&]<class T>(const T* values) {
    values += begin;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(values[i]);
  };
  switch (type_) {
    case column_type::float32: convert(static_cast<const float*>(data_)); break;
    case column_type::float64: convert(static_cast<const double*>(data_)); break;
    case column_type::date:
    case column_type::int32: convert(static_cast<const std::int32_t*>(data_)); break;
    case column_type::int64: convert(static_cast<const std::int64_t*>(data_)); break;
    case column_type::boolean: {
      const auto* bytes = static_cast<const std::uint8_t*>(data_);
      const bitmap_view bits{bytes, bit_offset_};
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = (bit_packed_ ? bits[begin + i] : bytes[begin + i] != 0) ? 1.0 : 0.0;
      break;
    }
    case column_type::category:
      for (double& value : out) value = missing;
      return;
  }
  if (valid_.bits != nullptr)
    for (std::size_t i = 0; i < out.size(); ++i)
      if (!valid_[begin + i]) out[i] = missing;
}

TIERWISE_INLINE std::int64_t column_view::whole(std::size_t row) const noexcept {
  return type_ == column_type::int32 ? static_cast<const std::int32_t*>(data_)[row]
                                     : static_cast<const std::int64_t*>(data_)[row];
}

TIERWISE_INLINE std::int32_t column_view::code(std::size_t row) const noexcept {
  if (type_ != column_type::category || !valid_[row]) return -1;
  const std::int32_t code = static_cast<const std::int32_t*>(data_)[row];
  return code >= 0 && static_cast<std::size_t>(code) < names_.size() ? code : -1;
}

TIERWISE_INLINE std::string_view column_view::text(std::size_t row) const noexcept {
  const std::int32_t at = code(row);
  return at < 0 ? std::string_view() : names_[static_cast<std::size_t>(at)];
}

}  // namespace tierwise
