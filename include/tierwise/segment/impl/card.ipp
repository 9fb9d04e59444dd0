// Scorecards over blocks of rows: shared by fit, assign and contributions, so that all three agree to the last bit. A block is small
// enough to stay in the first cache; within it each term is one plain loop over a column, without a branch on what a row holds.
#ifndef TIERWISE_SEGMENT_IMPL_CARD_IPP
#define TIERWISE_SEGMENT_IMPL_CARD_IPP

#include <tierwise/segment/impl/score.ipp>

namespace tierwise::inline TIERWISE_ABI::segment::detail {

inline constexpr std::size_t card_rows = 512;  // of a block

/// One number for each row of a block, aligned for any vector.
template <class T>
struct alignas(64) block_of : std::array<T, card_rows> {};

/// The inner loops take whole vectors; what lies behind the last row is computed and not used.
constexpr std::size_t whole_vectors(std::size_t rows) noexcept { return (rows + 7) / 8 * 8; }

/// How the terms that a doctor has share the weight.
struct card_weights {
  std::uint64_t absent = 0;
  double coverage = 0, counted = 0;  // `counted`: weight that the score is an average over
  double scale = missing;  // what a weighted share is worth in points of the score; missing where there is none
};

/// The weights of each combination of missing terms, if there are few; else of those met lately.
class weights_memo {
 public:
  weights_memo(const scorecard& card, const std::vector<term_input>& terms) : card_(card), all_(total_weight(terms)) {
    if (terms.size() <= 6)
      for (std::uint64_t absent = 0; absent < std::uint64_t{1} << terms.size(); ++absent)
        slots_[absent] = compute(absent);
    else
      slots_[0] = compute(0);
  }

  /// In one step for every combination: what a doctor lacks is not foretold by the last one.
  [[nodiscard]] bool has_all() const noexcept { return card_.terms.size() <= 6; }
  [[nodiscard]] const card_weights& at(std::uint64_t absent) const noexcept { return slots_[absent]; }

  [[nodiscard]] const card_weights& of(std::uint64_t absent) noexcept {
    card_weights& slot = slots_[absent == 0 ? 0 : 1 + (absent * 0x9E3779B97F4A7C15u >> 32) % 63];
    if (slot.absent != absent) slot = compute(absent);  // an empty slot is of 0, which has one of its own
    return slot;
  }

 private:
  [[nodiscard]] card_weights compute(std::uint64_t absent) const noexcept {
    card_weights out{absent};
    double known = 0;
    for (std::size_t k = 0; k < card_.terms.size(); ++k) {
      const term& t = card_.terms[k];
      const bool is_known = ((absent >> k) & 1) == 0;
      if (is_known) known += t.weight;
      if (is_known || t.missing_as) out.counted += t.weight;
    }
    out.coverage = known > 0 ? known / all_ : 0;
    if (out.counted > 0 && is_covered(out.coverage, card_.min_coverage)) out.scale = card_.out_of / out.counted;
    return out;
  }

  const scorecard& card_;
  double all_;
  std::array<card_weights, 64> slots_{};
};

/// Asks for the rows after a block, while the block is worked on: the processor itself does not read ahead over the end of a page,
/// and a block of each column is about one.
TIERWISE_INLINE void read_ahead(const column_view& column, std::size_t begin, std::size_t rows) noexcept {
  if (begin + 2 * rows > column.size()) return;
  std::size_t cell = 8;
  if (column.type() == column_type::boolean) return;
  if (column.type() != column_type::float64 && column.type() != column_type::int64) cell = 4;
  const char* const from = static_cast<const char*>(column.data()) + (begin + rows) * cell;
  for (std::size_t at = 0; at < rows * cell; at += 64) __builtin_prefetch(from + at);
}

/// A scorecard over one block of rows.
class card_block {
 public:
  card_block(const scorecard& card, const std::vector<term_input>& terms)
      : card_(card), terms_(terms), memo_(card, terms), parts_(terms.size()) {}

  block_of<double> score, coverage;
  block_of<std::uint64_t> absent;

  void read(std::size_t begin, std::size_t rows, std::vector<bad_row>* rejected) {
    const std::size_t end = whole_vectors(rows);
    std::fill_n(sum_.begin(), end, 0.0);
    std::fill_n(absent.begin(), end, 0);
    for (std::size_t i = rows; i < end; ++i) counted_[i] = 1, scale_[i] = missing;
    for (std::size_t k = 0; k < terms_.size(); ++k) add(k, begin, rows, rejected);
    const auto set = [&](std::size_t i, const card_weights& weights) {
      coverage[i] = weights.coverage;
      counted_[i] = weights.counted;
      scale_[i] = weights.scale;
    };
    if (memo_.has_all())
      for (std::size_t i = 0; i < rows; ++i) set(i, memo_.at(absent[i]));
    else
      for (std::size_t i = 0; i < rows; ++i) set(i, memo_.of(absent[i]));
    kernels_.finish_scores(whole_vectors(rows), card_.out_of, sum_.data(), counted_.data(), scale_.data(),
                           score.data());
  }

  /// What each term adds to the scores of the last `read`, whose sum is a score exactly; missing where `of` is.
  void spread(std::size_t rows, const block_of<double>& of) noexcept {
    if (!parts_.empty())
      kernels_.spread_parts(whole_vectors(rows), parts_.size(), of.data(), scale_.data(), parts_[0].data(), card_rows);
  }

  [[nodiscard]] const block_of<double>& part(std::size_t term) const noexcept { return parts_[term]; }

 private:
  void add(std::size_t k, std::size_t begin, std::size_t rows, std::vector<bad_row>* rejected) {
    const term_input& input = terms_[k];
    const term& t = *input.what;
    const bool linear = t.how == transform::linear || t.how == transform::capped;
    const term_numbers of{t.weight, t.how == transform::capped ? 0 : t.low, t.high,
                          t.missing_as ? *t.missing_as / t.out_of : missing, std::uint64_t{1} << k};
    double* const parts = parts_[k].data();
    const std::span<double> block(values_.data(), rows);
    read_ahead(input.column, begin, rows);
    const double* values = values_.data();
    if (!linear) {
      read_shares(input, begin, block, rejected);
      kernels_.add_shares(whole_vectors(rows), values, of, parts, sum_.data(), absent.data());
      return;
    }
    if (rows == card_rows && input.column.type() == column_type::float64 && input.column.validity().bits == nullptr)
      values = static_cast<const double*>(input.column.data()) + begin;
    else
      input.column.read_numbers(begin, block);
    if (kernels_.add_linear(whole_vectors(rows), values, of, parts, sum_.data(), absent.data()) && rejected != nullptr)
      read_checked(input.column, t.column, begin, block, -infinity, infinity, rejected);  // which ones
  }

  const card_kernels& kernels_ = kernels();
  const scorecard& card_;
  const std::vector<term_input>& terms_;
  weights_memo memo_;
  std::vector<block_of<double>> parts_;  // by term
  block_of<double> values_{}, sum_, counted_, scale_;
};

/// The scores alone, for a population.
TIERWISE_INLINE std::vector<double> card_column(const scorecard& card, const std::vector<term_input>& terms,
                                                std::size_t begin, std::size_t rows) {
  std::vector<double> scores(rows);
  card_block block(card, terms);
  for (std::size_t at = 0; at < rows; at += card_rows) {
    const std::size_t some = std::min(card_rows, rows - at);
    block.read(begin + at, some, nullptr);
    std::copy_n(block.score.begin(), some, scores.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return scores;
}

}  // namespace tierwise

#endif
