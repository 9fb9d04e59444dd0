// A territory of doctors that never lived, with tables that look like real ones and a hidden truth that can be asked.
// Not in tierwise.hpp: only programs that simulate need it.
#ifndef TIERWISE_SIMULATE_TERRITORY_HPP
#define TIERWISE_SIMULATE_TERRITORY_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tierwise/core/executor.hpp>
#include <tierwise/core/table.hpp>

namespace tierwise::inline TIERWISE_ABI::simulate {

/// What can be suggested to a doctor. `acceptance` and `standing` belong to the hidden truth.
struct action {
  std::string id, group;
  std::vector<std::string> channels;  ///< at least one of channels()
  double acceptance = 0.2;            ///< chance that an average doctor accepts, above 0 and below 1
  double standing = 0;                ///< added log-odds a standard deviation of professional standing

  friend bool operator==(const action&, const action&) = default;
};

/// The twelve actions of the default policy, in its order.
[[nodiscard]] std::vector<action> default_catalogue();

/// visit, remote_call, meeting, webinar, email, wechat, video: the channels of the default policy, in its order.
[[nodiscard]] std::vector<std::string> channels();

/// What to simulate. The rates and shapes are fitted to real records: docs/simulator.md shows how well.
struct options {
  std::size_t hcps = 10'000;
  std::uint64_t seed = 1;
  date from{20089};                       ///< first day of contacts and suggestions: 2025-01-01 …
  date to{20634};                         ///< … and the last: 2026-06-30
  double visits_per_month = 0.41;         ///< mean over doctors; a month is 30.4375 days
  double other_contacts_per_month = 1.75; ///< mean over doctors of all other channels together
  double contact_scale = 1;               ///< multiplies both
  double suggestions_per_month = 0.5;     ///< mean over doctors; one by a channel without consent is never made
  double missing_prob = 0.05;             ///< chance that any one attribute is missing
  double unknown_volume_prob = 0.1;       ///< chance that patient_volume is missing
  std::size_t hcps_per_rep = 120;         ///< consecutive doctors share a territory, a city and a representative
  std::vector<action> catalogue = default_catalogue();
};

/// Tables as a company would have them, and the truth that it would not. Movable; const is safe to share.
///
///   hcps            hcp_id, specialty, city, title, hospital_level: category; society_offices, trials, publications,
///                   teaching (talks a year): int32; patient_volume (patients a year), patients_per_week: float64;
///                   territory, rep_id: category
///   interactions    event_id int64, hcp_id, date, channel, depth
///   consents        hcp_id, channel, purpose, granted boolean, from date, until date or missing; a pair may have no row
///   history         decision_id int64, hcp_id, action_id, channel, date, outcome (accepted, completed, dismissed,
///                   ignored), reason (not_now, not_relevant, already_done, declined; of dismissals, and not of all)
///   representatives rep_id, territory, city, since date, calls_per_day int32
///   content         content_id, action_id, approved_from date, approved_until date; a row for each content and action
///
/// Rows are grouped by doctor, in the doctors' order, and by date within a doctor.
struct territory {
  table hcps, interactions, consents, history, representatives, content;

  [[nodiscard]] const options& made_with() const noexcept { return made_with_; }

  /// The chance that doctor `hcp` (row of hcps) accepts catalogue[action] offered by channels()[channel]; 0 if the action is not
  /// offered by that channel. `history` was drawn from exactly these. Throws invalid_argument if an index is out of range.
  [[nodiscard]] double response_probability(std::size_t hcp, std::size_t action, std::size_t channel) const;

  /// How much the doctor likes a channel: standard normal over doctors. It moves acceptance, depth and use of the channel.
  /// Throws invalid_argument if an index is out of range.
  [[nodiscard]] double channel_affinity(std::size_t hcp, std::size_t channel) const;

  /// Patients a month that the doctor would bring if visited so often: b · (1 + g · (1 − exp(−0.9 · visits))), with b the
  /// doctor's true volume a month and g the doctor's own response (mean 0.085). Throws invalid_argument for a bad index or
  /// negative visits.
  [[nodiscard]] double expected_outcome(std::size_t hcp, double visits_per_month) const;

 private:
  friend result<territory> make_territory(const options& what, executor* threads);
  options made_with_;
  std::vector<std::uint8_t> granted_;  // the booleans that `consents` views
};

/// Simulates a territory. Each doctor is a function of (seed, row) and the other options, so a longer territory begins with the
/// shorter one and any executor gives the same bytes. O(rows of all tables); 24 bytes a contact.
/// Errors: invalid_argument (from > to, a rate negative or above 1000 a month, a probability outside 0 to 1, more doctors than
/// 2^31 − 1, an action without a channel or with a taken id, …), unknown_channel, invalid_date.
[[nodiscard]] result<territory> make_territory(const options& what, executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/simulate/impl/territory.ipp>
#endif
#endif
