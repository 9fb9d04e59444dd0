#include <algorithm>

#include <tierwise/recommend/impl/programs.hpp>
#include <tierwise/recommend/recommend.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend {

namespace detail {

consents read_consents(const engine& engine, const inputs& given, date as_of, std::vector<bad_row>& rejected);
void check_logs(const engine& engine, const inputs& given);
void room_today(const engine::programs& programs, const inputs& given, std::size_t hcp, date as_of,
                std::vector<std::int64_t>& room) noexcept;
std::int32_t full_limit(const engine::programs& programs, const candidate_program& what,
                        const std::vector<std::int64_t>& room) noexcept;

inline constexpr std::size_t block_rows = 4096;
inline constexpr std::int32_t undecided = -1, picked = -2;  // in place of a stop

/// What is the same for every doctor of a batch.
struct batch {
  const engine& what;
  const engine::programs& programs;
  const inputs& given;
  date as_of;
  bool trace;
  consents said;
  std::vector<bit_set> met, known;         // by rule; each block fills its own words
  std::vector<std::int32_t> unavailable;   // by candidate: the stop, or undecided
  std::vector<date> expires;               // by candidate
};

/// What one block of doctors gives. Blocks are put together in their order.
struct block_result {
  std::vector<pick> picks;
  std::vector<drop> drops;
  std::vector<std::int64_t> candidates, hcps;  // by stop
  std::vector<stopped> nothing;
  std::vector<std::size_t> nothing_end;        // by doctor of the block
  std::vector<std::int32_t> main_stop;
};

/// Decides one doctor after the other with the same scratch memory.
class decider {
 public:
  decider(const batch& all, block_result& out)
      : all_(all),
        programs_(all.programs),
        out_(out),
        stop_of_(programs_.candidates.size()),
        priority_(stop_of_.size()),
        action_stop_(programs_.actions.size()),
        context_(programs_.actions.size()),
        room_(programs_.limits.size()),
        count_(all.what.stops.size()) {
    live_.reserve(stop_of_.size());
    out_.candidates.assign(count_.size(), 0);
    out_.hcps.assign(count_.size(), 0);
  }

  void decide(std::size_t hcp) {
    judge(hcp);
    const std::size_t before = out_.picks.size();
    arbitrate(hcp);
    const bool nothing = out_.picks.size() == before;
    if (nothing)
      out_.picks.push_back(
          {static_cast<std::int64_t>(hcp), 1, -1, 0, 0, 1, 1, 1, all_.as_of + all_.what.policy.valid_days});
    account(hcp, nothing);
  }

 private:
  [[nodiscard]] bool met(std::int32_t rule, std::size_t hcp) const noexcept {
    return all_.met[static_cast<std::size_t>(rule)].test(hcp);
  }

  /// The stages before arbitration. Fills stop_of_, and live_ with what survives.
  void judge(std::size_t hcp) noexcept {
    for (std::size_t a = 0; a < programs_.actions.size(); ++a) judge_action(a, hcp);
    room_today(programs_, all_.given, hcp, all_.as_of, room_);
    live_.clear();
    for (std::size_t c = 0; c < stop_of_.size(); ++c) {
      stop_of_[c] = judge_candidate(c, hcp);
      if (stop_of_[c] == undecided) live_.push_back(static_cast<std::uint32_t>(c));
    }
  }

  void judge_action(std::size_t a, std::size_t hcp) noexcept {
    const action_program& action = programs_.actions[a];
    action_stop_[a] = undecided;
    for (std::size_t r = 0; r < action.rule_count; ++r)
      if (!met(action.rules[r].rule, hcp)) {
        action_stop_[a] = action.rules[r].stop;
        return;
      }
    double percent = 0;
    for (std::size_t k = action.contexts.begin; k < action.contexts.end; ++k)
      if (met(programs_.contexts[k].rule, hcp)) percent += programs_.contexts[k].weight;
    context_[a] = std::max(0.0, 1 + percent / 100);
  }

  std::int32_t judge_candidate(std::size_t c, std::size_t hcp) noexcept {
    if (all_.unavailable[c] != undecided) return all_.unavailable[c];
    const candidate& what = all_.what.candidates[c];
    const candidate_program& program = programs_.candidates[c];
    if (program.withdrawn_stop >= 0 && all_.said.withdrawn[what.channel].test(hcp)) return program.withdrawn_stop;
    if (program.consent_stop >= 0 && !all_.said.granted[what.channel].test(hcp)) return program.consent_stop;
    if (action_stop_[what.action] != undecided) return action_stop_[what.action];
    if (const std::int32_t full = full_limit(programs_, program, room_); full >= 0) return full;
    priority_[c] = program.propensity * context_[what.action] * program.value * programs_.actions[what.action].lever;
    return priority_[c] < all_.what.policy.floor ? programs_.floor_stop : undecided;
  }

  /// Picks by falling priority; each pick uses up room that the rest then has not.
  void arbitrate(std::size_t hcp) {
    for (std::int32_t rank = 1; rank <= all_.what.policy.max_actions && !live_.empty(); ++rank) {
      std::uint32_t best = live_.front();  // live_ rises, so of equals the smaller candidate stays
      for (const std::uint32_t c : live_)
        if (priority_[c] > priority_[best]) best = c;
      take(hcp, rank, best);
      std::erase_if(live_, [&](std::uint32_t c) { return c == best || (stop_of_[c] = blocked(c, best)) != undecided; });
    }
    for (const std::uint32_t c : live_) stop_of_[c] = programs_.max_actions_stop;
  }

  void take(std::size_t hcp, std::int32_t rank, std::uint32_t c) {
    const candidate_program& program = programs_.candidates[c];
    const std::size_t action = all_.what.candidates[c].action;
    stop_of_[c] = picked;
    out_.picks.push_back({static_cast<std::int64_t>(hcp), rank, static_cast<std::int32_t>(c), priority_[c],
                          program.propensity, context_[action], program.value, programs_.actions[action].lever,
                          all_.expires[c]});
    for (std::size_t i = program.limits.begin; i < program.limits.end; ++i)
      --room_[static_cast<std::size_t>(programs_.candidate_limits[i])];
  }

  /// The stop that the latest pick puts in a candidate's way.
  [[nodiscard]] std::int32_t blocked(std::uint32_t c, std::uint32_t latest) const noexcept {
    if (const std::int32_t full = full_limit(programs_, programs_.candidates[c], room_); full >= 0) return full;
    return all_.what.candidates[c].action == all_.what.candidates[latest].action ? programs_.same_action_stop
                                                                                 : undecided;
  }

  /// Funnel, trace, and what stood in the way of a doctor without any action.
  void account(std::size_t hcp, bool nothing) {
    for (std::size_t c = 0; c < stop_of_.size(); ++c) {
      if (stop_of_[c] == picked) continue;
      const auto stop = static_cast<std::size_t>(stop_of_[c]);
      if (count_[stop]++ == 0) touched_.push_back(stop_of_[c]);
      if (all_.trace) out_.drops.push_back({static_cast<std::int64_t>(hcp), static_cast<std::int32_t>(c), stop_of_[c]});
    }
    if (nothing) std::sort(touched_.begin(), touched_.end());
    std::int32_t main_stop = -1, most = 0;
    for (const std::int32_t stop : touched_) {
      std::int32_t& count = count_[static_cast<std::size_t>(stop)];
      out_.candidates[static_cast<std::size_t>(stop)] += count;
      ++out_.hcps[static_cast<std::size_t>(stop)];
      if (nothing) {
        out_.nothing.push_back({stop, count});
        if (count > most) main_stop = stop, most = count;
      }
      count = 0;
    }
    touched_.clear();
    out_.nothing_end.push_back(out_.nothing.size());
    out_.main_stop.push_back(main_stop);
  }

  const batch& all_;
  const engine::programs& programs_;
  block_result& out_;
  std::vector<std::int32_t> stop_of_;      // by candidate
  std::vector<double> priority_;           // by candidate
  std::vector<std::int32_t> action_stop_;  // by action
  std::vector<double> context_;            // by action
  std::vector<std::int64_t> room_;         // by limit
  std::vector<std::int32_t> count_;        // by stop, of this doctor
  std::vector<std::int32_t> touched_;      // stops that have a count
  std::vector<std::uint32_t> live_;        // candidates, rising
};

/// What stops candidates on that day whoever the doctor is, and until when the others may be used.
TIERWISE_INLINE void judge_day(batch& all) {
  const policy& policy = all.what.policy;
  for (std::size_t c = 0; c < all.what.candidates.size(); ++c) {
    const candidate& what = all.what.candidates[c];
    const candidate_program& program = all.programs.candidates[c];
    const action& action = policy.actions[what.action];
    const period content =
        what.content < 0 ? period{} : policy.contents[static_cast<std::size_t>(what.content)].approved;
    all.unavailable.push_back(!action.available.contains(all.as_of) ? program.action_stop
                              : !content.contains(all.as_of)        ? program.content_stop
                              : !action.in_stock                    ? program.stock_stop
                                                                    : undecided);
    date last = all.as_of + policy.valid_days;
    if (action.available.until) last = std::min(last, *action.available.until);
    if (content.until) last = std::min(last, *content.until);
    all.expires.push_back(last);
  }
}

TIERWISE_INLINE void decide_block(batch& all, std::size_t begin, std::size_t end, block_result& out) {
  for (std::size_t r = 0; r < all.programs.rules.size(); ++r) {
    (void)tag::evaluate(all.programs.rules[r], *all.given.profiles, all.given.tags, begin, end, all.met[r],
                        all.known[r])
        .value();
    // What is unknown is not met.
    for (std::size_t w = begin / 64; w * 64 < end; ++w) all.met[r].words()[w] &= all.known[r].words()[w];
  }
  out.picks.reserve(end - begin);
  decider one(all, out);
  for (std::size_t hcp = begin; hcp < end; ++hcp) one.decide(hcp);
}

/// Appends the blocks in their order and adds up the funnel.
TIERWISE_INLINE void put_together(std::vector<block_result>& blocks, std::size_t stops, decisions& out) {
  std::vector<funnel_line> lines(stops);
  const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  std::size_t picks = 0, drops = 0;
  for (const block_result& block : blocks) picks += block.picks.size(), drops += block.drops.size();
  out.picks.reserve(picks), out.drops.reserve(drops);
  out.nothing_begin.push_back(0);
  for (block_result& block : blocks) {
    append(out.picks, block.picks);
    append(out.drops, block.drops);
    append(out.main_stop, block.main_stop);
    const std::size_t base = out.nothing.size();
    for (const std::size_t end : block.nothing_end) out.nothing_begin.push_back(base + end);
    append(out.nothing, block.nothing);
    for (std::size_t s = 0; s < stops; ++s) {
      lines[s].candidates += block.candidates[s];
      lines[s].hcps += block.hcps[s];
    }
    block = {};
  }
  for (std::size_t s = 0; s < stops; ++s) {
    lines[s].stop = static_cast<std::int32_t>(s);
    if (lines[s].candidates > 0) out.funnel.push_back(lines[s]);
  }
}

}  // namespace detail

TIERWISE_INLINE result<decisions> decide(const engine& engine, const inputs& given, date as_of,
                                         const options& how) try {
  if (!is_possible(as_of)) throw Error(errc::invalid_argument, "no possible date", {.path = {}, .column = "as_of"});
  if (given.profiles == nullptr) throw Error(errc::invalid_argument, "are needed", {.path = {}, .column = "profiles"});
  if (!engine.compiled)
    throw Error(errc::invalid_argument, "was not made by make_engine", {.path = {}, .column = "engine"});
  detail::check_logs(engine, given);
  decisions out;
  out.as_of = as_of;
  const std::size_t rows = given.profiles->rows(), rules = engine.compiled->rules.size();
  detail::batch all{engine,
                    *engine.compiled,
                    given,
                    as_of,
                    how.trace,
                    detail::read_consents(engine, given, as_of, out.rejected),
                    std::vector<bit_set>(rules, bit_set(rows)),
                    std::vector<bit_set>(rules, bit_set(rows)),
                    {},
                    {}};
  detail::judge_day(all);
  std::vector<detail::block_result> blocks((rows + detail::block_rows - 1) / detail::block_rows);
  for_blocks(how.threads, rows, detail::block_rows, [&](std::size_t begin, std::size_t end) {
    detail::decide_block(all, begin, end, blocks[begin / detail::block_rows]);
  });
  detail::put_together(blocks, engine.stops.size(), out);
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise
