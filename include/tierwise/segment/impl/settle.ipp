#include <cmath>
#include <cstdlib>

#include <tierwise/segment/settle.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// The step of one doctor whose steps are known.
TIERWISE_INLINE std::uint8_t settled_step(const stability& what, scale of, std::uint8_t now, double value,
                                          std::span<const double> floors, std::uint8_t had, std::uint8_t had_plain,
                                          std::int32_t stayed_days) noexcept {
  const auto far = [&](std::uint8_t a, std::uint8_t b) { return std::abs(int{a} - int{b}) >= what.large_move; };
  if (now == had || std::isnan(value) || far(now, had)) return now;
  if (had_plain != unknown_level && !far(had_plain, had) && far(now, had_plain)) return now;
  if (stayed_days < what.minimum_stay_days) return had;
  const auto moved = [&](double floor, double sign) {
    return of == scale::volume ? floor * (1 + sign * what.volume_band) : floor + sign * what.score_band;
  };
  if (now < had) {
    for (std::uint8_t step = now; step < had; ++step)
      if (value >= moved(floors[step], +1)) return step;
    return had;
  }
  for (std::uint8_t step = had; step < now; ++step)
    if (value >= moved(floors[step], -1)) return step;
  return now;
}

}  // namespace detail

TIERWISE_INLINE result<settled_steps> settle(const stability& what, scale of, std::span<const std::uint8_t> plain,
                                             std::span<const double> value, const floors_view& floors, date as_of,
                                             const previous_steps& before, executor* threads) try {
  if (auto faults = check(what); !faults.empty()) return faults.front();
  const std::size_t doctors = plain.size();
  const auto same_length = [&](std::size_t found, const char* argument) {
    if (found != doctors)
      throw Error(errc::length_mismatch,
                  std::string("expected ")
                      .append(std::to_string(doctors))
                      .append(" doctors, found ")
                      .append(std::to_string(found)),
                  {.path = {}, .column = argument});
  };
  same_length(value.size(), "value");
  same_length(before.step.size(), "before.step");
  same_length(before.since.size(), "before.since");
  if (!before.plain.empty()) same_length(before.plain.size(), "before.plain");
  detail::require_sound(floors, doctors, "floors");
  const auto in_range = [&](std::uint8_t step, const char* argument, std::size_t row) {
    if (step != unknown_level && step >= floors.steps())
      throw Error(errc::out_of_range, "the floors have fewer steps",
                  {.path = {}, .column = argument, .row = static_cast<std::int64_t>(row)});
  };

  settled_steps out{std::vector<std::uint8_t>(doctors), std::vector<date>(doctors)};
  for_blocks(threads, doctors, 16384, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      const std::uint8_t now = plain[row], had = before.step[row];
      const std::uint8_t had_plain = before.plain.empty() ? unknown_level : before.plain[row];
      in_range(now, "plain", row);
      in_range(had, "before.step", row);
      in_range(had_plain, "before.plain", row);
      out.step[row] = now;
      out.since[row] = as_of;
      if (had == unknown_level) continue;
      if (before.since[row] > as_of || !is_possible(before.since[row]))
        throw Error(errc::out_of_range, "expected a date from 1900 on that is not after as_of",
                    {.path = {}, .column = "before.since", .row = static_cast<std::int64_t>(row)});
      if (now == unknown_level) continue;
      out.step[row] =
          detail::settled_step(what, of, now, value[row], floors.of(row), had, had_plain, as_of - before.since[row]);
      if (out.step[row] == had) out.since[row] = before.since[row];
    }
  });
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise::segment
