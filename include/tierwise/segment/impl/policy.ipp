#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <string_view>

#include <tierwise/segment/policy.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

inline constexpr std::size_t most_terms = 64;    // an assignment keeps one bit a term
inline constexpr std::size_t most_steps = 254;   // 255 is the unknown level
inline constexpr std::size_t most_cells = 4096;  // check() compares all pairs of cells

TIERWISE_INLINE term title_term(double weight) {
  return {"title",
          weight,
          transform::lookup,
          0,
          1,
          {{"chief_physician", 1},
           {"associate_chief_physician", .75},
           {"attending_physician", .4},
           {"resident_physician", .15},
           {"主任医师", 1},
           {"副主任医师", .75},
           {"主治医师", .4},
           {"住院医师", .15}}};
}

TIERWISE_INLINE term hospital_term(double weight) {
  return {"hospital_level",
          weight,
          transform::lookup,
          0,
          1,
          {{"tier_3_large", 1},
           {"tier_3", .8},
           {"tier_2", .5},
           {"below", .2},
           {"三级甲等", 1},
           {"三甲", 1},
           {"三级乙等", .8},
           {"三级", .8},
           {"二级甲等", .5},
           {"二甲", .5},
           {"二级", .5},
           {"一级", .2},
           {"未定级", .2}}};
}

/// Collects faults with their places.
struct faults {
  std::vector<Error> found;

  void add(errc code, std::string path, std::string message) {
    found.emplace_back(code, std::move(message), place{"/segment" + std::move(path), {}, -1});
  }
};

TIERWISE_INLINE std::string number_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};  // shortest; the same in every locale
}

TIERWISE_INLINE std::string at(std::string path, std::size_t i) { return std::move(path) + "/" + std::to_string(i); }

/// A step of a JSON pointer (RFC 6901).
TIERWISE_INLINE std::string at(std::string path, std::string_view key) {
  path += '/';
  for (const char c : key) {
    if (c == '~')
      path += "~0";
    else if (c == '/')
      path += "~1";
    else
      path += c;
  }
  return path;
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

TIERWISE_INLINE void check_term(faults& out, const term& t, const std::string& path) {
  if (t.column.empty()) out.add(errc::policy_out_of_range, path + "/column", "expected the name of a column");
  if (!(t.weight > 0 && t.weight <= 1e9))
    out.add(errc::policy_out_of_range, path + "/weight",
            "expected a weight above 0 and at most 1000000000, found " + number_text(t.weight));
  if (t.how == transform::lookup) {
    if (t.lookup.empty())
      out.add(errc::policy_out_of_range, path + "/lookup", "expected at least one text with its share");
    for (std::size_t i = 0; i < t.lookup.size(); ++i) {
      check_share(out, t.lookup[i].second, at(path + "/lookup", t.lookup[i].first));
      for (std::size_t j = 0; j < i; ++j)
        if (t.lookup[i].first == t.lookup[j].first)
          out.add(errc::policy_duplicate_name, at(path + "/lookup", t.lookup[i].first), "this text is listed twice");
    }
    return;
  }
  if (!std::isfinite(t.low) || !std::isfinite(t.high) || !(t.low < t.high) || !std::isfinite(t.high - t.low))
    out.add(errc::policy_out_of_range, path + (t.how == transform::linear ? "/linear" : "/log"),
            "expected finite numbers low < high, found " + number_text(t.low) + " and " + number_text(t.high));
}

TIERWISE_INLINE void check_card(faults& out, const scorecard& card, const std::string& path) {
  check_share(out, card.min_coverage, path + "/min_coverage");
  if (card.terms.size() > most_terms)
    out.add(errc::policy_out_of_range, path + "/terms",
            "expected at most 64 terms, found " + std::to_string(card.terms.size()));
  for (std::size_t i = 0; i < card.terms.size(); ++i) {
    check_term(out, card.terms[i], at(path + "/terms", i));
    for (std::size_t j = 0; j < i; ++j)
      if (card.terms[i].column == card.terms[j].column)
        out.add(errc::policy_duplicate_name, at(path + "/terms", i) + "/column",
                "the column '" + card.terms[i].column + "' already has a term");
  }
}

/// As many floors as there are steps but the last, each in (low, high], falling.
template <class Number>
void check_floors(faults& out, std::span<const Number> floors, const std::vector<std::string>& steps, double low,
                  double high, const std::string& path) {
  if (floors.size() + 1 != steps.size())
    out.add(errc::policy_out_of_range, path,
            "expected a floor for each of " + std::to_string(steps.size()) + " steps but the last, found " +
                std::to_string(floors.size()));
  for (std::size_t i = 0; i < std::min(floors.size(), steps.size()); ++i) {
    const auto value = static_cast<double>(floors[i]);
    if (!(value > low && value <= high))
      out.add(errc::policy_out_of_range, at(path, steps[i]),
              "expected a floor above " + number_text(low) + " and at most " + number_text(high) + ", found " +
                  number_text(value));
    else if (i > 0 && !(floors[i] < floors[i - 1]))
      out.add(errc::policy_out_of_range, at(path, steps[i]),
              "expected a floor below the one before it (" + number_text(static_cast<double>(floors[i - 1])) +
                  "), found " + number_text(value));
  }
}

TIERWISE_INLINE void check_step(faults& out, std::size_t step, const std::vector<std::string>& names,
                                const std::string& path) {
  if (step >= names.size())
    out.add(errc::policy_out_of_range, path,
            "an unknown counts as step " + std::to_string(step) + ", but there are only " +
                std::to_string(names.size()) + " (from 0)");
}

TIERWISE_INLINE void check_cuts(faults& out, const cuts& what, const std::vector<std::string>& levels,
                                const std::string& path) {
  const bool fixed = what.how == cuts::kind::fixed;
  check_floors<double>(out, what.floors, levels, 0, fixed ? 100 : 1, path + "/floors");
  check_step(out, what.unknown_as, levels, path + "/unknown_as");
}

TIERWISE_INLINE std::string cell_name(const scheme& s, std::size_t cell) {
  const std::size_t n = s.levels.size();
  return "grade " + s.grades[cell / (n * n)] + ", identity " + s.levels[cell / n % n] + ", engagement " +
         s.levels[cell % n];
}

/// Whether `a` is at least as good as `b` in everything (smaller indices are better) and not the same.
TIERWISE_INLINE bool is_better(const scheme& s, std::size_t a, std::size_t b) noexcept {
  const std::size_t n = s.levels.size();
  return a != b && a / (n * n) <= b / (n * n) && a / n % n <= b / n % n && a % n <= b % n;
}

/// The table's shape and whether each cell is covered. False if its cells cannot be compared.
TIERWISE_INLINE bool check_cells(faults& out, const scheme& s) {
  const std::string path = "/tiers/table";
  const std::size_t n = s.levels.size(), wanted = s.grades.size() * n * n;
  if (s.grades.size() > most_steps || n > most_steps) return false;
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

}  // namespace detail

TIERWISE_INLINE policy default_policy() {
  policy p;
  p.potential.volume = "patient_volume";
  p.potential.decile_floors = {8, 5, 2};
  p.potential.card.terms = {
      {"patients_per_week", 60, transform::linear, 0, 100, {}}, detail::hospital_term(25), detail::title_term(15)};
  p.potential.card_floors = {70, 45, 20};
  p.potential.unknown_as = 2;
  p.identity.terms = {detail::title_term(25),
                      detail::hospital_term(20),
                      {"society_offices", 20, transform::linear, 0, 3, {}},
                      {"trials", 15, transform::linear, 0, 5, {}},
                      {"publications", 10, transform::log, 0, 50, {}},
                      {"teaching", 10, transform::linear, 0, 12, {}}};
  p.identity_cuts = {cuts::kind::fixed, {60, 30}, 2};
  p.engagement_cuts = {cuts::kind::fixed, {60, 30}, 2};

  scheme& s = p.scheme;
  s.grades = {"A", "B", "C", "D"};
  s.levels = {"high", "medium", "low"};
  s.profile_types = {"pioneer", "traditional", "rising star", "ordinary"};
  s.resources = {"high", "medium-high", "medium-high", "medium", "medium", "medium-low", "medium-low", "low", "lower"};
  for (std::size_t grade = 0; grade < 4; ++grade)
    for (std::size_t identity = 0; identity < 3; ++identity)
      for (std::size_t engagement = 0; engagement < 3; ++engagement) {
        const std::size_t type = (identity == 0 ? 0u : 2u) + (engagement == 0 ? 0u : 1u);
        const std::size_t tier = grade == 3 ? 9 : (grade == 2 ? 5 : 1) + type;
        s.cells.push_back({static_cast<std::uint8_t>(type), static_cast<std::uint16_t>(tier)});
      }
  return p;
}

TIERWISE_INLINE std::vector<Error> check(const policy& what) {
  detail::faults out;
  const scheme& s = what.scheme;
  detail::check_names(out, s.grades, "/tiers/grades");
  detail::check_names(out, s.levels, "/tiers/levels");
  detail::check_names(out, s.profile_types, "/tiers/profile_types");
  if (s.resources.empty())
    out.add(errc::policy_out_of_range, "/tiers/resources", "expected the resources of at least one tier");
  const bool comparable = detail::check_cells(out, s);

  const potential& p = what.potential;
  if (!p.volume.empty() || !p.decile_floors.empty())
    detail::check_floors<std::uint8_t>(out, p.decile_floors, s.grades, 0, 10, "/potential/decile_floors");
  if (!p.card.terms.empty() || !p.card_floors.empty())
    detail::check_floors<double>(out, p.card_floors, s.grades, 0, 100, "/potential/card_floors");
  detail::check_card(out, p.card, "/potential/card");
  detail::check_step(out, p.unknown_as, s.grades, "/potential/unknown_as");

  detail::check_card(out, what.identity, "/identity");
  detail::check_cuts(out, what.identity_cuts, s.levels, "/identity/cuts");

  if (!(what.engagement.s0 >= 0 && std::isfinite(what.engagement.s0)))
    out.add(errc::policy_out_of_range, "/engagement/s0",
            "expected points above 0, or 0 to fit them, found " + detail::number_text(what.engagement.s0));
  detail::check_share(out, what.engagement.s0_quantile, "/engagement/s0_quantile");
  detail::check_share(out, what.engagement.min_coverage, "/engagement/min_coverage");
  detail::check_cuts(out, what.engagement_cuts, s.levels, "/engagement/cuts");

  if (comparable) {
    detail::check_monotone(out, s);
    detail::check_tiers_reached(out, s);
  }
  return std::move(out.found);
}

}  // namespace tierwise
