#include <cstddef>

#include <tierwise/core/date.hpp>

namespace tierwise::inline TIERWISE_ABI {

namespace detail {

// The calendar by arithmetic: Howard Hinnant, "chrono-compatible low-level date algorithms" (2013), for years after 0, counted
// from 1 March of the year 0. <chrono> would do the same and cost a header-only user half a second.
inline constexpr int days_from_march_0_to_1970 = 719468;
inline constexpr int days_in_400_years = 146097;

struct civil {
  int year, month, day;
};

TIERWISE_INLINE int days_from_civil(civil c) noexcept {
  const int year = c.month <= 2 ? c.year - 1 : c.year;  // of the year that begins in March
  const int of_era = year % 400;
  const int of_year = (153 * (c.month > 2 ? c.month - 3 : c.month + 9) + 2) / 5 + c.day - 1;
  return year / 400 * days_in_400_years + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
         days_from_march_0_to_1970;
}

TIERWISE_INLINE civil civil_from_days(int days) noexcept {
  const int since = days + days_from_march_0_to_1970;
  const int of_era = since % days_in_400_years;
  const int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int of_year = of_era - (365 * year + year / 4 - year / 100);
  const int march_month = (5 * of_year + 2) / 153;
  const int month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {.year = since / days_in_400_years * 400 + year + (month <= 2 ? 1 : 0),
          .month = month,
          .day = of_year - (153 * march_month + 2) / 5 + 1};
}

}  // namespace detail

TIERWISE_INLINE result<date> make_date(int year, unsigned month, unsigned day) {
  if (year >= 1900 && year <= 2199 && month >= 1 && month <= 12 && day >= 1 && day <= 31) {
    const detail::civil wanted{year, static_cast<int>(month), static_cast<int>(day)};
    const int days = detail::days_from_civil(wanted);
    // The 31st of April comes out as the 1st of May, which is not what was asked for.
    if (detail::civil_from_days(days).day == wanted.day) return date{days};
  }
  return Error(errc::invalid_date, "no such date between 1900-01-01 and 2199-12-31");
}

TIERWISE_INLINE result<date> parse_date(std::string_view text) {
  const Error bad(errc::invalid_date, "expected a date as YYYY-MM-DD");
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return bad;
  const auto number = [text](std::size_t begin, std::size_t length) {
    int value = 0;
    for (const char c : text.substr(begin, length)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 0 || month < 0 || day < 0) return bad;
  return make_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

TIERWISE_INLINE std::string format_date(date d) {
  std::string out = "0000-00-00";
  if (!is_possible(d)) return out;
  const detail::civil c = detail::civil_from_days(d.days);
  const auto write = [&out](std::size_t end, int value) {
    for (; value > 0; value /= 10) out[--end] = static_cast<char>('0' + value % 10);
  };
  write(4, c.year);
  write(7, c.month);
  write(10, c.day);
  return out;
}

}  // namespace tierwise
