#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <tierwise/tag/since.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {
namespace detail {

/// A column of the profile that contacts give for any day.
struct contact_column {
  std::string name;
  std::int32_t channel = -1;     // −1: any
  std::int32_t window_days = 0;  // 0: days since the last contact

  friend auto operator<=>(const contact_column&, const contact_column&) = default;
};

/// What has to be known of a day to answer one tag for it. A rule's truth can change only when a contact happens, when one
/// leaves a window, and when the days since the last one pass a duration that they may be compared with.
struct since_plan {
  std::vector<std::size_t> tags;  // the tag's own rule last, and before it those it asks for
  std::vector<contact_column> contacts;
  std::vector<std::string> attributes;
  std::vector<std::string> durations;  // attributes that are durations
  std::vector<std::int32_t> days;  // durations written in the rules
  std::vector<std::string> others;  // columns that neither contacts nor attributes tell for any day
  bool possible = true;

  void settle() {
    sort_unique(contacts);
    sort_unique(attributes);
    sort_unique(durations);
    sort_unique(days);
    sort_unique(others);
  }
};

TIERWISE_INLINE std::optional<contact_column> find_contact_column(const std::string& name, const profile::options& what,
                                                                  const std::vector<std::int32_t>& windows) {
  for (std::int32_t c = -1; c < static_cast<std::int32_t>(what.channels.size()); ++c) {
    const std::string of_channel = c < 0 ? std::string() : "_" + what.channels[static_cast<std::size_t>(c)].id;
    if (name == "days_since" + (c < 0 ? "_contact" : of_channel)) return contact_column{name, c, 0};
    for (const std::int32_t w : windows)
      if (name == "contacts" + of_channel + "_" + std::to_string(w) + "d") return contact_column{name, c, w};
  }
  return std::nullopt;
}

/// Tags that `tag` asks for, directly or not, in order of evaluation, and itself.
TIERWISE_INLINE std::vector<std::size_t> tags_behind(const registry& tags, std::size_t tag) {
  const auto asks = asked_tags(tags.rules);
  std::vector<bool> wanted(tags.rules.size());
  wanted[tag] = true;
  std::vector<std::size_t> out;
  for (auto at = tags.order.rbegin(); at != tags.order.rend(); ++at) {
    if (!wanted[*at]) continue;
    out.push_back(*at);
    for (const std::size_t other : asks[*at]) wanted[other] = true;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

/// Adds what one rule reads.
TIERWISE_INLINE void add_needs(const registry& tags, std::size_t tag, const history& past, since_plan& plan) {
  const std::vector<rule::node>& nodes = tags.rules[tag].compiled().nodes;
  std::vector<std::int32_t> windows = past.channels.windows_days;
  const std::vector<std::int32_t>& used = tags.rules[tag].uses().windows_days;
  windows.insert(windows.end(), used.begin(), used.end());
  // A duration calculated with may pass a mark on a day that no duration of the rule tells.
  bool calculates = false;
  for (const rule::node& n : nodes)
    for (const std::uint32_t child : n.children)
      calculates = calculates || (is_arithmetic(n.kind) && nodes[child].type == value_type::duration);
  for (const rule::node& n : nodes) {
    if (n.kind == node_kind::literal && n.type == value_type::duration)
      plan.days.push_back(static_cast<std::int32_t>(n.number));
    for (const std::string& name : n.reads) {
      if (n.kind == node_kind::column &&
          std::find(past.attributes.begin(), past.attributes.end(), name) != past.attributes.end()) {
        plan.attributes.push_back(name);
        if (n.type == value_type::duration) plan.durations.push_back(name);
        continue;
      }
      const auto column = n.kind == node_kind::sum ? std::nullopt : find_contact_column(name, past.channels, windows);
      // Days that are compared as plain numbers pass marks that are not durations.
      const bool usable = column && (column->window_days > 0 || (n.type == value_type::duration && !calculates));
      if (usable)
        plan.contacts.push_back(*column);
      else
        plan.others.push_back(name);
    }
  }
}

TIERWISE_INLINE since_plan plan_since(const registry& tags, std::size_t tag, const history& past) {
  since_plan plan;
  plan.tags = tags_behind(tags, tag);
  bool all_rules = true;
  for (const std::size_t t : plan.tags) {
    all_rules &= tags.definitions[t].source == source_kind::rule;
    add_needs(tags, t, past, plan);
  }
  plan.possible = all_rules && plan.others.empty() && !plan.contacts.empty();
  plan.settle();
  return plan;
}

/// Rows of one column, for days of several doctors.
struct gathered_column {
  std::vector<double> numbers;
  std::vector<date> dates;
  std::vector<std::int32_t> codes;
  std::vector<std::uint8_t> booleans, valid;

  column_view gather(const column_view& from, std::span<const std::size_t> rows) {
    for (const std::size_t row : rows) {
      const double number = from.number(row);
      const std::int32_t whole = std::isnan(number) ? 0 : static_cast<std::int32_t>(std::clamp(number, -1e9, 1e9));
      switch (from.type()) {
        case column_type::category: codes.push_back(from.code(row)); break;
        case column_type::date: dates.push_back(date{whole}); break;
        case column_type::boolean: booleans.push_back(whole != 0); break;
        default: numbers.push_back(number);
      }
    }
    valid.assign((rows.size() + 7) / 8, 0);
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (from.has(rows[i])) valid[i / 8] = static_cast<std::uint8_t>(valid[i / 8] | (1u << (i % 8)));
    const bitmap_view bits{valid.data(), 0};
    switch (from.type()) {
      case column_type::category: return column_view::categories(codes, from.names());
      case column_type::date: return {std::span<const date>(dates), bits};
      case column_type::boolean: return column_view::booleans(booleans, bits);
      default: return {std::span<const double>(numbers)};
    }
  }
};

class since_walker {
 public:
  since_walker(const registry& tags, const since_plan& plan, const table_view& profiles, const history& past)
      : tags_(tags), plan_(plan), profiles_(profiles), past_(past) {}

  /// Days after as_of, up to `until`, on which the rules may change their minds if nothing happens.
  [[nodiscard]] std::vector<date> days_after(std::size_t row, date until) const {
    std::vector<date> out;
    for_changes(row, [&](date day) {
      if (day > past_.as_of && day <= until) out.push_back(day);
    });
    sort_unique(out);
    return out;
  }

  /// Whether the rules may change their minds after `before`, up to as_of.
  [[nodiscard]] bool changes_within(std::size_t row, date before) const {
    bool found = false;
    for_changes(row, [&](date day) { found = found || (day > before && day <= past_.as_of); });
    return found;
  }

  /// Answers for the doctors in `rows`.
  void walk(std::span<const std::size_t> rows, std::vector<std::optional<date>>& out) const {
    std::vector<doctor> open;
    for (const std::size_t row : rows) {
      doctor d{row, changes_of(row), 0};
      if (!d.changes.empty()) open.push_back(std::move(d));
    }
    for (std::size_t step = 8; !open.empty(); step *= 2) {  // most tags are recent, so most walks are short
      std::vector<std::size_t> row_of;
      std::vector<date> day_of;
      for (const doctor& d : open)
        for (std::size_t i = d.at; i < std::min(d.at + step, d.changes.size()); ++i) {
          row_of.push_back(d.row);
          day_of.push_back(d.changes[i]);
        }
      const bit_set true_then = truth_on(row_of, day_of);
      std::size_t at = 0;
      for (doctor& d : open) {
        const std::size_t end = std::min(d.at + step, d.changes.size());
        bool ended = false;
        for (; d.at < end; ++d.at, ++at) {
          ended = ended || !true_then.test(at);
          if (!ended) out[d.row] = d.changes[d.at];
        }
        d.done = ended;
        if (!ended && d.at == d.changes.size()) {
          d.done = true;
          out[d.row].reset();  // true as far back as the walk goes
        }
      }
      std::erase_if(open, [](const doctor& d) { return d.done; });
    }
  }

  /// Who has the tag on which day: doctor row_of[i] on day_of[i]; days of one doctor stand together.
  [[nodiscard]] bit_set truth_on(std::span<const std::size_t> row_of, std::span<const date> day_of) const {
    table_view days;
    std::vector<std::vector<double>> values;
    values.reserve(plan_.contacts.size());
    for (const contact_column& column : plan_.contacts)
      days.add(column.name, std::span<const double>(values.emplace_back(values_of(column, row_of, day_of))));
    std::vector<gathered_column> attributes(plan_.attributes.size());
    for (std::size_t a = 0; a < attributes.size(); ++a)
      days.add(plan_.attributes[a], attributes[a].gather(*profiles_.find(plan_.attributes[a]), row_of));
    tag_bits bits{std::vector<bit_set>(tags_.rules.size()), std::vector<bit_set>(tags_.rules.size())};
    for (const std::size_t tag : plan_.tags) {
      bits.yes[tag] = bits.known[tag] = bit_set(days.rows());
      (void)evaluate(tags_.rules[tag], days, &bits, 0, days.rows(), bits.yes[tag], bits.known[tag]).value();
    }
    return std::move(bits.yes[plan_.tags.back()]);
  }

 private:
  struct doctor {
    std::size_t row;
    std::vector<date> changes;  // latest first
    std::size_t at;
    bool done = false;
  };

  [[nodiscard]] std::span<const profile::contact> contacts_of(std::size_t row) const {
    const auto& begin = past_.contacts.begin;
    return {past_.contacts.items.data() + begin[row], begin[row + 1] - begin[row]};
  }

  /// Days up to as_of on which the rules may change their minds, latest first; the last is the eve of the first contact.
  [[nodiscard]] std::vector<date> changes_of(std::size_t row) const {
    std::vector<date> out;
    for_changes(row, [&](date day) {
      if (day <= past_.as_of) out.push_back(day);
    });
    sort_unique(out);
    if (!out.empty()) out.insert(out.begin(), out.front() - 1);
    std::reverse(out.begin(), out.end());
    if (out.size() > past_.most_changes) out.resize(past_.most_changes);
    return out;
  }

  /// take(day) for each day on which the rules may change their minds.
  template <class Take>
  void for_changes(std::size_t row, const Take& take) const {
    std::vector<std::int32_t> days = plan_.days;
    for (const std::string& name : plan_.durations) {
      const double value = std::floor(profiles_.find(name)->number(row));
      if (value >= 0 && value <= longest_duration_days) days.push_back(static_cast<std::int32_t>(value));
    }
    for (const profile::contact& c : contacts_of(row))
      for (const contact_column& column : plan_.contacts) {
        if (c.on > past_.as_of || (column.channel >= 0 && column.channel != c.channel)) continue;
        take(c.on);
        if (column.window_days > 0)
          take(c.on + column.window_days);
        else
          for (const std::int32_t n : days) take(c.on + n), take(c.on + (n + 1));  // < and <= differ by a day
      }
  }

  /// The column's value for doctor row_of[i] on day_of[i]; days of one doctor stand together.
  [[nodiscard]] std::vector<double> values_of(const contact_column& column, std::span<const std::size_t> row_of,
                                              std::span<const date> day_of) const {
    std::vector<double> out(row_of.size());
    std::vector<date> on;  // of the doctor's contacts in this channel …
    std::vector<double> before;  // … and how many there were before each
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (i == 0 || row_of[i] != row_of[i - 1]) {
        on.clear();
        before.assign(1, 0);
        for (const profile::contact& c : contacts_of(row_of[i])) {
          if (c.count <= 0 || (column.channel >= 0 && column.channel != c.channel)) continue;
          on.push_back(c.on);
          before.push_back(before.back() + c.count);
        }
      }
      const auto upto = [&](date day) {
        return static_cast<std::size_t>(std::upper_bound(on.begin(), on.end(), day) - on.begin());
      };
      const std::size_t n = upto(day_of[i]);
      if (column.window_days > 0)  // counts of the profile stop at the largest int32
        out[i] = std::min(before[n] - before[upto(day_of[i] - column.window_days)],
                          double{std::numeric_limits<std::int32_t>::max()});
      else
        out[i] = n == 0 ? missing : day_of[i] - on[n - 1];
    }
    return out;
  }

  const registry& tags_;
  const since_plan& plan_;
  const table_view& profiles_;
  const history& past_;
};

}  // namespace detail

TIERWISE_INLINE result<std::vector<std::optional<date>>> since(const registry& tags, std::size_t tag,
                                                               const tag_bits& who, const table_view& profiles,
                                                               const history& past, executor* threads) {
  const std::size_t rows = profiles.rows();
  if (tag >= tags.rules.size() || who.yes.size() != tags.rules.size() || who.yes[tag].size() != rows ||
      past.contacts.begin.size() != rows + 1 || past.contacts.begin.back() > past.contacts.items.size())
    return Error(errc::invalid_argument,
                 "the tag must be of the registry, and tag bits and contacts must be those of the profiles");
  if (!past.contacts.is_of(past.channels.channels))
    return Error(errc::invalid_argument, "were read with other channels", {.path = {}, .column = "contacts"});
  std::vector<std::optional<date>> out(rows);
  const detail::since_plan plan = detail::plan_since(tags, tag, past);
  if (!plan.possible) return out;
  for (const std::size_t t : plan.tags)  // faults of the table are found here, before the work is spread
    if (const auto bound = detail::bound_rule::make(tags.rules[t], profiles, &who, 0); !bound) return bound.error();
  const detail::since_walker walker(tags, plan, profiles, past);
  for_blocks(threads, rows, 1024, [&](std::size_t begin, std::size_t end) {
    std::vector<std::size_t> having;
    for (; begin < end; ++begin)
      if (who.yes[tag].test(begin)) having.push_back(begin);
    walker.walk(having, out);
  });
  return out;
}

}  // namespace tierwise
