// What is left out comes from the default policy; what rules need is computed; what rules may name is known; files are found.
#include "policy_files.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <tierwise/policy/policy.hpp>
#include <tierwise/recommend/engine.hpp>

using namespace tierwise;

namespace {

policy::policy with(const std::string& sections) {
  return policy::parse(R"({"policy": "tierwise/1", "name": "x")" + sections + "}").value();
}

}  // namespace

TEST_CASE("policy: a name alone is the default policy under that name") {
  auto expected = policy::parse(policy::default_json()).value();
  expected.name = "x";
  expected.description = "";
  CHECK(with("") == expected);
}

TEST_CASE("policy: a section replaces the default's wholly, its neighbours stay") {
  const auto p = with(
      R"(, "recommend": {"levers": [], "max_actions": 1}, "segment": {"engagement": {"s0": 12, "cuts": {"floors": {"high": 50, "medium": 20}, "unknown_as": "medium"}}})");
  auto expected = with("");
  expected.recommend.levers.clear();
  expected.recommend.max_actions = 1;
  expected.segment.efforts.clear();  // the default's are about the default's segmentation
  expected.segment.engagement.s0 = 12;
  expected.segment.engagement_cuts = {segment::cuts::kind::fixed, {50, 20}, 1};
  CHECK(p == expected);
}

TEST_CASE("policy: windows and sums of rules are added to the profile, sorted and once") {
  const auto p = with(
      R"(, "profile": {"windows_days": [365, 30], "measures": [{"column": "usd", "window_days": 90, "purpose": "finance"}]},
    "tags": [{"id": "a", "name": {"en": "a"}, "layer": "basic", "rule": "count(channel == \"visit\", 45d) > 2 and sum(\"usd\", 30d) > 10 and trend(engagement, 60d) > trend(60d) and sum(\"usd\", 90d) > 10"}],
    "recommend": {"contexts": [], "actions": [{"id": "go", "name": {"en": "go"}, "issue": "i", "group": "g", "channels": ["visit"], "value": 1,
      "eligible": "share(\"email\", 7d) > 0.5"}], "caps": [], "gaps": [], "levers": []})");
  CHECK(p.profile.windows_days == std::vector<std::int32_t>{7, 30, 45, 365});
  CHECK(p.profile.trend_windows_days == std::vector<std::int32_t>{60});
  CHECK(p.profile.measures == std::vector<profile::measure>{{"usd", 30}, {"usd", 90}});
  CHECK(p.measure_purposes == std::vector<std::pair<std::string, std::string>>{{"usd", "finance"}});
  CHECK(policy::parse(policy::format(p)).value() == p);
}

TEST_CASE("policy: rules may name attributes, computed columns and segment columns, each with its type") {
  const auto p = with("");
  const tag::schema known = policy::schema_of(p);
  const auto has = [&](const char* name, tag::value_type type) {
    return std::find(known.columns.begin(), known.columns.end(), tag::symbol{name, type}) != known.columns.end();
  };
  CHECK(has("specialty", tag::value_type::text));
  CHECK(has("trials", tag::value_type::number));
  for (const std::string& name : profile::columns_of(p.profile)) CHECK(has(name.c_str(), tag::value_type::number));
  for (const char* name : {"potential", "decile", "identity_score", "engagement_score", "tier"})
    CHECK(has(name, tag::value_type::number));
  for (const char* name : {"grade", "identity_level", "engagement_level", "profile_type"})
    CHECK(has(name, tag::value_type::text));
  CHECK(known.channels ==
        std::vector<std::string>{"visit", "remote_call", "meeting", "webinar", "email", "wechat", "video"});
  CHECK(known.tags.size() == p.tags.size());
  CHECK(known.measures.empty());
}

TEST_CASE("policy: names become indices of segment::policy, and the table may leave a dimension out") {
  const auto p = with(
      R"(, "segment": {"tiers": {"grades": ["x", "y"], "levels": ["up", "down"], "profile_types": ["one"], "resources": ["much", "little"],
      "table": [{"grade": ["x"], "profile_type": "one", "tier": 1}, {"grade": ["y"], "profile_type": "one", "tier": 2}], "waive": []},
    "potential": {"volume": "patient_volume", "cuts": {"how": "decile", "floors": {"x": 6}}, "unknown_as": "y"},
    "identity": {"terms": [{"column": "trials", "weight": 1, "log": [0, 9]}], "cuts": {"how": "quantile", "floors": {"up": 0.8}, "unknown_as": "down"}},
    "engagement": {"cuts": {"floors": {"up": 50}, "unknown_as": "up"}}},
    "tags": [], "recommend": {"actions": [], "contexts": [], "caps": [], "gaps": [], "levers": []})");
  CHECK(p.segment.potential.cuts == segment::cuts{segment::cuts::kind::decile, {6}});
  CHECK(p.segment.potential.unknown_as == 1);
  CHECK(p.segment.potential.card.terms.empty());
  CHECK(p.segment.identity.terms == std::vector<segment::term>{{"trials", 1, segment::transform::log, 0, 9}});
  CHECK(p.segment.identity_cuts == segment::cuts{segment::cuts::kind::quantile, {0.8}, 1});
  CHECK(p.segment.engagement_cuts.unknown_as == 0);
  REQUIRE(p.segment.scheme.cells.size() == 8);
  for (std::size_t i = 0; i < 8; ++i) CHECK(p.segment.scheme.cells[i].tier == (i < 4 ? 1 : 2));
}

TEST_CASE("policy: a waived pair may break the order of tiers") {
  const std::string table =
      R"("grades": ["x", "y"], "levels": ["up", "down"], "profile_types": ["one"], "resources": ["a", "b"],
    "table": [{"grade": ["x"], "identity": ["up"], "engagement": ["up"], "profile_type": "one", "tier": 2},
              {"grade": ["x"], "identity": ["up"], "engagement": ["down"], "profile_type": "one", "tier": 1},
              {"grade": ["x"], "identity": ["down"], "profile_type": "one", "tier": 2}, {"grade": ["y"], "profile_type": "one", "tier": 2}])";
  const std::string rest =
      R"("potential": {"volume": "patient_volume", "cuts": {"how": "decile", "floors": {"x": 6}}, "unknown_as": "y"},
    "identity": {"terms": [{"column": "trials", "weight": 1, "log": [0, 9]}], "cuts": {"floors": {"up": 50}, "unknown_as": "down"}},
    "engagement": {"cuts": {"floors": {"up": 50}, "unknown_as": "up"}}}, "tags": [], "recommend": {"actions": [], "contexts": [], "caps": [], "gaps": [], "levers": []}})";
  const std::string head = R"({"policy": "tierwise/1", "name": "x", "segment": {"tiers": {)" + table;
  const auto refused = policy::parse(head + R"(, "waive": []}, )" + rest);
  REQUIRE(!refused);
  CHECK(refused.error().code() == errc::policy_not_monotone);
  CHECK(refused.error().where().path == "/segment/tiers/table");
  const auto p = policy::parse(
      head +
      R"(, "waive": [{"better": {"grade": "x", "identity": "up", "engagement": "up"}, "worse": {"grade": "x", "identity": "up", "engagement": "down"}}]}, )" +
      rest);
  REQUIRE(p.has_value());
  CHECK(p.value().segment.scheme.waived == std::vector<std::pair<std::size_t, std::size_t>>{{0, 1}});
  CHECK(policy::parse(policy::format(p.value())).value() == p.value());
}

TEST_CASE("policy: files that are missing, no files, or broken are named") {
  const auto absent = policy::load("no/such/policy.json");
  REQUIRE(!absent);
  CHECK(absent.error().code() == errc::file_not_found);
  CHECK(absent.error().where().path == "no/such/policy.json");
  const auto folder = policy::load(policy_test::path_of("examples"));
  REQUIRE(!folder);
  CHECK(folder.error().code() == errc::file_unreadable);

  const std::string path = (std::filesystem::temp_directory_path() / "tierwise_broken_policy.json").string();
  std::ofstream(path) << R"({"policy": "tierwise/1", "name": "x", "channels": []})";
  const auto broken = policy::load(path);
  std::remove(path.c_str());
  REQUIRE(!broken);
  CHECK(broken.error().code() == errc::policy_wrong_type);
  CHECK(broken.error().where().path == path + "#/channels");
}

TEST_CASE("policy: what is read here is never refused later") {
  for (const std::string& file : policy_test::examples) {
    CAPTURE(file);
    const auto p = policy::load(policy_test::path_of(file)).value();
    CHECK(segment::check(p.segment).empty());
    CHECK(tag::compile(p.tags, policy::schema_of(p)).has_value());
    const auto rates = propensity::fit_pooled(p.propensity, p.recommend.actions.size(), p.profile.channels.size(), {});
    const auto engine = recommend::make_engine(p.recommend, p.profile.channels, policy::schema_of(p), rates);
    if (!engine) FAIL_CHECK(std::string(engine.error().what()));
  }
}

TEST_CASE("policy: the examples are sound") {
  for (const std::string& file : policy_test::examples) {
    CAPTURE(file);
    for (const Error& fault : policy::check(policy_test::text_of(file))) FAIL_CHECK(std::string(fault.what()));
  }
}
