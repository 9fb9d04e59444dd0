#include <algorithm>
#include <cmath>

#include <tierwise/segment/steps.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

TIERWISE_INLINE std::uint8_t step_reached(double value, std::span<const double> floors) noexcept {
  std::size_t step = 0;
  while (step < floors.size() && !(value >= floors[step])) ++step;
  return static_cast<std::uint8_t>(step);
}

TIERWISE_INLINE std::string_view name_of(axis which) noexcept {
  constexpr std::string_view names[] = {"grade", "identity", "engagement"};
  return names[static_cast<std::size_t>(which)];
}

namespace detail {

TIERWISE_INLINE void require_sound(const floors_view& floors, std::size_t doctors, const char* argument) {
  const auto refuse = [&](errc code, const char* message) {
    throw Error(code, message, {.path = {}, .column = argument});
  };
  const std::size_t n = floors.all.size();
  if (n > 253) refuse(errc::invalid_argument, "expected at most 254 steps");
  const auto falls = [&](std::span<const double> some) {
    for (std::size_t i = 0; i < some.size(); ++i)
      if (std::isnan(some[i]) || (i > 0 && some[i] > some[i - 1]))
        refuse(errc::invalid_argument, "expected floors that never rise and are numbers");
  };
  falls(floors.all);
  if (n == 0 ? !floors.strata.empty() : floors.strata.size() % n != 0)
    refuse(errc::length_mismatch, "expected as many floors in each stratum as among all doctors");
  for (std::size_t at = 0; at < floors.strata.size(); at += n) falls(floors.strata.subspan(at, n));
  if (floors.stratum.empty()) return;
  if (floors.stratum.size() != doctors) refuse(errc::length_mismatch, "expected a stratum for each doctor");
  const std::size_t strata = n == 0 ? 0 : floors.strata.size() / n;
  for (const std::int32_t at : floors.stratum)
    if (at >= 0 && static_cast<std::size_t>(at) >= strata && n > 0)
      refuse(errc::invalid_argument, "expected the number of a stratum that has floors, or -1");
}

TIERWISE_INLINE void require_sound(const tier_table& table) {
  const auto& [grades, identities, engagements] = table.steps;
  if (grades == 0 || identities == 0 || engagements == 0 || grades > 254 || identities > 254 || engagements > 254 ||
      table.tiers.size() != grades * identities * engagements || std::ranges::find(table.tiers, 0) != table.tiers.end())
    throw Error(errc::invalid_argument, "expected a tier from 1 for each grade, identity level and engagement level",
                {.path = {}, .column = "table"});
}

}  // namespace detail
}  // namespace tierwise::segment
