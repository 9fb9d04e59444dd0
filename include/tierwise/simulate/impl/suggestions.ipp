// Consents, and past suggestions with the outcomes that the hidden truth gave them.
#ifndef TIERWISE_SIMULATE_IMPL_SUGGESTIONS_IPP
#define TIERWISE_SIMULATE_IMPL_SUGGESTIONS_IPP

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tierwise/simulate/impl/contacts.ipp>

namespace tierwise::inline TIERWISE_ABI::simulate::detail {

inline constexpr std::size_t doctors_a_block = 1024;

/// Rows that each block of doctors made for itself, one block after the other. `make(hcp, rows)` appends a doctor's rows.
template <class Row, class Make>
std::vector<Row> rows_by_doctor(std::size_t hcps, executor* threads, const Make& make) {
  std::vector<std::vector<Row>> blocks((hcps + doctors_a_block - 1) / doctors_a_block);
  for_blocks(threads, hcps, doctors_a_block, [&](std::size_t first, std::size_t last) {
    for (std::size_t hcp = first; hcp < last; ++hcp) make(hcp, blocks[first / doctors_a_block]);
  });
  std::size_t total = 0;
  for (const auto& block : blocks) total += block.size();
  std::vector<Row> out;
  out.reserve(total);
  for (auto& block : blocks) {
    out.insert(out.end(), block.begin(), block.end());
    block = {};
  }
  return out;
}

template <class Row, class Of>
auto column_of(const std::vector<Row>& rows, const Of& of) {
  std::vector<decltype(of(rows.front()))> out;
  out.reserve(rows.size());
  for (const Row& row : rows) out.push_back(of(row));
  return out;
}

struct consent_row {
  std::int32_t hcp = 0, channel = 0;
  bool granted = false, ends = false;
  date from, until;
};

/// One row for each channel that the doctor was asked about; most were asked before the first day.
TIERWISE_INLINE void draw_consents(const options& what, std::size_t hcp, std::vector<consent_row>& out) {
  const channel_state state = channel_state_of(what.seed, hcp, latents_of(what.seed, hcp));
  random_stream stream(what.seed, hcp, for_consents + 0x100);
  const auto period = static_cast<std::uint32_t>(what.to - what.from) + 1;
  for (std::size_t c = 0; c < channel_count; ++c) {
    const bool late = stream.uniform() < 0.15, ends = stream.uniform() < 0.10;
    const std::uint32_t when = stream.next(), how_long = stream.below(730);
    if ((state.asked >> c & 1) == 0) continue;
    consent_row row;
    row.hcp = static_cast<std::int32_t>(hcp);
    row.channel = static_cast<std::int32_t>(c);
    row.granted = (state.granted >> c & 1) != 0 && (state.left >> c & 1) == 0;
    row.from = late ? what.from + static_cast<std::int32_t>(when % period)
                    : std::max(first_date, what.from - 1 - static_cast<std::int32_t>(when % 730));
    row.ends = row.granted && ends;
    row.until = std::min(last_date, row.from + 365 + static_cast<std::int32_t>(how_long));
    out.push_back(row);
  }
}

TIERWISE_INLINE table make_consents(const options& what, executor* threads, std::vector<std::uint8_t>& granted) {
  const auto rows = rows_by_doctor<consent_row>(
      what.hcps, threads, [&](std::size_t hcp, std::vector<consent_row>& out) { draw_consents(what, hcp, out); });
  std::vector<std::uint8_t> ends((rows.size() + 7) / 8);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].ends) ends[i / 8] = static_cast<std::uint8_t>(ends[i / 8] | (1u << (i % 8)));
  granted = column_of(rows, [](const consent_row& row) { return static_cast<std::uint8_t>(row.granted); });
  table out;
  out.add("hcp_id", column_of(rows, [](const consent_row& row) { return row.hcp; }), numbered_all('S', what.hcps, 7));
  out.add("channel", column_of(rows, [](const consent_row& row) { return row.channel; }), channels());
  out.add("purpose", std::vector<std::int32_t>(rows.size()), std::vector<std::string>{"promotion"});
  out.add("granted", column_view::booleans(granted));
  out.add("from", column_of(rows, [](const consent_row& row) { return row.from; }));
  out.add("until", column_of(rows, [](const consent_row& row) { return row.until; }), std::move(ends));
  return out;
}

struct suggestion {
  std::int32_t hcp = 0, action = 0, channel = 0, day = 0, outcome = 0, reason = -1, number = 0;
};

inline constexpr std::string_view outcomes[] = {"accepted", "completed", "dismissed", "ignored"};
inline constexpr std::string_view reasons[] = {"not_now", "not_relevant", "already_done", "declined"};

/// The catalogue with its channels as numbers.
struct offers {
  std::vector<double> weight;  // how often representatives suggest it: what is mostly accepted, more
  std::vector<std::vector<std::size_t>> channels;  // of each action

  explicit offers(const std::vector<action>& catalogue) {
    const std::vector<std::string> all = simulate::channels();
    for (const action& each : catalogue) {
      weight.push_back(each.acceptance);
      auto& mine = channels.emplace_back();
      for (const std::string& name : each.channels)
        mine.push_back(static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin()));
    }
  }
};

TIERWISE_INLINE void draw_suggestions(const options& what, const calendar& when, const offers& offered, std::size_t hcp,
                                      std::vector<suggestion>& out) {
  if (what.catalogue.empty()) return;
  const latents of = latents_of(what.seed, hcp);
  random_stream counts(what.seed, hcp, for_counts);
  normals normal(counts);
  const double relative = rates_of(of, normal).visits;  // who is visited more is suggested more
  random_stream stream(what.seed, hcp, for_suggestions);
  const std::int64_t tries =
      std::min(ids_per_doctor - 1, poisson(stream, relative * what.suggestions_per_month * when.months()));
  if (tries == 0) return;
  const channel_state state = channel_state_of(what.seed, hcp, of);
  const std::size_t begin = out.size();
  for (std::int64_t k = 0; k < tries; ++k) {
    suggestion row;
    row.hcp = static_cast<std::int32_t>(hcp);
    row.day = static_cast<std::int32_t>(when.any_day(stream));
    const std::size_t a = weighted(stream, offered.weight);
    const auto& ways = offered.channels[a];
    const std::size_t c = ways[stream.below(static_cast<std::uint32_t>(ways.size()))];
    if ((state.granted >> c & 1) == 0) continue;
    row.action = static_cast<std::int32_t>(a);
    row.channel = static_cast<std::int32_t>(c);
    if (stream.uniform() < acceptance_of(what.seed, hcp, of, state.affinity[c], what.catalogue[a])) {
      row.outcome = stream.uniform() < 0.4 ? 0 : 1;
    } else {
      row.outcome = stream.uniform() < 0.45 ? 2 : 3;
      const double topic = topic_of(what.seed, hcp, what.catalogue[a].group);
      const double weights[] = {4.0, 3 * std::exp(-0.7 * topic), 1.5, 1.5 * std::exp(-0.5 * of.openness)};
      if (row.outcome == 2 && stream.uniform() < 0.9) row.reason = static_cast<std::int32_t>(weighted(stream, weights));
    }
    out.push_back(row);
  }
  std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
                   [](const suggestion& a, const suggestion& b) { return a.day < b.day; });
  for (std::size_t i = begin; i < out.size(); ++i) out[i].number = static_cast<std::int32_t>(i - begin);
}

TIERWISE_INLINE table make_history(const options& what, executor* threads) {
  const calendar when = make_calendar(what.from, what.to);
  const offers offered(what.catalogue);
  const auto rows = rows_by_doctor<suggestion>(what.hcps, threads, [&](std::size_t hcp, std::vector<suggestion>& out) {
    draw_suggestions(what, when, offered, hcp, out);
  });
  std::vector<std::string> actions;
  for (const action& each : what.catalogue) actions.push_back(each.id);
  table out;
  out.add("decision_id", column_of(rows, [](const suggestion& row) { return row.hcp * ids_per_doctor + row.number; }));
  out.add("hcp_id", column_of(rows, [](const suggestion& row) { return row.hcp; }), numbered_all('S', what.hcps, 7));
  out.add("action_id", column_of(rows, [](const suggestion& row) { return row.action; }), std::move(actions));
  out.add("channel", column_of(rows, [](const suggestion& row) { return row.channel; }), channels());
  out.add("date", column_of(rows, [&](const suggestion& row) { return when.from + row.day; }));
  out.add("outcome", column_of(rows, [](const suggestion& row) { return row.outcome; }),
          std::vector<std::string>(std::begin(outcomes), std::end(outcomes)));
  out.add("reason", column_of(rows, [](const suggestion& row) { return row.reason; }),
          std::vector<std::string>(std::begin(reasons), std::end(reasons)));
  return out;
}

}  // namespace tierwise

#endif
