// A calendar date without clock or time zone.
#ifndef TIERWISE_CORE_DATE_HPP
#define TIERWISE_CORE_DATE_HPP

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// Days since 1970-01-01 (Arrow's date32) in the proleptic Gregorian calendar.
/// tierwise takes dates from 1900-01-01 to 2199-12-31; anything else in a table is an impossible date.
struct date {
  std::int32_t days = 0;

  friend auto operator<=>(const date&, const date&) = default;
  friend constexpr date operator+(date d, std::int32_t n) noexcept { return {d.days + n}; }
  friend constexpr date operator-(date d, std::int32_t n) noexcept { return {d.days - n}; }
  friend constexpr std::int32_t operator-(date a, date b) noexcept { return a.days - b.days; }
};

inline constexpr date first_date{-25567};  ///< 1900-01-01
inline constexpr date last_date{84005};    ///< 2199-12-31

[[nodiscard]] constexpr bool is_possible(date d) noexcept { return first_date <= d && d <= last_date; }

/// Reads exactly YYYY-MM-DD. `invalid_date` for anything else, 2015-02-30 included.
[[nodiscard]] result<date> parse_date(std::string_view text);

/// The date of year, month (1–12) and day; `invalid_date` if the calendar has none.
[[nodiscard]] result<date> make_date(int year, unsigned month, unsigned day);

/// Writes YYYY-MM-DD; 0000-00-00 for a date that is not possible.
[[nodiscard]] std::string format_date(date d);

/// 0 = Monday … 6 = Sunday.
[[nodiscard]] constexpr int weekday(date d) noexcept { return ((d.days % 7) + 10) % 7; }

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/date.ipp>
#endif
#endif
