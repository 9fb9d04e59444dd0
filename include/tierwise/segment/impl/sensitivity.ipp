#include <algorithm>
#include <cmath>
#include <numeric>

#include <tierwise/segment/sensitivity.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// Checks all axes; the step of each doctor on each.
TIERWISE_INLINE std::array<std::vector<std::uint8_t>, 3> steps_of(const cut_axes& all) {
  require_sound(all.table);
  const std::size_t doctors = all.of[0].value.size();
  std::array<std::vector<std::uint8_t>, 3> out;
  for (std::size_t a = 0; a < 3; ++a) {
    const cut_axis& on = all.of[a];
    const place here{.path = {}, .column = std::string(name_of(static_cast<axis>(a)))};
    if (on.value.size() != doctors || on.step.size() != doctors)
      throw Error(errc::length_mismatch, "expected a value and a step for each doctor", here);
    require_sound(on.floors, doctors, here.column.c_str());
    if (on.floors.steps() != all.table.steps[a])
      throw Error(errc::length_mismatch, "the floors and the table have different numbers of steps", here);
    out[a].resize(doctors);
    for (std::size_t row = 0; row < doctors; ++row) {
      out[a][row] = std::isnan(on.value[row]) ? on.step[row] : step_reached(on.value[row], on.floors.of(row));
      if (out[a][row] >= on.floors.steps())
        throw Error(errc::out_of_range, "the floors have fewer steps",
                    {.path = {}, .column = here.column, .row = static_cast<std::int64_t>(row)});
    }
  }
  return out;
}

/// The tier of a doctor if his step on one axis were another.
TIERWISE_INLINE std::uint16_t tier_with(const tier_table& table, const std::array<std::vector<std::uint8_t>, 3>& steps,
                                        std::size_t row, axis which, std::size_t step) noexcept {
  std::array<std::size_t, 3> at{steps[0][row], steps[1][row], steps[2][row]};
  at[static_cast<std::size_t>(which)] = step;
  return table.of(at[0], at[1], at[2]);
}

}  // namespace detail

TIERWISE_INLINE result<std::vector<cut_effect>> sensitivity(const cut_axes& all, axis which,
                                                            std::span<const double> moves, bool by_share) try {
  for (std::size_t m = 0; m < moves.size(); ++m)
    if (!std::isfinite(moves[m]) || (by_share && moves[m] < -1))
      return Error(errc::invalid_argument, by_share ? "expected shares from -1" : "expected finite moves",
                   {.path = {}, .column = "moves", .row = static_cast<std::int64_t>(m)});
  const auto steps = detail::steps_of(all);
  const cut_axis& on = all.of[static_cast<std::size_t>(which)];
  const auto stratum = [&](std::size_t row) {
    return on.floors.stratum.empty() ? -1 : std::max(-1, on.floors.stratum[row]);
  };
  std::vector<std::size_t> order;
  for (std::size_t row = 0; row < on.value.size(); ++row)
    if (!std::isnan(on.value[row])) order.push_back(row);
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const auto x = stratum(a), y = stratum(b);
    return x != y ? x < y : on.value[a] < on.value[b];
  });

  const std::size_t cuts = on.floors.all.size();
  std::vector<cut_effect> out;
  for (std::size_t cut = 0; cut < cuts; ++cut)
    for (const double move : moves) out.push_back({cut, move, 0, 0, 0});
  // Doctors among the first i of the order for whom the step above the cut is a better or a worse tier than the one below.
  std::vector<std::int64_t> gain(order.size() + 1), loss(order.size() + 1);
  for (std::size_t cut = 0; cut < cuts; ++cut) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto above = detail::tier_with(all.table, steps, order[i], which, cut);
      const auto below = detail::tier_with(all.table, steps, order[i], which, cut + 1);
      gain[i + 1] = gain[i] + (above < below ? 1 : 0);
      loss[i + 1] = loss[i] + (above > below ? 1 : 0);
    }
    for (std::size_t begin = 0; begin < order.size();) {
      std::size_t end = begin;
      while (end < order.size() && stratum(order[end]) == stratum(order[begin])) ++end;
      const auto floors = on.floors.of(order[begin]);
      const auto first_from = [&](double value) {
        const auto from = order.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto to = order.begin() + static_cast<std::ptrdiff_t>(end);
        return static_cast<std::size_t>(
            std::lower_bound(from, to, value, [&](std::size_t row, double v) { return on.value[row] < v; }) -
            order.begin());
      };
      const double now = floors[cut];
      for (std::size_t m = 0; m < moves.size() && std::isfinite(now); ++m) {
        double then = by_share ? now * (1 + moves[m]) : now + moves[m];
        if (cut > 0) then = std::min(then, floors[cut - 1]);
        if (cut + 1 < cuts) then = std::max(then, floors[cut + 1]);
        const std::size_t from = first_from(std::min(now, then)), to = first_from(std::max(now, then));
        cut_effect& effect = out[cut * moves.size() + m];
        effect.crossed += static_cast<std::int64_t>(to - from);
        const std::int64_t gains = gain[to] - gain[from], losses = loss[to] - loss[from];
        effect.better += then < now ? gains : losses;  // a lower cut lifts those between
        effect.worse += then < now ? losses : gains;
      }
      begin = end;
    }
  }
  return out;
} catch (const Error& error) {
  return error;
}

TIERWISE_INLINE result<nearest_cuts> nearest(const cut_axes& all, axis which) try {
  const auto steps = detail::steps_of(all);
  const cut_axis& on = all.of[static_cast<std::size_t>(which)];
  const auto& own = steps[static_cast<std::size_t>(which)];
  const std::size_t doctors = on.value.size();
  nearest_cuts out{std::vector<std::uint8_t>(doctors, no_cut), std::vector<double>(doctors, missing),
                   std::vector<std::uint16_t>(doctors), std::vector<std::uint16_t>(doctors)};
  for (std::size_t row = 0; row < doctors; ++row) {
    const std::size_t step = own[row];
    out.tier[row] = out.across[row] = detail::tier_with(all.table, steps, row, which, step);
    const double value = on.value[row];
    if (!std::isfinite(value)) continue;
    const auto floors = on.floors.of(row);
    const double up = step > 0 && std::isfinite(floors[step - 1]) ? floors[step - 1] - value : missing;
    const double down = step < floors.size() && std::isfinite(floors[step]) ? floors[step] - value : missing;
    if (std::isnan(up) && std::isnan(down)) continue;
    const bool above = std::isnan(down) || up <= -down;
    const std::size_t cut = above ? step - 1 : step;
    // Cuts may lie on each other: then more than one is crossed at once.
    std::size_t other = above ? step_reached(floors[cut], floors) : cut + 1;
    while (!above && other < floors.size() && floors[other] == floors[cut]) ++other;
    out.cut[row] = static_cast<std::uint8_t>(cut);
    out.distance[row] = above ? up : down;
    out.across[row] = detail::tier_with(all.table, steps, row, which, other);
  }
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise::segment
