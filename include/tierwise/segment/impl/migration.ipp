#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include <tierwise/segment/migration.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

TIERWISE_INLINE result<migration> migrate(std::span<const std::uint16_t> before, std::span<const std::uint16_t> after,
                                          std::span<const std::int64_t> match, std::size_t tiers) {
  if (match.size() != after.size())
    return Error(errc::length_mismatch, "expected a match for each doctor of 'after'", {.path = {}, .column = "match"});
  if (tiers == 0 || tiers > 4096)
    return Error(errc::invalid_argument, "expected 1 to 4096 tiers", {.path = {}, .column = "tiers"});
  const auto wrong_tier = [&](std::span<const std::uint16_t> all, const char* name) -> std::optional<Error> {
    for (std::size_t row = 0; row < all.size(); ++row)
      if (all[row] < 1 || all[row] > tiers)
        return Error(errc::out_of_range, std::string("expected a tier from 1 to ").append(std::to_string(tiers)),
                     {.path = {}, .column = name, .row = static_cast<std::int64_t>(row)});
    return std::nullopt;
  };
  if (const auto error = wrong_tier(before, "before")) return *error;
  if (const auto error = wrong_tier(after, "after")) return *error;

  migration out;
  out.tiers = tiers;
  out.counts.assign(tiers * tiers, 0);
  out.newcomers.assign(tiers, 0);
  out.leavers.assign(tiers, 0);
  std::vector<bool> seen(before.size());
  for (std::size_t row = 0; row < after.size(); ++row) {
    const std::size_t to = after[row] - 1u;
    if (match[row] == -1) {
      ++out.newcomers[to];
      continue;
    }
    const place here{.path = {}, .column = "match", .row = static_cast<std::int64_t>(row)};
    if (match[row] < 0 || static_cast<std::size_t>(match[row]) >= before.size())
      return Error(errc::out_of_range, "expected a row of 'before', or -1", here);
    const auto at = static_cast<std::size_t>(match[row]);
    if (seen[at]) return Error(errc::duplicate_hcp, "two rows of 'after' are one row of 'before'", here);
    seen[at] = true;
    const std::size_t from = before[at] - 1u;
    ++out.counts[from * tiers + to];
    ++(to < from ? out.up : to > from ? out.down : out.same);
  }
  for (std::size_t row = 0; row < before.size(); ++row)
    if (!seen[row]) ++out.leavers[before[row] - 1u];
  return out;
}

TIERWISE_INLINE std::vector<flow> flows(const migration& all) {
  std::vector<flow> out;
  for (std::size_t from = 0; from < all.tiers; ++from) {
    const auto* row = all.counts.data() + from * all.tiers;
    std::int64_t stayed = 0;
    for (std::size_t to = 0; to < all.tiers; ++to) stayed += row[to];
    for (std::size_t to = 0; to < all.tiers; ++to)
      if (to != from && row[to] > 0)
        out.push_back({static_cast<std::uint16_t>(from + 1), static_cast<std::uint16_t>(to + 1), row[to],
                       static_cast<double>(row[to]) / static_cast<double>(stayed)});
  }
  std::ranges::stable_sort(out, std::greater{}, &flow::doctors);  // equals stay by from and to
  return out;
}

TIERWISE_INLINE std::array<std::int32_t, 3> axis_sixths(const tier_table& table,
                                                        const std::array<std::uint8_t, 3>& before,
                                                        const std::array<std::uint8_t, 3>& after) noexcept {
  const auto tier = [&](unsigned replaced) -> std::int32_t {
    const auto step = [&](unsigned k) { return (replaced >> k & 1u) != 0 ? after[k] : before[k]; };
    return table.of(step(0), step(1), step(2));
  };
  std::array<std::int32_t, 3> out{};
  for (unsigned k = 0; k < 3; ++k) {
    const unsigned self = 1u << k, a = 1u << (k + 1) % 3, b = 1u << (k + 2) % 3;
    // It comes first in 2 of the 6 orders, last in 2, and between the others in 1 each.
    out[k] = 2 * (tier(self) - tier(0)) + (tier(self | a) - tier(a)) + (tier(self | b) - tier(b)) +
             2 * (tier(7) - tier(a | b));
  }
  return out;
}

TIERWISE_INLINE std::vector<part_change> part_changes(std::span<const double> before, std::span<const double> after) {
  if (before.size() != after.size())
    throw Error(errc::length_mismatch, "the scores have different parts", {.path = {}, .column = "after"});
  std::vector<part_change> out;
  for (std::size_t k = 0; k < before.size(); ++k)
    if (after[k] != before[k]) out.push_back({k, after[k] - before[k]});
  std::ranges::stable_sort(out, std::greater{}, [](const part_change& c) { return std::abs(c.by); });
  return out;
}

}  // namespace tierwise::segment
