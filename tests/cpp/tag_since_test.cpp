// Since when a tag has been true, against profiles and tags made anew for every day backwards.
#include <limits>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/update.hpp>

#include "tag_rows.hpp"
#include "threads.hpp"

namespace {

using namespace tierwise;
using tag::value_type;

constexpr date as_of{16500};
constexpr int days_of_contacts = 260, days_back = 380;  // everything the rules look at is over by then

profile::options channels() {
  profile::options what;
  what.channels = {{"visit", "Visit", "拜访", 90, 0, {{"done", 10, true}, {"refused", 0, false}}},
                   {"video", "Video", "视频", 30, 0, {{"watched", 4, true}}}};
  what.windows_days = {30, 90};
  what.measures = {{"amount", 60}};
  what.trend_windows_days = {60};
  return what;
}

struct tag_and_answer {
  const char* id;
  const char* rule;
  bool dated;
};

const std::vector<tag_and_answer> tags = {
    {"active", "count(90d) >= 3", true},
    {"visited", "count(channel == \"visit\", 30d) >= 1", true},
    {"recent_video", "last(\"video\") <= 20d", true},
    {"quiet", "last() > 40d", true},
    {"not_yet", "last(\"visit\") >= 7d and last(\"visit\") != 9d", true},
    {"prefers_video", "share(\"video\", 90d) > 0.4", true},
    {"mixed", "has_tag(\"active\") and (specialty == \"Oncology\" or has_tag(\"recent_video\"))", true},
    {"not_active", "not has_tag(\"active\")", true},
    {"by_gap", "last(\"visit\") < gap or last() == gap", true},
    {"video_first", "last(\"visit\") > last(\"video\")", true},
    {"exactly", "last() in {0d, 1d, 5d, 6d, 7d}", true},
    {"direct", "contacts_30d == 1 or contacts_visit_90d > contacts_30d", true},
    {"direct_days", "days_since_video < 12d", true},
    {"unsure", "not known(last(\"video\")) or count(30d) != 1", true},
    {"by_attributes", "patients > count(30d) and joined < date(\"2014-01-01\") and member and known(gap)", true},
    {"always", "count(90d) >= 0", true},
    {"fact", "patients > 3", false},
    {"pointed", "points > 0 and count(90d) > 0", false},
    {"summed", "sum(\"amount\", 60d) >= 0 and count(90d) > 0", false},
    {"plain_days", "days_since_visit > 3 and count(90d) > 0", false},
    {"behind_points", "has_tag(\"pointed\") and count(90d) > 0", false},
    {"denser", "count(30d) * 3 > count(90d)", true},
    {"rising", "trend(60d) > 0 and count(90d) > 0", false},
    {"no_video", "last(\"video\") == null or count(90d) > 2", false},
    {"calculated_days", "last() + 5d > 30d and count(90d) > 0", false}};

struct world {
  std::vector<tag_rows::row> doctors, contacts;
  tag::registry registry;
  std::vector<std::string> attributes = {"specialty", "patients", "gap", "joined", "member"};

  world() {
    random_stream random(11, "world", "since");
    for (int i = 0; i < 90; ++i) {
      tag_rows::row& d = doctors.emplace_back();
      d["hcp_id"] = "H" + std::to_string(i);
      if (random.below(4) > 0) d["specialty"] = std::string(random.below(2) == 0 ? "Oncology" : "Cardiology");
      if (random.below(4) > 0) d["patients"] = double(random.below(8));
      if (random.below(4) > 0) d["gap"] = double(random.below(60)) + 0.5 * double(random.below(2));
      if (random.below(4) > 0) d["joined"] = double(16000 + int(random.below(200)));
      if (random.below(4) > 0) d["member"] = random.below(3) > 0;
      for (std::uint32_t n = random.below(40) * (random.below(6) > 0 ? 1 : 0); n > 0; --n) {
        tag_rows::row& c = contacts.emplace_back();
        c["hcp_id"] = d["hcp_id"];
        const bool visit = random.below(2) == 0;
        c["channel"] = std::string(visit ? "visit" : "video");
        c["depth"] = std::string(!visit ? "watched" : random.below(5) == 0 ? "refused" : "done");
        c["date"] =
            double(as_of.days + 20 - int(random.below(days_of_contacts)));  // some are later than the day asked for
        c["count"] = double(random.below(4));
        c["amount"] = double(random.below(9));
      }
    }
    tag::schema known{.columns = {{"specialty", value_type::text},
                                  {"patients", value_type::number},
                                  {"gap", value_type::duration},
                                  {"joined", value_type::date},
                                  {"member", value_type::boolean},
                                  {"points", value_type::number},
                                  {"contacts_30d", value_type::number},
                                  {"contacts_visit_90d", value_type::number},
                                  {"days_since_video", value_type::duration},
                                  {"days_since_visit", value_type::number}},
                      .channels = {"visit", "video"},
                      .measures = {"amount"},
                      .tags = {}};
    std::vector<tag::definition> definitions;
    for (const auto& t : tags) definitions.push_back({.id = t.id, .name_en = {}, .name_zh = {}, .rule = t.rule});
    registry = tag::compile(std::move(definitions), known).value();
  }
};

TEST_CASE("due: as time moves on, only who it says and what it says can change") {
  const world w;
  const tag_rows::row_table hcps({{"hcp_id", value_type::text},
                                  {"specialty", value_type::text},
                                  {"patients", value_type::number},
                                  {"gap", value_type::duration},
                                  {"joined", value_type::date},
                                  {"member", value_type::boolean}},
                                 w.doctors);
  const tag_rows::row_table contacts({{"hcp_id", value_type::text},
                                      {"channel", value_type::text},
                                      {"depth", value_type::text},
                                      {"date", value_type::date},
                                      {"count", value_type::number},
                                      {"amount", value_type::number}},
                                     w.contacts);
  const profile::options what = channels();
  random_stream random(3, 4, 5);
  std::size_t due_rows = 0, changed_rows = 0, all = 0;
  for (int n = 0; n < 60; ++n) {
    const date before = as_of - static_cast<int>(random.below(150));
    const date after = before + static_cast<int>(random.below(n % 2 == 0 ? 3 : 60));
    const auto then = profile::build(what, hcps.view(), &contacts.view(), before).value();
    const auto now = profile::build(what, hcps.view(), &contacts.view(), after).value();
    const auto old = tag::evaluate(w.registry, then.rows.view()).value();
    const auto fresh = tag::evaluate(w.registry, now.rows.view()).value();
    const tag::history past{.attributes = w.attributes, .channels = what, .contacts = now.contacts, .as_of = after};
    const tag::changes moved = tag::due(w.registry, now.rows.view(), past, before).value();
    CHECK(moved.columns == std::vector<std::string>{"contact_coverage", "days_since_contact", "days_since_visit",
                                                    "points", "sum_amount_60d", "trend_60d"});
    auto answers = old;
    (void)tag::update(w.registry, now.rows.view(), moved, answers).value();
    CHECK(answers.yes == fresh.yes);
    CHECK(answers.known == fresh.known);
    // Each tag that reads nothing but contacts and attributes differs only for doctors that are due.
    for (std::size_t t = 0; t < tags.size(); ++t)
      for (std::size_t d = 0; tags[t].dated && d < w.doctors.size(); ++d) {
        const bool differs =
            old.yes[t].test(d) != fresh.yes[t].test(d) || old.known[t].test(d) != fresh.known[t].test(d);
        if (differs && !moved.rows.test(d)) FAIL_CHECK(tags[t].id);
        changed_rows += differs;
      }
    if (n % 2 == 0) due_rows += moved.rows.count(), all += w.doctors.size();
  }
  CHECK(changed_rows > 100);
  CHECK(due_rows * 2 < all);
  const auto now = profile::build(what, hcps.view(), &contacts.view(), as_of).value();
  const tag::history past{.attributes = w.attributes, .channels = what, .contacts = now.contacts, .as_of = as_of};
  CHECK(tag::due(w.registry, now.rows.view(), past, as_of).value().rows.count() == 0);
  CHECK(tag::due(w.registry, now.rows.view(), past, as_of + 1).error().where().column == "before");
}

TEST_CASE("since: the same as making every day's profiles and tags anew") {
  const world w;
  const tag_rows::row_table hcps({{"hcp_id", value_type::text},
                                  {"specialty", value_type::text},
                                  {"patients", value_type::number},
                                  {"gap", value_type::duration},
                                  {"joined", value_type::date},
                                  {"member", value_type::boolean}},
                                 w.doctors);
  const tag_rows::row_table contacts({{"hcp_id", value_type::text},
                                      {"channel", value_type::text},
                                      {"depth", value_type::text},
                                      {"date", value_type::date},
                                      {"count", value_type::number},
                                      {"amount", value_type::number}},
                                     w.contacts);
  const profile::options what = channels();
  const auto today = profile::build(what, hcps.view(), &contacts.view(), as_of).value();
  REQUIRE(today.rejected.empty());
  const auto now = tag::evaluate(w.registry, today.rows.view()).value();

  std::vector<std::vector<std::optional<date>>> expected(tags.size(),
                                                         std::vector<std::optional<date>>(w.doctors.size()));
  std::vector<std::vector<bool>> open(tags.size(), std::vector<bool>(w.doctors.size(), true));
  for (int back = 0; back <= days_back; ++back) {
    const auto then = profile::build(what, hcps.view(), &contacts.view(), as_of - back).value();
    const auto bits = tag::evaluate(w.registry, then.rows.view()).value();
    for (std::size_t t = 0; t < tags.size(); ++t)
      for (std::size_t d = 0; d < w.doctors.size(); ++d) {
        if (!open[t][d]) continue;
        if (bits.yes[t].test(d))
          expected[t][d] = as_of - back;
        else
          open[t][d] = false;
      }
  }
  const tag::history past{.attributes = w.attributes, .channels = what, .contacts = today.contacts, .as_of = as_of};
  tests::thread_executor threads(4);
  for (std::size_t t = 0; t < tags.size(); ++t) {
    CAPTURE(tags[t].id);
    const auto found = tag::since(w.registry, t, now, today.rows.view(), past).value();
    CHECK(tag::since(w.registry, t, now, today.rows.view(), past, &threads).value() == found);
    std::size_t dated = 0, wrong = 0;
    for (std::size_t d = 0; d < w.doctors.size(); ++d) {
      if (open[t][d] || !tags[t].dated) expected[t][d].reset();  // true as far back as there is anything
      dated += found[d].has_value();
      wrong += found[d] != expected[t][d];
      CHECK((now.yes[t].test(d) || !found[d]));
    }
    CHECK(wrong == 0);
    CHECK((dated > 0) == (tags[t].dated && tags[t].id != std::string("always")));

    // A walk that is cut short gives the same or nothing.
    tag::history brief = past;
    brief.most_changes = 5;
    const auto some = tag::since(w.registry, t, now, today.rows.view(), brief).value();
    for (std::size_t d = 0; d < w.doctors.size(); ++d) CHECK((!some[d] || some[d] == found[d]));
  }
  tag::history brief = past;
  brief.most_changes = 1;  // today's state alone cannot tell when it began
  for (const auto& day : tag::since(w.registry, 0, now, today.rows.view(), brief).value()) CHECK_FALSE(day.has_value());

  CHECK(tag::since(w.registry, tags.size(), now, today.rows.view(), past).error().code() == errc::invalid_argument);
  const profile::contact_log nobody;
  const tag::history mismatched{.attributes = w.attributes, .channels = what, .contacts = nobody, .as_of = as_of};
  CHECK(tag::since(w.registry, 0, now, today.rows.view(), mismatched).error().code() == errc::invalid_argument);
}

}  // namespace
