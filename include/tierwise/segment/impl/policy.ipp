#include <algorithm>
#include <cmath>
#include <span>

#include <tierwise/segment/impl/faults.ipp>
#include <tierwise/segment/policy.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

inline constexpr std::size_t most_terms = 64;    // an assignment keeps one bit a term
inline constexpr std::size_t most_steps = 254;   // 255 is the unknown level
inline constexpr std::size_t most_sets = 8;      // of strata
inline constexpr double most_points = 10'000;    // of a score, so that sums of contributions stay exact
inline constexpr std::size_t most_cells = 4096;  // check() compares all pairs of cells
inline constexpr std::size_t most_efforts = 16;
inline constexpr double most_ways = 1e7;  // that smallest_changes searches

TIERWISE_INLINE term lookup_term(std::string column, double weight, dictionary dict,
                                 std::vector<std::pair<std::string, double>> lookup) {
  term t{std::move(column), weight, transform::lookup, 0, 1, std::move(lookup)};
  t.dict = dict;
  return t;
}

TIERWISE_INLINE term title_term(double weight) {
  return lookup_term("title", weight, dictionary::title,
                     {{"chief_physician", 1},
                      {"associate_chief_physician", .75},
                      {"attending_physician", .4},
                      {"resident_physician", .15}});
}

TIERWISE_INLINE term hospital_term(double weight) {
  return lookup_term("hospital_level", weight, dictionary::hospital_level,
                     {{"tier_3_large", 1}, {"tier_3", .8}, {"tier_2", .5}, {"below", .2}});
}

/// Names are there, distinct, and not the word for a missing one.
TIERWISE_INLINE void check_names(faults& out, const std::vector<std::string>& names, const std::string& path) {
  if (names.empty()) out.add(errc::policy_out_of_range, path, "expected at least one name");
  if (names.size() > most_steps)
    out.add(errc::policy_out_of_range, path, "expected at most 254 names, found " + std::to_string(names.size()));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) out.add(errc::policy_out_of_range, at(path, i), "expected a name that is not empty");
    if (names[i] == "unknown")
      out.add(errc::policy_duplicate_name, at(path, i),
              "'unknown' already means that nothing is known; choose another name");
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
        names.begin() + static_cast<std::ptrdiff_t>(i))
      out.add(errc::policy_duplicate_name, at(path, i), "the name '" + names[i] + "' is already taken");
  }
}

TIERWISE_INLINE void check_share(faults& out, double value, const std::string& path) {
  if (!(value >= 0 && value <= 1))
    out.add(errc::policy_out_of_range, path, "expected a number from 0 to 1, found " + number_text(value));
}

TIERWISE_INLINE void check_points(faults& out, double value, double out_of, const std::string& path) {
  if (!(value >= 0 && value <= out_of))
    out.add(errc::policy_out_of_range, path,
            "expected a number from 0 to " + number_text(out_of) + ", found " + number_text(value));
}

/// The name of the key that says how a term is read.
TIERWISE_INLINE const char* key_of(transform how) noexcept {
  constexpr const char* keys[] = {"/linear", "/log", "/capped", "/piecewise", "/lookup", "/grid"};
  return keys[static_cast<std::size_t>(how)];
}

TIERWISE_INLINE void check_knots(faults& out, const term& t, const std::string& path) {
  if (t.knots.size() < 2)
    out.add(errc::policy_out_of_range, path, "expected at least two knots, found " + std::to_string(t.knots.size()));
  for (std::size_t i = 0; i < t.knots.size(); ++i) {
    const double value = t.knots[i].first;
    check_points(out, t.knots[i].second, t.out_of, at(path, i) + "/1");
    if (!(std::abs(value) <= 1e15))
      out.add(errc::policy_out_of_range, at(path, i) + "/0",
              "expected a number between −1e15 and 1e15, found " + number_text(value));
    else if (i > 0 && !(value > t.knots[i - 1].first))
      out.add(errc::policy_out_of_range, at(path, i) + "/0",
              "expected a value above that of the knot before it (" + number_text(t.knots[i - 1].first) + "), found " +
                  number_text(value));
  }
}

TIERWISE_INLINE void check_lookup(faults& out, const term& t, const std::string& path) {
  if (t.lookup.empty()) out.add(errc::policy_out_of_range, path, "expected at least one text with its share");
  for (std::size_t i = 0; i < t.lookup.size(); ++i) {
    check_points(out, t.lookup[i].second, t.out_of, at(path, t.lookup[i].first));
    for (std::size_t j = 0; j < i; ++j)
      if (t.lookup[i].first == t.lookup[j].first)
        out.add(errc::policy_duplicate_name, at(path, t.lookup[i].first), "this text is listed twice");
  }
}

TIERWISE_INLINE void check_grid(faults& out, const term& t, const std::string& path) {
  if (t.by.empty()) out.add(errc::policy_out_of_range, path + "/by", "expected the name of a column");
  if (t.by == t.column)
    out.add(errc::policy_duplicate_name, path + "/by", "a grid has two columns, and this is the first again");
  if (t.grid.empty()) out.add(errc::policy_out_of_range, path + "/table", "expected at least one pair of texts");
  for (std::size_t i = 0; i < t.grid.size(); ++i) {
    const std::string place = at(at(path + "/table", t.grid[i].text), t.grid[i].by_text);
    check_points(out, t.grid[i].points, t.out_of, place);
    for (std::size_t j = 0; j < i; ++j)
      if (t.grid[i].text == t.grid[j].text && t.grid[i].by_text == t.grid[j].by_text)
        out.add(errc::policy_duplicate_name, place, "this pair is listed twice");
  }
}

TIERWISE_INLINE void check_term(faults& out, const term& t, const std::string& path) {
  if (t.column.empty()) out.add(errc::policy_out_of_range, path + "/column", "expected the name of a column");
  if (!(t.weight > 0 && t.weight <= 1e9))
    out.add(errc::policy_out_of_range, path + "/weight",
            "expected a weight above 0 and at most 1000000000, found " + number_text(t.weight));
  if (!(t.out_of > 0 && t.out_of <= 1e9))
    return out.add(errc::policy_out_of_range, path + "/out_of",
                   "expected a number above 0 and at most 1000000000, found " + number_text(t.out_of));
  if (t.missing_as) check_points(out, *t.missing_as, t.out_of, path + "/missing");
  const std::string key = path + key_of(t.how);
  switch (t.how) {
    case transform::piecewise: return check_knots(out, t, key);
    case transform::lookup: return check_lookup(out, t, key);
    case transform::grid: return check_grid(out, t, key);
    case transform::capped:
      if (!(t.high > 0 && std::isfinite(t.high)))
        out.add(errc::policy_out_of_range, key, "expected a finite number above 0, found " + number_text(t.high));
      return;
    case transform::linear:
    case transform::log: break;
  }
  if (!std::isfinite(t.low) || !std::isfinite(t.high) || !(t.low < t.high) || !std::isfinite(t.high - t.low))
    out.add(errc::policy_out_of_range, key,
            "expected finite numbers low < high, found " + number_text(t.low) + " and " + number_text(t.high));
}

/// False if there was a fault.
TIERWISE_INLINE bool check_card(faults& out, const scorecard& card, const std::string& path) {
  const std::size_t before = out.found.size();
  check_share(out, card.min_coverage, path + "/min_coverage");
  if (!(card.out_of > 0 && card.out_of <= most_points))
    out.add(errc::policy_out_of_range, path + "/out_of",
            "expected a number above 0 and at most 10000, found " + number_text(card.out_of));
  if (card.terms.size() > most_terms)
    out.add(errc::policy_out_of_range, path + "/terms",
            "expected at most 64 terms, found " + std::to_string(card.terms.size()));
  for (std::size_t i = 0; i < card.terms.size(); ++i) {
    check_term(out, card.terms[i], at(path + "/terms", i));
    for (std::size_t j = 0; j < i; ++j)
      if (card.terms[i].column == card.terms[j].column && card.terms[i].by == card.terms[j].by)
        out.add(errc::policy_duplicate_name, at(path + "/terms", i) + "/column",
                "the column '" + card.terms[i].column + "' already has a term");
  }
  return out.found.size() == before;
}

/// The least or greatest share that a term can have.
TIERWISE_INLINE double extreme_share(const term& t, bool greatest) {
  std::vector<double> points;
  for (const auto& [text, of] : t.lookup) points.push_back(of);
  for (const auto& [value, of] : t.knots) points.push_back(of);
  for (const grid_cell& cell : t.grid) points.push_back(cell.points);
  if (points.empty()) return greatest ? 1 : 0;
  const auto [low, high] = std::minmax_element(points.begin(), points.end());
  return (greatest ? *high : *low) / t.out_of;
}

/// A bound on the scores of a card: none is greater (or less, if `greatest` is false). It takes the most welcome terms for known until
/// their weight reaches min_coverage, the last of them in part, and further ones while they help; so it is the answer where
/// parts of a term could be known, and a bound where they cannot.
TIERWISE_INLINE double extreme_score(const scorecard& card, bool greatest) {
  struct part {
    double share, weight;
  };
  std::vector<part> free;  // terms that may be left out
  double all = 0, weight = 0, points = 0, covered = 0;
  for (const term& t : card.terms) {
    all += t.weight;
    const double known = extreme_share(t, greatest);
    if (!t.missing_as) {
      free.push_back({known, t.weight});
      continue;
    }
    const double absent = *t.missing_as / t.out_of;
    weight += t.weight;
    points += t.weight * (greatest ? std::max(known, absent) : std::min(known, absent));
    covered += t.weight;  // as if it were known
  }
  std::sort(free.begin(), free.end(),
            [greatest](const part& a, const part& b) { return greatest ? a.share > b.share : a.share < b.share; });
  const double needed = card.min_coverage * all;
  for (const part& p : free) {
    const bool helps = weight == 0 || (greatest ? p.share * weight > points : p.share * weight < points);
    const double taken = helps ? p.weight : std::clamp(needed - covered, 0.0, p.weight);
    weight += taken;
    points += taken * p.share;
    covered += taken;
  }
  return weight > 0 ? card.out_of * points / weight : 0;
}

/// One floor for each step but the last, in range, and falling (`rising`: rising).
TIERWISE_INLINE void check_floors(faults& out, const std::vector<double>& floors, const std::vector<std::string>& steps,
                                  double low, double high, bool with_low, bool rising, const std::string& path) {
  if (floors.size() + 1 != steps.size())
    out.add(errc::policy_out_of_range, path,
            "expected a floor for each of " + std::to_string(steps.size()) + " steps but the last, found " +
                std::to_string(floors.size()));
  for (std::size_t i = 0; i < std::min(floors.size(), steps.size()); ++i) {
    const double value = floors[i];
    if (!((with_low ? value >= low : value > low) && value <= high))
      out.add(errc::policy_out_of_range, at(path, steps[i]),
              std::string("expected a floor ") + (with_low ? "from " : "above ") + number_text(low) +
                  (with_low ? " to " : " and at most ") + number_text(high) + ", found " + number_text(value));
    else if (i > 0 && !(rising ? value > floors[i - 1] : value < floors[i - 1]))
      out.add(errc::policy_out_of_range, at(path, steps[i]),
              std::string("expected a floor ") + (rising ? "above" : "below") + " the one before it (" +
                  number_text(floors[i - 1]) + "), found " + number_text(value));
  }
}

TIERWISE_INLINE void check_step(faults& out, std::size_t step, const std::vector<std::string>& names,
                                const std::string& path) {
  if (step >= names.size())
    out.add(errc::policy_out_of_range, path,
            "an unknown counts as step " + std::to_string(step) + ", but there are only " +
                std::to_string(names.size()) + " (from 0)");
}

/// What is cut: a volume, or a score up to `high` that lies between `least` and `most`.
struct cut_number {
  bool is_volume = false;
  double high = 100, least = 0, most = 100;
};

TIERWISE_INLINE void check_strata(faults& out, const cuts& what, const std::string& path) {
  if (what.strata.empty()) return;
  if (what.how == cuts::kind::fixed)
    out.add(errc::policy_out_of_range, path + "/strata", "fixed floors are the same in every stratum");
  if (what.strata.size() > most_sets)
    out.add(errc::policy_out_of_range, path + "/strata",
            "expected at most 8 sets of columns, found " + std::to_string(what.strata.size()));
  if (what.min_stratum < 1)
    out.add(errc::policy_out_of_range, path + "/min_stratum", "expected at least 1 doctor, found 0");
  for (std::size_t i = 0; i < what.strata.size(); ++i) {
    const std::vector<std::string>& set = what.strata[i];
    const std::string place = at(path + "/strata", i);
    if (set.empty()) out.add(errc::policy_out_of_range, place, "expected at least one column");
    for (std::size_t k = 0; k < set.size(); ++k) {
      if (set[k].empty()) out.add(errc::policy_out_of_range, at(place, k), "expected the name of a column");
      if (std::find(set.begin(), set.begin() + static_cast<std::ptrdiff_t>(k), set[k]) !=
          set.begin() + static_cast<std::ptrdiff_t>(k))
        out.add(errc::policy_duplicate_name, at(place, k), "the column '" + set[k] + "' is already in this set");
    }
    // A set that holds all columns of an earlier one is never reached: what is too few there is too few here.
    for (std::size_t j = 0; j < i; ++j)
      if (!what.strata[j].empty() && std::all_of(what.strata[j].begin(), what.strata[j].end(), [&](const auto& column) {
            return std::find(set.begin(), set.end(), column) != set.end();
          })) {
        out.add(errc::policy_out_of_range, place,
                "strata go from fine to coarse, but this one is no coarser than /" + std::to_string(j) +
                    ", so nobody would be in it");
        break;
      }
  }
}

/// Steps that no number can reach, whatever the population.
TIERWISE_INLINE void check_reach(faults& out, const cuts& what, const std::vector<std::string>& steps, cut_number of,
                                 std::uint8_t unknown_as, const std::string& path) {
  const bool fixed = what.how == cuts::kind::fixed;
  if (fixed && !of.is_volume)
    for (std::size_t i = 0; i < what.floors.size(); ++i)
      if (what.floors[i] > of.most + score_step)
        out.add(errc::policy_out_of_range, at(path + "/floors", steps[i]),
                "nobody can reach '" + steps[i] + "': its floor is " + number_text(what.floors[i]) +
                    ", and the highest attainable score is " + number_text(of.most));
  if (what.floors.empty() || unknown_as + 1u == steps.size()) return;
  const double last = what.floors.back();
  const bool all_reach = fixed                                ? last <= (of.is_volume ? 0 : of.least)
                         : what.how == cuts::kind::decile     ? last <= 0
                         : what.how == cuts::kind::head_share ? last >= 1
                                                              : false;
  if (all_reach)
    out.add(errc::policy_out_of_range, at(path + "/floors", steps[steps.size() - 2]),
            "nobody can have '" + steps.back() + "': every known number reaches the floor of '" +
                steps[steps.size() - 2] + "', and an unknown does not count as it");
}

TIERWISE_INLINE void check_cuts(faults& out, const cuts& what, const std::vector<std::string>& steps, cut_number of,
                                std::uint8_t unknown_as, const std::string& path) {
  const std::size_t before = out.found.size();
  using kind = cuts::kind;
  switch (what.how) {
    case kind::fixed:
      check_floors(out, what.floors, steps, 0, of.is_volume ? 1e300 : of.high, true, false, path + "/floors");
      break;
    case kind::quantile: check_floors(out, what.floors, steps, 0, 1, false, false, path + "/floors"); break;
    case kind::decile:
      if (!of.is_volume)
        out.add(errc::policy_out_of_range, path + "/how", "deciles are of a volume; a score has quantiles");
      check_floors(out, what.floors, steps, 0, 10, true, false, path + "/floors");
      for (std::size_t i = 0; i < std::min(what.floors.size(), steps.size()); ++i)
        if (what.floors[i] != std::floor(what.floors[i]))
          out.add(errc::policy_out_of_range, at(path + "/floors", steps[i]),
                  "expected a whole decile, found " + number_text(what.floors[i]));
      break;
    case kind::head_share:
    case kind::volume_share: check_floors(out, what.floors, steps, 0, 1, false, true, path + "/floors"); break;
    case kind::natural_breaks:
      if (!what.floors.empty())
        out.add(errc::policy_out_of_range, path + "/floors",
                "natural breaks are found, so there are no floors to give");
      break;
  }
  check_strata(out, what, path);
  if (out.found.size() == before && !steps.empty()) check_reach(out, what, steps, of, unknown_as, path);
}

/// A score from a card; of a card with faults nothing is said about what it can reach.
TIERWISE_INLINE cut_number number_of(const scorecard& card, bool sound) {
  if (!sound) return {false, most_points, 0, most_points};
  return {false, card.out_of, extreme_score(card, false), extreme_score(card, true)};
}

TIERWISE_INLINE std::string cell_name(const scheme& s, std::size_t cell) {
  const std::size_t i = s.identity_levels.size(), e = s.engagement_levels.size();
  return "grade " + s.grades[cell / (i * e)] + ", identity " + s.identity_levels[cell / e % i] + ", engagement " +
         s.engagement_levels[cell % e];
}

/// Whether `a` is at least as good as `b` in everything (smaller indices are better) and not the same.
TIERWISE_INLINE bool is_better(const scheme& s, std::size_t a, std::size_t b) noexcept {
  const std::size_t i = s.identity_levels.size(), e = s.engagement_levels.size();
  return a != b && a / (i * e) <= b / (i * e) && a / e % i <= b / e % i && a % e <= b % e;
}

/// The table's shape and whether each cell is covered. False if its cells cannot be compared.
TIERWISE_INLINE bool check_cells(faults& out, const scheme& s) {
  const std::string path = "/tiers/table";
  const std::size_t identities = s.identity_levels.size(), engagements = s.engagement_levels.size();
  if (s.grades.size() > most_steps || identities > most_steps || engagements > most_steps) return false;
  const std::size_t wanted = s.grades.size() * identities * engagements;
  if (wanted > most_cells) {
    out.add(errc::policy_out_of_range, path,
            "grades × levels × levels may be at most 4096, found " + std::to_string(wanted));
    return false;
  }
  if (s.cells.size() != wanted) {
    out.add(errc::policy_incomplete_table, path,
            "expected " + std::to_string(wanted) + " cells (grades × levels × levels), found " +
                std::to_string(s.cells.size()));
    return false;
  }
  for (std::size_t i = 0; i < wanted; ++i) {
    const cell& c = s.cells[i];
    if (c.tier == 0) out.add(errc::policy_incomplete_table, path, cell_name(s, i) + " has no tier");
    if (c.tier > s.resources.size())
      out.add(errc::policy_out_of_range, path,
              cell_name(s, i) + " has tier " + std::to_string(c.tier) + ", but resources are given for " +
                  std::to_string(s.resources.size()) + " tiers");
    if (c.profile_type >= s.profile_types.size())
      out.add(errc::policy_unknown_name, path,
              cell_name(s, i) + " has profile type " + std::to_string(c.profile_type) + " of " +
                  std::to_string(s.profile_types.size()));
  }
  return true;
}

/// Better doctors are in no worse tier, unless waived. All pairs, not only neighbours: a waived pair must not hide others.
TIERWISE_INLINE void check_monotone(faults& out, const scheme& s) {
  for (std::size_t i = 0; i < s.waived.size(); ++i) {
    const auto [better, worse] = s.waived[i];
    if (better >= s.cells.size() || worse >= s.cells.size())
      out.add(errc::policy_out_of_range, at("/tiers/waive", i), "expected two cells of the table");
    else if (!is_better(s, better, worse))
      out.add(errc::policy_out_of_range, at("/tiers/waive", i),
              cell_name(s, better) + " is not better than " + cell_name(s, worse) + ", so there is nothing to waive");
  }
  for (std::size_t a = 0; a < s.cells.size(); ++a)
    for (std::size_t b = a + 1; b < s.cells.size(); ++b) {  // a better cell always has the smaller index
      if (s.cells[a].tier <= s.cells[b].tier || s.cells[b].tier == 0 || !is_better(s, a, b)) continue;
      if (std::find(s.waived.begin(), s.waived.end(), std::pair{a, b}) != s.waived.end()) continue;
      out.add(errc::policy_not_monotone, "/tiers/table",
              cell_name(s, a) + " has tier " + std::to_string(s.cells[a].tier) + ", but " + cell_name(s, b) +
                  ", no better in anything, has the better tier " + std::to_string(s.cells[b].tier));
    }
}

TIERWISE_INLINE void check_tiers_reached(faults& out, const scheme& s) {
  for (std::size_t tier = 1; tier <= s.resources.size(); ++tier)
    if (std::none_of(s.cells.begin(), s.cells.end(), [tier](const cell& c) { return c.tier == tier; }))
      out.add(errc::policy_incomplete_table, at("/tiers/resources", tier - 1),
              "no cell leads to tier " + std::to_string(tier));
}

/// Whether a score of the policy reads the column as a number; engagement by points reads those of any channel.
TIERWISE_INLINE bool reads_number(const policy& what, std::string_view column) {
  const auto in = [&](const scorecard& card) {
    return std::any_of(card.terms.begin(), card.terms.end(), [&](const term& t) {
      return t.column == column && t.how != transform::lookup && t.how != transform::grid;
    });
  };
  const bool by_points = what.engagement.used && what.engagement_card.terms.empty();
  return in(what.potential.card) || in(what.identity) || in(what.engagement_card) ||
         (!column.empty() && column == what.potential.volume) ||
         (by_points && (column == "points" || column.starts_with("points_")));
}

TIERWISE_INLINE void check_efforts(faults& out, const policy& what) {
  double ways = 1;
  if (what.efforts.size() > most_efforts)
    out.add(errc::policy_out_of_range, "/efforts",
            "expected at most 16 efforts, found " + std::to_string(what.efforts.size()));
  for (std::size_t i = 0; i < what.efforts.size(); ++i) {
    const effort& e = what.efforts[i];
    const std::string path = at("/efforts", i);
    const auto positive = [&](double value, const char* key) {
      if (!(value > 0 && value <= 1e9))
        out.add(errc::policy_out_of_range, path + key,
                "expected a number above 0 and at most 1000000000, found " + number_text(value));
    };
    if (e.id.empty()) out.add(errc::policy_out_of_range, path + "/id", "expected a name that is not empty");
    for (std::size_t j = 0; j < i; ++j)
      if (what.efforts[j].id == e.id)
        out.add(errc::policy_duplicate_name, path + "/id", "the name '" + e.id + "' is already taken");
    if (!reads_number(what, e.column))
      out.add(errc::policy_unknown_name, path + "/column",
              "expected a column that a score reads as a number, found '" + e.column + "'");
    positive(e.step, "/step");
    positive(e.cost, "/cost");
    if (e.most < 1 || e.most > 1000)
      out.add(errc::policy_out_of_range, path + "/most",
              "expected a whole number from 1 to 1000, found " + std::to_string(e.most));
    ways *= 1 + std::max(e.most, 0);
  }
  if (ways > most_ways)
    out.add(errc::policy_out_of_range, "/efforts",
            "these efforts can be made in " + number_text(ways) +
                " ways, and the cheapest is sought among at most 10000000: lower some \"most\"");
}

}  // namespace detail

TIERWISE_INLINE policy default_policy() {
  policy p;
  p.potential.volume = "patient_volume";
  p.potential.cuts = {cuts::kind::decile, {8, 5, 2}};
  p.potential.card.terms = {
      {"patients_per_week", 60, transform::linear, 0, 100}, detail::hospital_term(25), detail::title_term(15)};
  p.potential.card_cuts = {cuts::kind::fixed, {70, 45, 20}};
  p.potential.unknown_as = 2;
  p.identity.terms = {detail::title_term(25),
                      detail::hospital_term(20),
                      {"society_offices", 20, transform::linear, 0, 3},
                      {"trials", 15, transform::linear, 0, 5},
                      {"publications", 10, transform::log, 0, 50},
                      {"teaching", 10, transform::linear, 0, 12}};
  p.identity_cuts = {cuts::kind::fixed, {60, 30}, 2};
  p.engagement_cuts = {cuts::kind::fixed, {60, 30}, 2};

  scheme& s = p.scheme;
  s.grades = {"A", "B", "C", "D"};
  s.identity_levels = s.engagement_levels = {"high", "medium", "low"};
  s.profile_types = {"pioneer", "traditional", "rising star", "ordinary"};
  s.resources = {"high", "medium-high", "medium-high", "medium", "medium", "medium-low", "medium-low", "low", "lower"};
  for (std::size_t grade = 0; grade < 4; ++grade)
    for (std::size_t identity = 0; identity < 3; ++identity)
      for (std::size_t engagement = 0; engagement < 3; ++engagement) {
        const std::size_t type = (identity == 0 ? 0u : 2u) + (engagement == 0 ? 0u : 1u);
        const std::size_t tier = grade == 3 ? 9 : (grade == 2 ? 5 : 1) + type;
        s.cells.push_back({static_cast<std::uint8_t>(type), static_cast<std::uint16_t>(tier)});
      }
  p.efforts = {{"visit", "points_visit", 10, 10, 6},
               {"remote_call", "points_remote_call", 8, 2, 6},
               {"meeting", "points_meeting", 8, 15, 2},
               {"webinar", "points_webinar", 8, 4, 3},
               {"lecture", "teaching", 1, 20, 4}};
  return p;
}

TIERWISE_INLINE std::vector<Error> check(const policy& what) {
  detail::faults out;
  const scheme& s = what.scheme;
  detail::check_names(out, s.grades, "/tiers/grades");
  const bool same = s.identity_levels == s.engagement_levels;  // then a policy file has one list
  detail::check_names(out, s.identity_levels, same ? "/tiers/levels" : "/tiers/levels/identity");
  if (!same) detail::check_names(out, s.engagement_levels, "/tiers/levels/engagement");
  detail::check_names(out, s.profile_types, "/tiers/profile_types");
  if (s.resources.empty())
    out.add(errc::policy_out_of_range, "/tiers/resources", "expected the resources of at least one tier");
  const bool comparable = detail::check_cells(out, s);

  const potential& p = what.potential;
  const bool graded = !p.volume.empty() || !p.card.terms.empty();
  if (!graded && s.grades.size() > 1)
    out.add(errc::policy_out_of_range, "/potential",
            "no volume and no scorecard leads to a grade, so nobody can have any but '" +
                (p.unknown_as < s.grades.size() ? s.grades[p.unknown_as] : std::string("?")) + "'");
  if (!p.volume.empty())
    detail::check_cuts(out, p.cuts, s.grades, {true}, p.unknown_as, "/potential/cuts");
  else if (!p.cuts.floors.empty())
    out.add(errc::policy_out_of_range, "/potential/cuts", "there is no volume to cut");
  const bool card = detail::check_card(out, p.card, "/potential/card");
  if (!p.card.terms.empty())
    detail::check_cuts(out, p.card_cuts, s.grades, detail::number_of(p.card, card), p.unknown_as,
                       "/potential/card_cuts");
  else if (!p.card_cuts.floors.empty())
    out.add(errc::policy_out_of_range, "/potential/card_cuts", "there is no scorecard to cut");
  detail::check_step(out, p.unknown_as, s.grades, "/potential/unknown_as");

  const auto unscored = [&](const std::vector<std::string>& levels, const char* path) {
    if (levels.size() > 1)
      out.add(errc::policy_out_of_range, path,
              "there are " + std::to_string(levels.size()) + " levels, but no score to tell them apart");
  };
  const bool identity = detail::check_card(out, what.identity, "/identity");
  if (what.identity.terms.empty()) unscored(s.identity_levels, "/identity/terms");
  detail::check_cuts(out, what.identity_cuts, s.identity_levels, detail::number_of(what.identity, identity),
                     what.identity_cuts.unknown_as, "/identity/cuts");
  detail::check_step(out, what.identity_cuts.unknown_as, s.identity_levels, "/identity/cuts/unknown_as");

  const saturation& e = what.engagement;
  const bool by_card = !what.engagement_card.terms.empty();
  if (!(e.s0 >= 0 && std::isfinite(e.s0)))
    out.add(errc::policy_out_of_range, "/engagement/s0",
            "expected points above 0, or 0 to fit them, found " + detail::number_text(e.s0));
  detail::check_share(out, e.s0_quantile, "/engagement/s0_quantile");
  detail::check_share(out, e.min_coverage, "/engagement/min_coverage");
  const bool engagement = detail::check_card(out, what.engagement_card, "/engagement");
  if (!by_card && !e.used) unscored(s.engagement_levels, "/engagement");
  detail::check_cuts(out, what.engagement_cuts, s.engagement_levels,
                     by_card ? detail::number_of(what.engagement_card, engagement) : detail::cut_number(),
                     what.engagement_cuts.unknown_as, "/engagement/cuts");
  detail::check_step(out, what.engagement_cuts.unknown_as, s.engagement_levels, "/engagement/cuts/unknown_as");

  detail::check_efforts(out, what);

  if (comparable) {
    detail::check_monotone(out, s);
    detail::check_tiers_reached(out, s);
  }
  const auto append = [&](std::vector<Error> more) {
    for (Error& fault : more) out.found.push_back(std::move(fault));
  };
  if (what.allocation) {
    std::vector<std::string> ids;  // whoever knows the channels there are checks against those
    for (const channel_capacity& c : what.allocation->channels) ids.push_back(c.channel);
    append(check(*what.allocation, s.resources.size(), ids));
  }
  if (what.exploratory) append(check(*what.exploratory));
  append(check(what.stability));
  for (const Error& fault : check(what.movers))
    out.found.push_back(Error(errc::policy_out_of_range, fault.message(),
                              {.path = std::string("/segment/movers/").append(fault.where().column), .column = {}}));
  return std::move(out.found);
}

}  // namespace tierwise
