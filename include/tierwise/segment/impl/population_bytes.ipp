#include <tierwise/segment/population.hpp>

// Format 1, little-endian: "TWPS", version (2 bytes); then channels, volume, card, identity, engagement, points. Lists have
// their length before them, texts and summaries their number of bytes (32 bits each); cuts are a summary and a list of set
// (1 byte), list of texts, summary.
namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// Writes what population_reader reads.
struct population_writer {
  std::vector<std::uint8_t> out = {};

  void number(std::size_t value) {
    for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  void texts(const std::vector<std::string>& list) {
    number(list.size());
    for (const std::string& text : list) {
      number(text.size());
      for (const char c : text) out.push_back(static_cast<std::uint8_t>(c));
    }
  }
  void numbers(const summary& of) {
    const std::vector<std::uint8_t> bytes = of.to_bytes();
    number(bytes.size());
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  void cuts(const cuts_summary& of) {
    numbers(of.all);
    number(of.strata.size());
    for (const stratum_summary& s : of.strata) {
      out.push_back(s.set);
      texts(s.key);
      numbers(s.numbers);
    }
  }
};

/// Each function is false as soon as something is wrong. No list is longer than the bytes that are left.
struct population_reader {
  std::span<const std::uint8_t> left;

  bool number(std::size_t& value) {
    value = 0;
    if (left.size() < 4) return false;
    for (std::size_t i = 0; i < 4; ++i) value |= std::size_t{left[i]} << (8 * i);
    left = left.subspan(4);
    return value <= left.size();
  }
  bool texts(std::vector<std::string>& list) {
    std::size_t count = 0, size = 0;
    if (!number(count)) return false;
    for (; count > 0; --count) {
      if (!number(size)) return false;
      list.emplace_back(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(size));
      left = left.subspan(size);
    }
    return true;
  }
  bool numbers(summary& of) {
    std::size_t size = 0;
    if (!number(size)) return false;
    const result<summary> read = summary::from_bytes(left.first(size));
    if (!read) return false;
    of = read.value();
    left = left.subspan(size);
    return true;
  }
  bool cuts(cuts_summary& of) {
    std::size_t count = 0;
    if (!numbers(of.all) || !number(count)) return false;
    for (; count > 0; --count) {
      if (left.empty()) return false;
      stratum_summary s;
      s.set = left.front();
      left = left.subspan(1);
      if (!texts(s.key) || !numbers(s.numbers)) return false;
      if (!of.strata.empty() && !stratum_before(of.strata.back(), s)) return false;
      of.strata.push_back(std::move(s));
    }
    return true;
  }
};

}  // namespace detail

TIERWISE_INLINE std::vector<std::uint8_t> population_summary::to_bytes() const {
  detail::population_writer to{{'T', 'W', 'P', 'S', 1, 0}};
  to.texts(channels);
  for (const cuts_summary* of : {&volume, &card, &identity, &engagement}) to.cuts(*of);
  to.numbers(points);
  return std::move(to.out);
}

TIERWISE_INLINE result<population_summary> population_summary::from_bytes(std::span<const std::uint8_t> bytes) {
  const std::uint8_t head[] = {'T', 'W', 'P', 'S', 1, 0};
  population_summary out;
  const bool known = bytes.size() >= sizeof head && std::equal(std::begin(head), std::end(head), bytes.begin());
  detail::population_reader from{known ? bytes.subspan(sizeof head) : bytes};
  if (!known || !from.texts(out.channels) || !from.cuts(out.volume) || !from.cuts(out.card) ||
      !from.cuts(out.identity) || !from.cuts(out.engagement) || !from.numbers(out.points) || !from.left.empty())
    return Error(errc::invalid_argument, "not the bytes of a population's summary, format 1", {{}, "bytes", -1});
  return out;
}

}  // namespace tierwise
