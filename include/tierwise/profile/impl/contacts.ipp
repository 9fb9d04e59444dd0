// Reading the table of interactions: each row is used, later than the date, or rejected with its reason.
#include <algorithm>
#include <cmath>
#include <optional>

#include <tierwise/core/date_column.hpp>
#include <tierwise/core/id_index.hpp>
#include <tierwise/profile/profile.hpp>

namespace tierwise::inline TIERWISE_ABI::profile::detail {

inline constexpr std::int32_t largest_count = 1'000'000;

/// `source` of a row with a cell that cannot be read: the contact counts, but earns no points and carries no measure.
inline constexpr std::uint32_t no_source = 0xffffffff;

/// A row of the interactions that says that something happened.
struct used_row {
  date on;  // as_of if it cannot be read
  std::uint16_t channel, depth;  // depth may be unread_depth, channel one of the two below
  std::int32_t count;
  std::uint32_t source;  // row of the interactions

  [[nodiscard]] bool is_contact(const options& what) const {
    return depth == unread_depth || what.channels[channel].depths[depth].is_contact;
  }
  [[nodiscard]] bool revokes_consent(const options& what) const {
    return count > 0 && depth != unread_depth && what.channels[channel].depths[depth].revokes_consent;
  }
};

struct read_row {
  used_row what;
  bool dated;

  /// Whether day and channel are known, so that it can enter the profile.
  [[nodiscard]] bool is_placed() const { return dated && what.channel < other_channel; }
};

/// Used rows by doctor: items begin[row] … begin[row + 1].
struct used_rows {
  std::vector<used_row> items;
  std::vector<std::size_t> begin;
  std::vector<unplaced_contact> unplaced;
  std::vector<withdrawal> withdrawals;  // of rows that are not placed
  std::vector<std::int64_t> unusable;  // rejected rows by doctor, for the coverage
  std::vector<bad_row> rejected;
  std::int64_t later = 0, whole = 0;  // `whole`: items without a bad cell
};

/// The columns of the interactions, found and type-checked once.
struct interaction_columns {
  column_view hcp_id, channel;
  date_reader on;
  const column_view *event_id, *depth, *count, *quality;
  std::vector<column_view> measures;
  std::vector<column_view> topics;  // of each topic
};

TIERWISE_INLINE result<interaction_columns> find_columns(const options& what, const table_view& rows) {
  constexpr std::string_view table = "interactions";
  const auto expect = [&](bool good, const char* column, const char* type) {
    if (!good)
      throw Error(errc::wrong_type, std::string("table 'interactions' needs ") + type, {.path = {}, .column = column});
  };
  try {
    interaction_columns found{rows.require("hcp_id", table).value(),
                              rows.require("channel", table).value(),
                              date_reader::of(rows.require("date", table).value(), "date").value(),
                              rows.find("event_id"),
                              rows.find("depth"),
                              rows.find("count"),
                              rows.find("quality"),
                              {},
                              {}};
    expect(found.channel.type() == column_type::category, "channel", "text");
    expect(!found.depth || !found.depth->is_numeric(), "depth", "text");
    expect(!found.count || found.count->is_numeric(), "count", "numbers");
    expect(!found.quality || found.quality->is_numeric(), "quality", "numbers");
    expect(!found.event_id || !found.event_id->is_numeric() || found.event_id->is_whole(), "event_id",
           "text or whole numbers");
    for (const measure& m : what.measures) {
      found.measures.push_back(rows.require(m.column, table).value());
      expect(found.measures.back().is_numeric(), m.column.c_str(), "numbers");
    }
    for (const topic& t : what.topics) {
      found.topics.push_back(rows.require(t.column, table).value());
      expect(!found.topics.back().is_numeric(), t.column.c_str(), "text");
    }
    return found;
  } catch (const Error& error) {
    return error;
  }
}

/// Codes of a text column in terms of a list of names; −1 for a name that is not listed.
template <class Name>
std::vector<std::int32_t> codes_of(const column_view& column, const std::vector<Name>& listed,
                                   std::string Name::*name) {
  std::vector<std::int32_t> codes;
  for (const std::string_view text : column.names()) {
    const auto at = std::find_if(listed.begin(), listed.end(), [&](const Name& entry) { return entry.*name == text; });
    codes.push_back(at == listed.end() ? -1 : static_cast<std::int32_t>(at - listed.begin()));
  }
  return codes;
}

/// Why a row cannot be used, and which column says so.
struct refusal {
  errc code;
  std::string_view column;
};

class row_reader {
 public:
  row_reader(const options& what, const interaction_columns& columns) : what_(what), columns_(columns) {
    channel_of_ = codes_of(columns.channel, what.channels, &channel::id);
    if (columns.depth)
      for (const channel& c : what.channels) depth_of_.push_back(codes_of(*columns.depth, c.depths, &depth::name));
  }

  /// A row of a known doctor; the first cell that cannot be read is given back. The contact has still happened: `out` then stands
  /// for one if it cannot be read for how many, and has no source.
  std::optional<refusal> read(std::size_t row, date as_of, read_row& into) const {
    used_row& out = into.what;
    std::optional<refusal> why;
    const auto refuse = [&](errc code, std::string_view column) {
      if (!why) why = refusal{code, column};
    };
    const std::optional<date> on = columns_.on(row);
    into.dated = on.has_value();
    out.on = on.value_or(as_of);
    if (!on) refuse(columns_.on.is_missing(row) ? errc::missing_value : errc::invalid_date, "date");
    const std::int32_t name = columns_.channel.code(row);
    const std::int32_t known = name < 0 ? -1 : channel_of_[static_cast<std::size_t>(name)];
    out.channel = known >= 0 ? static_cast<std::uint16_t>(known) : name < 0 ? any_channel : other_channel;
    if (known < 0) refuse(name < 0 ? errc::missing_value : errc::unknown_channel, "channel");
    out.depth = known < 0 ? unread_depth : 0;
    if (const std::int32_t code = columns_.depth ? columns_.depth->code(row) : -1; code >= 0 && known >= 0) {
      const std::int32_t found = depth_of_[out.channel][static_cast<std::size_t>(code)];
      if (found < 0) refuse(errc::unknown_depth, "depth");
      out.depth = found < 0 ? unread_depth : static_cast<std::uint16_t>(found);
    }
    out.count = 1;
    if (columns_.count) {
      const double count = columns_.count->number(row);
      if (count >= 0 && count <= largest_count && count == std::floor(count))
        out.count = static_cast<std::int32_t>(count);
      else
        refuse(std::isnan(count) ? errc::missing_value : errc::out_of_range, "count");
    }
    if (columns_.quality) {
      const double quality = columns_.quality->number(row);
      if (quality < 0 || quality > 1) refuse(errc::out_of_range, "quality");  // missing counts as 1
    }
    for (std::size_t m = 0; m < columns_.measures.size(); ++m)
      if (std::isinf(columns_.measures[m].number(row))) refuse(errc::not_finite, what_.measures[m].column);
    out.source = why ? no_source : static_cast<std::uint32_t>(row);
    return why;
  }

  /// take(channel) for each channel that the row may have turned the doctor away from, though it does not say which it is of.
  template <class Take>
  void for_revoked(std::size_t row, const used_row& read, const Take& take) const {
    const std::int32_t code = columns_.depth && read.channel >= other_channel ? columns_.depth->code(row) : -1;
    if (code < 0 || read.count == 0) return;
    for (std::size_t c = 0; c < depth_of_.size(); ++c)
      if (const std::int32_t found = depth_of_[c][static_cast<std::size_t>(code)];
          found >= 0 && what_.channels[c].depths[static_cast<std::size_t>(found)].revokes_consent)
        take(static_cast<std::uint16_t>(c));
  }

 private:
  const options& what_;
  const interaction_columns& columns_;
  std::vector<std::int32_t> channel_of_;
  std::vector<std::vector<std::int32_t>> depth_of_;
};

/// Reads all rows. `index` knows the doctors; `row_of[h]` is the profile row of doctor h, −1 if that doctor was rejected.
TIERWISE_INLINE result<used_rows> read_interactions(const options& what, const table_view& rows, const id_index& index,
                                                    std::span<const std::int64_t> row_of, std::size_t doctors,
                                                    date as_of) {
  if (rows.rows() > 0xffffffffu)
    return Error(errc::invalid_argument, "more than 4,294,967,295 interactions in one call");
  auto found = find_columns(what, rows);
  if (!found) return found.error();
  const interaction_columns& columns = found.value();
  auto matched = index.match(columns.hcp_id);
  if (!matched) return Error(matched.error().code(), matched.error().message(), {.path = {}, .column = "hcp_id"});

  used_rows out;
  out.unusable.assign(doctors, 0);
  std::vector<std::int64_t> doctor = std::move(matched).value();
  const row_reader reader(what, columns);
  const auto refuse = [&](std::size_t row, refusal why) {
    out.rejected.push_back({"interactions", static_cast<std::int64_t>(row), std::string(why.column), why.code});
  };
  read_row read{};
  for (std::size_t row = 0; row < doctor.size(); ++row) {
    std::int64_t& who = doctor[row];
    const std::optional<date> on = columns.on(row);
    if (on && *on > as_of) {
      ++out.later;
      who = id_index::absent;
      continue;
    }
    if (who == id_index::absent) {
      refuse(row, {columns.hcp_id.has(row) ? errc::unknown_hcp : errc::missing_value, "hcp_id"});
      continue;
    }
    who = who < 0 ? who : row_of[static_cast<std::size_t>(who)];
    if (who < 0) {
      refuse(row, {errc::rejected_hcp, "hcp_id"});
      continue;
    }
    if (const std::optional<refusal> why = reader.read(row, as_of, read)) {
      refuse(row, *why);
      ++out.unusable[static_cast<std::size_t>(who)];
    }
  }

  const auto read_again = [&](std::size_t row) {
    read_row again{};
    (void)reader.read(row, as_of, again);
    return again;
  };
  if (columns.event_id) {
    // Which of a doctor's rows with one id is kept depends on what they say, not on where they stand.
    const auto before = [&](std::size_t a, std::size_t b) {
      const read_row first = read_again(a), second = read_again(b);
      const used_row &x = first.what, &y = second.what;
      if ((x.source == no_source) != (y.source == no_source)) return y.source == no_source;  // rather one without fault
      if (first.is_placed() != second.is_placed()) return first.is_placed();
      if (first.dated != second.dated) return first.dated;
      if (x.on != y.on) return x.on < y.on;
      if (x.channel != y.channel) return x.channel < y.channel;
      if (x.depth != y.depth) return x.depth < y.depth;
      if (x.count != y.count) return x.count < y.count;
      const auto differ = [&](const column_view& c) { return c.number(a) < c.number(b) || (c.has(a) && !c.has(b)); };
      const auto equal = [&](const column_view& c) { return c.number(a) == c.number(b) || (!c.has(a) && !c.has(b)); };
      if (columns.quality && !equal(*columns.quality)) return differ(*columns.quality);
      for (const column_view& m : columns.measures)
        if (!equal(m)) return differ(m);
      return a < b;
    };
    for (const auto& group : repeated_ids(*columns.event_id, doctor)) {
      const std::size_t kept = *std::min_element(group.begin(), group.end(), before);
      for (const std::size_t row : group)
        if (row != kept) {
          if (read_again(row).what.source != no_source)
            refuse(row, {errc::duplicate_event, "event_id"});  // else told already
          doctor[row] = id_index::absent;
        }
    }
  }

  for (std::size_t row = 0; row < doctor.size(); ++row) {
    if (doctor[row] < 0) continue;
    read = read_again(row);
    if (read.is_placed()) continue;
    const used_row& one = read.what;
    if (one.count > 0 && (one.channel >= other_channel || one.is_contact(what)))
      out.unplaced.push_back({doctor[row], one.on, one.channel, one.count});
    const auto revoke = [&](std::uint16_t from) { out.withdrawals.push_back({doctor[row], from, one.on}); };
    if (one.revokes_consent(what)) revoke(one.channel);
    reader.for_revoked(row, one, revoke);
    doctor[row] = id_index::absent;
  }
  std::sort(out.unplaced.begin(), out.unplaced.end());

  out.begin.assign(doctors + 1, 0);
  for (const std::int64_t who : doctor)
    if (who >= 0) ++out.begin[static_cast<std::size_t>(who) + 1];
  for (std::size_t d = 0; d < doctors; ++d) out.begin[d + 1] += out.begin[d];
  out.items.resize(out.begin.back());
  std::vector<std::size_t> next(out.begin.begin(), out.begin.end() - 1);
  for (std::size_t row = 0; row < doctor.size(); ++row) {
    if (doctor[row] < 0) continue;
    read = read_again(row);
    out.whole += read.what.source != no_source;
    out.items[next[static_cast<std::size_t>(doctor[row])]++] = read.what;
  }
  return out;
}

}  // namespace tierwise::detail
