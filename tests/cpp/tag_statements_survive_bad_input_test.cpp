// Statements that are many, empty, of other types, or handed over wrongly.
#include <numeric>
#include <string>

#include <doctest/doctest.h>

#include <tierwise/tag/provenance.hpp>

#include "tag_statements.hpp"
#include "threads.hpp"

namespace {

using namespace tag_statements;

TEST_CASE("statements: a million of one doctor") {
  constexpr std::int32_t many = 1'000'000;
  const std::vector<std::int64_t> hcps = {7};
  std::vector<std::int32_t> zeros(many), kinds(many), sources(many), codes(many);
  std::vector<std::int64_t> ids(many), owner(many, 7);
  std::vector<date> since(many), recorded(many), expires(many);
  std::vector<double> confidence(many, 1);
  for (std::int32_t i = 0; i < many; ++i) {
    const auto at = static_cast<std::size_t>(i);
    ids[at] = static_cast<std::int64_t>((i * 7919LL) % many);  // each once, in no order
    kinds[at] = i % 2;
    sources[at] = i % 3;
    since[at] = first_date + i % 100'000;
    expires[at] = std::min(since[at] + i % 1000, last_date);
    recorded[at] = first_date + (i / 7) % 100'000;
  }
  table rows;
  rows.add("hcp_id", owner);
  rows.add("tag", zeros, std::vector<std::string>{"ruled"});
  rows.add("kind", kinds, std::vector<std::string>{"set", "veto"});
  rows.add("source", sources, std::vector<std::string>{"person", "import", "model"});
  rows.add("since", since);
  rows.add("expires", expires);
  rows.add("recorded", recorded);
  rows.add("confidence", confidence);
  rows.add("statement_id", ids);
  const auto said =
      tag::read_statements(rows.view(), column_view(std::span<const std::int64_t>(hcps)), registry()).value();
  CHECK(said.rejected.empty());
  CHECK(said.items.size() == many);
  CHECK(std::is_sorted(said.items.begin(), said.items.end(), tag::decides_before));
  const tag::viewpoint at{first_date + 50'000, last_date};
  const auto fates = tag::fates_of(said, 0, 0, at).value();
  CHECK(fates.size() == many);
  // The best of those that hold, found by looking at every row.
  std::int64_t best = -1;
  for (std::size_t i = 0; i < said.items.size(); ++i)
    if (const tag::statement& s = said.items[i]; s.since <= at.as_of && at.as_of <= s.expires)
      if (best < 0 || tag::decides_before(s, said.items[static_cast<std::size_t>(best)]))
        best = static_cast<std::int64_t>(i);
  REQUIRE(best >= 0);
  CHECK(fates[static_cast<std::size_t>(best)].what == tag::fate::decides);
  const auto line = tag::timeline_of(said, 0, 0, at).value();
  CHECK(line.size() > 1000);
  const auto on = std::find_if(line.begin(), line.end(), [&](const tag::period& p) { return at.as_of <= p.last; });
  CHECK(on->decides == best);
}

TEST_CASE("statements: none, no doctors, and columns of other types") {
  const tag::statements none = read({});
  CHECK(none.items.empty());
  CHECK(none.rejected.empty());
  CHECK(none.begin.size() == 4);
  const tag::viewpoint at{day(0), day(0)};
  CHECK(tag::overrides_of(none, at).value().set == std::vector<bit_set>(4));
  CHECK(tag::fates_of(none, 2, 1, at).value().empty());
  CHECK(tag::timeline_of(none, 2, 1, at).value() == std::vector<tag::period>{{first_date, tag::no_end}});
  const raw one = {{"hcp_id", "a"},         {"tag", "ruled"},           {"kind", "set"},          {"source", "person"},
                   {"since", "2015-01-01"}, {"recorded", "2015-01-01"}, {"statement_id", "first"}};
  const tag::statements nobody = read({one}, {});
  CHECK(nobody.rejected == std::vector<bad_row>{{"statements", 0, "hcp_id", errc::unknown_hcp}});
  CHECK(tag::resolve(registry(), nobody, {std::vector<bit_set>(4), std::vector<bit_set>(4)},
                     {std::vector<bit_set>(4), std::vector<bit_set>(4)}, at)
            .value()
            .empty());
  const tag::statements twice = read({one}, {"a", "a"});
  CHECK(twice.rejected == std::vector<bad_row>{{"statements", 0, "hcp_id", errc::duplicate_hcp}});

  // Ids and references may be whole numbers; then they are sorted by their value.
  table rows;
  rows.add("hcp_id", std::vector<std::int32_t>{0, 0, 0}, std::vector<std::string>{"a"});
  rows.add("tag", std::vector<std::int32_t>{0, 0, 0}, std::vector<std::string>{"ruled"});
  rows.add("kind", std::vector<std::int32_t>{0, 0, 1}, std::vector<std::string>{"set", "withdraw"});
  rows.add("source", std::vector<std::int32_t>{0, 0, 0}, std::vector<std::string>{"person"});
  rows.add("since", std::vector<date>{day(0), day(0), day(3)});
  rows.add("recorded", std::vector<date>{day(0), day(0), day(0)});
  rows.add("by", std::vector<std::int64_t>{5, 5, 5});
  rows.add("statement_id", std::vector<std::int32_t>{10, 9, 11});
  rows.add("withdraws", std::vector<double>{missing, missing, 9});  // as readers give a column with gaps
  std::vector<tag_rows::row> people = {{{"hcp_id", std::string("a")}}};
  const tag_rows::row_table hcps({{"hcp_id", value_type::text}}, people);
  const column_view ids = *hcps.view().find("hcp_id");
  const auto said = tag::read_statements(rows.view(), ids, registry()).value();
  CHECK(said.rejected.empty());
  CHECK(said.ids == std::vector<std::string>{"9", "10", "11"});
  CHECK(said.people == std::vector<std::string>{"5"});
  CHECK(tag::fates_of(said, 0, 0, {day(2), day(0)}).value() ==
        std::vector<tag::statement_fate>{{0, tag::fate::decides}, {1, tag::fate::overruled}});
  CHECK(tag::fates_of(said, 0, 0, {day(3), day(0)}).value() ==
        std::vector<tag::statement_fate>{{0, tag::fate::withdrawn}, {1, tag::fate::decides}});

  for (const char* name : {"hcp_id", "tag", "kind", "source", "since", "recorded", "statement_id", "by", "withdraws"}) {
    CAPTURE(name);
    table_view fewer, wrong;
    const std::vector<double> numbers(3, 0.5);
    const std::vector<std::int32_t> codes(3);
    const std::vector<std::string_view> texts = {"x"};
    for (const auto& [column, values] : rows.view().columns()) {
      if (column != name) fewer.add(column, values);
      const bool text = std::string_view(name) == "withdraws";
      wrong.add(column, column != name ? values
                        : text         ? column_view::categories(codes, texts)
                                       : column_view(std::span<const double>(numbers)));
    }
    const auto lacking = tag::read_statements(fewer, ids, registry()),
               other = tag::read_statements(wrong, ids, registry());
    const bool optional = std::string_view(name) == "by" || std::string_view(name) == "withdraws";
    CHECK(lacking.has_value() == optional);
    if (!optional) CHECK(lacking.error().code() == errc::missing_column);
    REQUIRE_FALSE(other);
    CHECK(other.error().code() == errc::wrong_type);
    CHECK(other.error().where().column == name);
  }
}

TEST_CASE("statements: questions that make no sense are refused") {
  random_stream random(5, "rows", "refused");
  const tag::statements said = read(random_rows(random, 40, false));
  const auto refused = [](const auto& answer, errc code, const char* argument) {
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == code);
    CHECK(answer.error().where().column == argument);
  };
  const date beyond = last_date + 1;
  const std::vector<double> few(3), wild = {0, 0, 0, 1.1}, none = {0, 0, 0, missing};
  refused(tag::overrides_of(said, {beyond, day(0)}), errc::invalid_argument, "as_of");
  refused(tag::overrides_of(said, {day(0), first_date - 1}), errc::invalid_argument, "known_as_of");
  refused(tag::overrides_of(said, {day(0), tag::no_end}), errc::invalid_argument, "known_as_of");
  for (const auto* least_of : {&few, &wild, &none})
    refused(tag::overrides_of(said, {day(0), day(0), *least_of}), errc::invalid_argument, "least_confidence");
  refused(tag::fates_of(said, 3, 0, {day(0), day(0)}), errc::out_of_range, "hcp");
  refused(tag::timeline_of(said, 0, 4, {day(0), day(0)}), errc::out_of_range, "tag");
  CHECK(tag::timeline_of(said, 0, 0, {beyond, day(0)}));  // asks for every day

  // Tags evaluated without what is said, or of other sizes, are not resolved to a half-truth.
  const tag_rows::row_table profiles({{"flag", value_type::boolean}}, std::vector<tag_rows::row>(3));
  const tag::viewpoint at{day(7), day(13)};
  const tag::tag_bits plain = tag::evaluate(registry(), profiles.view()).value();
  refused(tag::resolve(registry(), said, plain, plain, at), errc::invalid_argument, "resolved");
  tests::thread_executor threads(2);
  refused(tag::resolve(registry(), said, plain, plain, at, &threads), errc::invalid_argument, "resolved");
  const tag::overrides over = tag::overrides_of(said, at).value();
  const tag::tag_bits bits = tag::evaluate(registry(), profiles.view(), nullptr, &over).value();
  CHECK(tag::resolve(registry(), said, bits, plain, at));
  refused(tag::resolve(registry(), said, bits, {}, at), errc::invalid_argument, "by_rules");
  tag::registry other = registry();
  std::swap(other.definitions[0].id, other.definitions[1].id);
  refused(tag::resolve(other, said, bits, plain, at), errc::invalid_argument, "tags");
}

TEST_CASE("statements: words and codes have names") {
  CHECK(name_of(tag::saying::set) == "set");
  CHECK(name_of(tag::saying::veto) == "veto");
  CHECK(name_of(tag::fate::decides) == "decides");
  CHECK(name_of(tag::fate::expired) == "expired");
  for (const errc code : {errc::unknown_tag, errc::unknown_word, errc::period_ends_early, errc::duplicate_statement,
                          errc::dangling_withdrawal})
    CHECK_FALSE(describe(code).empty());
}

}  // namespace
