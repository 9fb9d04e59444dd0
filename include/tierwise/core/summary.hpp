// What a fit needs to know of one numeric column, in a form that can be made from parts: any split of the rows, in any order,
// merged in any tree, gives the same bytes.
#ifndef TIERWISE_CORE_SUMMARY_HPP
#define TIERWISE_CORE_SUMMARY_HPP

#include <limits>
#include <span>
#include <vector>

#include <tierwise/core/column.hpp>
#include <tierwise/core/exact_sum.hpp>
#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// A column that is computed when it is read, perhaps several times: the same numbers each time, missing as NaN.
class number_source {
 public:
  [[nodiscard]] virtual std::size_t rows() const noexcept = 0;
  /// Fills `out` with the rows from `begin`. Precondition: they exist.
  virtual void read(std::size_t begin, std::span<double> out) const = 0;

 protected:
  ~number_source() = default;
};

/// Counts, exact sums, and the distribution of a column's numbers.
///
/// While there are at most `exact_capacity` distinct numbers (zero apart), each is kept with its count and every answer is that
/// of the sorted column, to the last bit. Above that, all numbers are kept by bucket: those that share sign, exponent and
/// `mantissa_bits` bits of the mantissa, each bucket with its count, exact sum and exact sum of squares. So counts, sums, mean,
/// variance, minimum and maximum stay exact, and a number known only by its bucket is off by at most `relative_error` of itself
/// (by 2^−1031 at most where it is below 2^−1022). Which of the two it is depends on the set of numbers alone.
///
/// −0 is 0. NaN counts as missing; infinite numbers are counted as rejected and used for nothing.
/// Memory: 16 bytes a distinct number, then 10 KB a binary order of magnitude that occurs; at most 42 MB.
/// Not safe to change from two threads: make one summary a thread and merge.
class summary {
 public:
  static constexpr std::size_t exact_capacity = 16'384;
  static constexpr int mantissa_bits = 8;
  static constexpr double relative_error = 0x1p-9;  ///< half the width of a bucket, relative to its lower edge
  static constexpr std::uint64_t most_rows = std::uint64_t{1} << 40;  ///< so that no sum can overflow

  /// Adds rows. O(rows). Throws `wrong_type` for text, `out_of_range` above `most_rows`; then nothing is added.
  void add(const column_view& values);
  void add(std::span<const double> values);
  void add(const number_source& values);
  void add(double value, std::uint64_t count);  ///< one number many times. O(distinct numbers)

  /// Adds what another summary holds. O(distinct numbers or buckets). Throws as `add` does.
  void merge(const summary& other);

  [[nodiscard]] std::uint64_t rows() const noexcept { return known_ + missing_ + rejected_; }
  [[nodiscard]] std::uint64_t known() const noexcept { return known_; }
  [[nodiscard]] std::uint64_t missing_rows() const noexcept { return missing_; }
  [[nodiscard]] std::uint64_t rejected() const noexcept { return rejected_; }  ///< infinite numbers
  [[nodiscard]] std::uint64_t zeros() const noexcept { return zeros_; }
  [[nodiscard]] bool is_exact() const noexcept { return pages_.empty(); }

  /// Of the known numbers, each correctly rounded from its exact value; NaN if there is none (a sum is then 0).
  [[nodiscard]] double min() const noexcept;
  [[nodiscard]] double max() const noexcept;
  [[nodiscard]] double sum() const noexcept;
  [[nodiscard]] double sum_of_squares() const noexcept;
  [[nodiscard]] double mean() const noexcept;
  [[nodiscard]] double variance() const noexcept;  ///< of the population: divided by the count

  /// Type 7 of Hyndman and Fan (1996), as NumPy and R; NaN if no number is known. From buckets it lies within
  /// `relative_error` of the two numbers that it lies between. Precondition: 0 ≤ q ≤ 1.
  [[nodiscard]] double quantile(double q) const;

  /// What comes before a row of this value when rows are sorted by falling value: that is, of all numbers above `value`, their
  /// count and sum, and their share of the sum of all positive numbers (0 if there is none; negative numbers have no share).
  /// Numbers of one bucket count as equal.
  [[nodiscard]] std::uint64_t heads_before(double value) const noexcept;
  [[nodiscard]] double sum_before(double value) const noexcept;
  [[nodiscard]] double share_before(double value) const noexcept;

  /// Cuts the positive numbers by share of their sum: a number is of class k if exactly k of the `shares` (rising, between 0 and
  /// 1, to nine decimals) are at most the share before it. Gives the smallest number of each of shares + 1 classes, +∞ where a
  /// class is empty. Decided with whole numbers: no rounding. From buckets, it is the lower edge of the smallest one's.
  [[nodiscard]] std::vector<double> floors_by_volume(std::span<const double> shares) const;
  /// The same by share of heads, over all known numbers.
  [[nodiscard]] std::vector<double> floors_by_heads(std::span<const double> shares) const;

  /// A distinct number, or the middle of a bucket.
  struct counted {
    double value;
    std::uint64_t count;
    double sum;
  };
  [[nodiscard]] std::vector<counted> values() const;  ///< rising

  /// Little-endian, versioned; equal for equal sets of numbers.
  [[nodiscard]] std::vector<std::uint8_t> to_bytes() const;
  /// Trusts nothing: a length, order, range or count that cannot be gives `invalid_argument`. O(bytes).
  [[nodiscard]] static result<summary> from_bytes(std::span<const std::uint8_t> bytes);

  /// Whether both hold the same. O(distinct numbers or buckets).
  friend bool operator==(const summary& a, const summary& b) { return a.to_bytes() == b.to_bytes(); }

 private:
  static constexpr int shift_ = 52 - mantissa_bits;
  static constexpr std::size_t slots_ = std::size_t{1} << mantissa_bits;
  struct entry {
    std::uint64_t key, count;  // order-preserving bits
  };
  /// The buckets of one sign and exponent: counts, and sums of what exceeds the lower edge in units of the last place.
  struct page {
    std::uint64_t count[slots_]{};
    uint128 sum[slots_]{}, squares[slots_]{};
  };
  struct group;
  class distinct;

  template <class Visit>
  void for_each_falling(const Visit& visit) const;  // visit(group) gives false to stop
  [[nodiscard]] static group group_of(const page& from, std::size_t sign_and_exponent, std::size_t slot) noexcept;
  void check_rows(std::uint64_t more) const;
  page& page_at(std::size_t sign_and_exponent);
  void put(std::uint64_t key, std::uint64_t count);
  void use_buckets();
  void absorb(std::vector<entry> sorted);
  [[nodiscard]] exact_sum total() const noexcept;
  [[nodiscard]] exact_sum total_of_squares() const noexcept;
  [[nodiscard]] double value_of(const group& of) const noexcept;
  [[nodiscard]] double lowest_of(const group& of) const noexcept;

  std::uint64_t known_ = 0, missing_ = 0, rejected_ = 0, zeros_ = 0;
  double min_ = std::numeric_limits<double>::infinity(), max_ = -std::numeric_limits<double>::infinity();
  std::vector<entry> entries_;  // rising, while exact
  std::vector<std::uint32_t> page_of_;  // by sign and exponent, from 1; 0: none
  std::vector<page> pages_;
};

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/summary.ipp>
#include <tierwise/core/impl/summary_bytes.ipp>
#endif
#endif
