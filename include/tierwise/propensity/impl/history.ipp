#include <algorithm>
#include <unordered_map>

#include <tierwise/core/date_column.hpp>
#include <tierwise/core/id_index.hpp>
#include <tierwise/propensity/history.hpp>

namespace tierwise::inline TIERWISE_ABI::propensity {

TIERWISE_INLINE std::string_view name_of(outcome what) noexcept {
  constexpr std::string_view names[] = {"accepted", "completed", "dismissed", "ignored"};
  return names[static_cast<std::size_t>(what)];
}

namespace detail {

/// The columns of a history, found and type-checked once; texts turned into places in the lists.
struct history_columns {
  column_view hcp_id, action, channel, outcome;
  date_reader on;
  const column_view* decision;
  std::vector<std::int32_t> action_of, channel_of, outcome_of;  // by code; −1: not listed
};

TIERWISE_INLINE std::vector<std::int32_t> places(const column_view& column, const std::vector<std::string>& listed) {
  std::unordered_map<std::string_view, std::int32_t> place;
  for (const std::string& name : listed) place.emplace(name, static_cast<std::int32_t>(place.size()));
  std::vector<std::int32_t> out;
  out.reserve(column.names().size());
  for (const std::string_view text : column.names()) {
    const auto at = place.find(text);
    out.push_back(at == place.end() ? -1 : at->second);
  }
  return out;
}

TIERWISE_INLINE column_view require_text(const table_view& rows, const char* name) {
  const column_view column = rows.require(name, "history").value();
  if (column.type() != column_type::category)
    throw Error(errc::wrong_type, "table 'history' needs text", {.path = {}, .column = name});
  return column;
}

TIERWISE_INLINE history_columns find_columns(const table_view& rows, const std::vector<std::string>& actions,
                                             const std::vector<std::string>& channels) {
  std::vector<std::string> outcomes;
  for (const outcome o : {outcome::accepted, outcome::completed, outcome::dismissed, outcome::ignored})
    outcomes.emplace_back(name_of(o));
  history_columns found{rows.require("hcp_id", "history").value(),
                        require_text(rows, "action_id"),
                        require_text(rows, "channel"),
                        require_text(rows, "outcome"),
                        date_reader::of(rows.require("date", "history").value(), "date").value(),
                        rows.find("decision_id"),
                        {},
                        {},
                        {}};
  if (found.decision && found.decision->type() != column_type::category && !found.decision->is_whole())
    throw Error(errc::wrong_type, "table 'history' needs text or whole numbers", {.path = {}, .column = "decision_id"});
  found.action_of = places(found.action, actions);
  found.channel_of = places(found.channel, channels);
  found.outcome_of = places(found.outcome, outcomes);
  return found;
}

/// Why a row cannot be used, and which column says so; no column: it can.
struct refusal {
  errc code;
  std::string_view column;
};

/// One text cell as a place in its list; `why` it is not, unless there is a reason already.
TIERWISE_INLINE void read_cell(const column_view& column, const std::vector<std::int32_t>& place_of, std::size_t row,
                               errc unknown, std::string_view name, std::uint16_t& out, refusal& why) {
  const std::int32_t code = column.code(row);
  const std::int32_t place = code < 0 ? -1 : place_of[static_cast<std::size_t>(code)];
  out = place >= 0 ? static_cast<std::uint16_t>(place) : code < 0 ? any_name : other_name;
  if (place < 0 && why.column.empty()) why = {code < 0 ? errc::missing_value : unknown, name};
}

/// Of a doctor's rows with one decision id, all but the one that is kept. Which one that is depends on what the rows say, not on where they stand.
TIERWISE_INLINE std::vector<std::size_t> repeated_decisions(const history_columns& columns,
                                                            const std::vector<suggestion>& read,
                                                            const std::vector<bool>& faulty,
                                                            const std::vector<std::int64_t>& usable) {
  const auto before = [&](std::size_t a, std::size_t b) {
    const suggestion &x = read[a], &y = read[b];
    if (faulty[a] != faulty[b]) return static_cast<bool>(faulty[b]);
    if (x.on != y.on) return x.on < y.on;
    if (x.action != y.action) return columns.action.text(a) < columns.action.text(b);
    if (x.channel != y.channel) return columns.channel.text(a) < columns.channel.text(b);
    return x.became < y.became;  // alike in all: the row that stands first stays
  };
  std::vector<std::size_t> out;
  for (const auto& group : repeated_ids(*columns.decision, usable)) {
    const std::size_t kept = *std::min_element(group.begin(), group.end(), before);
    for (const std::size_t row : group)
      if (row != kept) out.push_back(row);
  }
  return out;
}

/// Sorts the usable rows (usable[row] = the doctor, else negative) by doctor and then by content.
TIERWISE_INLINE void by_doctor(const std::vector<suggestion>& read, const std::vector<std::int64_t>& usable,
                               std::size_t doctors, history& out) {
  out.begin.assign(doctors + 1, 0);
  for (const std::int64_t hcp : usable)
    if (hcp >= 0) ++out.begin[static_cast<std::size_t>(hcp) + 1];
  for (std::size_t d = 0; d < doctors; ++d) out.begin[d + 1] += out.begin[d];
  out.items.resize(out.begin.back());
  std::vector<std::size_t> next(out.begin.begin(), out.begin.end() - 1);
  for (std::size_t row = 0; row < read.size(); ++row)
    if (usable[row] >= 0) out.items[next[static_cast<std::size_t>(usable[row])]++] = read[row];
  const auto earlier = [](const suggestion& a, const suggestion& b) {
    if (a.on != b.on) return a.on < b.on;
    if (a.action != b.action) return a.action < b.action;
    return a.channel != b.channel ? a.channel < b.channel : a.became < b.became;
  };
  for (std::size_t d = 0; d < doctors; ++d)
    std::sort(out.items.begin() + static_cast<std::ptrdiff_t>(out.begin[d]),
              out.items.begin() + static_cast<std::ptrdiff_t>(out.begin[d + 1]), earlier);
}

}  // namespace detail

TIERWISE_INLINE result<history> read_history(const table_view& rows, const column_view& hcp_ids,
                                             const std::vector<std::string>& actions,
                                             const std::vector<std::string>& channels, date as_of) try {
  if (!is_possible(as_of)) throw Error(errc::invalid_argument, "no possible date", {.path = {}, .column = "as_of"});
  if (actions.size() > other_name || channels.size() > other_name)
    throw Error(errc::invalid_argument, "more than 65,534 actions or channels");
  if (hcp_ids.type() != column_type::category && !hcp_ids.is_whole())
    throw Error(errc::wrong_type, "ids are text or whole numbers", {.path = {}, .column = "hcp_id"});
  const detail::history_columns columns = detail::find_columns(rows, actions, channels);
  auto matched = id_index(hcp_ids).match(columns.hcp_id);
  if (!matched) throw Error(matched.error().code(), matched.error().message(), {.path = {}, .column = "hcp_id"});

  history out;
  std::vector<std::int64_t> usable = std::move(matched).value();
  std::vector<suggestion> read(usable.size());
  std::vector<bool> faulty(usable.size());
  const auto refuse = [&](std::size_t row, detail::refusal why) {
    out.rejected.push_back({"history", static_cast<std::int64_t>(row), std::string(why.column), why.code});
  };
  for (std::size_t row = 0; row < usable.size(); ++row) {
    const std::optional<date> on = columns.on(row);
    const std::int64_t hcp = usable[row];
    if (hcp < 0 || (on && *on > as_of)) usable[row] = id_index::absent;
    if (on && *on > as_of) continue;
    if (hcp == id_index::ambiguous) refuse(row, {errc::duplicate_hcp, "hcp_id"});
    if (hcp == id_index::absent)
      refuse(row, {columns.hcp_id.has(row) ? errc::unknown_hcp : errc::missing_value, "hcp_id"});
    if (hcp < 0) continue;
    detail::refusal why{};
    if (!on) why = {columns.on.is_missing(row) ? errc::missing_value : errc::invalid_date, "date"};
    suggestion& to = read[row];
    to.hcp = hcp;
    to.on = on.value_or(as_of);
    std::uint16_t became = 0;
    detail::read_cell(columns.action, columns.action_of, row, errc::unknown_action, "action_id", to.action, why);
    detail::read_cell(columns.channel, columns.channel_of, row, errc::unknown_channel, "channel", to.channel, why);
    detail::read_cell(columns.outcome, columns.outcome_of, row, errc::unknown_outcome, "outcome", became, why);
    faulty[row] = !why.column.empty();
    if (faulty[row])
      refuse(row, why);
    else
      to.became = static_cast<outcome>(became);
  }
  if (columns.decision) {
    for (const std::size_t row : detail::repeated_decisions(columns, read, faulty, usable)) {
      if (!faulty[row]) refuse(row, {errc::duplicate_event, "decision_id"});  // else told already
      usable[row] = id_index::absent;
    }
    std::stable_sort(out.rejected.begin(), out.rejected.end(),
                     [](const bad_row& a, const bad_row& b) { return a.row < b.row; });
  }
  for (std::size_t row = 0; row < usable.size(); ++row)
    if (usable[row] >= 0 && faulty[row]) {
      out.unplaced.push_back({usable[row], read[row].on, read[row].action, read[row].channel});
      usable[row] = id_index::absent;
    }
  std::sort(out.unplaced.begin(), out.unplaced.end());
  detail::by_doctor(read, usable, hcp_ids.size(), out);
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise
