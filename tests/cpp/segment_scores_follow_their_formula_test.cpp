// Scores, levels, tiers and contributions of whole tables beside one doctor at a time, computed as the documents say.
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <tierwise/segment/impl/kernels.ipp>

#include "segment_doctors.hpp"
#include "threads.hpp"

namespace {

using namespace tierwise;
using segment::transform;

double rounded(double value) { return std::rint(value / segment::score_step) * segment::score_step + 0.0; }

/// Each kind of term, with and without missing_as.
segment::policy every_transform(bool many_terms) {
  segment::policy out = segment::default_policy();
  out.potential.volume.clear();
  out.potential.cuts = {};
  out.potential.card.terms = {{"patients_per_week", 50, transform::linear, 10, 100},
                              {"trials", 7, transform::capped, 0, 5}};
  out.potential.card.terms[1].missing_as = 0.25;
  segment::term lookup{"title", 20, transform::lookup, 0, 1, {{"chief_physician", 3}, {"attending_physician", 1}}};
  lookup.dict = segment::dictionary::title;
  lookup.out_of = 3;
  segment::term grid{"hospital_level", 30, transform::grid};
  grid.by = "title";
  grid.grid = {
      {"tier_3_large", "chief_physician", 9}, {"tier_3_large", "professor", 8}, {"below", "chief_physician", 3}};
  grid.out_of = 9;
  segment::term piecewise{"teaching", 15, transform::piecewise};
  piecewise.knots = {{1, 0}, {4.5, 0.7}, {12, 0.2}, {15, 1}};
  out.identity.terms = {lookup, grid, piecewise, {"publications", 10, transform::log, 2, 50}};
  out.identity.min_coverage = 0.4;
  out.engagement_card.terms = {{"points_visit", 3, transform::log, 0, 45},
                               {"points_email", 4, transform::linear, -20, 40}};
  out.engagement_card.out_of = 12;
  if (many_terms)
    for (const char* column : {"trials", "society_offices", "publications", "teaching", "patients_per_week"})
      out.engagement_card.terms.push_back({column, 0.1 + static_cast<double>(out.engagement_card.terms.size()),
                                           transform::capped, 0, column[0] == 'p' ? 50.0 : 4.0});
  out.engagement_cuts = {segment::cuts::kind::fixed, {8, 4}, 2};
  out.efforts.clear();
  return out;
}

/// Share of a term for a doctor, from the documents of `transform`.
double share_of(const segment::term& t, const tests::doctor& d) {
  const auto text = [&](const std::string& column, segment::dictionary dict) {
    const std::string written = column == "title" ? d.title : d.hospital_level;
    const std::string_view name = segment::canonical(dict, written);
    return std::pair(written, std::string(name));
  };
  if (t.how == transform::lookup) {
    const auto [written, name] = text(t.column, t.dict);
    for (const std::string& wanted : {written, name})
      for (const auto& [known, points] : t.lookup)
        if (!wanted.empty() && known == wanted) return points / t.out_of;
    return missing;
  }
  if (t.how == transform::grid) {
    for (const segment::grid_cell& cell : t.grid)
      if (cell.text == d.hospital_level && cell.by_text == d.title) return cell.points / t.out_of;
    return missing;
  }
  double v = missing;
  for (const tests::number_field& field : tests::number_fields)
    if (field.name == t.column) v = d.*field.value;
  if (!std::isfinite(v)) return missing;
  if (t.how == transform::linear) return std::min(1.0, std::max(0.0, (v - t.low) / (t.high - t.low)));
  if (t.how == transform::capped) return std::min(1.0, std::max(0.0, v / t.high));
  if (t.how == transform::log) return std::log1p(std::clamp(v, t.low, t.high) - t.low) / std::log1p(t.high - t.low);
  if (v <= t.knots.front().first) return t.knots.front().second / t.out_of;
  for (std::size_t k = 1; k < t.knots.size(); ++k) {
    const auto [x0, y0] = t.knots[k - 1];
    const auto [x1, y1] = t.knots[k];
    if (v <= x1) return (y0 + (y1 - y0) * (v - x0) / (x1 - x0)) / t.out_of;
  }
  return t.knots.back().second / t.out_of;
}

struct expected_card {
  double score = missing, coverage = 0;
  std::uint64_t absent = 0;
  std::vector<double> parts;  // unrounded
};

expected_card one_by_one(const segment::scorecard& card, const tests::doctor& d) {
  expected_card out;
  double all = 0, known = 0, counted = 0, sum = 0;
  for (std::size_t k = 0; k < card.terms.size(); ++k) {
    const segment::term& t = card.terms[k];
    double share = share_of(t, d);
    all += t.weight;
    if (std::isnan(share))
      out.absent |= std::uint64_t{1} << k;
    else
      known += t.weight;
    if (std::isnan(share) && t.missing_as) share = *t.missing_as / t.out_of;
    out.parts.push_back(std::isnan(share) ? 0 : t.weight * share);
    if (!std::isnan(share)) counted += t.weight;
    sum += out.parts.back();
  }
  out.coverage = known / all;
  if (counted > 0 && out.coverage >= card.min_coverage - 1e-9) out.score = card.out_of * sum / counted;
  for (double& part : out.parts) part = std::isnan(out.score) ? missing : card.out_of * part / counted;
  return out;
}

std::uint8_t level_of(double score, const std::vector<double>& floors) {
  if (std::isnan(score)) return segment::unknown_level;
  return static_cast<std::uint8_t>(
      std::find_if(floors.begin(), floors.end(), [&](double floor) { return score >= floor; }) - floors.begin());
}

bool close(double a, double b) { return std::isnan(a) ? std::isnan(b) : std::fabs(a - b) <= segment::score_step * 40; }

bool same_bytes(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b,
                std::size_t from) {
  bool same = a.size() == b.size();
  for (std::size_t k = 0; same && k < a.size(); ++k)
    same = std::memcmp(a[k].data(), b[k].data() + from, a[k].size() * sizeof(double)) == 0;
  return same;
}

}  // namespace

TEST_CASE("segment: tables are scored as one doctor at a time is") {
  for (const bool many_terms : {false, true}) {
    const std::vector<tests::doctor> doctors = tests::some_doctors(5000, 11);
    const table given = tests::table_of(doctors);
    const segment::policy policy = every_transform(many_terms);
    const segment::model model = segment::fit(policy, given.view()).value();
    segment::assignment all;
    segment::contribution_columns parts;
    REQUIRE(segment::assign(model, given.view(), all, &parts));
    int scored = 0, unknown = 0;
    const auto check = [&](std::size_t row, const segment::scorecard& card, double score, double coverage,
                           std::uint64_t absent, std::uint8_t level, const std::vector<double>& floors,
                           const std::vector<std::vector<double>>& columns, segment::score which) {
      const expected_card expected = one_by_one(card, doctors[row]);
      ++(std::isnan(score) ? unknown : scored);
      REQUIRE(close(score, expected.score));
      REQUIRE((std::isnan(score) || std::fabs(score - rounded(expected.score)) <= segment::score_step));
      REQUIRE(coverage == doctest::Approx(expected.coverage));
      REQUIRE(absent == expected.absent);
      REQUIRE(level == level_of(score, floors));
      double sum = 0;
      const auto one = segment::contributions(model, given.view(), row, which);
      REQUIRE(one.empty() == std::isnan(score));
      REQUIRE(columns.size() == card.terms.size());
      for (std::size_t k = 0; k < columns.size(); ++k) {
        REQUIRE(close(columns[k][row], expected.parts[k]));
        if (!one.empty()) REQUIRE(columns[k][row] == one[k].value);
        sum += columns[k][row];
      }
      REQUIRE((std::isnan(score) ? std::isnan(sum) : sum == score));
    };
    for (std::size_t row = 0; row < doctors.size(); ++row) {
      check(row, policy.potential.card, all.potential[row], all.potential_coverage[row], all.potential_missing[row],
            all.grade[row], policy.potential.card_cuts.floors, parts.potential, segment::score::potential);
      check(row, policy.identity, all.identity_score[row], all.identity_coverage[row], all.identity_missing[row],
            all.identity_level[row], policy.identity_cuts.floors, parts.identity, segment::score::identity);
      check(row, policy.engagement_card, all.engagement_score[row], all.engagement_coverage[row],
            all.engagement_missing[row], all.engagement_level[row], policy.engagement_cuts.floors, parts.engagement,
            segment::score::engagement);
      const auto counted = [](std::uint8_t level, std::uint8_t as) {
        return level == segment::unknown_level ? as : level;
      };
      const segment::cell& cell =
          policy.scheme
              .cells[policy.scheme.index(counted(all.grade[row], policy.potential.unknown_as),
                                         counted(all.identity_level[row], policy.identity_cuts.unknown_as),
                                         counted(all.engagement_level[row], policy.engagement_cuts.unknown_as))];
      REQUIRE(all.tier[row] == cell.tier);
      REQUIRE(all.profile_type[row] == cell.profile_type);
    }
    CHECK(scored > 6000);
    CHECK(unknown > 1000);
  }
}

TEST_CASE("segment: any part of a table, any threads and used memory give the same bytes") {
  const std::vector<tests::doctor> doctors = tests::some_doctors(70'000, 12);
  const table given = tests::table_of(doctors);
  for (const segment::policy& policy : {segment::default_policy(), every_transform(false), every_transform(true)}) {
    const segment::model model = segment::fit(policy, given.view()).value();
    segment::assignment all, again;
    segment::contribution_columns parts, other_parts;
    REQUIRE(segment::assign(model, given.view(), all, &parts));
    tests::thread_executor crew(4);
    REQUIRE(segment::assign(model, given.view(), again, &other_parts, &crew));
    std::vector<std::size_t> every(doctors.size());
    std::iota(every.begin(), every.end(), std::size_t{0});
    CHECK(tests::same_rows(all, again, every));
    CHECK(same_bytes(parts.potential, other_parts.potential, 0));
    CHECK(same_bytes(parts.identity, other_parts.identity, 0));
    CHECK(same_bytes(parts.engagement, other_parts.engagement, 0));
    CHECK(rc::check("any part", [&] {
      const auto from = *rc::gen::inRange<std::size_t>(0, 60'000);
      const auto count = *rc::gen::element<std::size_t>(1, 7, 8, 9, 63, 511, 512, 513, 1030, 4100);
      std::vector<std::size_t> rows(count);
      std::iota(rows.begin(), rows.end(), from);
      const table part = gather(given.view(), rows);
      RC_ASSERT(bool(segment::assign(model, part.view(), again, &other_parts)));  // into what the last one left
      RC_ASSERT(tests::same_rows(again, all, rows));
      RC_ASSERT(same_bytes(other_parts.potential, parts.potential, from));
      RC_ASSERT(same_bytes(other_parts.identity, parts.identity, from));
      RC_ASSERT(same_bytes(other_parts.engagement, parts.engagement, from));
    }));
  }
}

TEST_CASE("segment: columns of every type score as float64 does") {
  const std::vector<tests::doctor> doctors = tests::some_doctors(3000, 13);
  const table given = tests::table_of(doctors);
  const segment::model model = segment::fit(every_transform(false), given.view()).value();
  std::vector<std::int32_t> whole(3000);
  std::vector<float> narrow(3000);
  std::vector<double> wide(3000), from_narrow(3000);
  std::vector<std::uint8_t> valid(3000 / 8 + 1);
  random_stream random(14, 0, 0);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    whole[i] = static_cast<std::int32_t>(random.below(90)) - 5;
    narrow[i] = static_cast<float>(random.uniform() * 70 - 10);
    from_narrow[i] = narrow[i];
    const bool is_valid = random.uniform() < .8;
    if (is_valid) valid[i / 8] = static_cast<std::uint8_t>(valid[i / 8] | 1 << (i % 8));
    wide[i] = is_valid ? whole[i] : missing;
  }
  table_view typed, plain;
  for (const named_column& column : given.view().columns()) {
    const bool is_whole = column.name == "publications" || column.name == "patients_per_week";
    const bool is_narrow = column.name == "points_visit" || column.name == "points_email";
    typed.add(column.name, is_whole    ? column_view(std::span<const std::int32_t>(whole), {valid.data(), 0})
                           : is_narrow ? column_view(std::span<const float>(narrow))
                                       : column.values);
    plain.add(column.name, is_whole    ? column_view(std::span<const double>(wide))
                           : is_narrow ? column_view(std::span<const double>(from_narrow))
                                       : column.values);
  }
  std::vector<std::size_t> every(doctors.size());
  std::iota(every.begin(), every.end(), std::size_t{0});
  CHECK(tests::same_rows(segment::assign(model, typed).value(), segment::assign(model, plain).value(), every));
}

TEST_CASE("segment: a column used by a plain volume has no parts, and that of points adds up") {
  const std::vector<tests::doctor> doctors = tests::some_doctors(3000, 15);
  const table given = tests::table_of(doctors);
  const segment::model model = segment::fit(segment::default_policy(), given.view()).value();
  segment::assignment all;
  segment::contribution_columns parts;
  REQUIRE(segment::assign(model, given.view(), all, &parts));
  const auto compare = [&](std::size_t row, segment::score which, const std::vector<std::vector<double>>& columns) {
    const auto one = segment::contributions(model, given.view(), row, which);
    for (std::size_t k = 0; k < columns.size(); ++k)
      REQUIRE((one.empty() ? std::isnan(columns[k][row]) : columns[k][row] == one[k].value));
  };
  for (std::size_t row = 0; row < doctors.size(); ++row) {
    compare(row, segment::score::potential, parts.potential);
    compare(row, segment::score::identity, parts.identity);
    compare(row, segment::score::engagement, parts.engagement);
  }
}

TEST_CASE("segment: quantile cuts and s0 of many doctors are those of the sorted numbers") {
  const std::vector<tests::doctor> doctors = tests::some_doctors(90'000, 16);
  const table given = tests::table_of(doctors);
  segment::policy policy = segment::default_policy();
  policy.identity_cuts = {segment::cuts::kind::quantile, {.8, .4}, 1};
  policy.engagement_cuts = {segment::cuts::kind::quantile, {.75, .01}, 2};  // the second among many equal zeros
  const segment::model model = segment::fit(policy, given.view()).value();
  const segment::assignment all = segment::assign(model, given.view()).value();
  const auto quantile = [](std::vector<double> numbers, double q) {
    std::erase_if(numbers, [](double v) { return std::isnan(v); });
    std::sort(numbers.begin(), numbers.end());
    const double at = static_cast<double>(numbers.size() - 1) * q;
    const auto below = static_cast<std::size_t>(at);
    const double floor = numbers[below] + (at - static_cast<double>(below)) * (numbers[below + 1] - numbers[below]);
    // a floor that everybody reaches is raised to the next number
    return floor > numbers[0] ? floor : *std::upper_bound(numbers.begin(), numbers.end(), numbers[0]);
  };
  CHECK(model.identity.floors == std::vector{quantile(all.identity_score, .8), quantile(all.identity_score, .4)});
  CHECK(model.engagement.floors ==
        std::vector{quantile(all.engagement_score, .75), quantile(all.engagement_score, .01)});
  CHECK(quantile(all.engagement_score, .01) > 0);
  std::vector<double> points;
  for (const tests::doctor& d : doctors)
    if (d.contact_coverage <= 1 && std::isfinite(d.points_visit)) points.push_back(d.points_visit + d.points_email);
  CHECK(points.size() > 66'000);
  CHECK(model.s0 == quantile(points, .75));
}

TEST_CASE("segment: every width of vectors gives the same bytes") {
  using namespace segment::detail;
  constexpr std::size_t rows = 64, terms = 3;
  const auto run = [](const card_kernels& with, std::uint64_t seed) {
    random_stream random(seed, 0, 0);
    const double specials[] = {
        missing, -0.0, 1e300, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), 5e-324,
        3,       1023, 1024};
    std::vector<double> values(rows * terms), parts(rows * terms), sum(rows), counted(rows), scale(rows), score(rows);
    std::vector<std::uint64_t> absent(rows), places(rows);
    std::vector<std::int64_t> step(rows);
    for (double& v : values) v = random.uniform() < .3 ? specials[random.below(9)] : random.uniform() * 60 - 10;
    for (std::size_t i = 0; i < rows; ++i) {
      counted[i] = 1 + random.uniform() * 50;
      scale[i] = random.uniform() < .2 ? missing : 100 / counted[i];
    }
    std::vector<std::uint64_t> flags;
    flags.push_back(with.any_refused(rows, values.data(), -5, 50));
    flags.push_back(with.whole_places(rows, values.data(), 1024, places.data()));
    flags.push_back(
        with.add_linear(rows, values.data(), {2.5, 1, 7, missing, 1}, parts.data(), sum.data(), absent.data()));
    flags.push_back(with.add_linear(rows, values.data() + rows, {1.1, -3, 40, 0.3, 2}, parts.data() + rows, sum.data(),
                                    absent.data()));
    for (std::size_t i = 0; i < rows; ++i) {
      double& v = values[2 * rows + i];
      v = std::isfinite(v) ? std::clamp(v / 50, 0.0, 1.0) : missing;
    }
    with.add_shares(rows, values.data() + 2 * rows, {30, 0, 1, missing, 4}, parts.data() + 2 * rows, sum.data(),
                    absent.data());
    with.finish_scores(rows, 100, sum.data(), counted.data(), scale.data(), score.data());
    with.spread_parts(rows, terms, score.data(), scale.data(), parts.data(), rows);
    const std::vector<double> floors{70, 45, 20};
    with.find_steps(rows, score.data(), floors.data(), floors.size(), 255, step.data());
    std::vector<std::uint64_t> out = flags;
    const auto keep = [&](const auto& column) {
      for (const auto value : column) out.push_back(std::bit_cast<std::uint64_t>(value));
    };
    keep(parts), keep(sum), keep(score), keep(absent), keep(places), keep(step);
    return out;
  };
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    for (const card_kernels* one : usable_kernels()) {
      if (one == nullptr || one == &bytes16::all) continue;
      REQUIRE(run(bytes16::all, seed) == run(*one, seed));
      ++compared;
    }
  MESSAGE(compared, " comparisons of wider vectors");  // none where the library has one width
}
