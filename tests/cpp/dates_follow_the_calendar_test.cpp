#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include <tierwise/core/date.hpp>

TEST_CASE("every date from 1900 to 2199 is that of the standard library's calendar, both ways") {
  std::int64_t wrong = 0;
  for (tierwise::date day = tierwise::first_date; day <= tierwise::last_date; day = day + 1) {
    const std::chrono::year_month_day c{std::chrono::sys_days{std::chrono::days{day.days}}};
    const auto year = static_cast<int>(c.year());
    const auto month = static_cast<unsigned>(c.month()), number = static_cast<unsigned>(c.day());
    const auto made = tierwise::make_date(year, month, number);
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", year, month, number);
    const auto read = tierwise::parse_date(text);
    wrong += !made || made.value() != day || tierwise::format_date(day) != text || !read || read.value() != day;
  }
  CHECK(wrong == 0);
}

TEST_CASE("every combination that is no date is refused") {
  std::int64_t wrong = 0, dates = 0;
  for (int year = 1890; year <= 2210; ++year)
    for (unsigned month = 0; month <= 14; ++month)
      for (unsigned day = 0; day <= 33; ++day) {
        const std::chrono::year_month_day c{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
        const bool is_date = c.ok() && year >= 1900 && year <= 2199;
        dates += is_date;
        wrong += tierwise::make_date(year, month, day).has_value() != is_date;
      }
  CHECK(wrong == 0);
  CHECK(dates == tierwise::last_date - tierwise::first_date + 1);
  CHECK_FALSE(tierwise::make_date(2'000'000'000, 1, 1));
  CHECK_FALSE(tierwise::make_date(2000, 4'000'000'000U, 1));
}

TEST_CASE("a number of days that is no possible date is written as zeros") {
  for (const std::int32_t days : {INT32_MIN, tierwise::first_date.days - 1, tierwise::last_date.days + 1, INT32_MAX})
    CHECK(tierwise::format_date({days}) == "0000-00-00");
}
