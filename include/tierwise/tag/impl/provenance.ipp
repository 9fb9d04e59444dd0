// Bodies of tag/provenance.hpp, some of which tag/changes.hpp needs too.
#ifndef TIERWISE_TAG_IMPL_PROVENANCE_IPP
#define TIERWISE_TAG_IMPL_PROVENANCE_IPP

#include <algorithm>
#include <queue>
#include <string>
#include <tuple>
#include <utility>

#include <tierwise/tag/provenance.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

TIERWISE_INLINE void check_viewpoint(const statements& said, const viewpoint& at, bool dated = true) {
  const auto refuse = [](std::string what, const char* argument) {
    throw Error(errc::invalid_argument, std::move(what), {.path = {}, .column = argument});
  };
  if (dated && !is_possible(at.as_of)) refuse("no possible date", "as_of");
  if (!is_possible(at.known_as_of)) refuse("no possible date", "known_as_of");
  if (!at.least_confidence.empty() && at.least_confidence.size() != said.tags.size())
    refuse("expected one number for each of " + std::to_string(said.tags.size()) + " tags, not " +
               std::to_string(at.least_confidence.size()),
           "least_confidence");
  for (const double least : at.least_confidence)
    if (!(least >= 0 && least <= 1)) refuse("expected numbers from 0 to 1", "least_confidence");
}

TIERWISE_INLINE bool is_sure(const statement& s, const viewpoint& at) noexcept {
  return s.source != source_kind::model || at.least_confidence.empty() || s.confidence >= at.least_confidence[s.tag];
}

/// Whether it is known, has begun, is not over and not taken back.
TIERWISE_INLINE bool counts(const statements& said, std::size_t item, const viewpoint& at) noexcept {
  const statement& s = said.items[item];
  return s.recorded <= at.known_as_of && s.since <= at.as_of && at.as_of <= last_day_of(said, item, at.known_as_of);
}

/// The first of [begin, end) that counts, or end.
TIERWISE_INLINE std::size_t first_that_counts(const statements& said, std::size_t begin, std::size_t end,
                                              const viewpoint& at) noexcept {
  while (begin < end && !counts(said, begin, at)) ++begin;
  return begin;
}

/// Calls body(begin, end) for the items of each tag of a doctor.
template <class Body>
void for_tags_of(const statements& said, std::size_t hcp, const Body& body) {
  for (std::size_t begin = said.begin[hcp]; begin < said.begin[hcp + 1];) {
    std::size_t end = begin + 1;
    while (end < said.begin[hcp + 1] && said.items[end].tag == said.items[begin].tag) ++end;
    body(begin, end);
    begin = end;
  }
}

/// The items on a doctor and tag.
TIERWISE_INLINE std::pair<std::size_t, std::size_t> items_on(const statements& said, std::size_t hcp, std::size_t tag) {
  if (hcp + 1 >= said.begin.size())
    throw Error(errc::out_of_range, "there are " + std::to_string(said.begin.size() - 1) + " doctors",
                {.path = {}, .column = "hcp"});
  if (tag >= said.tags.size())
    throw Error(errc::out_of_range, "there are " + std::to_string(said.tags.size()) + " tags",
                {.path = {}, .column = "tag"});
  const auto from = said.items.begin() + static_cast<std::ptrdiff_t>(said.begin[hcp]),
             to = said.items.begin() + static_cast<std::ptrdiff_t>(said.begin[hcp + 1]);
  const auto first = std::partition_point(from, to, [tag](const statement& s) { return s.tag < tag; });
  const auto last = std::partition_point(first, to, [tag](const statement& s) { return s.tag == tag; });
  return {static_cast<std::size_t>(first - said.items.begin()), static_cast<std::size_t>(last - said.items.begin())};
}

/// Truth of a bit pair.
TIERWISE_INLINE truth truth_at(const tag_bits& bits, std::size_t tag, std::size_t row) noexcept {
  return bits.yes[tag].test(row) ? truth::yes : bits.known[tag].test(row) ? truth::no : truth::unknown;
}

TIERWISE_INLINE void check_bits(const tag_bits& bits, std::size_t tags, std::size_t rows, const char* argument) {
  const auto fits = [rows](const bit_set& set) { return set.size() == rows; };
  if (bits.yes.size() != tags || bits.known.size() != tags || !std::all_of(bits.yes.begin(), bits.yes.end(), fits) ||
      !std::all_of(bits.known.begin(), bits.known.end(), fits))
    throw Error(errc::invalid_argument,
                "expected " + std::to_string(tags) + " tags of " + std::to_string(rows) + " doctors",
                {.path = {}, .column = argument});
}

inline constexpr std::size_t doctors_at_once = 4096;

}  // namespace detail

TIERWISE_INLINE std::string_view name_of(fate f) noexcept {
  constexpr std::string_view names[] = {"decides", "overruled", "unsure", "withdrawn", "not_begun", "expired"};
  return names[static_cast<std::size_t>(f)];
}

TIERWISE_INLINE date last_day_of(const statements& said, std::size_t item, date known_as_of) noexcept {
  date last = said.items[item].expires;
  for (std::size_t w = said.withdrawn[item]; w < said.withdrawn[item + 1]; ++w) {
    const withdrawal& back = said.withdrawals[w];
    if (back.recorded > known_as_of) break;  // they are sorted by it
    last = std::min(last, back.since.value_or(first_date) - 1);
  }
  return last;
}

TIERWISE_INLINE result<overrides> overrides_of(const statements& said, const viewpoint& at, executor* threads) try {
  detail::check_viewpoint(said, at);
  const std::size_t doctors = said.begin.empty() ? 0 : said.begin.size() - 1;
  overrides out{std::vector<bit_set>(said.tags.size()), std::vector<bit_set>(said.tags.size())};
  // Bit sets are made beforehand, as several tasks fill them.
  for (const statement& s : said.items)
    if (bit_set& set = (s.says == saying::set ? out.set : out.veto)[s.tag]; set.size() != doctors)
      set = bit_set(doctors);
  for_blocks(threads, doctors, detail::doctors_at_once, [&](std::size_t begin, std::size_t end) {
    for (std::size_t hcp = begin; hcp < end; ++hcp)
      detail::for_tags_of(said, hcp, [&](std::size_t from, std::size_t to) {
        const std::size_t item = detail::first_that_counts(said, from, to, at);
        if (item == to || !detail::is_sure(said.items[item], at)) return;
        const statement& s = said.items[item];
        (s.says == saying::set ? out.set : out.veto)[s.tag].set(hcp);
      });
  });
  // What is empty looks empty, or the bytes would tell of statements that are not known yet.
  for (std::vector<bit_set>* sets : {&out.set, &out.veto})
    for (bit_set& set : *sets)
      if (std::all_of(set.words().begin(), set.words().end(), [](std::uint64_t word) { return word == 0; }))
        set = bit_set();
  return out;
} catch (const Error& error) {
  return error;
}

TIERWISE_INLINE result<std::vector<provenance>> resolve(const registry& tags, const statements& said,
                                                        const tag_bits& resolved, const tag_bits& by_rules,
                                                        const viewpoint& at, executor* threads) try {
  detail::check_viewpoint(said, at);
  const std::size_t count = said.tags.size(), doctors = said.begin.empty() ? 0 : said.begin.size() - 1;
  const auto same_id = [](const definition& d, const std::string& id) { return d.id == id; };
  if (!std::equal(tags.definitions.begin(), tags.definitions.end(), said.tags.begin(), said.tags.end(), same_id))
    throw Error(errc::invalid_argument, "the statements were read for other tags", {.path = {}, .column = "tags"});
  detail::check_bits(resolved, count, doctors, "resolved");
  detail::check_bits(by_rules, count, doctors, "by_rules");
  std::vector<std::vector<provenance>> parts((doctors + detail::doctors_at_once - 1) / detail::doctors_at_once);
  for_blocks(threads, doctors, detail::doctors_at_once, [&](std::size_t begin, std::size_t end) {
    std::vector<provenance>& part = parts[begin / detail::doctors_at_once];
    std::vector<std::pair<std::int64_t, std::uint32_t>> by_tag(count,
                                                               {-1, 0});  // what decides, and how many others count
    for (std::size_t hcp = begin; hcp < end; ++hcp) {
      detail::for_tags_of(said, hcp, [&](std::size_t from, std::size_t to) {
        const std::size_t first = detail::first_that_counts(said, from, to, at);
        std::uint32_t others = 0;
        for (std::size_t i = first; i < to; ++i) others += detail::counts(said, i, at) ? 1 : 0;
        const bool decides = first < to && detail::is_sure(said.items[first], at);
        by_tag[said.items[from].tag] = {decides ? static_cast<std::int64_t>(first) : -1, others - (decides ? 1 : 0)};
      });
      for (std::size_t tag = 0; tag < count; ++tag) {
        const auto [item, others] = std::exchange(by_tag[tag], {-1, 0});
        const truth answer = detail::truth_at(resolved, tag, hcp);
        const statement* s = item < 0 ? nullptr : &said.items[static_cast<std::size_t>(item)];
        if (s != nullptr && answer != (s->says == saying::set ? truth::yes : truth::no))
          throw Error(errc::invalid_argument, "these tags were not evaluated with these statements and dates",
                      {.path = {}, .column = "resolved"});
        if (answer == truth::yes || s != nullptr)
          part.push_back({static_cast<std::int64_t>(hcp), static_cast<std::uint32_t>(tag), answer,
                          s == nullptr ? source_kind::rule : s->source, item, detail::truth_at(by_rules, tag, hcp),
                          others});
      }
    }
  });
  std::vector<provenance> out;
  for (const std::vector<provenance>& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
} catch (const Error& error) {
  return error;
}

TIERWISE_INLINE result<std::vector<statement_fate>> fates_of(const statements& said, std::size_t hcp, std::size_t tag,
                                                             const viewpoint& at) try {
  detail::check_viewpoint(said, at);
  const auto [begin, end] = detail::items_on(said, hcp, tag);
  std::vector<statement_fate> out;
  bool decided = false;
  for (std::size_t item = begin; item < end; ++item) {
    const statement& s = said.items[item];
    if (s.recorded > at.known_as_of) continue;
    const date last = last_day_of(said, item, at.known_as_of);
    fate what = fate::overruled;
    if (detail::counts(said, item, at)) {
      if (!decided) what = detail::is_sure(s, at) ? fate::decides : fate::unsure;
      decided = true;
    } else if (last < s.expires && (at.as_of > last || last < s.since)) {
      what = fate::withdrawn;
    } else {
      what = at.as_of < s.since ? fate::not_begun : fate::expired;
    }
    out.push_back({item, what});
  }
  return out;
} catch (const Error& error) {
  return error;
}

TIERWISE_INLINE result<std::vector<period>> timeline_of(const statements& said, std::size_t hcp, std::size_t tag,
                                                        const viewpoint& at) try {
  detail::check_viewpoint(said, at, false);
  const auto [begin, end] = detail::items_on(said, hcp, tag);
  struct span_of_days {
    date first, last;
    std::size_t item;
  };
  std::vector<span_of_days> spans;  // by first day
  for (std::size_t item = begin; item < end; ++item) {
    const date last = last_day_of(said, item, at.known_as_of);
    if (said.items[item].recorded <= at.known_as_of && said.items[item].since <= last)
      spans.push_back({said.items[item].since, last, item});
  }
  std::sort(spans.begin(), spans.end(), [](const span_of_days& a, const span_of_days& b) {
    return std::tie(a.first, a.item) < std::tie(b.first, b.item);
  });
  std::vector<period> out;
  const auto open = [&](date day, std::int64_t item) {
    const statement* s = item < 0 ? nullptr : &said.items[static_cast<std::size_t>(item)];
    const bool sure = s != nullptr && detail::is_sure(*s, at);
    const truth answer = !sure ? truth::unknown : s->says == saying::set ? truth::yes : truth::no;
    const period next{day, no_end, answer, sure ? item : -1};
    if (!out.empty() && out.back().first == day) out.pop_back();
    if (!out.empty() && out.back().decides == next.decides) {
      out.back().last = no_end;
      return;
    }
    if (!out.empty()) out.back().last = day - 1;
    out.push_back(next);
  };
  open(first_date, -1);
  // The best of those that hold is on top; those that are over are thrown away when they come up.
  const auto later = [](const span_of_days& a, const span_of_days& b) { return a.item > b.item; };
  std::priority_queue<span_of_days, std::vector<span_of_days>, decltype(later)> holding(later);
  std::size_t next = 0;
  while (next < spans.size() || !holding.empty()) {
    // The day on which something may change: the next beginning, or the day after the best one's last.
    date day = next < spans.size() ? spans[next].first : no_end;
    if (!holding.empty() && holding.top().last != no_end) day = std::min(day, holding.top().last + 1);
    if (day > last_date) break;
    while (next < spans.size() && spans[next].first == day) holding.push(spans[next++]);
    while (!holding.empty() && holding.top().last < day) holding.pop();
    open(day, holding.empty() ? -1 : static_cast<std::int64_t>(holding.top().item));
  }
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise

#endif
