#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <tierwise/tag/changes.hpp>

#include <tierwise/tag/impl/provenance.ipp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

/// The sources of a state's answers, found by doctor and tag.
class answer_sources {
 public:
  answer_sources(const tag_state& of, std::size_t doctors, const char* argument) : answers_(of.answers) {
    const auto key = [](const provenance& p) { return std::tie(p.hcp, p.tag); };
    const auto not_rising = [&](const provenance& a, const provenance& b) { return key(a) >= key(b); };
    const auto is_out = [&](const provenance& p) {
      return p.hcp < 0 || static_cast<std::size_t>(p.hcp) >= doctors || p.tag >= of.tags.definitions.size();
    };
    if (std::adjacent_find(answers_.begin(), answers_.end(), not_rising) != answers_.end() ||
        std::any_of(answers_.begin(), answers_.end(), is_out))
      throw Error(errc::invalid_argument, "expected the answers that tag::resolve gives for these tags",
                  {.path = {}, .column = argument});
    begin_.assign(doctors + 1, 0);
    for (const provenance& p : answers_) ++begin_[static_cast<std::size_t>(p.hcp) + 1];
    for (std::size_t i = 0; i < doctors; ++i) begin_[i + 1] += begin_[i];
  }

  [[nodiscard]] source_kind of(std::size_t hcp, std::size_t tag) const noexcept {
    const auto end = answers_.begin() + static_cast<std::ptrdiff_t>(begin_[hcp + 1]);
    const auto at = std::lower_bound(answers_.begin() + static_cast<std::ptrdiff_t>(begin_[hcp]), end, tag,
                                     [](const provenance& p, std::size_t t) { return p.tag < t; });
    return at == end || at->tag != tag ? source_kind::rule : at->source;
  }

  [[nodiscard]] bool empty() const noexcept { return answers_.empty(); }

 private:
  std::span<const provenance> answers_;
  std::vector<std::size_t> begin_;
};

TIERWISE_INLINE std::size_t doctors_of(const tag_bits& bits) noexcept {
  return bits.yes.empty() ? 0 : bits.yes.front().size();
}

TIERWISE_INLINE void check_rows_before(std::span<const std::int64_t> rows, std::size_t before, std::size_t after) {
  const auto refuse = [](std::string what) {
    throw Error(errc::invalid_argument, std::move(what), {.path = {}, .column = "row_before"});
  };
  if (rows.empty()) {
    if (before != after && after > 0)  // of nobody, any rows are none
      refuse("expected a row for each doctor, as there were " + std::to_string(before) + " and are " +
             std::to_string(after));
    return;
  }
  if (rows.size() != after)
    refuse("expected a row for each of " + std::to_string(after) + " doctors, not " + std::to_string(rows.size()));
  std::vector<bool> seen(before);
  for (const std::int64_t row : rows) {
    if (row < 0) continue;
    if (static_cast<std::size_t>(row) >= before) refuse("a row that is not there");
    if (seen[static_cast<std::size_t>(row)]) refuse("a row given twice");
    seen[static_cast<std::size_t>(row)] = true;
  }
}

/// Counts a doctor's change of one tag; false if there is none.
TIERWISE_INLINE bool count_change(const tag_change& found, bool same_source, change_counts& counts, change_kind& what) {
  counts.before += found.before == truth::yes ? 1 : 0;
  counts.after += found.after == truth::yes ? 1 : 0;
  if (found.before == found.after) {
    if (same_source) return false;
    ++counts.source_changed;
    what = change_kind::source_changed;
  } else if (found.after == truth::yes) {
    ++counts.gained;
    counts.gained_from_unknown += found.before == truth::unknown ? 1 : 0;
    what = change_kind::gained;
  } else if (found.before == truth::yes) {
    ++counts.lost;
    counts.lost_to_unknown += found.after == truth::unknown ? 1 : 0;
    what = change_kind::lost;
  } else {
    const bool known = found.after == truth::no;
    ++(known ? counts.became_known : counts.became_unknown);
    what = known ? change_kind::became_known : change_kind::became_unknown;
  }
  return true;
}

}  // namespace detail

TIERWISE_INLINE std::string_view name_of(change_kind c) noexcept {
  constexpr std::string_view names[] = {"gained", "lost", "became_known", "became_unknown", "source_changed"};
  return names[static_cast<std::size_t>(c)];
}

TIERWISE_INLINE result<tag_changes> changes_between(const tag_state& before, const tag_state& after,
                                                    std::span<const std::int64_t> row_before) try {
  const std::size_t doctors_before = detail::doctors_of(before.bits), doctors_after = detail::doctors_of(after.bits);
  detail::check_bits(before.bits, before.tags.definitions.size(), doctors_before, "before");
  detail::check_bits(after.bits, after.tags.definitions.size(), doctors_after, "after");
  detail::check_rows_before(row_before, doctors_before, doctors_after);
  const detail::answer_sources was(before, doctors_before, "before"), is(after, doctors_after, "after");

  tag_changes out;
  std::unordered_map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < before.tags.definitions.size(); ++i) place.emplace(before.tags.definitions[i].id, i);
  std::vector<std::pair<std::size_t, std::size_t>> both;  // places before and after
  for (std::size_t i = 0; i < after.tags.definitions.size(); ++i) {
    const auto at = place.find(after.tags.definitions[i].id);
    if (at == place.end()) {
      out.tags_added.push_back(after.tags.definitions[i].id);
      continue;
    }
    both.emplace_back(at->second, i);
    out.by_tag.push_back({.tag = static_cast<std::uint32_t>(i)});
    place.erase(at);
  }
  for (const definition& d : before.tags.definitions)
    if (place.contains(d.id)) out.tags_removed.push_back(d.id);

  const bool sourced = !was.empty() || !is.empty();
  for (std::size_t row = 0; row < doctors_after; ++row) {
    const std::int64_t from = row_before.empty() ? static_cast<std::int64_t>(row) : row_before[row];
    if (from < 0) {
      ++out.joined;
      continue;
    }
    ++out.doctors;
    const auto old = static_cast<std::size_t>(from);
    for (std::size_t i = 0; i < both.size(); ++i) {
      const auto [tag_before, tag] = both[i];
      tag_change found{static_cast<std::int64_t>(row), from, static_cast<std::uint32_t>(tag)};
      found.before = detail::truth_at(before.bits, tag_before, old);
      found.after = detail::truth_at(after.bits, tag, row);
      if (sourced) {
        found.source_before = was.of(old, tag_before);
        found.source_after = is.of(row, tag);
      }
      if (detail::count_change(found, found.source_before == found.source_after, out.by_tag[i], found.what))
        out.items.push_back(found);
    }
  }
  out.left = static_cast<std::int64_t>(doctors_before) - out.doctors;
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise
