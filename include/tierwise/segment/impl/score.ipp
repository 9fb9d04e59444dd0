// How columns become scores: shared by fit, assign and contributions, so that all three agree to the last bit.
#ifndef TIERWISE_SEGMENT_IMPL_SCORE_IPP
#define TIERWISE_SEGMENT_IMPL_SCORE_IPP

#include <algorithm>
#include <cmath>
#include <optional>

#include <tierwise/segment/segment.hpp>

namespace tierwise::inline TIERWISE_ABI::segment::detail {

inline constexpr std::size_t score_block = 4096;  // rows

/// A term with its column.
struct term_input {
  const term* what = nullptr;
  column_view column;
  column_view by;  // of a grid
};

/// A scorecard over a block of rows.
struct card_scores {
  std::vector<double> score;  // missing where it is unknown
  std::vector<double> coverage;
  std::vector<std::uint64_t> absent;  // bit k: term k
};

/// The columns that a policy reads, found and of the right type.
struct inputs {
  const policy* what = nullptr;
  std::optional<column_view> volume;
  std::vector<term_input> card, identity, engagement;
  std::vector<named_column> points;
  std::optional<column_view> coverage;
};

TIERWISE_INLINE Error wrong_type(const std::string& column, const char* expected, column_type found) {
  return Error(errc::wrong_type, std::string("expected ") + expected + ", found " + std::string(name_of(found)),
               {{}, column, -1});
}

/// A numeric column of the table of doctors.
TIERWISE_INLINE result<column_view> numeric_column(const table_view& profiles, const std::string& name) {
  result<column_view> column = profiles.require(name, "hcps");
  if (column && !column.value().is_numeric()) return wrong_type(name, "numbers", column.value().type());
  return column;
}

/// A column of texts of the table of doctors.
TIERWISE_INLINE result<column_view> text_column(const table_view& profiles, const std::string& name) {
  result<column_view> column = profiles.require(name, "hcps");
  if (column && column.value().type() != column_type::category)
    return wrong_type(name, "text (a category)", column.value().type());
  return column;
}

TIERWISE_INLINE bool reads_text(const term& t) noexcept {
  return t.how == transform::lookup || t.how == transform::grid;
}

TIERWISE_INLINE std::optional<Error> open_terms(const scorecard& card, const table_view& profiles,
                                                std::vector<term_input>& out) {
  for (const term& t : card.terms) {
    const result<column_view> column =
        reads_text(t) ? text_column(profiles, t.column) : numeric_column(profiles, t.column);
    if (!column) return column.error();
    out.push_back({&t, column.value(), {}});
    if (t.how != transform::grid) continue;
    const result<column_view> by = text_column(profiles, t.by);
    if (!by) return by.error();
    out.back().by = by.value();
  }
  return std::nullopt;
}

/// Whether engagement comes from points; else from a card, or it is not scored.
TIERWISE_INLINE bool reads_points(const policy& what) noexcept {
  return what.engagement.used && what.engagement_card.terms.empty();
}

TIERWISE_INLINE result<inputs> open(const policy& what, const std::vector<std::string>& channels,
                                    const table_view& profiles) {
  inputs in;
  in.what = &what;
  if (!what.potential.volume.empty()) {
    const result<column_view> volume = numeric_column(profiles, what.potential.volume);
    if (!volume) return volume.error();
    in.volume = volume.value();
  }
  if (const auto error = open_terms(what.potential.card, profiles, in.card)) return *error;
  if (const auto error = open_terms(what.identity, profiles, in.identity)) return *error;
  if (const auto error = open_terms(what.engagement_card, profiles, in.engagement)) return *error;
  if (!reads_points(what)) return in;
  const auto open_points = [&](std::string name) -> std::optional<Error> {
    const result<column_view> column = numeric_column(profiles, name);
    if (!column) return column.error();
    in.points.push_back({std::move(name), column.value()});
    return std::nullopt;
  };
  for (const std::string& channel : channels)
    if (const auto error = open_points("points_" + channel)) return *error;
  if (channels.empty())
    if (const auto error = open_points("points")) return *error;
  if (profiles.find("contact_coverage") != nullptr) {
    const result<column_view> coverage = numeric_column(profiles, "contact_coverage");
    if (!coverage) return coverage.error();
    in.coverage = coverage.value();
  }
  return in;
}

/// What a model made by hand may get wrong and `fit` never does.
TIERWISE_INLINE bool is_fitted(const model& m) noexcept {
  const scheme& s = m.policy.scheme;
  const auto fits = [](const fitted_cuts& cuts, std::size_t steps, std::uint8_t unknown_as) {
    return cuts.floors.size() + 1 == steps && unknown_as < steps &&
           std::all_of(cuts.strata.begin(), cuts.strata.end(),
                       [steps](const stratum& of) { return of.floors.size() + 1 == steps; });
  };
  const potential& p = m.policy.potential;
  return s.cells.size() == s.grades.size() * s.identity_levels.size() * s.engagement_levels.size() && m.s0 > 0 &&
         fits(m.identity, s.identity_levels.size(), m.policy.identity_cuts.unknown_as) &&
         fits(m.engagement, s.engagement_levels.size(), m.policy.engagement_cuts.unknown_as) &&
         p.unknown_as < s.grades.size() && (p.volume.empty() || fits(m.volume, s.grades.size(), 0)) &&
         (p.card.terms.empty() || fits(m.card, s.grades.size(), 0));
}

TIERWISE_INLINE result<inputs> open(const model& m, const table_view& profiles) {
  if (!is_fitted(m)) return Error(errc::not_fitted, "the segment model was not made by fit");
  return open(m.policy, m.channels, profiles);
}

/// Numbers of a block. What is infinite or outside [low, high] is reported and counts as missing.
TIERWISE_INLINE void read_checked(const column_view& column, const std::string& name, std::size_t begin,
                                  std::span<double> out, double low, double high, std::vector<bad_row>* rejected) {
  column.read_numbers(begin, out);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool infinite = std::isinf(out[i]);
    if (!infinite && !(out[i] < low) && !(out[i] > high)) continue;  // a NaN is neither
    out[i] = missing;
    if (rejected != nullptr)
      rejected->push_back(
          {"hcps", static_cast<std::int64_t>(begin + i), name, infinite ? errc::not_finite : errc::out_of_range});
  }
}

/// Position of a text in a list of known ones: as it is written, or by the name that the dictionary says it means. −1: nowhere.
template <class Texts, class Text>
std::ptrdiff_t find_text(const Texts& known, const Text& text_of, dictionary dict, std::string_view text) {
  const auto position = [&](std::string_view wanted) -> std::ptrdiff_t {
    const auto at = std::find_if(known.begin(), known.end(), [&](const auto& one) { return text_of(one) == wanted; });
    return at == known.end() ? -1 : at - known.begin();
  };
  const std::ptrdiff_t literal = position(text);
  if (literal >= 0 || dict == dictionary::none) return literal;
  const std::string_view name = canonical(dict, text);
  return name.empty() ? -1 : position(name);
}

/// what(text) of each row of a block, `unknown` where there is no text. Each text once, but not more texts than there are rows.
template <class Value, class What>
void read_texts(const column_view& column, std::size_t begin, std::span<Value> out, Value unknown, const What& what) {
  const auto names = column.names();
  std::vector<Value> by_code;
  if (names.size() <= out.size())
    for (const std::string_view name : names) by_code.push_back(what(name));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int32_t code = column.code(begin + i);
    if (code < 0)
      out[i] = unknown;
    else
      out[i] = by_code.empty() ? what(names[static_cast<std::size_t>(code)]) : by_code[static_cast<std::size_t>(code)];
  }
}

/// The grid of a term as a table: its texts on each side, and the share of each pair, missing where a pair is not listed.
struct grid_table {
  std::vector<std::string_view> texts, by_texts;
  std::vector<double> shares;  // [text][by_text]

  explicit grid_table(const term& t) {
    const auto index = [](std::vector<std::string_view>& all, std::string_view text) {
      const auto at = std::find(all.begin(), all.end(), text);
      if (at != all.end()) return static_cast<std::size_t>(at - all.begin());
      all.push_back(text);
      return all.size() - 1;
    };
    for (const grid_cell& cell : t.grid) index(texts, cell.text), index(by_texts, cell.by_text);
    shares.assign(texts.size() * by_texts.size(), missing);
    for (const grid_cell& cell : t.grid)
      shares[index(texts, cell.text) * by_texts.size() + index(by_texts, cell.by_text)] = cell.points / t.out_of;
  }
};

TIERWISE_INLINE void read_grid(const term_input& input, std::size_t begin, std::span<double> out) {
  const term& t = *input.what;
  const grid_table table(t);
  const auto same = [](std::string_view text) { return text; };
  std::vector<std::ptrdiff_t> first(out.size()), second(out.size());
  read_texts<std::ptrdiff_t>(input.column, begin, first, -1,
                             [&](std::string_view text) { return find_text(table.texts, same, t.dict, text); });
  read_texts<std::ptrdiff_t>(input.by, begin, second, -1,
                             [&](std::string_view text) { return find_text(table.by_texts, same, t.by_dict, text); });
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = first[i] < 0 || second[i] < 0 ? missing
                                           : table.shares[static_cast<std::size_t>(first[i]) * table.by_texts.size() +
                                                          static_cast<std::size_t>(second[i])];
}

/// On the line between the two knots around `value`; the first or last knot outside them.
TIERWISE_INLINE double on_knots(const std::vector<std::pair<double, double>>& knots, double value) noexcept {
  const auto after =
      std::upper_bound(knots.begin(), knots.end(), value, [](double v, const auto& knot) { return v < knot.first; });
  if (after == knots.begin()) return after->second;
  const auto& [x, y] = *(after - 1);
  if (after == knots.end() || value == x) return y;
  const auto& [next_x, next_y] = *after;
  const double between = y + (next_y - y) * ((value - x) / (next_x - x));
  return std::clamp(between, std::min(y, next_y), std::max(y, next_y));
}

/// Share (0 to 1) of a term for a known number.
TIERWISE_INLINE double share_of_number(const term& t, double value) noexcept {
  if (t.how == transform::piecewise) return on_knots(t.knots, value) / t.out_of;
  const double low = t.how == transform::capped ? 0 : t.low;
  const double above = std::clamp(value, low, t.high) - low;
  return t.how == transform::log ? std::log(1 + above) / std::log(1 + (t.high - low)) : above / (t.high - low);
}

/// Shares (0 to 1) of one term for a block, `missing` where the term is unknown.
TIERWISE_INLINE void read_shares(const term_input& input, std::size_t begin, std::span<double> out,
                                 std::vector<bad_row>* rejected) {
  const term& t = *input.what;
  if (t.how == transform::grid) return read_grid(input, begin, out);
  if (t.how == transform::lookup)
    return read_texts<double>(input.column, begin, out, missing, [&](std::string_view text) {
      const std::ptrdiff_t at = find_text(
          t.lookup, [](const auto& entry) -> std::string_view { return entry.first; }, t.dict, text);
      return at < 0 ? missing : t.lookup[static_cast<std::size_t>(at)].second / t.out_of;
    });
  constexpr double infinity = std::numeric_limits<double>::infinity();
  read_checked(input.column, t.column, begin, out, -infinity, infinity, rejected);
  for (double& value : out)
    if (!std::isnan(value)) value = share_of_number(t, value);
}

TIERWISE_INLINE double round_score(double value) noexcept { return std::rint(value / score_step) * score_step + 0.0; }

/// Whether a coverage reaches the least one, both as multiples of score_step: a sum of weights may end a last bit below the decimal
/// number that the policy says. False for an unknown.
TIERWISE_INLINE bool is_covered(double coverage, double least) noexcept {
  return round_score(coverage) >= round_score(least);
}

TIERWISE_INLINE double total_weight(const std::vector<term_input>& terms) noexcept {
  double total = 0;
  for (const term_input& t : terms) total += t.what->weight;
  return total;
}

TIERWISE_INLINE card_scores score_card(const scorecard& card, const std::vector<term_input>& terms, std::size_t begin,
                                       std::size_t rows, std::vector<bad_row>* rejected) {
  card_scores out{std::vector<double>(rows), std::vector<double>(rows), std::vector<std::uint64_t>(rows)};
  std::vector<double> shares(rows), counted(rows);  // `counted`: weight that the score is an average over
  for (std::size_t k = 0; k < terms.size(); ++k) {
    const term& t = *terms[k].what;
    read_shares(terms[k], begin, shares, rejected);
    for (std::size_t i = 0; i < rows; ++i) {
      const bool known = !std::isnan(shares[i]);
      if (known)
        out.coverage[i] += t.weight;  // known weight, until it is divided below
      else
        out.absent[i] |= std::uint64_t{1} << k;
      if (!known && !t.missing_as) continue;
      counted[i] += t.weight;
      out.score[i] += t.weight * (known ? shares[i] : *t.missing_as / t.out_of);
    }
  }
  const double all = total_weight(terms);
  for (std::size_t i = 0; i < rows; ++i) {
    const double known = out.coverage[i];
    out.coverage[i] = known > 0 ? known / all : 0;
    const bool enough = counted[i] > 0 && is_covered(out.coverage[i], card.min_coverage);
    out.score[i] =
        enough ? std::clamp(round_score(card.out_of * out.score[i] / counted[i]), 0.0, card.out_of) : missing;
  }
  return out;
}

/// Points of a block: their sum over the channels, and each channel's own if `parts` is there.
/// Missing if those of any channel are, for a sum without them would take missing for zero.
TIERWISE_INLINE std::vector<double> sum_points(const inputs& in, std::size_t begin, std::size_t rows,
                                               std::vector<bad_row>* rejected,
                                               std::vector<std::vector<double>>* parts) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> sum(rows), points(rows);
  for (const named_column& channel : in.points) {
    read_checked(channel.values, channel.name, begin, points, -infinity, infinity, rejected);
    for (std::size_t i = 0; i < rows; ++i) sum[i] += points[i];
    if (parts != nullptr) parts->push_back(points);
  }
  return sum;
}

/// contact_coverage of a block, missing where it is not known.
TIERWISE_INLINE std::vector<double> read_coverage(const inputs& in, std::size_t begin, std::size_t rows,
                                                  std::vector<bad_row>* rejected) {
  std::vector<double> coverage(rows, missing);
  if (in.coverage) read_checked(*in.coverage, "contact_coverage", begin, coverage, 0, 1, rejected);
  return coverage;
}

TIERWISE_INLINE double saturate(double points, double s0) noexcept {
  return points > 0 ? std::clamp(round_score(-100 * std::expm1(-points / s0)), 0.0, 100.0) : 0;
}

/// Rounds parts of a score so that they add up to it exactly: each to a multiple of score_step, the rest to the largest.
TIERWISE_INLINE void make_exact(double score, std::vector<double>& parts) {
  if (parts.empty()) return;
  // Points of opposite signs may nearly cancel, and parts far larger than the score would follow. They are cut so that
  // every partial sum stays below 2^33, where multiples of score_step add up without rounding.
  const double limit = 0x1p31 / static_cast<double>(parts.size());
  double sum = 0;
  std::size_t largest = 0;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    parts[k] = round_score(std::clamp(parts[k], -limit, limit));
    sum += parts[k];
    if (parts[k] > parts[largest]) largest = k;
  }
  parts[largest] += score - sum;
}

}  // namespace tierwise

#endif
