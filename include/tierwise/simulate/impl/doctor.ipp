// One doctor, as a function of the seed and the row: hidden traits, and what follows from them.
#ifndef TIERWISE_SIMULATE_IMPL_DOCTOR_IPP
#define TIERWISE_SIMULATE_IMPL_DOCTOR_IPP

#include <array>
#include <cmath>
#include <string_view>

#include <tierwise/simulate/impl/draw.ipp>
#include <tierwise/simulate/territory.hpp>

namespace tierwise::inline TIERWISE_ABI::simulate::detail {

// Channels by number, in the order of channels().
inline constexpr std::size_t visit = 0, remote_call = 1, meeting = 2, webinar = 3, email = 4, wechat = 5, video = 6;
inline constexpr std::size_t channel_count = 7;

inline constexpr double days_per_month = 30.4375;

/// Hidden traits, each standard normal over doctors.
struct latents {
  double potential = 0;  // of patients; correlation 0.45 with standing
  double standing = 0;   // in the profession
  double openness = 0;   // to companies
  double digital = 0;    // rather by screen than face to face
};

TIERWISE_INLINE latents latents_of(std::uint64_t seed, std::size_t hcp) noexcept {
  random_stream stream(seed, hcp, for_latents);
  normals normal(stream);
  latents out;
  out.potential = normal();
  out.standing = 0.45 * out.potential + 0.893 * normal();  // 0.45² + 0.893² = 1
  out.openness = normal();
  out.digital = normal();
  return out;
}

TIERWISE_INLINE double affinity_of(std::uint64_t seed, std::size_t hcp, const latents& of,
                                   std::size_t channel) noexcept {
  random_stream stream(seed, hcp, for_affinity + channel);
  const double side = channel == visit || channel == meeting ? -0.45 : 0.45;
  return 0.35 * of.openness + side * of.digital + 0.8216 * normals(stream)();  // squares sum to 1
}

/// Rates of contact a month, both with mean 1 over doctors. Visits: the spread of physician-detailing. Everything else: what
/// makes the sum of both as skewed as open-payments-iowa. Loadings: docs/simulator.md.
struct rates {
  double visits = 0, others = 0;
};

inline constexpr double visit_power = 0.57, other_power = 1.70;

TIERWISE_INLINE rates rates_of(const latents& of, normals& normal) noexcept {
  const double for_visits = 0.55 * of.potential + 0.57 * of.openness + 0.6104 * normal();
  const double own = (of.standing - 0.45 * of.potential) / 0.893;  // the part of standing that is not potential
  const double for_others = 0.35 * of.potential + 0.15 * own + 0.75 * of.openness + 0.5408 * normal();
  const bool closed = for_visits < -2.05;  // 2 % receive no representative
  return {closed ? 0 : weibull_of_normal(for_visits, visit_power), weibull_of_normal(for_others, other_power)};
}

/// True patients a year: log-normal, with a longer tail below than above the median, and 1 % with none (physician-detailing).
TIERWISE_INLINE double true_volume(const latents& of) noexcept {
  if (of.potential < -2.33) return 0;
  return std::exp(3.58 + (of.potential > 0 ? 1.05 : 1.22) * of.potential);
}

/// The doctor's own taste for a group of actions: standard normal over doctors.
TIERWISE_INLINE double topic_of(std::uint64_t seed, std::size_t hcp, std::string_view group) noexcept {
  random_stream stream(seed, hcp, for_response ^ stable_hash(group));
  return normals(stream)();
}

/// What the hidden truth says of one offer.
TIERWISE_INLINE double acceptance_of(std::uint64_t seed, std::size_t hcp, const latents& of, double affinity,
                                     const action& offered) noexcept {
  const double base = std::log(offered.acceptance / (1 - offered.acceptance));
  const double odds = base + 0.7 * affinity + 0.7 * topic_of(seed, hcp, offered.group) + 0.4 * of.openness +
                      offered.standing * of.standing;
  return 1 / (1 + std::exp(-odds));
}

/// How the doctor stands to each channel: what the tables of contacts, consents and suggestions share.
struct channel_state {
  std::array<double, channel_count> affinity{};
  std::uint32_t asked = 0;  // bit a channel: a consent row exists
  std::uint32_t granted = 0;  // bit a channel: consent was given
  std::uint32_t left = 0;  // bit a channel: unsubscribed since (email and wechat only)
};

TIERWISE_INLINE channel_state channel_state_of(std::uint64_t seed, std::size_t hcp, const latents& of) noexcept {
  constexpr std::array<double, channel_count> willing{2.0, 1.2, 1.4, 0.6, 0.5, 0.4, 0.1};  // log-odds of consent
  channel_state out;
  random_stream stream(seed, hcp, for_consents);
  for (std::size_t c = 0; c < channel_count; ++c) {
    const double affinity = out.affinity[c] = affinity_of(seed, hcp, of, c);
    const std::uint32_t bit = 1u << c;
    if (stream.uniform() < 0.92) out.asked |= bit;
    if (stream.uniform() < 1 / (1 + std::exp(-willing[c] - 0.8 * affinity))) out.granted |= out.asked & bit;
    if ((c == email || c == wechat) && stream.uniform() < 0.04 * std::exp(-0.7 * affinity))
      out.left |= out.granted & bit;
  }
  return out;
}

}  // namespace tierwise

#endif
