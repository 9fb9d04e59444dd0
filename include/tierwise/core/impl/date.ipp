#include <chrono>
#include <cstddef>

#include <tierwise/core/date.hpp>

namespace tierwise::inline TIERWISE_ABI {

TIERWISE_INLINE result<date> make_date(int year, unsigned month, unsigned day) {
  const std::chrono::year_month_day ymd{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (ymd.ok()) {
    const date d{static_cast<std::int32_t>(std::chrono::sys_days(ymd).time_since_epoch().count())};
    if (is_possible(d)) return d;
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
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{d.days}}};
  std::string out = "0000-00-00";
  const auto write = [&out](std::size_t end, int value) {
    for (; value > 0; value /= 10) out[--end] = static_cast<char>('0' + value % 10);
  };
  write(4, static_cast<int>(ymd.year()));
  write(7, static_cast<int>(static_cast<unsigned>(ymd.month())));
  write(10, static_cast<int>(static_cast<unsigned>(ymd.day())));
  return out;
}

}  // namespace tierwise
