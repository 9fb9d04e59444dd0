// The default policy is the one of the design, in the file and in the library alike.
#include "policy_files.hpp"

#include <tierwise/policy/policy.hpp>

using namespace tierwise;

TEST_CASE("policy: the library's default is examples/policies/default.json") {
  // To renew the copy after an edit:
  //   (printf 'R"policy('; cat examples/policies/default.json; printf ')policy"\n') > include/tierwise/policy/impl/default_text.ipp
  CHECK(policy_test::text_of("examples/policies/default.json") == policy::default_json());
}

TEST_CASE("policy: the default's segmentation is segment::default_policy()") {
  CHECK(policy::parse(policy::default_json()).value().segment == segment::default_policy());
}

TEST_CASE("policy: the default's channels carry the weights and half-lives of the design") {
  const auto p = policy::parse(policy::default_json()).value();
  struct expected {
    const char* id;
    const char* zh;
    double half_life_days;
    std::vector<std::pair<const char*, double>> depths;
  };
  const std::vector<std::pair<const char*, double>> message{
      {"delivered", 0}, {"opened", 1}, {"clicked", 3}, {"read", 4}, {"unsubscribed", -20}};
  const expected all[] = {{"visit", "面对面拜访", 90, {{"done", 10}}},
                          {"remote_call", "远程拜访", 60, {{"done", 8}}},
                          {"meeting", "线下会议", 90, {{"attended", 8}, {"question", 3}}},
                          {"webinar", "线上会议", 30, {{"delivered", 0}, {"attended", 8}, {"question", 3}}},
                          {"email", "邮件", 30, message},
                          {"wechat", "微信", 30, message},
                          {"video", "视频", 30, {{"opened", 1}, {"read", 4}}}};
  REQUIRE(p.profile.channels.size() == std::size(all));
  for (std::size_t i = 0; i < std::size(all); ++i) {
    const profile::channel& c = p.profile.channels[i];
    CAPTURE(c.id);
    CHECK(c.id == all[i].id);
    CHECK(c.name_zh == all[i].zh);
    CHECK(c.half_life_days == all[i].half_life_days);
    CHECK(c.daily_limit == 3);
    REQUIRE(c.depths.size() == all[i].depths.size());
    for (std::size_t d = 0; d < c.depths.size(); ++d) {
      CHECK(c.depths[d].name == all[i].depths[d].first);
      CHECK(c.depths[d].weight == all[i].depths[d].second);
      CHECK(c.depths[d].is_contact == (c.depths[d].name != "unsubscribed"));
      CHECK(c.depths[d].revokes_consent == (c.depths[d].name == "unsubscribed"));
    }
  }
}

TEST_CASE("policy: no prescriptions are read where their purpose is forbidden") {
  // What the default reads under the purpose "potential" is refused once that purpose is forbidden, in scores and in rules.
  const auto faults = policy::check(R"({"policy": "tierwise/1", "name": "x", "forbidden_purposes": ["potential"]})");
  REQUIRE(faults.size() == 2);
  for (const Error& fault : faults) CHECK(fault.code() == errc::policy_forbidden_purpose);
  CHECK(faults[0].where().path == "/segment/potential/volume");
  CHECK(faults[1].where().path == "/segment/potential/card/terms/0/column");
  CHECK(faults[0].message().find("taken from the default policy") != std::string::npos);
}
