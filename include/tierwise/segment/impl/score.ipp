// How columns become scores: shared by fit, assign and contributions, so that all three agree to the last bit.
#ifndef TIERWISE_SEGMENT_IMPL_SCORE_IPP
#define TIERWISE_SEGMENT_IMPL_SCORE_IPP

#include <algorithm>
#include <cmath>
#include <optional>

#include <tierwise/segment/impl/kernels.ipp>
#include <tierwise/segment/segment.hpp>

namespace tierwise::inline TIERWISE_ABI::segment::detail {

inline constexpr std::size_t score_block = 16384;  // rows

/// The texts on one side of a grid.
struct grid_texts {
  std::vector<std::string_view> known;
  std::vector<std::size_t>
      by_code;  // position among the known, which is their number where there is none; empty as above
};

/// A term with its column, and what can be known of it before a row is read.
struct term_input {
  const term* what = nullptr;
  column_view column;
  column_view by = {};  // of a grid
  /// Shares. Of a lookup: by code, and a missing one last; empty if there are more texts than rows to read. Of a log or piecewise
  /// term: of 0, 1, 2, …, as most counts are small, and a missing one; empty where few rows are read. Of a grid: of each pair of its texts.
  std::vector<double> shares = {};
  grid_texts texts = {}, by_texts = {};
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

/// Whether engagement comes from points; else from a card, or it is not scored.
TIERWISE_INLINE bool reads_points(const policy& what) noexcept {
  return what.engagement.used && what.engagement_card.terms.empty();
}

/// Numbers of a block. What is infinite or outside [low, high] is reported and counts as missing.
TIERWISE_INLINE void read_checked(const column_view& column, const std::string& name, std::size_t begin,
                                  std::span<double> out, double low, double high, std::vector<bad_row>* rejected) {
  column.read_numbers(begin, out);
  const std::size_t vectors = out.size() / 8 * 8;
  const bool refused = kernels().any_refused(vectors, out.data(), low, high);
  for (std::size_t i = refused ? 0 : vectors; i < out.size(); ++i) {
    const bool infinite = std::isinf(out[i]);
    if (!infinite && !(out[i] < low) && !(out[i] > high)) continue;
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

/// use(row of the block, place in names) of each row; the place is names().size() where there is no text.
template <class Use>
void for_texts(const column_view& column, std::size_t begin, std::size_t rows, const Use& use) {
  const std::size_t none = column.names().size();
  if (column.validity().bits != nullptr) {
    for (std::size_t i = 0; i < rows; ++i) {
      const std::int32_t code = column.code(begin + i);
      use(i, code < 0 ? none : static_cast<std::size_t>(code));
    }
    return;
  }
  const std::int32_t* const codes = static_cast<const std::int32_t*>(column.data()) + begin;
  for (std::size_t i = 0; i < rows; ++i)
    use(i, std::min(static_cast<std::size_t>(static_cast<std::uint32_t>(codes[i])), none));
}

/// Share of a text that is not missing.
TIERWISE_INLINE double share_of_text(const term& t, std::string_view text) {
  const std::ptrdiff_t at = find_text(
      t.lookup, [](const auto& entry) -> std::string_view { return entry.first; }, t.dict, text);
  return at < 0 ? missing : t.lookup[static_cast<std::size_t>(at)].second / t.out_of;
}

TIERWISE_INLINE void read_lookup(const term_input& input, std::size_t begin, std::span<double> out) {
  if (!input.shares.empty())
    return for_texts(input.column, begin, out.size(),
                     [&, shares = input.shares.data()](std::size_t i, std::size_t at) { out[i] = shares[at]; });
  const auto names = input.column.names();
  for_texts(input.column, begin, out.size(), [&](std::size_t i, std::size_t at) {
    out[i] = at == names.size() ? missing : share_of_text(*input.what, names[at]);
  });
}

/// Position among a grid's texts; their number where there is none.
TIERWISE_INLINE std::size_t position(const grid_texts& texts, dictionary dict, std::string_view text) {
  const auto same = [](std::string_view one) { return one; };
  const std::ptrdiff_t at = find_text(texts.known, same, dict, text);
  return at < 0 ? texts.known.size() : static_cast<std::size_t>(at);
}

TIERWISE_INLINE void read_grid(const term_input& input, std::size_t begin, std::span<double> out) {
  const term& t = *input.what;
  const std::size_t width = input.by_texts.known.size() + 1;
  std::array<std::size_t, 512> rows;  // of the grid
  for (std::size_t done = 0; done < out.size(); done += rows.size()) {
    const std::span<double> some = out.subspan(done, std::min(rows.size(), out.size() - done));
    const auto read = [&](const column_view& column, const grid_texts& texts, dictionary dict, const auto& use) {
      const auto names = column.names();
      for_texts(column, begin + done, some.size(), [&](std::size_t i, std::size_t at) {
        use(i, !texts.by_code.empty() ? texts.by_code[at]
               : at == names.size()   ? texts.known.size()
                                      : position(texts, dict, names[at]));
      });
    };
    read(input.column, input.texts, t.dict, [&](std::size_t i, std::size_t at) { rows[i] = at * width; });
    read(input.by, input.by_texts, t.by_dict,
         [&](std::size_t i, std::size_t at) { some[i] = input.shares[rows[i] + at]; });
  }
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

/// share_of_number of each number, for the others: whole ones that are small have been looked up before.
TIERWISE_INLINE void curved_shares(const term_input& input, std::span<double> values) noexcept {
  if (input.shares.empty()) {
    for (double& v : values)
      if (!std::isnan(v)) v = share_of_number(*input.what, v);
    return;
  }
  const double* const shares = input.shares.data();
  const std::size_t none = input.shares.size() - 1;
  alignas(64) std::array<double, 512> block;
  alignas(64) std::array<std::uint64_t, 512> places;
  for (std::size_t done = 0; done < values.size(); done += block.size()) {
    const std::span<double> some = values.subspan(done, std::min(block.size(), values.size() - done));
    const std::size_t vectors = (some.size() + 7) / 8 * 8;
    std::fill(block.begin() + static_cast<std::ptrdiff_t>(vectors) - 8,
              block.begin() + static_cast<std::ptrdiff_t>(vectors), 0);
    std::copy(some.begin(), some.end(), block.begin());
    const bool others = kernels().whole_places(vectors, block.data(), none, places.data());
    for (std::size_t i = 0; i < some.size(); ++i) some[i] = shares[places[i]];
    for (std::size_t i = 0; others && i < some.size(); ++i)
      if (places[i] == none && !std::isnan(block[i])) some[i] = share_of_number(*input.what, block[i]);
  }
}

/// Shares (0 to 1) of one term for a block, `missing` where the term is unknown.
TIERWISE_INLINE void read_shares(const term_input& input, std::size_t begin, std::span<double> out,
                                 std::vector<bad_row>* rejected) {
  const term& t = *input.what;
  if (t.how == transform::grid) return read_grid(input, begin, out);
  if (t.how == transform::lookup) return read_lookup(input, begin, out);
  read_checked(input.column, t.column, begin, out, -infinity, infinity, rejected);
  curved_shares(input, out);
}

/// Looks up once what would else be looked up for each of that many rows.
TIERWISE_INLINE void prepare(term_input& input, std::size_t rows) {
  const term& t = *input.what;
  if (t.how == transform::lookup && input.column.names().size() <= rows) {
    for (const std::string_view name : input.column.names()) input.shares.push_back(share_of_text(t, name));
    input.shares.push_back(missing);
  }
  if ((t.how == transform::log || t.how == transform::piecewise) && rows >= 4096) {
    for (std::size_t whole = 0; whole < 1024; ++whole)
      input.shares.push_back(share_of_number(t, static_cast<double>(whole)));
    input.shares.push_back(missing);
  }
  if (t.how != transform::grid) return;
  const auto index = [](std::vector<std::string_view>& all, std::string_view text) {
    const auto at = std::find(all.begin(), all.end(), text);
    if (at != all.end()) return static_cast<std::size_t>(at - all.begin());
    all.push_back(text);
    return all.size() - 1;
  };
  for (const grid_cell& cell : t.grid) index(input.texts.known, cell.text), index(input.by_texts.known, cell.by_text);
  const std::size_t width = input.by_texts.known.size() + 1;
  input.shares.assign((input.texts.known.size() + 1) * width, missing);
  for (const grid_cell& cell : t.grid)
    input.shares[index(input.texts.known, cell.text) * width + index(input.by_texts.known, cell.by_text)] =
        cell.points / t.out_of;
  const auto find_all = [rows](const column_view& column, dictionary dict, grid_texts& texts) {
    if (column.names().size() > rows) return;
    for (const std::string_view name : column.names()) texts.by_code.push_back(position(texts, dict, name));
    texts.by_code.push_back(texts.known.size());
  };
  find_all(input.column, t.dict, input.texts);
  find_all(input.by, t.by_dict, input.by_texts);
}

TIERWISE_INLINE std::optional<Error> open_terms(const scorecard& card, const table_view& profiles, std::size_t rows,
                                                std::vector<term_input>& out) {
  for (const term& t : card.terms) {
    const result<column_view> column =
        reads_text(t) ? text_column(profiles, t.column) : numeric_column(profiles, t.column);
    if (!column) return column.error();
    term_input& input = out.emplace_back(term_input{&t, column.value()});
    if (t.how == transform::grid) {
      const result<column_view> by = text_column(profiles, t.by);
      if (!by) return by.error();
      input.by = by.value();
    }
    prepare(input, rows);
  }
  return std::nullopt;
}

/// `rows`: how many will be read, which decides what is worth preparing.
TIERWISE_INLINE result<inputs> open(const policy& what, const std::vector<std::string>& channels,
                                    const table_view& profiles, std::size_t rows) {
  inputs in;
  in.what = &what;
  if (!what.potential.volume.empty()) {
    const result<column_view> volume = numeric_column(profiles, what.potential.volume);
    if (!volume) return volume.error();
    in.volume = volume.value();
  }
  if (const auto error = open_terms(what.potential.card, profiles, rows, in.card)) return *error;
  if (const auto error = open_terms(what.identity, profiles, rows, in.identity)) return *error;
  if (const auto error = open_terms(what.engagement_card, profiles, rows, in.engagement)) return *error;
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

TIERWISE_INLINE result<inputs> open(const model& m, const table_view& profiles, std::size_t rows) {
  if (!is_fitted(m)) return Error(errc::not_fitted, "the segment model was not made by fit");
  return open(m.policy, m.channels, profiles, rows);
}

/// The nearest multiple of score_step, of two the even one. Precondition: |value| ≤ 2^31, or missing.
TIERWISE_INLINE double round_score(double value) noexcept {
  static_assert(score_step == round_shift * std::numeric_limits<double>::epsilon() / 1.5);
  return value + round_shift - round_shift;
}

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

/// Points of a block: each channel's own, and their sum over the channels.
/// Missing if those of any channel are, for a sum without them would take missing for zero.
TIERWISE_INLINE void read_points(const inputs& in, std::size_t begin, std::size_t rows, double* sum,
                                 std::span<double* const> parts, std::vector<bad_row>* rejected) {
  std::fill_n(sum, rows, 0.0);
  for (std::size_t k = 0; k < in.points.size(); ++k) {
    const std::span<double> points(parts[k], rows);
    read_checked(in.points[k].values, in.points[k].name, begin, points, -infinity, infinity, rejected);
    for (std::size_t i = 0; i < rows; ++i) sum[i] += points[i];
  }
}

/// contact_coverage of a block, missing where it is not known.
TIERWISE_INLINE void read_coverage(const inputs& in, std::size_t begin, std::span<double> out,
                                   std::vector<bad_row>* rejected) {
  if (in.coverage)
    read_checked(*in.coverage, "contact_coverage", begin, out, 0, 1, rejected);
  else
    std::fill(out.begin(), out.end(), missing);
}

/// Points of a population: their sums, and what is known of contacts.
struct points_columns {
  std::vector<double> points, coverage;
};

TIERWISE_INLINE points_columns read_points(const inputs& in, std::size_t begin, std::size_t rows) {
  points_columns out{std::vector<double>(rows), std::vector<double>(rows)};
  std::array<double, 512> channel;
  const std::vector<double*> to(in.points.size(), channel.data());  // only the sum is wanted
  for (std::size_t at = 0; at < rows; at += channel.size())
    read_points(in, begin + at, std::min(channel.size(), rows - at), out.points.data() + at, to, nullptr);
  read_coverage(in, begin, out.coverage, nullptr);
  return out;
}

TIERWISE_INLINE double saturate(double points, double s0) noexcept {
  return points > 0 ? std::clamp(round_score(-100 * std::expm1(-points / s0)), 0.0, 100.0) : 0;
}

/// Rounds parts of a score so that they add up to it exactly: each to a multiple of score_step, the rest to the largest.
TIERWISE_INLINE void make_exact(double score, std::span<double> parts) {
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

/// Makes the points of each channel parts of the score.
TIERWISE_INLINE void spread_points(double score, double points, std::span<double> parts) noexcept {
  for (double& part : parts) part = points > 0 ? score * (part / points) : 0;
  make_exact(score, parts);
}

}  // namespace tierwise

#endif
