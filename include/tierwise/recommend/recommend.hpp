// The next best action for each doctor, why this one, and why not the others.
#ifndef TIERWISE_RECOMMEND_RECOMMEND_HPP
#define TIERWISE_RECOMMEND_RECOMMEND_HPP

#include <vector>

#include <tierwise/core/executor.hpp>
#include <tierwise/recommend/engine.hpp>
#include <tierwise/segment/segment.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend {

/// What a batch is decided on. Views; all must outlive the call.
struct inputs {
  const table_view* profiles = nullptr;            ///< profile and segment columns, hcp_id among them
  const tag::tag_bits* tags = nullptr;             ///< of these profiles; null only if no rule asks for a tag
  const profile::contact_log* contacts = nullptr;  ///< past contacts, read with the engine's channels; null: none
  const propensity::history* history = nullptr;    ///< past suggestions; null: none

  /// Statements of doctors, in any order; null: nobody has consented.
  ///   hcp_id            as in profiles
  ///   channel           category
  ///   granted           boolean, or a number 0 or 1
  ///   purpose           optional, category; a missing one is the policy's. Statements on the policy's other purposes are not looked at
  ///   from, until       optional dates (or text YYYY-MM-DD), both inclusive; a missing one is open
  /// Empty text is missing. Of those in force the one with the latest `from` holds (an open one is the earliest); a tie is a refusal.
  /// Nobody is contacted because of a typing error: what is rejected never allows anything, and what may have been a refusal by a known doctor
  /// counts as one, of every channel where the channel is missing or unknown, and for the policy's purpose where the row's is unknown. It
  /// holds from its date; without end if the row does not clearly say what and when.
  /// A contact of a depth that revokes consent is a refusal of its channel from its day, also where no consent is required.
  const table_view* consents = nullptr;
};

/// One pick. candidate −1 is "do nothing".
struct pick {
  std::int64_t hcp = 0;  ///< row of profiles
  std::int32_t rank = 1;  ///< from 1
  std::int32_t candidate = -1;  ///< index into engine.candidates
  double priority = 0;  ///< ((propensity · context) · value) · lever, exactly
  double propensity = 0, context = 1, value = 1,
         lever = 1;  ///< as they entered: a factor that the policy switched off is 1
  date expires;  ///< last day

  friend bool operator==(const pick&, const pick&) = default;
};

/// Why one candidate is not among the picks.
struct drop {
  std::int64_t hcp = 0;
  std::int32_t candidate = 0;
  std::int32_t stop = 0;  ///< index into engine.stops

  friend bool operator==(const drop&, const drop&) = default;
};

/// One line of the funnel.
struct funnel_line {
  std::int32_t stop = 0;
  std::int64_t candidates = 0, hcps = 0;  ///< candidates dropped, and of how many doctors

  friend bool operator==(const funnel_line&, const funnel_line&) = default;
};

/// How many of one doctor's candidates a rule stopped.
struct stopped {
  std::int32_t stop = 0;
  std::int32_t candidates = 0;

  friend bool operator==(const stopped&, const stopped&) = default;
};

struct decisions {
  date as_of;
  std::vector<pick> picks;  ///< by row of profiles, then rank; every doctor has at least one
  std::vector<drop> drops;  ///< by row, then candidate: each dropped candidate of each doctor, if asked for
  std::vector<funnel_line> funnel;  ///< in the order of engine.stops; lines that dropped none are left out
  std::vector<std::int32_t>
      main_stop;  ///< per doctor with nothing to do, the stop that dropped most (the first of equals); else −1
  std::vector<stopped> nothing;  ///< of doctors with nothing to do, what stopped their candidates (nothing_begin[row] …
  std::vector<std::size_t> nothing_begin;  ///< nothing_begin[row + 1]), in the order of engine.stops
  std::vector<bad_row> rejected;  ///< of consents, by row
};

struct options {
  bool trace = false;  ///< fill decisions::drops
  executor* threads = nullptr;
};

/// Decides for every row of `profiles` as of a date. A doctor's picks depend on the engine and that doctor's own rows alone: same bytes for
/// any executor, batch split and order of rows. Nothing dated after `as_of` is looked at.
///
/// Picks are made one after the other by falling priority; equal ones by candidate. Each counts towards the caps and gaps of the next; a
/// candidate that they stop leaves at that cap or gap, one whose action is picked already at arbitration/same_action, and what is left
/// after max_actions picks at arbitration/max_actions. So each candidate of each doctor is a pick or in exactly one line of the funnel.
///
/// O(doctors · (rules + candidates · max_actions) + contacts in the longest cap). Errors: missing_column, wrong_type; invalid_argument if
/// `as_of` is impossible or contacts or history are not of these profiles, actions and channels.
[[nodiscard]] result<decisions> decide(const engine& engine, const inputs& given, date as_of, const options& how = {});

/// One sentence on a pick: the factors with the evidence behind them, or why nothing is to be done. `given` is what was decided on (the
/// contexts that held are read from it). No id of a doctor appears. O(contexts of the action), whatever the size of the tables.
/// Throws invalid_argument if there is no such pick, or `given` or `engine` are not what was decided with.
[[nodiscard]] std::string reason(const engine& engine, const inputs& given, const decisions& all, std::size_t pick,
                                 segment::language in = segment::language::english);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/recommend/impl/consent.ipp>
#include <tierwise/recommend/impl/contact_policy.ipp>
#include <tierwise/recommend/impl/decide.ipp>
#include <tierwise/recommend/impl/reason.ipp>
#endif
#endif
