// Any bytes are a rule or an error; a rule has one canonical spelling, keeps its cost, and answers every row alike in both ways.
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <tierwise/tag/tag.hpp>

namespace {

using namespace tierwise;

void expect(bool good) {
  if (!good) std::abort();
}

const tag::schema& schema() {
  static const tag::schema known{.columns = {{"patients", tag::value_type::number},
                                             {"city", tag::value_type::text},
                                             {"joined", tag::value_type::date},
                                             {"tenure", tag::value_type::duration},
                                             {"member", tag::value_type::boolean}},
                                 .channels = {"visit", "video"},
                                 .measures = {"usd"},
                                 .tags = {},
                                 .topics = {"ours"}};
  return known;
}

/// Three rows of whatever a rule reads: usual values, strange ones, missing ones.
table rows_for(const tag::rule& what) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  table rows;
  rows.add("row", std::vector<double>{1, 2, 3});
  for (const std::string& name : what.uses().columns) {
    if (name == "city")
      rows.add(name, std::vector<std::int32_t>{0, 1, -1}, std::vector<std::string>{"北京", " A\t"});
    else if (name == "joined")
      rows.add(name, std::vector<date>{date{16'000}, date{-25'567}, date{0}}, {0b011});
    else if (name == "member")
      rows.add_booleans(name, {1, 0, 1}, {0b011});
    else
      rows.add(name, std::vector<double>{3, infinity, missing});
  }
  return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = tag::parse_rule(text, schema());
  if (!parsed) {
    expect(!parsed.error().message().empty());
    return 0;
  }
  const tag::rule& rule = parsed.value();
  const std::string canonical = rule.format();
  const auto again = tag::parse_rule(canonical, schema());
  expect(again.has_value() && again.value().format() == canonical);
  expect(rule.cost() >= 1 && rule.cost() <= text.size());
  const table rows = rows_for(rule);
  const auto registry = tag::compile({{"rule", "", "", tag::layer::basic, canonical}}, schema()).value();
  const auto bits = tag::evaluate(registry, rows.view()).value();
  for (std::size_t row = 0; row < 3; ++row) {
    const auto one = tag::evaluate_one(rule, rows.view(), nullptr, row).value();
    expect(bits.known[0].test(row) == (one != tag::truth::unknown));
    expect(bits.yes[0].test(row) == (one == tag::truth::yes));
  }
  return 0;
}
