#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include <tierwise/core/impl/ordered_bits.hpp>
#include <tierwise/core/quantiles.hpp>

namespace tierwise::inline TIERWISE_ABI {
namespace detail {

struct column_source final : number_source {
  const column_view& values;
  explicit column_source(const column_view& v) : values(v) {
    if (!v.is_numeric())
      throw Error(errc::wrong_type, std::string("expected numbers, found ").append(name_of(v.type())),
                  {{}, "values", -1});
  }
  std::size_t rows() const noexcept override { return values.size(); }
  void read(std::size_t begin, std::span<double> out) const override { values.read_numbers(begin, out); }
};

/// Calls visit(values) for blocks of all rows.
template <class Visit>
void for_values(const number_source& source, const Visit& visit) {
  std::array<double, 1024> block;
  for (std::size_t begin = 0; begin < source.rows(); begin += block.size()) {
    const std::span<double> values(block.data(), std::min(block.size(), source.rows() - begin));
    source.read(begin, values);
    visit(std::span<const double>(values));
  }
}

/// The column as an exact summary if it has few distinct numbers, which every 1/1024th row must promise.
inline bool count_distinct(const number_source& source, summary& into) {
  constexpr std::size_t sample = 1024, slice = 1 << 20;
  const std::size_t rows = source.rows();
  if (rows <= sample) {
    into.add(source);
    return into.is_exact();
  }
  std::array<double, sample> seen;
  for (std::size_t i = 0; i < sample; ++i) source.read(rows / sample * i, {&seen[i], 1});
  std::array<std::uint64_t, sample> keys;
  std::transform(seen.begin(), seen.end(), keys.begin(), ordered);
  std::sort(keys.begin(), keys.end());
  if (std::unique(keys.begin(), keys.end()) - keys.begin() > static_cast<std::ptrdiff_t>(sample / 2)) return false;
  struct part final : number_source {
    const number_source& all;
    std::size_t begin, count;
    part(const number_source& a, std::size_t b, std::size_t n) : all(a), begin(b), count(n) {}
    std::size_t rows() const noexcept override { return count; }
    void read(std::size_t from, std::span<double> out) const override { all.read(begin + from, out); }
  };
  for (std::size_t begin = 0; begin < rows && into.is_exact(); begin += slice)
    into.add(part(source, begin, std::min(slice, rows - begin)));
  return into.is_exact();
}

/// Where among all numbers the answers lie: prefixes of their keys, longer by a level a pass. A key's row in the tables is found
/// by one look-up a level; row 0 stands for "none of them", so that no step needs a branch.
class prefixes {
 public:
  static constexpr std::size_t slots = 1024;  // of a level after the first

  struct prefix {
    std::uint64_t top;  // leading bits of the key, the rest zero
    std::uint64_t count;
  };

  /// Keys that have been told apart so far, by number of leading bits.
  [[nodiscard]] int depth() const noexcept { return maps_.empty() ? 0 : std::min(16 + 10 * (levels() - 1), 64); }
  [[nodiscard]] int next_width() const noexcept { return maps_.empty() ? 16 : std::min(10, 64 - depth()); }
  [[nodiscard]] const std::vector<prefix>& all() const noexcept { return found_; }
  [[nodiscard]] std::size_t row_of(std::uint64_t key) const noexcept {
    std::size_t row = maps_[0][key >> 48];
    for (std::size_t level = 1; level < maps_.size(); ++level)
      row = maps_[level][row * slots + slot_of(key, static_cast<int>(level))];
    return row;
  }
  /// Slot of a key in the histogram of its row at the next level.
  [[nodiscard]] std::size_t next_slot(std::uint64_t key) const noexcept { return slot_of(key, levels()); }
  [[nodiscard]] std::uint64_t total() const noexcept {
    std::uint64_t rows = 0;
    for (const prefix& p : found_) rows += p.count;
    return rows;
  }

  /// Goes a level down: `chosen` are (row of this level, slot, count), sorted, without duplicates.
  struct choice {
    std::size_t row, slot;
    std::uint64_t count;
    friend bool operator==(const choice& a, const choice& b) { return a.row == b.row && a.slot == b.slot; }
    friend bool operator<(const choice& a, const choice& b) { return a.row != b.row ? a.row < b.row : a.slot < b.slot; }
  };
  void descend(const std::vector<choice>& chosen) {
    const int known = depth() + next_width();
    std::vector<std::uint16_t> map(maps_.empty() ? 65'536 : (found_.size() + 1) * slots);
    std::vector<prefix> next;
    for (const choice& c : chosen) {
      const std::uint64_t above = maps_.empty() ? 0 : found_[c.row - 1].top;
      next.push_back({above | std::uint64_t{c.slot} << (64 - known), c.count});
      map[maps_.empty() ? c.slot : c.row * slots + c.slot] = static_cast<std::uint16_t>(next.size());
    }
    found_ = std::move(next);
    maps_.push_back(std::move(map));
  }

 private:
  [[nodiscard]] int levels() const noexcept { return static_cast<int>(maps_.size()); }
  [[nodiscard]] static std::size_t slot_of(std::uint64_t key, int level) noexcept {
    const int shift = 48 - 10 * level;
    return static_cast<std::size_t>(shift >= 0 ? (key >> shift) % slots : key % 256);
  }

  std::vector<std::vector<std::uint16_t>> maps_;
  std::vector<prefix> found_;
};

/// The keys that begin with a prefix, sorted. `key_of` gives keys of numbers in the order wanted.
template <class KeyOf>
std::vector<std::uint64_t> gather_keys(const number_source& source, const prefixes& where, const KeyOf& key_of) {
  std::vector<std::uint64_t> keys(where.total() + 1);
  std::size_t count = 0;
  for_values(source, [&](std::span<const double> values) {
    for (const double value : values) {
      keys[count] = key_of(value);
      count += where.row_of(keys[count]) != 0 ? 1 : 0;
    }
  });
  keys.resize(count);
  std::sort(keys.begin(), keys.end());
  return keys;
}

inline std::uint64_t most_gathered(const number_source& source) {
  return std::max<std::uint64_t>(4096, source.rows() / 800);
}

// ---- ranks ------------------------------------------------------------------------------------------------------------

/// The numbers at the ranks that `ranks_of(known)` gives, rising. `known`: out, how many numbers there are.
template <class RanksOf>
std::vector<double> select(const number_source& source, const RanksOf& ranks_of) {
  struct wanted {
    std::uint64_t rank, before = 0;  // rows below the prefix that it lies in
    std::size_t row = 0;  // of that prefix, from 1
  };
  std::vector<wanted> targets;
  prefixes where;
  do {
    const bool first = where.depth() == 0;
    std::vector<std::uint64_t> rows(first ? 65'536 : (where.all().size() + 1) * prefixes::slots);
    for_values(source, [&](std::span<const double> values) {
      if (first)
        for (const double value : values) ++rows[ordered(value) >> 48];
      else
        for (const double value : values) {
          const std::uint64_t key = ordered(value);
          ++rows[where.row_of(key) * prefixes::slots + where.next_slot(key)];
        }
    });
    if (first) {
      // infinite and NaN: sixteen bins at either end, which no other number reaches
      std::fill_n(rows.begin(), 16, 0);
      std::fill_n(rows.end() - 16, 16, 0);
      std::uint64_t known = 0;
      for (const std::uint64_t count : rows) known += count;
      for (const std::uint64_t rank : ranks_of(known)) targets.push_back({rank});
      if (targets.empty()) return {};
    }
    std::vector<prefixes::choice> chosen;
    std::size_t slot = 0, row = ~std::size_t{0};
    std::uint64_t before = 0;
    for (wanted& target : targets) {  // ranks rise, so each goes on where the last one stopped
      if (target.row != row) {
        row = target.row;
        slot = 0;
        before = target.before;
      }
      const std::uint64_t* counts = &rows[row * prefixes::slots];
      while (before + counts[slot] <= target.rank) before += counts[slot++];
      target.before = before;
      if (const prefixes::choice c{row, slot, counts[slot]}; chosen.empty() || !(chosen.back() == c))
        chosen.push_back(c);
      target.row = chosen.size();
    }
    where.descend(chosen);
  } while (where.depth() < 64 && where.total() > most_gathered(source));

  std::vector<double> out;
  if (where.depth() == 64) {
    for (const wanted& target : targets) out.push_back(unordered(where.all()[target.row - 1].top) + 0.0);
    return out;
  }
  const std::vector<std::uint64_t> keys = gather_keys(source, where, ordered);
  std::uint64_t begin = 0;
  std::size_t row = 1;
  for (const wanted& target : targets) {
    for (; row < target.row; ++row) begin += where.all()[row - 1].count;
    out.push_back(unordered(keys[begin + (target.rank - target.before)]) + 0.0);
  }
  return out;
}

// ---- shares of volume -------------------------------------------------------------------------------------------------

/// Keys of positive numbers rise as these fall; all others share the last key. Bins of keys are bins of leading bits too.
inline std::uint64_t falling_key(double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return bits - 1 >= infinite_bits - 1 ? sign_bit - 1 : infinite_bits - 1 - bits;
}
inline std::uint64_t size_of_key(std::uint64_t key) noexcept { return infinite_bits - 1 - key; }

/// For each share (whole billionths, rising), the number in whose rows it is reached when volumes are added up, largest first.
/// Empty if no number is positive.
inline std::vector<double> select_by_volume(const number_source& source, const std::vector<std::uint64_t>& shares) {
  struct wanted {
    exact_sum past;  // 10⁹ · volume before the prefix − share · all volume
    std::size_t row = 0;
  };
  constexpr std::size_t first_bins = 32'768;
  std::vector<wanted> targets(shares.size());
  prefixes where;
  do {
    const bool first = where.depth() == 0;
    const int rest = 64 - where.depth() - where.next_width();
    const std::uint64_t over = (std::uint64_t{1} << rest) - 1;
    const std::size_t bins = first ? first_bins : (where.all().size() + 1) * prefixes::slots;
    std::vector<std::uint64_t> counts(bins);
    std::vector<uint128> sums(bins);  // of what exceeds the bin's lower edge, in units of the last place
    for_values(source, [&](std::span<const double> values) {
      for (const double value : values) {
        const std::uint64_t key = falling_key(value);
        const std::size_t bin = first ? key >> 48 : where.row_of(key) * prefixes::slots + where.next_slot(key);
        ++counts[bin];
        sums[bin] += ~key & over;
      }
    });
    if (first) counts[first_bins - 1] = 0;  // what is not positive
    const auto add_bin = [&](exact_sum& to, std::size_t bin, std::uint64_t top, std::uint64_t factor, bool minus) {
      const std::uint64_t edge = size_of_key(top | over);
      to.add((uint128{units(edge)} * counts[bin] + sums[bin]) * factor, exponent_of(edge), minus);
    };
    if (first) {
      exact_sum all;
      for (std::size_t bin = 0; bin < bins; ++bin)
        if (counts[bin] != 0) add_bin(all, bin, std::uint64_t{bin} << 48, 1, false);
      if (all.is_zero()) return {};
      for (std::size_t k = 0; k < shares.size(); ++k) {
        exact_sum goal = all;
        goal.times(shares[k]);
        targets[k].past.subtract(goal);
      }
    }
    std::vector<prefixes::choice> chosen;
    for (wanted& target : targets) {
      const std::uint64_t above = first ? 0 : where.all()[target.row - 1].top;
      for (std::size_t slot = 0;; ++slot) {
        const std::size_t bin = target.row * prefixes::slots + slot;
        if (counts[bin] == 0) continue;
        const std::uint64_t top = above | std::uint64_t{slot} << rest;
        add_bin(target.past, bin, top, billion, false);
        if (target.past.is_negative()) continue;
        add_bin(target.past, bin, top, billion, true);
        if (const prefixes::choice c{target.row, slot, counts[bin]}; chosen.empty() || !(chosen.back() == c))
          chosen.push_back(c);
        break;
      }
      target.row = chosen.size();
    }
    where.descend(chosen);
  } while (where.depth() < 64 && where.total() > most_gathered(source));

  std::vector<double> out;
  if (where.depth() == 64) {
    for (const wanted& target : targets)
      out.push_back(std::bit_cast<double>(size_of_key(where.all()[target.row - 1].top)));
    return out;
  }
  const std::vector<std::uint64_t> keys = gather_keys(source, where, falling_key);
  std::size_t begin = 0, row = 1;
  for (wanted& target : targets) {
    for (; row < target.row; ++row) begin += where.all()[row - 1].count;
    for (std::size_t i = begin;; ++i) {
      const std::uint64_t size = size_of_key(keys[i]);
      target.past.add(uint128{units(size)} * billion, exponent_of(size));
      if (target.past.is_negative()) continue;
      out.push_back(std::bit_cast<double>(size));
      break;
    }
  }
  return out;
}

}  // namespace detail

TIERWISE_INLINE std::vector<double> quantiles(const number_source& values, std::span<const double> at) {
  if (at.size() > 10'000) throw Error(errc::invalid_argument, "expected at most 10,000 quantiles", {{}, "at", -1});
  for (const double q : at)
    if (!(q >= 0 && q <= 1)) throw Error(errc::invalid_argument, "expected quantiles from 0 to 1", {{}, "at", -1});
  std::vector<double> out;
  if (summary counted; detail::count_distinct(values, counted)) {
    for (const double q : at) out.push_back(counted.quantile(q));
    return out;
  }
  std::vector<std::uint64_t> ranks;
  std::uint64_t last = 0;
  const std::vector<double> numbers = detail::select(values, [&](std::uint64_t known) {
    if (known == 0) return ranks;
    last = known - 1;
    for (const double q : at) {
      const auto rank = static_cast<std::uint64_t>(static_cast<double>(last) * q);
      ranks.insert(ranks.end(), {rank, std::min(rank + 1, last)});
    }
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    return ranks;
  });
  const auto number = [&](std::uint64_t rank) {
    return numbers[static_cast<std::size_t>(std::lower_bound(ranks.begin(), ranks.end(), rank) - ranks.begin())];
  };
  for (const double q : at) {
    const double place = static_cast<double>(last) * q;
    const auto rank = static_cast<std::uint64_t>(place);
    out.push_back(numbers.empty() ? missing
                                  : detail::between(number(rank), number(std::min(rank + 1, last)),
                                                    place - static_cast<double>(rank)));
  }
  return out;
}

TIERWISE_INLINE std::vector<double> quantiles(const column_view& values, std::span<const double> at) {
  return quantiles(detail::column_source(values), at);
}

TIERWISE_INLINE std::vector<double> floors_by_volume(const number_source& values, std::span<const double> shares) {
  std::vector<std::uint64_t> parts = detail::billionths(shares);
  if (summary counted; detail::count_distinct(values, counted)) return counted.floors_by_volume(shares);
  parts.push_back(detail::billion);  // reached in the smallest number
  const std::vector<double> reached = detail::select_by_volume(values, parts);
  std::vector<double> floors(parts.size(), std::numeric_limits<double>::infinity());
  for (std::size_t k = 0; k < reached.size(); ++k)
    // The number in which a share is reached is still of the class before it, and the last of that class, unless the share
    // before was reached in it too.
    if (k == 0 || reached[k] != reached[k - 1]) floors[k] = reached[k];
  return floors;
}

TIERWISE_INLINE std::vector<double> floors_by_volume(const column_view& values, std::span<const double> shares) {
  return floors_by_volume(detail::column_source(values), shares);
}

}  // namespace tierwise
