#include <type_traits>
#include <utility>
#include <variant>

#include <tierwise/core/table.hpp>

namespace tierwise::inline TIERWISE_ABI {

TIERWISE_INLINE void table_view::add(std::string name, column_view values) {
  if (!columns_.empty() && values.size() != rows())
    throw Error(errc::length_mismatch,
                "has " + std::to_string(values.size()) + " rows where the table has " + std::to_string(rows()),
                {.path = {}, .column = name});
  if (find(name) != nullptr)
    throw Error(errc::invalid_argument, "the table already has this column", {.path = {}, .column = name});
  columns_.push_back({std::move(name), values});
}

TIERWISE_INLINE const column_view* table_view::find(std::string_view name) const noexcept {
  for (const named_column& column : columns_)
    if (column.name == name) return &column.values;
  return nullptr;
}

TIERWISE_INLINE result<column_view> table_view::require(std::string_view name, std::string_view table) const {
  if (const column_view* column = find(name)) return *column;
  return Error(errc::missing_column, "table '" + std::string(table) + "' needs this column",
               {.path = {}, .column = std::string(name)});
}

struct table::storage {
  std::variant<std::vector<float>, std::vector<double>, std::vector<std::int32_t>, std::vector<std::int64_t>,
               std::vector<date>, std::vector<std::uint8_t>>
      values;
  std::vector<std::uint8_t> valid;
  std::vector<std::string> texts;
  std::vector<std::string_view> names;
};

TIERWISE_INLINE table::table() = default;
TIERWISE_INLINE table::~table() = default;
TIERWISE_INLINE table::table(table&&) noexcept = default;
TIERWISE_INLINE table& table::operator=(table&&) noexcept = default;

template <class T>
void table::keep(std::string name, std::vector<T> values, std::vector<std::uint8_t> valid) {
  if (!valid.empty() && valid.size() < (values.size() + 7) / 8)
    throw Error(errc::length_mismatch,
                "the bitmap of valid rows has " + std::to_string(valid.size()) + " bytes, too few for " +
                    std::to_string(values.size()) + " rows",
                {.path = {}, .column = name});
  storage owned;
  owned.valid = std::move(valid);
  const bitmap_view bits{owned.valid.empty() ? nullptr : owned.valid.data(), 0};
  const auto& kept = owned.values.template emplace<std::vector<T>>(std::move(values));
  if constexpr (std::is_same_v<T, std::uint8_t>)
    view_.add(std::move(name), column_view::booleans(kept, bits));
  else
    view_.add(std::move(name), column_view(std::span<const T>(kept), bits));
  owned_.push_back(std::move(owned));
}

TIERWISE_INLINE void table::add(std::string name, std::vector<float> values, std::vector<std::uint8_t> valid) {
  keep(std::move(name), std::move(values), std::move(valid));
}
TIERWISE_INLINE void table::add(std::string name, std::vector<double> values, std::vector<std::uint8_t> valid) {
  keep(std::move(name), std::move(values), std::move(valid));
}
TIERWISE_INLINE void table::add(std::string name, std::vector<std::int32_t> values, std::vector<std::uint8_t> valid) {
  keep(std::move(name), std::move(values), std::move(valid));
}
TIERWISE_INLINE void table::add(std::string name, std::vector<std::int64_t> values, std::vector<std::uint8_t> valid) {
  keep(std::move(name), std::move(values), std::move(valid));
}
TIERWISE_INLINE void table::add(std::string name, std::vector<date> values, std::vector<std::uint8_t> valid) {
  keep(std::move(name), std::move(values), std::move(valid));
}

TIERWISE_INLINE void table::add_booleans(std::string name, std::vector<std::uint8_t> bytes,
                                         std::vector<std::uint8_t> valid) {
  keep(std::move(name), std::move(bytes), std::move(valid));
}

TIERWISE_INLINE void table::add(std::string name, std::vector<std::int32_t> codes, std::vector<std::string> names) {
  storage owned;
  owned.texts = std::move(names);
  owned.names.assign(owned.texts.begin(), owned.texts.end());
  const auto& kept = owned.values.emplace<std::vector<std::int32_t>>(std::move(codes));
  view_.add(std::move(name), column_view::categories(kept, owned.names));
  owned_.push_back(std::move(owned));
}

TIERWISE_INLINE table gather(const table_view& source, std::span<const std::size_t> rows) {
  table out;
  for (const auto& [name, column] : source.columns()) {
    std::vector<std::uint8_t> valid;
    if (column.validity().bits != nullptr) {
      valid.assign((rows.size() + 7) / 8, 0);
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (column.validity()[rows[i]]) valid[i / 8] = static_cast<std::uint8_t>(valid[i / 8] | (1u << (i % 8)));
    }
    const auto copy = [&, &label = name, &from = column]<class T>(const T*) {
      std::vector<T> chosen;
      chosen.reserve(rows.size());
      for (const std::size_t row : rows) chosen.push_back(static_cast<const T*>(from.data())[row]);
      out.add(label, std::move(chosen), std::move(valid));
    };
    switch (column.type()) {
      case column_type::float32: copy(static_cast<const float*>(nullptr)); break;
      case column_type::float64: copy(static_cast<const double*>(nullptr)); break;
      case column_type::int32: copy(static_cast<const std::int32_t*>(nullptr)); break;
      case column_type::int64: copy(static_cast<const std::int64_t*>(nullptr)); break;
      case column_type::date: copy(static_cast<const date*>(nullptr)); break;
      case column_type::boolean: {
        std::vector<std::uint8_t> bytes;
        bytes.reserve(rows.size());
        for (const std::size_t row : rows) bytes.push_back(column.number(row) == 1 ? 1 : 0);
        out.add_booleans(name, std::move(bytes), std::move(valid));
        break;
      }
      case column_type::category: {
        std::vector<std::int32_t> codes;
        codes.reserve(rows.size());
        for (const std::size_t row : rows) codes.push_back(column.code(row));
        out.add(name, std::move(codes), std::vector<std::string>(column.names().begin(), column.names().end()));
        break;
      }
    }
  }
  return out;
}

}  // namespace tierwise
