// Rows for tests of rules: values by column, made into the columns of a table.
#ifndef TIERWISE_TESTS_TAG_ROWS_HPP
#define TIERWISE_TESTS_TAG_ROWS_HPP

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <tierwise/tag/rule.hpp>

namespace tag_rows {

using tierwise::column_view;
using tierwise::date;
using tierwise::tag::value_type;

/// Missing, a truth, a number (or days of a date or duration), a text.
using value = std::variant<std::monostate, bool, double, std::string>;
using row = std::map<std::string, value>;

/// Keeps what the views point to.
class row_table {
 public:
  row_table(const std::vector<std::pair<std::string, value_type>>& columns, const std::vector<row>& rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) add(columns[i].first, columns[i].second, rows, i);
  }
  row_table(const row_table&) = delete;
  row_table& operator=(const row_table&) = delete;
  [[nodiscard]] const tierwise::table_view& view() const { return view_; }

 private:
  struct storage {
    std::vector<double> doubles;
    std::vector<float> floats;
    std::vector<std::int32_t> integers;
    std::vector<std::int64_t> longs;
    std::vector<date> dates;
    std::vector<std::uint8_t> bytes, valid;
    std::vector<std::string> texts;
    std::vector<std::string_view> names;
  };

  /// `variant` chooses among the ways to store the same values: types of number, bits or bytes, orders of the dictionary.
  void add(const std::string& name, value_type type, const std::vector<row>& rows, std::size_t variant) {
    storage& s = kept_.emplace_back();
    const std::size_t n = rows.size(), offset = variant % 5;  // bitmaps may begin anywhere in a byte
    s.valid.assign((n + offset) / 8 + 1, 0);
    s.bytes.assign(n + 8, 0);
    bool whole = true;
    for (std::size_t i = 0; i < n; ++i) {
      const value v = rows[i].contains(name) ? rows[i].at(name) : value();
      if (v.index() != 0)
        s.valid[(i + offset) / 8] = static_cast<std::uint8_t>(s.valid[(i + offset) / 8] | (1u << ((i + offset) % 8)));
      const double* number = std::get_if<double>(&v);
      const double x = number != nullptr ? *number : 0;
      whole = whole && x == static_cast<double>(static_cast<std::int32_t>(x));
      s.doubles.push_back(x);
      s.floats.push_back(static_cast<float>(x));
      s.integers.push_back(static_cast<std::int32_t>(x));
      s.longs.push_back(static_cast<std::int64_t>(x));
      s.dates.push_back({static_cast<std::int32_t>(x)});
      const bool* truth = std::get_if<bool>(&v);
      const bool yes = truth != nullptr && *truth;
      if (variant % 2 == 0)
        s.bytes[i] = yes;
      else if (yes)
        s.bytes[(i + offset) / 8] = static_cast<std::uint8_t>(s.bytes[(i + offset) / 8] | (1u << ((i + offset) % 8)));
      const std::string* text = std::get_if<std::string>(&v);
      s.texts.push_back(text != nullptr ? *text : "");
    }
    const tierwise::bitmap_view valid{s.valid.data(), offset};
    switch (type) {
      case value_type::boolean:
        return view_.add(name, variant % 2 == 0 ? column_view::booleans({s.bytes.data(), n}, valid)
                                                : column_view::boolean_bits({s.bytes.data(), offset}, n, valid));
      case value_type::date: return view_.add(name, {std::span<const date>(s.dates), valid});
      case value_type::text: {
        // One entry a row, in turns shared by equal texts and not, with an entry that no row uses: dictionaries need not be tidy.
        s.names.assign(s.texts.begin(), s.texts.end());
        s.names.push_back("unused");
        for (std::size_t i = 0; i < n; ++i) {
          std::size_t code = i;
          if (variant % 2 == 0)
            for (code = 0; s.texts[code] != s.texts[i];) ++code;
          s.integers[i] = static_cast<std::int32_t>(code);
        }
        return view_.add(name, column_view::categories(s.integers, s.names, valid));
      }
      case value_type::number:
      case value_type::duration: break;
    }
    if (whole && variant % 4 == 1) return view_.add(name, {std::span<const std::int32_t>(s.integers), valid});
    if (whole && variant % 4 == 2) return view_.add(name, {std::span<const std::int64_t>(s.longs), valid});
    if (whole && variant % 4 == 3) return view_.add(name, {std::span<const float>(s.floats), valid});
    view_.add(name, {std::span<const double>(s.doubles), valid});
  }

  std::deque<storage> kept_;
  tierwise::table_view view_;
};

}  // namespace tag_rows

#endif
