// The next best action for each doctor, why this one, and why not the others.
#ifndef TIERWISE_RECOMMEND_RECOMMEND_HPP
#define TIERWISE_RECOMMEND_RECOMMEND_HPP

#include <memory>
#include <vector>

#include <tierwise/core/executor.hpp>
#include <tierwise/profile/profile.hpp>
#include <tierwise/propensity/pooled.hpp>
#include <tierwise/recommend/policy.hpp>
#include <tierwise/segment/segment.hpp>
#include <tierwise/tag/tag.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend {

/// Stages of the funnel, in order. Each candidate leaves at the first rule that stops it.
enum class stage : std::uint8_t { available, consent, eligible, applicable, suitable, contact_policy, value_floor, arbitration };

[[nodiscard]] std::string_view name_of(stage s) noexcept;

/// An action by a channel with a content.
struct candidate {
  std::uint16_t action = 0;     ///< index into policy.actions
  std::uint16_t channel = 0;    ///< index into the channels
  std::int32_t content = -1;    ///< index into policy.contents, −1: none
};

/// A rule that can stop a candidate; `id` is stable and names the policy's entry: "consent/email", "cap/email_week", …
struct stop {
  stage at = stage::available;
  std::string id;
};

/// A policy made ready to decide. Immutable; share it between threads without a lock.
struct engine {
  struct policy policy;
  std::vector<profile::channel> channels;
  std::vector<candidate> candidates;      ///< by action id, channel id, content id: ties go to the smaller id
  std::vector<stop> stops;                ///< every rule that can stop a candidate, in the order they are tried
  propensity::pooled propensity;
  struct programs;
  std::shared_ptr<const programs> compiled;  ///< rules ready to evaluate
};

/// Reads the policy's rules and lists its candidates. `known` must have the tags and the segment columns.
/// Errors: policy_unknown_name, policy_duplicate_name, policy_out_of_range, those of parse_rule; place.path below /recommend.
[[nodiscard]] result<engine> make_engine(policy what, std::vector<profile::channel> channels, const tag::schema& known,
                                         propensity::pooled rates);

/// What a batch is decided on. Views; all must outlive the call.
struct inputs {
  const table_view* profiles = nullptr;            ///< profile and segment columns, hcp_id among them
  const tag::tag_bits* tags = nullptr;
  const profile::contact_log* contacts = nullptr;  ///< past contacts; null: none
  const propensity::history* history = nullptr;    ///< past suggestions; null: none
  const table_view* consents = nullptr;            ///< hcp_id, channel, granted; optional purpose, from, until
};

/// One pick. candidate −1 is "do nothing".
struct pick {
  std::int64_t hcp = 0;          ///< row of profiles
  std::int32_t rank = 1;         ///< from 1
  std::int32_t candidate = -1;   ///< index into engine.candidates
  double priority = 0;           ///< P · C · V · L
  double propensity = 0, context = 1, value = 1, lever = 1;
  date expires;
};

/// Why one candidate is not among the picks.
struct drop {
  std::int64_t hcp = 0;
  std::int32_t candidate = 0;
  std::int32_t stop = 0;         ///< index into engine.stops
};

/// One line of the funnel.
struct funnel_line {
  std::int32_t stop = 0;
  std::int64_t candidates = 0, hcps = 0;  ///< candidates dropped, and of how many doctors
};

struct decisions {
  std::vector<pick> picks;             ///< by row of profiles, then rank; every doctor has at least one
  std::vector<drop> drops;             ///< each dropped candidate of each doctor, if asked for
  std::vector<funnel_line> funnel;     ///< in the order of engine.stops; lines that dropped none are left out
  std::vector<std::int32_t> main_stop; ///< per doctor with nothing to do, the stop that dropped most candidates; else −1
  std::vector<bad_row> rejected;       ///< of consents
};

struct options {
  bool trace = false;        ///< fill decisions::drops
  executor* threads = nullptr;
};

/// Decides for every row of `profiles` as of a date. A doctor's picks depend on the engine and that doctor's own rows alone.
/// Picks are made one after the other by falling priority; each counts towards the caps and gaps of the next.
[[nodiscard]] result<decisions> decide(const engine& engine, const inputs& given, date as_of, const options& how = {});

/// One sentence on a pick: the factors with the evidence behind them, or why nothing is to be done.
[[nodiscard]] std::string reason(const engine& engine, const inputs& given, const decisions& all, std::size_t pick,
                                 segment::language in = segment::language::english);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/recommend/impl/recommend.ipp>
#endif
#endif
