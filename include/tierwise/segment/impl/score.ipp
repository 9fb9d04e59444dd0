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
  std::vector<term_input> card, identity;
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

TIERWISE_INLINE std::optional<Error> open_terms(const scorecard& card, const table_view& profiles,
                                                std::vector<term_input>& out) {
  for (const term& t : card.terms) {
    const result<column_view> column = profiles.require(t.column, "hcps");
    if (!column) return column.error();
    const bool is_text = column.value().type() == column_type::category;
    if (is_text != (t.how == transform::lookup))
      return wrong_type(t.column, is_text ? "numbers" : "text (a category)", column.value().type());
    out.push_back({&t, column.value()});
  }
  return std::nullopt;
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
  const auto steps_fit = [&](const auto& floors, std::size_t steps) { return floors.size() + 1 == steps; };
  return s.cells.size() == s.grades.size() * s.levels.size() * s.levels.size() && m.s0 > 0 &&
         steps_fit(m.identity_floors, s.levels.size()) && steps_fit(m.engagement_floors, s.levels.size()) &&
         m.policy.potential.unknown_as < s.grades.size() && m.policy.identity_cuts.unknown_as < s.levels.size() &&
         m.policy.engagement_cuts.unknown_as < s.levels.size() &&
         (m.policy.potential.volume.empty() || steps_fit(m.policy.potential.decile_floors, s.grades.size())) &&
         (m.policy.potential.card.terms.empty() || steps_fit(m.policy.potential.card_floors, s.grades.size()));
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

/// Share of a lookup, missing if the text is not listed.
TIERWISE_INLINE double share_of_text(const term& t, std::string_view text) noexcept {
  for (const auto& [known, share] : t.lookup)
    if (known == text) return share;
  return missing;
}

/// Shares (0 to 1) of one term for a block, `missing` where the term is unknown.
TIERWISE_INLINE void read_shares(const term_input& input, std::size_t begin, std::span<double> out,
                                 std::vector<bad_row>* rejected) {
  const term& t = *input.what;
  if (t.how == transform::lookup) {
    // Each text once, but not more texts than there are rows to look up.
    const auto names = input.column.names();
    std::vector<double> by_code;
    if (names.size() <= out.size())
      for (const std::string_view name : names) by_code.push_back(share_of_text(t, name));
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::int32_t code = input.column.code(begin + i);
      if (code < 0)
        out[i] = missing;
      else
        out[i] = by_code.empty() ? share_of_text(t, names[static_cast<std::size_t>(code)])
                                 : by_code[static_cast<std::size_t>(code)];
    }
    return;
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  read_checked(input.column, t.column, begin, out, -infinity, infinity, rejected);
  const double scale = t.how == transform::log ? std::log(1 + (t.high - t.low)) : t.high - t.low;
  for (double& value : out) {
    if (std::isnan(value)) continue;
    const double above = std::clamp(value, t.low, t.high) - t.low;
    value = (t.how == transform::log ? std::log(1 + above) : above) / scale;
  }
}

TIERWISE_INLINE double round_score(double value) noexcept { return std::rint(value / score_step) * score_step + 0.0; }

TIERWISE_INLINE double total_weight(const std::vector<term_input>& terms) noexcept {
  double total = 0;
  for (const term_input& t : terms) total += t.what->weight;
  return total;
}

TIERWISE_INLINE card_scores score_card(const std::vector<term_input>& terms, double min_coverage, std::size_t begin,
                                       std::size_t rows, std::vector<bad_row>* rejected) {
  card_scores out{std::vector<double>(rows), std::vector<double>(rows), std::vector<std::uint64_t>(rows)};
  std::vector<double> shares(rows);
  for (std::size_t k = 0; k < terms.size(); ++k) {
    read_shares(terms[k], begin, shares, rejected);
    const double weight = terms[k].what->weight;
    for (std::size_t i = 0; i < rows; ++i) {
      if (std::isnan(shares[i])) {
        out.absent[i] |= std::uint64_t{1} << k;
      } else {
        out.coverage[i] += weight;  // known weight, until it is divided below
        out.score[i] += weight * shares[i];
      }
    }
  }
  const double all = total_weight(terms);
  for (std::size_t i = 0; i < rows; ++i) {
    const double known = out.coverage[i];
    out.coverage[i] = known > 0 ? known / all : 0;
    const bool enough = known > 0 && out.coverage[i] >= min_coverage;
    out.score[i] = enough ? std::clamp(round_score(100 * out.score[i] / known), 0.0, 100.0) : missing;
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

/// First step whose floor `value` reaches; the last step if it reaches none.
template <class Number>
std::uint8_t step_of(const std::vector<Number>& floors, double value) noexcept {
  std::uint8_t step = 0;
  for (const Number floor : floors) {
    if (value >= static_cast<double>(floor)) break;
    ++step;
  }
  return step;
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
