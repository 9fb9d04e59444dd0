// Traces say what the rules said, and what they offer as a change does change the verdict.
#include <algorithm>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/trace.hpp>

#include "tag_rows.hpp"

namespace {

using namespace tierwise;
using tag::truth;
using tag::value_type;

const std::vector<std::pair<std::string, value_type>> columns = {
    {"a", value_type::number},  {"b", value_type::number},  {"gap", value_type::duration},
    {"city", value_type::text}, {"town", value_type::text}, {"flag", value_type::boolean}};

struct world {
  random_stream random;
  std::vector<std::string> rules;
  tag::registry registry;
  tag_rows::row doctor;

  explicit world(std::uint64_t seed) : random(seed, 1, 2) {
    tag::schema known;
    for (const auto& [name, type] : columns) {
      known.columns.push_back({name, type});
      if (below(5) == 0) continue;
      if (type == value_type::boolean)
        doctor[name] = below(2) == 0;
      else if (type == value_type::text)
        doctor[name] = letter();
      else
        doctor[name] = static_cast<double>(below(7));
    }
    std::vector<tag::definition> all;
    for (std::size_t t = 0; t < 4; ++t) {
      rules.push_back(condition(t, 2));
      all.push_back({.id = std::string("t").append(std::to_string(t)), .name_en = {}, .name_zh = {}, .rule = rules[t]});
    }
    registry = tag::compile(std::move(all), known).value();
  }

  std::size_t below(std::size_t n) { return random.below(static_cast<std::uint32_t>(n)); }
  std::string letter() { return std::string(1, static_cast<char>('A' + below(3))); }
  std::string digit() { return std::to_string(below(7)); }

  std::string condition(std::size_t before, int depth) {
    const char* const signs[] = {" == ", " != ", " < ", " <= ", " > ", " >= "};
    const std::string sign = signs[below(6)];
    switch (below(depth > 0 ? 13 : 9)) {
      case 0: return "a" + sign + digit();
      case 1: return "b in {" + digit() + ", " + digit() + "}";
      case 2: return "gap" + sign + digit() + "d";
      case 3: return "city == \"" + letter() + "\"";
      case 4: return "flag";
      case 5: return before > 0 ? "has_tag(\"t" + std::to_string(below(before)) + "\")" : "city == town";
      case 6: return "contains(lower(town), \"b\")";
      case 7: return "known(" + std::string(below(2) == 0 ? "a" : "city") + ")";
      case 8: return "a" + sign + "b";
      case 9: return "not (" + condition(before, depth - 1) + ")";
      default:
        return "(" + condition(before, depth - 1) + (below(2) == 0 ? " and " : " or ") + condition(before, depth - 1) +
               ")";
    }
  }

  [[nodiscard]] truth verdict(std::size_t tag, const tag_rows::row& row) const {
    const tag_rows::row_table table(columns, {row});
    const tag::tag_bits bits = tag::evaluate(registry, table.view()).value();
    return !bits.known[tag].test(0) ? truth::unknown : bits.yes[tag].test(0) ? truth::yes : truth::no;
  }
};

tag_rows::row with(tag_rows::row row, const tag::change& one) {
  using enum tag::change::kind;
  tag_rows::value& cell = row[one.from.of];
  switch (one.from.type) {
    case value_type::boolean: cell = one.number != 0; break;
    case value_type::text: cell = one.what == other || one.what == known ? std::string("another") : one.text; break;
    default:
      CHECK((one.what == above   ? one.tried > one.number
             : one.what == below ? one.tried < one.number
                                 : one.tried == one.number));
      cell = one.tried;
  }
  return row;
}

/// Kleene's logic over the parts of a step.
truth joined(const tag::trace& what, const tag::trace_step& step, bool all) {
  truth out = all ? truth::yes : truth::no;
  for (const std::size_t part : step.parts) {
    const truth one = what.steps[part].verdict;
    if (one == (all ? truth::no : truth::yes)) return one;
    if (one == truth::unknown) out = one;
  }
  return out;
}

}  // namespace

TEST_CASE("trace: verdicts of all conditions are those of the rules, and each flip flips") {
  std::size_t flips = 0, pairs = 0, missed = 0;
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    const world w(seed);
    const tag_rows::row_table table(columns, {w.doctor, w.doctor});
    for (const std::size_t tag : {std::size_t{0}, std::size_t{3}}) {
      const tag::trace found = tag::trace_tag(w.registry, tag, table.view(), 1).value();
      CAPTURE(w.rules[tag]);
      const truth now = w.verdict(tag, w.doctor);
      CHECK(found.verdict == now);
      REQUIRE(!found.steps.empty());
      CHECK(found.steps[0].verdict == now);
      CHECK(found.steps[0].rule == w.registry.rules[tag].format());
      for (std::size_t i = 0; i < found.steps.size(); ++i) {
        const tag::trace_step& step = found.steps[i];
        for (const std::size_t part : step.parts) CHECK((part > i || !step.tag.empty()));
        if (step.rule.find(" and ") != std::string::npos && step.rule.front() != '(' && step.parts.size() > 1 &&
            step.rule.find(" or ") == std::string::npos)
          CHECK(step.verdict == joined(found, step, true));
        if (!step.tag.empty()) CHECK(step.verdict == found.steps[step.parts.at(0)].verdict);
        if (step.rule.starts_with("not ") && step.parts.size() == 1)
          CHECK((step.verdict == truth::unknown) == (joined(found, step, true) == truth::unknown));
      }
      for (const tag::flip& one : found.flips) {
        tag_rows::row changed = w.doctor;
        for (const tag::change& c : one.changes) changed = with(changed, c);
        CHECK(w.verdict(tag, changed) == one.becomes);
        CHECK(one.becomes != now);
        CHECK(one.becomes != truth::unknown);
        ++flips;
        pairs += one.changes.size() == 2;
      }
      // By brute force: is there a single value that flips it, where none, or pairs, were offered?
      if (!found.flips.empty() && found.flips.front().changes.size() == 1) continue;
      bool single = false;
      for (const auto& [name, type] : columns)
        for (int value = -2; value <= 9; ++value) {
          tag_rows::row changed = w.doctor;
          if (type == value_type::boolean)
            changed[name] = value > 3;
          else if (type == value_type::text)
            changed[name] = std::string(1, static_cast<char>('A' + value + 2));
          else
            changed[name] = static_cast<double>(value);
          const truth then = w.verdict(tag, changed);
          single = single || (then != now && then != truth::unknown);
        }
      CHECK_FALSE(single);
      missed += found.flips.empty();
    }
  }
  CHECK(flips > 3000);
  CHECK(pairs > 100);
  MESSAGE("flips ", flips, ", of two values ", pairs, ", verdicts that no one or two values change ", missed);
}

TEST_CASE("trace: contacts that would flip a tag do so when they happen, and time does when it says") {
  profile::options what;
  what.channels = {{"visit", "Visit", "拜访", 90, 0, {{"done", 10, true}}},
                   {"video", "Video", "视频", 30, 0, {{"seen", 4, true}}}};
  what.windows_days = {30, 90};
  const date today{16500};
  tag::schema known{
      .columns = {{"city", value_type::text}}, .channels = {"visit", "video"}, .measures = {}, .tags = {}};
  const std::vector<std::string> rules = {"count(channel == \"visit\", 90d) >= 3",
                                          "last() <= 30d and count(90d) < 5",
                                          "share(\"video\", 90d) > 0.5",
                                          "last(\"video\") == null",
                                          "has_tag(\"t0\") and share(\"video\", 90d) >= 0.25",
                                          "count(30d) > count(channel == \"visit\", 90d)",
                                          "contacts_video_30d == 2 or last(\"visit\") > 60d"};
  std::vector<tag::definition> definitions;
  for (std::size_t t = 0; t < rules.size(); ++t)
    definitions.push_back(
        {.id = std::string("t").append(std::to_string(t)), .name_en = {}, .name_zh = {}, .rule = rules[t]});
  known.columns.push_back({"contacts_video_30d", value_type::number});
  const tag::registry registry = tag::compile(definitions, known).value();
  random_stream random(4, 5, 6);
  std::size_t by_contacts = 0, by_time = 0;
  for (int n = 0; n < 150; ++n) {
    std::vector<tag_rows::row> events;
    for (std::uint32_t k = random.below(7); k > 0; --k)
      events.push_back({{"hcp_id", std::string("D")},
                        {"channel", std::string(random.below(2) == 0 ? "visit" : "video")},
                        {"date", static_cast<double>(today.days - static_cast<int>(random.below(120)))}});
    const std::vector<std::pair<std::string, value_type>> of_events = {
        {"hcp_id", value_type::text}, {"channel", value_type::text}, {"date", value_type::date}};
    const tag_rows::row_table hcps({{"hcp_id", value_type::text}, {"city", value_type::text}},
                                   {{{"hcp_id", std::string("D")}, {"city", std::string("A")}}});
    const auto build = [&](const std::vector<tag_rows::row>& all, date on) {
      const tag_rows::row_table given(of_events, all);
      return profile::build(what, hcps.view(), &given.view(), on).value();
    };
    const auto verdicts = [&](const profile::profile& of) {
      const tag::tag_bits bits = tag::evaluate(registry, of.rows.view()).value();
      std::vector<truth> out;
      for (std::size_t t = 0; t < rules.size(); ++t)
        out.push_back(!bits.known[t].test(0) ? truth::unknown : bits.yes[t].test(0) ? truth::yes : truth::no);
      return out;
    };
    const auto now = build(events, today);
    const std::vector<std::string> attributes = {"city"};
    const tag::history past{.attributes = attributes, .channels = what, .contacts = now.contacts, .as_of = today};
    for (std::size_t t = 0; t < rules.size(); ++t) {
      CAPTURE(rules[t]);
      const auto found = tag::trace_tag(registry, t, now.rows.view(), 0, {.said = nullptr, .past = &past}).value();
      CHECK(found.verdict == verdicts(now)[t]);
      for (const tag::flip& one : found.flips) {
        auto more = events;
        for (const tag::change& c : one.changes) {
          REQUIRE(c.what == tag::change::kind::contacts);
          for (int k = 0; k < static_cast<int>(c.number); ++k)
            more.push_back(
                {{"hcp_id", std::string("D")}, {"channel", c.name}, {"date", static_cast<double>(today.days)}});
        }
        CHECK(verdicts(build(more, today))[t] == one.becomes);
        ++by_contacts;
      }
      if (found.verdict == truth::unknown || t == 3) continue;  // which reads the coverage
      std::optional<date> first;
      for (int ahead = 1; ahead <= 130 && !first; ++ahead)
        if ((verdicts(build(events, today + ahead))[t] == truth::yes) != (found.verdict == truth::yes))
          first = today + ahead;
      CHECK(found.by_itself == first);
      by_time += first.has_value();
    }
  }
  CHECK(by_contacts > 300);
  CHECK(by_time > 100);
}

TEST_CASE("trace: in words, in two languages") {
  tag::schema known{.columns = {{"specialty", value_type::text}, {"beds", value_type::number}},
                    .channels = {"visit"},
                    .measures = {},
                    .tags = {}};
  tag::definition kol{.id = "kol", .name_en = "Opinion leader", .name_zh = "意见领袖"};
  kol.source = tag::source_kind::person;
  const tag::registry registry =
      tag::compile({{.id = "target",
                     .name_en = "Target",
                     .name_zh = "目标医生",
                     .rule = "specialty == \"肿瘤科\" and (count(channel == \"visit\", 90d) >= 2 or has_tag(\"kol\"))"},
                    kol,
                    {.id = "big", .name_en = "Big", .name_zh = "大", .rule = "beds > 500"}},
                   known)
          .value();
  const tag_rows::row_table table(
      {{"specialty", value_type::text}, {"beds", value_type::number}, {"contacts_visit_90d", value_type::number}},
      {{{"specialty", std::string("肿瘤科")}, {"contacts_visit_90d", 1.0}}});
  const profile::channel channels[] = {{"visit", "Visit", "拜访", 90, 0, {{"done", 10, true}}}};
  const tag::trace target = tag::trace_tag(registry, 0, table.view(), 0).value();
  CHECK(tag::words(target, registry, language::english, channels) ==
        "Target (target): unknown\n"
        "  unknown: specialty == \"肿瘤科\" and (count(channel == \"visit\", 90d) >= 2 or has_tag(\"kol\"))\n"
        "    yes: specialty == \"肿瘤科\"  --  specialty: \"肿瘤科\"\n"
        "    unknown: count(channel == \"visit\", 90d) >= 2 or has_tag(\"kol\")\n"
        "      no: count(channel == \"visit\", 90d) >= 2  --  Visit contacts in 90 days: 1\n"
        "      unknown: Opinion leader (kol)\n"
        "if specialty were another, then: no\n"
        "if the doctor had Opinion leader (kol), then: yes\n"
        "if the doctor had not Opinion leader (kol), then: no\n"
        "if there were 1 more Visit contact that day, then: yes\n");
  CHECK(tag::words(target, registry, language::chinese, channels) ==
        "目标医生（target）：未知\n"
        "  未知：specialty == \"肿瘤科\" and (count(channel == \"visit\", 90d) >= 2 or has_tag(\"kol\"))\n"
        "    是：specialty == \"肿瘤科\"  ——  specialty：\"肿瘤科\"\n"
        "    未知：count(channel == \"visit\", 90d) >= 2 or has_tag(\"kol\")\n"
        "      否：count(channel == \"visit\", 90d) >= 2  ——  近 90 天拜访接触次数：1\n"
        "      未知：意见领袖（kol）\n"
        "若specialty为其他值，则：否\n"
        "若有标签 意见领袖（kol），则：是\n"
        "若没有标签 意见领袖（kol），则：否\n"
        "若当天再有 1 次拜访接触，则：是\n");
  tag::overrides said;
  said.set.resize(3);
  said.set[1] = bit_set(1);
  said.set[1].set(0);
  CHECK(tag::words(tag::trace_tag(registry, 1, table.view(), 0, {.said = &said}).value(), registry,
                   language::english) == "Opinion leader (kol): yes (as said of the doctor, whatever the rule says)\n");
  CHECK(tag::words(tag::trace_tag(registry, 2, table.view(), 0).value(), registry, language::english) ==
        "Big (big): unknown\n"
        "  unknown: beds > 500  --  beds: unknown\n"
        "if beds were 500, then: no\n"
        "if beds were above 500, then: yes\n");
  CHECK(tag::trace_tag(registry, 9, table.view(), 0).error().code() == errc::invalid_argument);
  CHECK(tag::trace_tag(registry, 0, table.view(), 1).error().code() == errc::invalid_argument);
}
