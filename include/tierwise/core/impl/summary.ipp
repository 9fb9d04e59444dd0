#include <algorithm>
#include <array>
#include <string>

#include <tierwise/core/impl/ordered_bits.hpp>
#include <tierwise/core/summary.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// Numbers that are kept together: equal ones, or those of a bucket.
struct summary::group {
  std::uint64_t edge = 0;  // lower edge of the bucket, without sign
  bool negative = false;
  std::uint64_t count = 0;
  uint128 sum = 0, squares = 0;  // of what exceeds the edge, in units of the last place
  std::uint64_t only = ~std::uint64_t{0};  // the one number in it, without sign, if it is known

  /// Sum without sign, in units of 2^exponent_of(edge); below 2^94.
  [[nodiscard]] uint128 volume() const noexcept { return uint128{detail::units(edge)} * count + sum; }
};

/// Counts distinct keys of one call: open addressing, at most half full.
class summary::distinct {
 public:
  explicit distinct(std::size_t rows)
      : table_(std::bit_ceil(2 * std::min(rows, exact_capacity + 1) + 2)),
        mask_(table_.size() - 1),
        shift_(64 - std::countr_zero(table_.size())) {}

  /// False if there were too many.
  bool add(std::uint64_t key) noexcept {
    std::size_t at = (key * 0x9E3779B97F4A7C15) >> shift_;  // the high bits: whole numbers end with zeros
    while (table_[at].count != 0 && table_[at].key != key) at = (at + 1) & mask_;
    table_[at].key = key;
    if (table_[at].count++ == 0) ++size_;
    return size_ <= exact_capacity;
  }

  [[nodiscard]] std::vector<entry> sorted() const {
    std::vector<entry> out;
    out.reserve(size_);
    for (const entry& e : table_)
      if (e.count != 0) out.push_back(e);
    std::sort(out.begin(), out.end(), [](const entry& a, const entry& b) { return a.key < b.key; });
    return out;
  }

 private:
  std::vector<entry> table_;
  std::size_t mask_, size_ = 0;
  int shift_;
};

TIERWISE_INLINE void summary::check_rows(std::uint64_t more) const {
  if (more > most_rows || rows() + more > most_rows)
    throw Error(errc::out_of_range, "a summary holds at most 2^40 rows", {{}, "values", -1});
}

TIERWISE_INLINE summary::page& summary::page_at(std::size_t sign_and_exponent) {
  if (page_of_[sign_and_exponent] == 0) {
    pages_.emplace_back();
    page_of_[sign_and_exponent] = static_cast<std::uint32_t>(pages_.size());
  }
  return pages_[page_of_[sign_and_exponent] - 1];
}

TIERWISE_INLINE void summary::put(std::uint64_t key, std::uint64_t count) {
  const auto bits = std::bit_cast<std::uint64_t>(detail::unordered(key));
  page& to = page_at(bits >> 52);
  const std::size_t slot = (bits >> shift_) % slots_;
  const std::uint64_t over = bits & ((std::uint64_t{1} << shift_) - 1);
  to.count[slot] += count;
  to.sum[slot] += uint128{over} * count;
  to.squares[slot] += uint128{over} * over * count;
}

TIERWISE_INLINE void summary::use_buckets() {
  if (!is_exact()) return;
  page_of_.resize(4096);
  for (const entry& e : entries_) put(e.key, e.count);
  entries_ = {};
}

TIERWISE_INLINE void summary::absorb(std::vector<entry> sorted) {
  if (entries_.empty()) {
    entries_ = std::move(sorted);
    return;
  }
  std::vector<entry> both;
  both.reserve(entries_.size() + sorted.size());
  auto a = entries_.begin();
  for (const entry& b : sorted) {
    while (a != entries_.end() && a->key < b.key) both.push_back(*a++);
    both.push_back(b);
    if (a != entries_.end() && a->key == b.key) both.back().count += (a++)->count;
  }
  both.insert(both.end(), a, entries_.end());
  entries_ = std::move(both);
  if (entries_.size() > exact_capacity) use_buckets();
}

TIERWISE_INLINE void summary::add(const number_source& source) {
  const std::size_t rows = source.rows();
  check_rows(rows);
  if (rows == 0) return;
  distinct seen(is_exact() ? rows : 0);
  bool counting = is_exact();
  std::array<double, 1024> block;
  for (std::size_t begin = 0; begin < rows; begin += block.size()) {
    const std::span<double> values(block.data(), std::min(block.size(), rows - begin));
    source.read(begin, values);
    for (const double value : values) {
      const auto bits = std::bit_cast<std::uint64_t>(value);
      if ((bits & ~detail::sign_bit) >= detail::infinite_bits) {
        ++(value != value ? missing_ : rejected_);
        continue;
      }
      ++known_;
      min_ = std::min(min_, value + 0.0);  // −0 is 0
      max_ = std::max(max_, value + 0.0);
      if (value == 0) {
        ++zeros_;
      } else if (counting) {
        if (seen.add(detail::ordered(value))) continue;
        counting = false;
        use_buckets();
        for (const entry& e : seen.sorted()) put(e.key, e.count);
      } else {
        put(detail::ordered(value), 1);
      }
    }
  }
  if (counting) absorb(seen.sorted());
}

TIERWISE_INLINE void summary::add(const column_view& values) {
  if (!values.is_numeric())
    throw Error(errc::wrong_type, "expected numbers, found " + std::string(name_of(values.type())), {{}, "values", -1});
  struct as_it_lies final : number_source {
    const column_view& values;
    explicit as_it_lies(const column_view& v) : values(v) {}
    std::size_t rows() const noexcept override { return values.size(); }
    void read(std::size_t begin, std::span<double> out) const override { values.read_numbers(begin, out); }
  };
  add(as_it_lies(values));
}

TIERWISE_INLINE void summary::add(std::span<const double> values) { add(column_view(values)); }

TIERWISE_INLINE void summary::add(double value, std::uint64_t count) {
  check_rows(count);
  if (count == 0) return;
  if (!std::isfinite(value)) {
    (value != value ? missing_ : rejected_) += count;
    return;
  }
  known_ += count;
  min_ = std::min(min_, value + 0.0);
  max_ = std::max(max_, value + 0.0);
  if (value == 0)
    zeros_ += count;
  else if (is_exact())
    absorb({{detail::ordered(value), count}});
  else
    put(detail::ordered(value), count);
}

TIERWISE_INLINE void summary::merge(const summary& other) {
  if (&other == this) return merge(summary(other));
  check_rows(other.rows());
  known_ += other.known_;
  missing_ += other.missing_;
  rejected_ += other.rejected_;
  zeros_ += other.zeros_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  if (other.is_exact() && is_exact()) return absorb(other.entries_);
  if (other.is_exact()) {
    for (const entry& e : other.entries_) put(e.key, e.count);
    return;
  }
  if (entries_.empty() && is_exact()) {
    page_of_ = other.page_of_;
    pages_ = other.pages_;
    return;
  }
  use_buckets();
  for (std::size_t which = 0; which < page_of_.size(); ++which) {
    if (other.page_of_[which] == 0) continue;
    const page& from = other.pages_[other.page_of_[which] - 1];
    page& to = page_at(which);
    for (std::size_t slot = 0; slot < slots_; ++slot) to.count[slot] += from.count[slot];
    for (std::size_t slot = 0; slot < slots_; ++slot) to.sum[slot] += from.sum[slot];
    for (std::size_t slot = 0; slot < slots_; ++slot) to.squares[slot] += from.squares[slot];
  }
}

// ---- reading ----------------------------------------------------------------------------------------------------------

TIERWISE_INLINE summary::group summary::group_of(const page& from, std::size_t sign_and_exponent,
                                                 std::size_t slot) noexcept {
  group out;
  out.edge = (std::uint64_t{sign_and_exponent} % 2048) << 52 | std::uint64_t{slot} << shift_;
  out.negative = sign_and_exponent >= 2048;
  out.count = from.count[slot];
  out.sum = from.sum[slot];
  out.squares = from.squares[slot];
  return out;
}

template <class Visit>
void summary::for_each_falling(const Visit& visit) const {
  const auto visit_zero = [&] {
    group zero;
    zero.count = zeros_;
    zero.only = 0;
    return zeros_ == 0 || visit(zero);
  };
  if (is_exact()) {
    bool zero_seen = false;
    for (std::size_t i = entries_.size(); i-- > 0;) {
      const auto bits = std::bit_cast<std::uint64_t>(detail::unordered(entries_[i].key));
      group out;
      out.only = bits & ~detail::sign_bit;
      out.edge = out.only >> shift_ << shift_;
      out.negative = (bits & detail::sign_bit) != 0;
      out.count = entries_[i].count;
      const uint128 over = out.only - out.edge;
      out.sum = over * out.count;
      out.squares = over * over * out.count;
      if (out.negative && !zero_seen && !visit_zero()) return;
      zero_seen = zero_seen || out.negative;
      if (!visit(out)) return;
    }
    if (!zero_seen) visit_zero();
    return;
  }
  const auto visit_pages = [&](std::size_t which, bool rising) {
    if (page_of_[which] == 0) return true;
    const page& from = pages_[page_of_[which] - 1];
    for (std::size_t i = 0; i < slots_; ++i) {
      const std::size_t slot = rising ? i : slots_ - 1 - i;
      if (from.count[slot] != 0 && !visit(group_of(from, which, slot))) return false;
    }
    return true;
  };
  for (std::size_t which = 2048; which-- > 0;)
    if (!visit_pages(which, false)) return;
  if (!visit_zero()) return;
  for (std::size_t which = 2048; which < 4096; ++which)
    if (!visit_pages(which, true)) return;
}

TIERWISE_INLINE double summary::value_of(const group& of) const noexcept {
  const std::uint64_t size = of.only != ~std::uint64_t{0} ? of.only : of.edge + (std::uint64_t{1} << (shift_ - 1));
  const double value = std::bit_cast<double>(size);
  return std::clamp(of.negative ? -value : value, min_, max_);
}

TIERWISE_INLINE double summary::lowest_of(const group& of) const noexcept {
  const std::uint64_t rest = of.negative ? (std::uint64_t{1} << shift_) - 1 : 0;
  const double value = std::bit_cast<double>(of.only != ~std::uint64_t{0} ? of.only : of.edge + rest);
  return std::max(of.negative ? -value : value, min_);
}

TIERWISE_INLINE exact_sum summary::total() const noexcept {
  exact_sum all;
  for_each_falling([&](const group& g) {
    all.add(g.volume(), detail::exponent_of(g.edge), g.negative);
    return true;
  });
  return all;
}

TIERWISE_INLINE exact_sum summary::total_of_squares() const noexcept {
  exact_sum all;
  for_each_falling([&](const group& g) {
    // (edge + over)² summed: count · edge² + 2 · edge · Σ over + Σ over², where edge = e · 2^shift
    const uint128 e = detail::units(g.edge) >> shift_;
    const int exponent = 2 * detail::exponent_of(g.edge);
    all.add(e * e * g.count, exponent + 2 * shift_);
    all.add(e * g.sum, exponent + shift_ + 1);
    all.add(g.squares, exponent);
    return true;
  });
  return all;
}

TIERWISE_INLINE double summary::min() const noexcept { return known_ == 0 ? missing : min_; }
TIERWISE_INLINE double summary::max() const noexcept { return known_ == 0 ? missing : max_; }
TIERWISE_INLINE double summary::sum() const noexcept { return total().value(); }
TIERWISE_INLINE double summary::sum_of_squares() const noexcept { return total_of_squares().value(); }
TIERWISE_INLINE double summary::mean() const noexcept { return known_ == 0 ? missing : total().divided(known_); }

TIERWISE_INLINE double summary::variance() const noexcept {
  if (known_ == 0) return missing;
  exact_sum spread = total_of_squares();
  spread.times(known_);
  spread.subtract(total().squared());
  return spread.is_negative() ? 0 : spread.divided_twice(known_);  // negative only if made from bytes that lie
}

TIERWISE_INLINE double summary::quantile(double q) const {
  if (!(q >= 0 && q <= 1)) throw Error(errc::invalid_argument, "expected a quantile from 0 to 1", {{}, "q", -1});
  if (known_ == 0) return missing;
  const double at = static_cast<double>(known_ - 1) * q;
  const auto rank = static_cast<std::uint64_t>(at);
  const std::uint64_t next = std::min(rank + 1, known_ - 1);
  double below = missing, above = missing;
  std::uint64_t left = known_;  // rows not yet passed, falling
  for_each_falling([&](const group& g) {
    const std::uint64_t first = left - g.count;  // rank of its smallest
    if (next >= first && next < left) above = next == known_ - 1 ? max_ : value_of(g);
    if (rank >= first && rank < left) below = rank == 0 ? min_ : rank == known_ - 1 ? max_ : value_of(g);
    left = first;
    return left > rank;
  });
  if (next == 0) above = min_;
  return detail::between(below, above, at - static_cast<double>(rank));
}

TIERWISE_INLINE std::uint64_t summary::heads_before(double value) const noexcept {
  std::uint64_t heads = 0;
  for_each_falling([&](const group& g) {
    if (!(lowest_of(g) > value)) return false;
    heads += g.count;
    return true;
  });
  return heads;
}

TIERWISE_INLINE double summary::sum_before(double value) const noexcept {
  exact_sum before;
  for_each_falling([&](const group& g) {
    if (!(lowest_of(g) > value)) return false;
    before.add(g.volume(), detail::exponent_of(g.edge), g.negative);
    return true;
  });
  return before.value();
}

TIERWISE_INLINE double summary::share_before(double value) const noexcept {
  exact_sum before, all;
  for_each_falling([&](const group& g) {
    if (g.negative) return false;
    all.add(g.volume(), detail::exponent_of(g.edge));
    if (lowest_of(g) > value) before.add(g.volume(), detail::exponent_of(g.edge));
    return true;
  });
  if (all.is_zero()) return 0;
  constexpr std::uint64_t smaller = std::uint64_t{1} << 60;  // where the sum is beyond the range of doubles
  return std::isinf(all.value()) ? before.divided(smaller) / all.divided(smaller) : before.value() / all.value();
}

TIERWISE_INLINE std::vector<double> summary::floors_by_volume(std::span<const double> shares) const {
  const std::vector<std::uint64_t> parts = detail::billionths(shares);
  std::vector<double> floors(shares.size() + 1, std::numeric_limits<double>::infinity());
  exact_sum all;
  for_each_falling([&](const group& g) {
    if (!g.negative) all.add(g.volume(), detail::exponent_of(g.edge));
    return !g.negative;
  });
  // past = 10⁹ · volume before − share · volume of all: not negative as soon as the next share is reached
  std::size_t k = 0;
  exact_sum past, step = all;
  if (!parts.empty()) step.times(parts[0]);
  past.subtract(step);
  for_each_falling([&](const group& g) {
    if (g.negative || g.only == 0) return false;
    while (k < parts.size() && !past.is_negative()) {
      ++k;
      if (k == parts.size()) break;
      step = all;
      step.times(parts[k] - parts[k - 1]);
      past.subtract(step);
    }
    floors[k] = lowest_of(g);  // numbers fall, so the last one written is the smallest
    past.add(g.volume() * detail::billion, detail::exponent_of(g.edge));
    return true;
  });
  return floors;
}

TIERWISE_INLINE std::vector<double> summary::floors_by_heads(std::span<const double> shares) const {
  const std::vector<std::uint64_t> parts = detail::billionths(shares);
  std::vector<double> floors(shares.size() + 1, std::numeric_limits<double>::infinity());
  std::size_t k = 0;
  std::uint64_t before = 0;
  for_each_falling([&](const group& g) {
    while (k < parts.size() && uint128{before} * detail::billion >= uint128{known_} * parts[k]) ++k;
    floors[k] = lowest_of(g);
    before += g.count;
    return true;
  });
  return floors;
}

TIERWISE_INLINE std::vector<summary::counted> summary::values() const {
  std::vector<counted> out;
  for_each_falling([&](const group& g) {
    exact_sum sum;
    sum.add(g.volume(), detail::exponent_of(g.edge), g.negative);
    out.push_back({value_of(g), g.count, sum.value()});
    return true;
  });
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace tierwise
