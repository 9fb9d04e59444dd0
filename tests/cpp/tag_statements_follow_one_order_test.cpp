// Who decides, on which day and by which knowledge: against the plainest reading, for any order of rows, and for ever after.
#include <string>
#include <tuple>

#include <doctest/doctest.h>

#include <tierwise/tag/provenance.hpp>

#include "tag_statements.hpp"
#include "threads.hpp"

namespace {

using namespace tag_statements;

/// The four definitions' least confidences.
const std::vector<double> least_of_all = {least[0], least[1], least[2], 0};

tag::viewpoint seen(int as_of, int known) { return {day(as_of), day(known), least_of_all}; }

struct evaluated {
  tag::tag_bits by_rules, bits;
  tag::overrides over;
  std::vector<tag::provenance> answers;
};

/// The rule says yes of the first doctor, no of the second, and does not know of the third.
evaluated evaluate(const tag::statements& said, const tag::viewpoint& at, executor* threads = nullptr) {
  const tag_rows::row_table profiles({{"flag", value_type::boolean}}, {{{"flag", true}}, {{"flag", false}}, {}});
  evaluated out;
  out.by_rules = tag::evaluate(registry(), profiles.view()).value();
  out.over = tag::overrides_of(said, at, threads).value();
  out.bits = tag::evaluate(registry(), profiles.view(), threads, &out.over).value();
  out.answers = tag::resolve(registry(), said, out.bits, out.by_rules, at, threads).value();
  return out;
}

bool test_in(const std::vector<bit_set>& sets, std::size_t tag, std::size_t row) {
  return sets[tag].size() != 0 && sets[tag].test(row);
}

/// Answers by what they say, without places in lists.
std::string written(const tag::statements& said, const evaluated& of, const tag::viewpoint& at) {
  std::string out;
  for (const tag::provenance& p : of.answers) {
    out.append(std::to_string(p.hcp))
        .append(" ")
        .append(said.tags[p.tag])
        .append(p.answer == tag::truth::yes ? "+" : "-");
    out.append(name_of(p.source)).append(std::to_string(p.overruled)).append(std::to_string(static_cast<int>(p.rule)));
    if (p.decides < 0) continue;
    const auto item = static_cast<std::size_t>(p.decides);
    const tag::statement& s = said.items[item];
    const auto text = [](const std::vector<std::string>& of_column, std::int32_t place) {
      return place < 0 ? std::string("-") : of_column[static_cast<std::size_t>(place)];
    };
    out.append(" ").append(text(said.ids, s.id)).append(" ").append(text(said.people, s.by)).append(" ");
    out.append(text(said.evidence, s.evidence)).append(std::to_string(s.confidence));
    out.append(std::to_string(s.since.days)).append(" ");
    out.append(std::to_string(tag::last_day_of(said, item, at.known_as_of).days)).append("\n");
  }
  return out;
}

TEST_CASE("statements: who decides is what the plainest reading says") {
  std::size_t decided = 0, overruled = 0, unsure = 0, withdrawn = 0, repeated = 0, dangling = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    random_stream random(seed, "rows", "oracle");
    const std::vector<raw> rows = random_rows(random, 40, false);
    const tag::statements said = read(rows);
    const sorted_rows expected = sort_out(rows);
    REQUIRE(said.items.size() + said.withdrawals.size() == expected.kept.size());
    REQUIRE(said.rejected.size() == expected.rejected);
    REQUIRE(static_cast<std::size_t>(said.repeated) == expected.repeated);
    repeated += expected.repeated;
    dangling += expected.rejected;
    withdrawn += said.withdrawals.size();
    for (int n = 0; n < 6; ++n) {
      const int as_of = static_cast<int>(random.below(days + 2)), known = static_cast<int>(random.below(days));
      const tag::viewpoint at = seen(as_of, known);
      const evaluated found = evaluate(said, at);
      std::size_t next = 0;
      for (std::size_t hcp = 0; hcp < doctors.size(); ++hcp)
        for (std::size_t t = 0; t <= tags.size(); ++t) {
          const auto counting = t == tags.size() ? std::vector<raw>()
                                                 : that_count(expected.kept, doctors[hcp], tags[t],
                                                              format_date(day(as_of)), format_date(day(known)));
          const auto best = t == tags.size() ? std::nullopt : that_decides(counting, t);
          REQUIRE(test_in(found.over.set, t, hcp) == (best && best->at("kind") == "set"));
          REQUIRE(test_in(found.over.veto, t, hcp) == (best && best->at("kind") == "veto"));
          unsure += !counting.empty() && !best ? 1 : 0;
          const bool yes = found.bits.yes[t].test(hcp);
          if (best) REQUIRE(yes == (best->at("kind") == "set"));
          if (best) REQUIRE(found.bits.known[t].test(hcp));
          if (!best && t < 3) REQUIRE(yes == found.by_rules.yes[t].test(hcp));
          if (!best && !yes) continue;
          REQUIRE(next < found.answers.size());
          const tag::provenance& p = found.answers[next++];
          REQUIRE(std::tuple(p.hcp, p.tag) ==
                  std::tuple(static_cast<std::int64_t>(hcp), static_cast<std::uint32_t>(t)));
          REQUIRE(p.answer == (yes ? tag::truth::yes : tag::truth::no));
          REQUIRE(name_of(p.source) == (best ? best->at("source") : "rule"));
          REQUIRE(p.overruled == counting.size() - (best ? 1 : 0));
          REQUIRE((p.decides >= 0) == best.has_value());
          if (best)
            REQUIRE(said.ids[static_cast<std::size_t>(said.items[static_cast<std::size_t>(p.decides)].id)] ==
                    best->at("statement_id"));
          decided += best ? 1 : 0;
          overruled += p.overruled;
        }
      REQUIRE(next == found.answers.size());
    }
  }
  // The worlds are not empty ones.
  CHECK(decided > 3000);
  CHECK(overruled > 1000);
  CHECK(unsure > 100);
  CHECK(withdrawn > 300);
  CHECK(repeated > 100);
  CHECK(dangling > 300);
}

TEST_CASE("statements: any order of rows and any executor give the same bytes, whatever stands in the cells") {
  tests::thread_executor threads(4);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    random_stream random(seed, "rows", "order");
    std::vector<raw> rows = random_rows(random, 30, true);
    const tag::statements said = read(rows);
    REQUIRE(said.items.size() + said.withdrawals.size() + said.rejected.size() +
                static_cast<std::size_t>(said.repeated) ==
            rows.size());
    const auto faults = [&](const tag::statements& s) {  // which cells of which rows, whatever their order
      std::vector<std::tuple<raw, std::string, errc>> out;
      for (const bad_row& bad : s.rejected)
        out.emplace_back(rows[static_cast<std::size_t>(bad.row)], bad.column, bad.code);
      std::sort(out.begin(), out.end());
      return out;
    };
    const auto faults_before = faults(said);
    shuffle(random, rows);
    const tag::statements again = read(rows);
    REQUIRE(again.items == said.items);
    REQUIRE(again.begin == said.begin);
    REQUIRE(again.withdrawals == said.withdrawals);
    REQUIRE(again.withdrawn == said.withdrawn);
    REQUIRE(again.ids == said.ids);
    REQUIRE(again.people == said.people);
    REQUIRE(again.evidence == said.evidence);
    REQUIRE(again.repeated == said.repeated);
    REQUIRE(faults(again) == faults_before);
    const tag::viewpoint at = seen(static_cast<int>(random.below(days)), static_cast<int>(random.below(days)));
    const evaluated one = evaluate(said, at), many = evaluate(again, at, &threads);
    REQUIRE(one.answers == many.answers);
    REQUIRE(one.over.set == many.over.set);
    REQUIRE(one.over.veto == many.over.veto);
    // The order of the doctors moves their rows and nothing else.
    const tag::statements turned = read(rows, {"王", "b", "a"});
    for (std::size_t hcp = 0; hcp < 3; ++hcp) {
      REQUIRE(turned.begin[hcp + 1] - turned.begin[hcp] == said.begin[3 - hcp] - said.begin[2 - hcp]);
      for (std::size_t i = 0; i < turned.begin[hcp + 1] - turned.begin[hcp]; ++i) {
        tag::statement s = turned.items[turned.begin[hcp] + i];
        s.hcp = 2 - s.hcp;
        REQUIRE(s == said.items[said.begin[2 - hcp] + i]);
      }
    }
  }
}

TEST_CASE("statements: what was believed stays, whatever is recorded later") {
  std::size_t answers = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    random_stream random(seed, "rows", "replay");
    std::vector<raw> rows = random_rows(random, 25, true);
    const int known = static_cast<int>(random.below(days - 1)), as_of = static_cast<int>(random.below(days));
    const tag::viewpoint at = seen(as_of, known);
    // Rows recorded later may be in the table already, or not.
    const tag::statements all = read(rows);
    const evaluated before = evaluate(all, at);
    for (int n = 0; n < 25; ++n) {
      raw later = random_row(random, rows, true);
      later["recorded"] = format_date(day(known + 1 + static_cast<int>(random.below(days))));
      rows.push_back(later);
    }
    shuffle(random, rows);
    const tag::statements more = read(rows);
    const evaluated after = evaluate(more, at);
    REQUIRE(after.over.set == before.over.set);
    REQUIRE(after.over.veto == before.over.veto);
    REQUIRE(after.bits.yes == before.bits.yes);
    REQUIRE(after.bits.known == before.bits.known);
    REQUIRE(written(more, after, at) == written(all, before, at));
    for (std::size_t hcp = 0; hcp < doctors.size(); ++hcp)
      for (std::size_t t = 0; t < tags.size(); ++t) {
        const auto lines = [&](const tag::statements& s) {
          std::string out;
          for (const tag::period& p : tag::timeline_of(s, hcp, t, at).value())
            out.append(std::to_string(p.first.days))
                .append(" ")
                .append(std::to_string(p.last.days))
                .append(p.decides < 0
                            ? " -"
                            : s.ids[static_cast<std::size_t>(s.items[static_cast<std::size_t>(p.decides)].id)]);
          for (const tag::statement_fate& f : tag::fates_of(s, hcp, t, at).value())
            out.append(name_of(f.what)).append(s.ids[static_cast<std::size_t>(s.items[f.item].id)]);
          return out;
        };
        REQUIRE(lines(more) == lines(all));
      }
    answers += before.answers.size();
  }
  CHECK(answers > 1000);
}

TEST_CASE("statements: a timeline says of each day what is decided on it, and fates name what decides") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    random_stream random(seed, "rows", "timeline");
    const tag::statements said = read(random_rows(random, 40, false));
    const int known = static_cast<int>(random.below(days));
    std::vector<std::vector<tag::period>> lines;
    for (std::size_t hcp = 0; hcp < doctors.size(); ++hcp)
      for (std::size_t t = 0; t < tags.size(); ++t) {
        const auto& line = lines.emplace_back(tag::timeline_of(said, hcp, t, seen(0, known)).value());
        REQUIRE(line.front().first == first_date);
        REQUIRE(line.back().last == tag::no_end);
        for (std::size_t i = 0; i + 1 < line.size(); ++i) {
          REQUIRE(line[i + 1].first == line[i].last + 1);
          REQUIRE(line[i + 1].decides != line[i].decides);  // as short as it can be
        }
      }
    for (int d = -1; d <= days + 5; ++d) {
      const tag::viewpoint at{day(d), day(known), least_of_all};
      const tag::overrides over = tag::overrides_of(said, at).value();
      for (std::size_t hcp = 0; hcp < doctors.size(); ++hcp)
        for (std::size_t t = 0; t < tags.size(); ++t) {
          const auto& line = lines[hcp * tags.size() + t];
          const auto on =
              std::find_if(line.begin(), line.end(), [&](const tag::period& p) { return day(d) <= p.last; });
          const bool set = test_in(over.set, t, hcp), veto = test_in(over.veto, t, hcp);
          REQUIRE(on->answer == (set ? tag::truth::yes : veto ? tag::truth::no : tag::truth::unknown));
          std::int64_t decides = -1;
          for (const tag::statement_fate& f : tag::fates_of(said, hcp, t, at).value())
            if (f.what == tag::fate::decides) {
              REQUIRE(decides == -1);
              decides = static_cast<std::int64_t>(f.item);
            }
          REQUIRE(on->decides == decides);
        }
    }
  }
}

}  // namespace
