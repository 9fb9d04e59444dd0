// Changes between two states of tags, against a comparison cell by cell; doctors and tags that come and go.
#include <map>
#include <string>
#include <tuple>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/changes.hpp>

namespace {

using namespace tierwise;
using tag::change_kind;
using tag::truth;

tag::registry registry_of(const std::vector<std::string>& ids) {
  std::vector<tag::definition> definitions;
  for (const std::string& id : ids) definitions.push_back({.id = id, .name_en = {}, .name_zh = {}, .rule = "true"});
  return tag::compile(std::move(definitions), {}).value();
}

struct cell {
  truth is = truth::unknown;
  tag::source_kind source = tag::source_kind::rule;
};

/// A state whose every cell is known to the test.
struct world {
  tag::registry tags;
  std::vector<std::vector<cell>> cells;  // by doctor and tag
  tag::tag_bits bits;
  std::vector<tag::provenance> answers;

  world(random_stream& random, const std::vector<std::string>& ids, std::size_t doctors) : tags(registry_of(ids)) {
    bits.yes.assign(ids.size(), bit_set(doctors));
    bits.known = bits.yes;
    for (std::size_t hcp = 0; hcp < doctors; ++hcp) {
      auto& row = cells.emplace_back();
      for (std::size_t t = 0; t < ids.size(); ++t) {
        cell& c = row.emplace_back();
        c.is = static_cast<truth>(random.below(3));
        if (c.is == truth::yes) bits.yes[t].set(hcp);
        if (c.is == truth::unknown) continue;
        bits.known[t].set(hcp);
        c.source = static_cast<tag::source_kind>(random.below(4));
        if (c.is == truth::no && c.source == tag::source_kind::rule) continue;  // resolve does not list these
        answers.push_back(
            {static_cast<std::int64_t>(hcp), static_cast<std::uint32_t>(t), c.is, c.source, -1, truth::unknown, 0});
      }
    }
  }
  [[nodiscard]] tag::tag_state state() const { return {tags, bits, answers}; }
};

TEST_CASE("changes: cell by cell, over doctors and tags that both sides have") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    random_stream random(seed, "states", "changes");
    const std::size_t doctors = random.below(150), old_doctors = random.below(150);
    const world before(random, {"a", "gone", "b", "c"}, old_doctors), after(random, {"c", "a", "new", "b"}, doctors);
    const std::map<std::size_t, std::size_t> old_tag = {{0, 3}, {1, 0}, {3, 2}};
    std::vector<std::size_t> old_rows(old_doctors);
    for (std::size_t i = 0; i < old_doctors; ++i) old_rows[i] = i;
    for (std::size_t i = old_doctors; i > 1; --i)
      std::swap(old_rows[i - 1], old_rows[random.below(static_cast<std::uint32_t>(i))]);
    std::vector<std::int64_t> row_before(doctors, -1);
    for (std::size_t row = 0; row < doctors; ++row)
      if (random.below(4) > 0 && !old_rows.empty()) {
        row_before[row] = static_cast<std::int64_t>(old_rows.back());
        old_rows.pop_back();
      }
    if (row_before.empty()) continue;  // an empty span means that rows are the same
    const auto found = tag::changes_between(before.state(), after.state(), row_before).value();
    CHECK(found.tags_added == std::vector<std::string>{"new"});
    CHECK(found.tags_removed == std::vector<std::string>{"gone"});
    REQUIRE(found.by_tag.size() == 3);
    std::size_t next = 0;
    std::int64_t joined = 0, both = 0;
    std::map<std::tuple<std::size_t, change_kind>, std::int64_t> counted;
    std::map<std::size_t, std::int64_t> had, has;
    for (std::size_t row = 0; row < doctors; ++row) {
      (row_before[row] < 0 ? joined : both) += 1;
      if (row_before[row] < 0) continue;
      for (const auto& [t, old] : old_tag) {
        const cell was = before.cells[static_cast<std::size_t>(row_before[row])][old], is = after.cells[row][t];
        had[t] += was.is == truth::yes;
        has[t] += is.is == truth::yes;
        change_kind what = change_kind::source_changed;
        if (was.is == is.is && (was.source == is.source || is.is == truth::unknown)) continue;
        if (was.is != truth::yes && is.is == truth::yes) what = change_kind::gained;
        if (was.is == truth::yes && is.is != truth::yes) what = change_kind::lost;
        if (was.is == truth::unknown && is.is == truth::no) what = change_kind::became_known;
        if (was.is == truth::no && is.is == truth::unknown) what = change_kind::became_unknown;
        ++counted[{t, what}];
        REQUIRE(next < found.items.size());
        const tag::tag_change& c = found.items[next++];
        REQUIRE(std::tuple(c.hcp, c.hcp_before, c.tag, c.what, c.before, c.after) ==
                std::tuple(static_cast<std::int64_t>(row), row_before[row], static_cast<std::uint32_t>(t), what, was.is,
                           is.is));
        REQUIRE(c.source_before == was.source);
        REQUIRE(c.source_after == is.source);
      }
    }
    REQUIRE(next == found.items.size());
    CHECK(found.doctors == both);
    CHECK(found.joined == joined);
    CHECK(found.left == static_cast<std::int64_t>(old_doctors) - both);
    for (const tag::change_counts& c : found.by_tag) {
      const auto n = [&](change_kind what) { return counted[{c.tag, what}]; };
      CHECK(c.before == had[c.tag]);
      CHECK(c.after == has[c.tag]);
      CHECK(c.after == c.before + c.gained - c.lost);
      CHECK(c.gained == n(change_kind::gained));
      CHECK(c.lost == n(change_kind::lost));
      CHECK(c.became_known == n(change_kind::became_known));
      CHECK(c.became_unknown == n(change_kind::became_unknown));
      CHECK(c.source_changed == n(change_kind::source_changed));
      CHECK(c.gained_from_unknown <= c.gained);
      CHECK(c.lost_to_unknown <= c.lost);
    }
  }
}

TEST_CASE("changes: of a state and itself there are none, and there and back they mirror") {
  random_stream random(3, "states", "changes");
  const world one(random, {"a", "b"}, 90), other(random, {"a", "b"}, 90);
  CHECK(tag::changes_between(one.state(), one.state()).value().items.empty());
  const auto there = tag::changes_between(one.state(), other.state()).value(),
             back = tag::changes_between(other.state(), one.state()).value();
  REQUIRE(there.items.size() == back.items.size());
  REQUIRE(there.items.size() > 50);
  for (std::size_t i = 0; i < there.items.size(); ++i) {
    CHECK(there.items[i].before == back.items[i].after);
    CHECK(there.items[i].source_before == back.items[i].source_after);
    CHECK((there.items[i].what == change_kind::gained) == (back.items[i].what == change_kind::lost));
    CHECK((there.items[i].what == change_kind::became_known) == (back.items[i].what == change_kind::became_unknown));
  }
  for (std::size_t t = 0; t < 2; ++t) CHECK(there.by_tag[t].gained_from_unknown == back.by_tag[t].lost_to_unknown);
}

TEST_CASE("changes: what does not fit is refused") {
  random_stream random(4, "states", "changes");
  const world one(random, {"a"}, 3), other(random, {"a"}, 4);
  const auto refused = [](const auto& answer, const char* argument) {
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == errc::invalid_argument);
    CHECK(answer.error().where().column == argument);
  };
  refused(tag::changes_between(one.state(), other.state()), "row_before");
  for (const std::vector<std::int64_t>& rows : {std::vector<std::int64_t>{0, 1, 2}, {0, 1, 2, 3}, {0, 1, 1, -1}})
    refused(tag::changes_between(one.state(), other.state(), rows), "row_before");
  CHECK(tag::changes_between(one.state(), other.state(), std::vector<std::int64_t>{2, -1, 0, 1}));
  const world two(random, {"a", "b"}, 3);
  refused(tag::changes_between({one.tags, two.bits}, one.state()), "before");
  refused(tag::changes_between(one.state(), {one.tags, two.bits}), "after");
  const std::vector<tag::provenance> twice(2), outside = {{.hcp = 3}};
  refused(tag::changes_between({one.tags, one.bits, twice}, one.state()), "before");
  refused(tag::changes_between(one.state(), {one.tags, one.bits, outside}), "after");
}

}  // namespace
