#include <algorithm>
#include <string>

#include <tierwise/core/impl/ordered_bits.hpp>
#include <tierwise/core/summary.hpp>

// Format 1, all little-endian: "TWSM", version (2 bytes), 0 exact or 1 buckets, mantissa bits; then 64 bits each: missing,
// rejected, zeros, minimum, maximum (doubles; 0 if nothing is known), entries. An entry of an exact summary is key and count
// (64 bits each), a bucket key (32 bits), count (64), sum and sum of squares of what exceeds its lower edge (128 each).
// Keys are order-preserving bits, those of a bucket without the bits that it leaves out; they rise.
namespace tierwise::inline TIERWISE_ABI {
namespace detail {

inline constexpr std::size_t summary_head = 8 + 6 * 8, summary_entry = 16, summary_bucket = 4 + 8 + 16 + 16;

template <class T>
void put_bytes(std::vector<std::uint8_t>& out, T value, std::size_t bytes = sizeof(T)) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

/// Preconditions are checked by the caller, who knows how many bytes there are.
template <class T>
T take_bytes(const std::uint8_t*& from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(*from++) << (8 * i));
  return value;
}

}  // namespace detail

TIERWISE_INLINE std::vector<std::uint8_t> summary::to_bytes() const {
  std::uint64_t count = entries_.size();
  if (!is_exact())
    for (const page& p : pages_)
      for (const std::uint64_t rows : p.count) count += rows != 0 ? 1 : 0;
  std::vector<std::uint8_t> out;
  out.reserve(detail::summary_head + count * (is_exact() ? detail::summary_entry : detail::summary_bucket));
  for (const char c : {'T', 'W', 'S', 'M'}) out.push_back(static_cast<std::uint8_t>(c));
  detail::put_bytes(out, std::uint16_t{1});
  out.push_back(is_exact() ? 0 : 1);
  out.push_back(mantissa_bits);
  for (const std::uint64_t rows : {missing_, rejected_, zeros_}) detail::put_bytes(out, rows);
  for (const double value : {min_, max_})
    detail::put_bytes(out, known_ == 0 ? std::uint64_t{0} : std::bit_cast<std::uint64_t>(value));
  detail::put_bytes(out, count);
  for (const entry& e : entries_) {
    detail::put_bytes(out, e.key);
    detail::put_bytes(out, e.count);
  }
  if (is_exact()) return out;
  const auto put_page = [&](std::size_t which) {
    if (page_of_[which] == 0) return;
    const page& from = pages_[page_of_[which] - 1];
    for (std::size_t i = 0; i < slots_; ++i) {
      const bool negative = which >= 2048;
      const std::size_t slot = negative ? slots_ - 1 - i : i;
      if (from.count[slot] == 0) continue;
      const std::uint64_t bits = std::uint64_t{which} << 52 | std::uint64_t{slot} << shift_;
      detail::put_bytes(out, static_cast<std::uint32_t>(detail::ordered(std::bit_cast<double>(bits)) >> shift_));
      detail::put_bytes(out, from.count[slot]);
      detail::put_bytes(out, from.sum[slot]);
      detail::put_bytes(out, from.squares[slot]);
    }
  };
  for (std::size_t which = 4096; which-- > 2048;) put_page(which);
  for (std::size_t which = 0; which < 2048; ++which) put_page(which);
  return out;
}

TIERWISE_INLINE result<summary> summary::from_bytes(std::span<const std::uint8_t> bytes) {
  const auto refuse = [](const char* what) {
    return Error(errc::invalid_argument, std::string("not the bytes of a summary: ").append(what), {{}, "bytes", -1});
  };
  if (bytes.size() < detail::summary_head) return refuse("too short");
  const std::uint8_t* at = bytes.data();
  if (at[0] != 'T' || at[1] != 'W' || at[2] != 'S' || at[3] != 'M') return refuse("they do not begin with TWSM");
  at += 4;
  if (detail::take_bytes<std::uint16_t>(at) != 1) return refuse("a version other than 1");
  const std::uint8_t buckets = *at++;
  if (buckets > 1 || *at++ != mantissa_bits) return refuse("an unknown kind");
  summary out;
  out.missing_ = detail::take_bytes<std::uint64_t>(at);
  out.rejected_ = detail::take_bytes<std::uint64_t>(at);
  out.zeros_ = detail::take_bytes<std::uint64_t>(at);
  const auto min_bits = detail::take_bytes<std::uint64_t>(at), max_bits = detail::take_bytes<std::uint64_t>(at);
  const auto count = detail::take_bytes<std::uint64_t>(at);
  const std::size_t each = buckets != 0 ? detail::summary_bucket : detail::summary_entry;
  const std::size_t rest = bytes.size() - detail::summary_head;
  if (rest % each != 0 || count != rest / each) return refuse("the length does not fit the number of entries");
  if (buckets == 0 && count > exact_capacity) return refuse("more distinct numbers than are kept");

  std::uint64_t rows = 0;
  for (const std::uint64_t part : {out.missing_, out.rejected_, out.zeros_}) {
    if (part > most_rows) return refuse("a count beyond all rows");
    rows += part;
  }
  out.known_ = out.zeros_;
  if (buckets != 0) out.page_of_.resize(4096);
  std::uint64_t last = 0, first_key = 0, last_key = 0;
  bool positive = false, negative = false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t key =
        buckets != 0 ? std::uint64_t{detail::take_bytes<std::uint32_t>(at)} : detail::take_bytes<std::uint64_t>(at);
    const auto heads = detail::take_bytes<std::uint64_t>(at);
    if (i > 0 && key <= last) return refuse("keys that do not rise");
    if (buckets != 0 && key >> (64 - shift_) != 0) return refuse("a key out of range");
    last = key;
    const std::uint64_t whole = buckets != 0 ? key << shift_ : key;
    const bool below_zero = whole < detail::sign_bit;
    // of a negative bucket, the order-preserving bits that are left out are ones
    const std::uint64_t left_out = buckets != 0 && below_zero ? (std::uint64_t{1} << shift_) - 1 : 0;
    const auto bits = std::bit_cast<std::uint64_t>(detail::unordered(whole | left_out));
    const std::uint64_t size = bits & ~detail::sign_bit;
    if (size >= detail::infinite_bits) return refuse("a key that is no number");
    if (buckets == 0 && size == 0) return refuse("a zero among the others");
    if (heads == 0 || heads > most_rows) return refuse("a count out of range");
    rows += heads;
    if (rows > most_rows) return refuse("a count beyond all rows");
    out.known_ += heads;
    (below_zero ? negative : positive) = true;
    if (i == 0) first_key = whole;
    last_key = whole | (buckets != 0 ? (std::uint64_t{1} << shift_) - 1 : 0);
    if (buckets == 0) {
      out.entries_.push_back({key, heads});
      continue;
    }
    const auto sum = detail::take_bytes<uint128>(at), squares = detail::take_bytes<uint128>(at);
    const uint128 most = (std::uint64_t{1} << shift_) - 1;
    if (sum > most * heads || squares > most * sum || squares < sum) return refuse("a sum out of range");
    page& to = out.page_at(bits >> 52);
    const std::size_t slot = (bits >> shift_) % slots_;
    to.count[slot] = heads;
    to.sum[slot] = sum;
    to.squares[slot] = squares;
  }
  if (rows > most_rows) return refuse("a count beyond all rows");
  if (buckets != 0 && out.known_ - out.zeros_ <= exact_capacity) return refuse("buckets where numbers would do");

  if (out.known_ == 0) {
    if (min_bits != 0 || max_bits != 0) return refuse("a minimum of nothing");
    return out;
  }
  const auto min = std::bit_cast<double>(min_bits), max = std::bit_cast<double>(max_bits);
  const bool low_zero = out.zeros_ != 0 && !negative, high_zero = out.zeros_ != 0 && !positive;
  const auto lies = [&](double value, bool zero, std::uint64_t from, std::uint64_t to) {
    if (zero) return std::bit_cast<std::uint64_t>(value) == 0;
    return std::isfinite(value) && value != 0 && detail::ordered(value) >= from && detail::ordered(value) <= to;
  };
  const std::uint64_t width = buckets != 0 ? (std::uint64_t{1} << shift_) - 1 : 0;
  if (!lies(min, low_zero, first_key, first_key + width) || !lies(max, high_zero, last_key - width, last_key))
    return refuse("a minimum or maximum that does not fit");
  if (min > max) return refuse("a minimum above the maximum");
  out.min_ = min;
  out.max_ = max;
  return out;
}

}  // namespace tierwise
