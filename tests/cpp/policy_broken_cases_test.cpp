// tests/cases/broken_policies.json: each broken policy is refused at its pointer with its code. Python runs the same file.
#include "policy_files.hpp"

#include <nlohmann/json.hpp>

#include <tierwise/policy/policy.hpp>

using namespace tierwise;

TEST_CASE("policy: each broken policy is refused where it is broken") {
  const auto cases = nlohmann::ordered_json::parse(policy_test::text_of("tests/cases/broken_policies.json"));
  REQUIRE(cases.size() >= 60);
  const auto sound = nlohmann::ordered_json::parse(policy_test::text_of("examples/policies/default.json"));
  for (const auto& broken : cases) {
    const std::string name = broken.at("name");
    CAPTURE(name);
    const std::string text =
        broken.contains("text") ? broken.at("text").get<std::string>() : sound.patch(broken.at("edit")).dump();
    const std::vector<Error> faults = policy::check(text);
    REQUIRE(!faults.empty());
    const Error& first = faults.front();
    CAPTURE(std::string(first.what()));
    CHECK(first.where().path == broken.at("pointer").get<std::string>());
    CHECK(name_of(first.code()) == broken.at("code").get<std::string>());
    if (broken.contains("says")) CHECK(first.message().find(broken.at("says").get<std::string>()) != std::string::npos);

    const auto refused = policy::parse(text);
    REQUIRE(!refused);
    CHECK(refused.error().what() == std::string(first.what()));
  }
}

TEST_CASE("policy: every fault is found in one pass") {
  auto p = nlohmann::ordered_json::parse(policy_test::text_of("examples/policies/default.json"));
  p["attributes"]["city"]["type"] = "txt";
  p["channels"]["visit"]["half_life_days"] = -1;
  p["segment"]["identity"]["terms"][3]["column"] = "trails";
  p["tags"][4]["rule"] = "tier <";
  p["recommend"]["caps"][0]["of"]["channel"] = "vist";
  p["recommend"]["caps"][1]["dayz"] = 7;
  const auto faults = policy::check(p.dump());
  std::vector<std::string> pointers;
  for (const Error& fault : faults) pointers.push_back(fault.where().path);
  CHECK(pointers == std::vector<std::string>{"/attributes/city/type", "/channels/visit/half_life_days",
                                             "/segment/identity/terms/3/column", "/tags/4/rule",
                                             "/recommend/caps/0/of/channel", "/recommend/caps/1/dayz"});
}

TEST_CASE("policy: keys with / and ~ give escaped pointers") {
  const auto faults = policy::check(R"({"policy": "tierwise/1", "name": "x", "a/b~c": 1})");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].where().path == "/a~1b~0c");
}
