#include <limits>
#include <tuple>
#include <utility>

#include <tierwise/profile/impl/contacts.ipp>

namespace tierwise::inline TIERWISE_ABI::profile {
namespace detail {

/// The computed columns, each with one entry a doctor, in the order of columns_of.
struct computed {
  std::vector<std::vector<std::int32_t>> contacts;  // [window · (channels + 1) + channel + 1], any channel first
  std::vector<std::vector<double>> days_since;      // [channel + 1]
  std::vector<std::vector<double>> points;          // [channel + 1]
  std::vector<std::vector<double>> sums;            // [measure]
  std::vector<std::vector<std::int32_t>> topic_contacts;  // [window · topics + topic]
  std::vector<std::vector<double>> topic_days_since;  // [topic]
  std::vector<std::vector<double>>
      trends;  // [window · (channels + 2) + channel + 1], any channel first, engagement last
  std::vector<double> coverage;

  computed(const options& what, std::size_t doctors, bool known) {
    const std::size_t channels = what.channels.size() + 1;
    const double start = known ? 0 : missing;  // without any table of contacts, none is not zero
    contacts.assign(what.windows_days.size() * channels, std::vector<std::int32_t>(doctors));
    days_since.assign(channels, std::vector<double>(doctors, missing));
    points.assign(channels, std::vector<double>(doctors, start));
    sums.assign(what.measures.size(), std::vector<double>(doctors, start));
    topic_contacts.assign(what.windows_days.size() * what.topics.size(), std::vector<std::int32_t>(doctors));
    topic_days_since.assign(what.topics.size(), std::vector<double>(doctors, missing));
    trends.assign(what.trend_windows_days.size() * (channels + 1), std::vector<double>(doctors, missing));
    coverage.assign(doctors, missing);
  }
};

/// A used row with what it earns, ready to be sorted.
struct earning {
  used_row row;
  double weight;   // weight · quality
  double quality;
};

/// Which topics each entry of a column's dictionary is about, one bit a topic.
class topic_reader {
 public:
  topic_reader(const options& what, const table_view* rows) {
    if (rows == nullptr) return;
    for (std::size_t t = 0; t < what.topics.size(); ++t) {
      const topic& one = what.topics[t];
      const auto known = std::find(names_.begin(), names_.end(), one.column);
      const auto at = static_cast<std::size_t>(known - names_.begin());
      if (known == names_.end()) {
        names_.push_back(one.column);
        columns_.push_back(*rows->find(one.column));
        about_.emplace_back(columns_.back().names().size());
      }
      for (std::size_t code = 0; code < about_[at].size(); ++code)
        if (is_about(one, columns_[at].names()[code])) about_[at][code] |= std::uint64_t{1} << t;
    }
  }

  [[nodiscard]] std::uint64_t of(std::size_t row) const {
    std::uint64_t out = 0;
    for (std::size_t c = 0; c < columns_.size(); ++c)
      if (const std::int32_t code = columns_[c].code(row); code >= 0) out |= about_[c][static_cast<std::size_t>(code)];
    return out;
  }

 private:
  [[nodiscard]] static bool is_about(const topic& what, std::string_view text) {
    while (what.separator != 0 && text.find(what.separator) != text.npos) {
      if (is_one_of(what, text.substr(0, text.find(what.separator)))) return true;
      text.remove_prefix(text.find(what.separator) + 1);
    }
    return is_one_of(what, text);
  }
  [[nodiscard]] static bool is_one_of(const topic& what, std::string_view text) {
    return std::find(what.values.begin(), what.values.end(), text) != what.values.end();
  }

  std::vector<std::string> names_;
  std::vector<column_view> columns_;
  std::vector<std::vector<std::uint64_t>> about_;
};

/// Computes one doctor. Sums are taken in an order that the rows' contents decide, so that no order of rows shows.
class doctor_profile {
 public:
  doctor_profile(const options& what, const table_view* rows, date as_of, const topic_reader* topics = nullptr)
      : what_(what), as_of_(as_of), topics_(topics) {
    if (rows == nullptr) return;
    quality_ = rows->find("quality");
    for (const measure& m : what.measures) measures_.push_back(*rows->find(m.column));
  }

  void compute(std::size_t row, std::span<const used_row> used, computed& out) {
    sort(used);
    count_contacts(row, out);
    add_points(row, out);
    for (std::size_t m = 0; m < measures_.size(); ++m) out.sums[m][row] = sum(m, used);
    for (std::size_t w = 0; w < what_.trend_windows_days.size(); ++w) test_trends(row, w, out);
  }

  /// What each used row earns, by date, then channel, then as in `sort`; rows that earn nothing left out.
  void earn(std::span<const used_row> used, std::vector<earned>& out) {
    sort(used);
    const auto from = static_cast<std::ptrdiff_t>(out.size());
    for_earned([&](const used_row& u, double each, std::int32_t n) {
      if (const double points = faded(each * n, u); points != 0) out.push_back({u.on, u.channel, points});
    });
    std::stable_sort(out.begin() + from, out.end(), [](const earned& a, const earned& b) { return a.on < b.on; });
  }

 private:
  // By channel, then day, then most points first, which is what the daily limit keeps.
  void sort(std::span<const used_row> used) {
    sorted_.clear();
    for (const used_row& u : used) {
      if (u.source == no_source) {
        sorted_.push_back({u, 0, 1});
        continue;
      }
      double quality = quality_ ? quality_->number(u.source) : 1;
      if (std::isnan(quality)) quality = 1;
      sorted_.push_back({u, what_.channels[u.channel].depths[u.depth].weight * quality, quality});
    }
    std::sort(sorted_.begin(), sorted_.end(), [](const earning& a, const earning& b) {
      if (a.row.channel != b.row.channel) return a.row.channel < b.row.channel;
      if (a.row.on != b.row.on) return a.row.on < b.row.on;
      if (a.weight != b.weight) return a.weight > b.weight;
      if (a.row.depth != b.row.depth) return a.row.depth < b.row.depth;
      return a.row.count < b.row.count;
    });
  }

  void count_contacts(std::size_t row, computed& out) const {
    const std::size_t channels = what_.channels.size() + 1;
    for (const auto& [u, weight, quality] : sorted_) {
      if (u.count == 0 || !u.is_contact(what_)) continue;
      const std::int32_t age = as_of_ - u.on;
      for (const std::size_t at : {std::size_t{0}, std::size_t{u.channel} + 1}) {
        double& since = out.days_since[at][row];
        if (!(since <= age)) since = age;  // also replaces missing
        for (std::size_t w = 0; w < what_.windows_days.size(); ++w) {
          if (age >= what_.windows_days[w]) continue;
          add(out.contacts[w * channels + at][row], u.count);
        }
      }
      if (what_.topics.empty() || u.source == no_source) continue;
      const std::uint64_t about = topics_->of(u.source);
      for (std::size_t t = 0; t < what_.topics.size(); ++t) {
        if ((about >> t & 1) == 0) continue;
        double& since = out.topic_days_since[t][row];
        if (!(since <= age)) since = age;
        for (std::size_t w = 0; w < what_.windows_days.size(); ++w)
          if (age < what_.windows_days[w]) add(out.topic_contacts[w * what_.topics.size() + t][row], u.count);
      }
    }
  }
  static void add(std::int32_t& n, std::int32_t count) noexcept {
    n = std::min(n, std::numeric_limits<std::int32_t>::max() - count) + count;
  }

  void add_points(std::size_t row, computed& out) const {
    for_earned([&](const used_row& u, double each, std::int32_t n) {
      out.points[std::size_t{u.channel} + 1][row] += faded(each * n, u);
    });
    for (std::size_t c = 1; c < out.points.size(); ++c) out.points[0][row] += out.points[c][row];
  }

  [[nodiscard]] double faded(double fresh, const used_row& u) const {
    return fresh * std::exp2(-(as_of_ - u.on) / what_.channels[u.channel].half_life_days);
  }

  // take(row, points of a fresh contact, how many earn them) for each used row, by channel, day and what it is worth.
  template <class Take>
  void for_earned(const Take& take) const {
    const used_row* day = nullptr;
    std::int32_t left = 0;
    for (const auto& [u, weight, quality] : sorted_) {
      const channel& c = what_.channels[u.channel];
      if (day == nullptr || day->channel != u.channel || day->on != u.on)
        left = c.daily_limit > 0 ? c.daily_limit : std::numeric_limits<std::int32_t>::max();
      day = &u;
      std::int32_t earning = u.count;
      if (weight > 0) {  // only what earns is limited: an unsubscription always counts
        earning = std::min(left, u.count);
        left -= earning;
      }
      take(u, weight, earning);
    }
  }

  void test_trends(std::size_t row, std::size_t window, computed& out) const {
    const std::int32_t days = what_.trend_windows_days[window];
    const std::size_t channels = what_.channels.size() + 1;
    struct moments {
      double first = 0, second = 0;  // Σ g · (m − age) and Σ g²
    };
    std::vector<moments> of(channels + 1);
    const auto add = [&](moments& to, const used_row& u, double first, double second) {
      to.first += first * ((days - 1) / 2.0 - (as_of_ - u.on));
      to.second += second;
    };
    for (const auto& [u, weight, quality] : sorted_)
      if (as_of_ - u.on < days && u.is_contact(what_))
        for (const std::size_t at : {std::size_t{0}, std::size_t{u.channel} + 1}) add(of[at], u, u.count, u.count);
    for_earned([&](const used_row& u, double each, std::int32_t n) {
      if (as_of_ - u.on < days) add(of[channels], u, each * n, each * each * n);
    });
    const double variance = (static_cast<double>(days) * days - 1) / 12;
    for (std::size_t at = 0; at < of.size(); ++at)
      if (of[at].second > 0)
        out.trends[window * of.size() + at][row] = of[at].first / std::sqrt(of[at].second * variance);
  }

  double sum(std::size_t m, std::span<const used_row> used) {
    values_.clear();
    bool any = false;
    for (const used_row& u : used) {
      if (as_of_ - u.on >= what_.measures[m].window_days) continue;
      any = true;
      if (u.source == no_source) continue;
      if (const double value = measures_[m].number(u.source); !std::isnan(value)) values_.push_back(value);
    }
    if (any && values_.empty()) return missing;
    std::sort(values_.begin(), values_.end());
    double total = 0;
    for (const double value : values_) total += value;
    return total;
  }

  const options& what_;
  date as_of_;
  const topic_reader* topics_;
  const column_view* quality_ = nullptr;
  std::vector<column_view> measures_;
  std::vector<earning> sorted_;
  std::vector<double> values_;
};

TIERWISE_INLINE contact_log log_of(const options& what, const used_rows& used, std::size_t doctors) {
  contact_log log;
  log.begin.assign(doctors + 1, 0);
  for (const channel& c : what.channels) log.channels.push_back(c.id);
  if (used.begin.empty()) return log;
  log.unplaced = used.unplaced;
  log.withdrawals = used.withdrawals;
  for (std::size_t d = 0; d < doctors; ++d) {
    const auto from = log.items.size();
    for (std::size_t i = used.begin[d]; i < used.begin[d + 1]; ++i) {
      const used_row& u = used.items[i];
      if (u.revokes_consent(what)) log.withdrawals.push_back({static_cast<std::int64_t>(d), u.channel, u.on});
      if (u.count > 0 && u.is_contact(what)) log.items.push_back({u.on, u.channel, u.depth, u.count});
    }
    std::sort(log.items.begin() + static_cast<std::ptrdiff_t>(from), log.items.end(),
              [](const contact& a, const contact& b) {
                if (a.on != b.on) return a.on < b.on;
                if (a.channel != b.channel) return a.channel < b.channel;
                if (a.depth != b.depth) return a.depth < b.depth;
                return a.count < b.count;
              });
    log.begin[d + 1] = log.items.size();
  }
  std::sort(log.withdrawals.begin(), log.withdrawals.end());
  return log;
}

TIERWISE_INLINE void check_options(const options& what, date as_of) {
  const auto refuse = [](const std::string& message, std::string path) {
    throw Error(errc::invalid_argument, message, {.path = std::move(path), .column = {}});
  };
  if (!is_possible(as_of)) refuse("as_of must lie between 1900-01-01 and 2199-12-31", {});
  if (what.channels.size() > other_channel) refuse("at most 65,534 channels", "/channels");
  for (const channel& c : what.channels) {
    if (c.depths.empty() || c.depths.size() > 65535) refuse("a channel has at least one depth", "/channels/" + c.id);
    if (!(c.half_life_days > 0) || std::isinf(c.half_life_days))
      refuse("a half-life is above 0 days", "/channels/" + c.id);
    for (const depth& d : c.depths)
      if (!std::isfinite(d.weight)) refuse("a weight is a finite number", "/channels/" + c.id + "/depths/" + d.name);
  }
  for (const std::int32_t w : what.windows_days)
    if (w < 1) refuse("a window has at least one day", "/profile/windows_days");
  if (what.topics.size() > 64) refuse("at most 64 topics", "/profile/topics");
  for (const topic& t : what.topics)
    if (t.values.empty()) refuse("a topic has at least one text", "/profile/topics/" + t.id);
  for (const std::int32_t w : what.trend_windows_days)
    if (w < 2) refuse("a trend needs a window of at least two days", "/profile/trend_windows_days");
  for (const measure& m : what.measures)
    if (m.window_days < 1) refuse("a window has at least one day", "/profile/measures");
}

/// Rows of the table of doctors that can be used.
TIERWISE_INLINE std::vector<std::size_t> usable_doctors(const column_view& ids, const id_index& index,
                                                        std::vector<bad_row>& rejected) {
  std::vector<std::size_t> usable;
  usable.reserve(ids.size());
  const auto rows = index.match(ids).value();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row] >= 0)
      usable.push_back(row);
    else
      rejected.push_back({"hcps", static_cast<std::int64_t>(row), "hcp_id",
                          rows[row] == id_index::ambiguous ? errc::duplicate_hcp : errc::missing_value});
  }
  return usable;
}

}  // namespace detail

TIERWISE_INLINE bool contact_log::is_of(const std::vector<channel>& known) const noexcept {
  if (items.empty() && withdrawals.empty() && unplaced.empty()) return true;
  return std::equal(channels.begin(), channels.end(), known.begin(), known.end(),
                    [](const std::string& id, const channel& c) { return id == c.id; });
}

TIERWISE_INLINE std::vector<std::string> columns_of(const options& what) {
  std::vector<std::string> names;
  const auto days = [](std::int32_t window) { return std::string("_").append(std::to_string(window)).append("d"); };
  const auto with_channels = [&](const std::string& any, const std::string& prefix, const std::string& suffix) {
    names.push_back(any + suffix);
    for (const channel& c : what.channels) names.push_back(prefix + c.id + suffix);
  };
  for (const std::int32_t w : what.windows_days) with_channels("contacts", "contacts_", days(w));
  with_channels("days_since_contact", "days_since_", "");
  with_channels("points", "points_", "");
  for (const measure& m : what.measures) names.push_back("sum_" + m.column + days(m.window_days));
  for (const std::int32_t w : what.windows_days)
    for (const topic& t : what.topics) names.push_back("contacts_" + t.id + days(w));
  for (const topic& t : what.topics) names.push_back("days_since_" + t.id);
  for (const std::int32_t w : what.trend_windows_days) {
    with_channels("trend", "trend_", days(w));
    names.push_back("engagement_trend" + days(w));
  }
  names.push_back("contact_coverage");
  return names;
}

TIERWISE_INLINE result<profile> build(const options& what, const table_view& hcps, const table_view* interactions,
                                      date as_of, executor* threads) try {
  detail::check_options(what, as_of);
  const column_view ids = hcps.require("hcp_id", "hcps").value();
  if (ids.is_numeric() && !ids.is_whole())
    return Error(errc::wrong_type, "ids are text or whole numbers", {.path = {}, .column = "hcp_id"});

  profile out;
  out.as_of = as_of;
  const id_index index(ids);
  const std::vector<std::size_t> usable = detail::usable_doctors(ids, index, out.rejected);
  out.source.assign(usable.begin(), usable.end());
  if (usable.size() == hcps.rows()) {
    out.rows.add("hcp_id", ids);
    for (const auto& [name, values] : hcps.columns())
      if (name != "hcp_id") out.rows.add(name, values);
  } else {
    out.rows = gather(hcps, usable);
  }

  detail::used_rows used;
  if (interactions != nullptr) {
    std::vector<std::int64_t> row_of(hcps.rows(), -1);
    for (std::size_t row = 0; row < usable.size(); ++row) row_of[usable[row]] = static_cast<std::int64_t>(row);
    auto read = detail::read_interactions(what, *interactions, index, row_of, usable.size(), as_of);
    if (!read) return read.error();
    used = std::move(read).value();
    std::sort(used.rejected.begin(), used.rejected.end(),
              [](const bad_row& a, const bad_row& b) { return a.row < b.row; });
    out.rejected.insert(out.rejected.end(), used.rejected.begin(), used.rejected.end());
    out.contacts_used = used.whole;
    out.contacts_later = used.later;
  }

  detail::computed columns(what, usable.size(), interactions != nullptr);
  const detail::topic_reader topics(what, interactions);
  if (interactions != nullptr) {
    for_blocks(threads, usable.size(), 4096, [&](std::size_t begin, std::size_t end) {
      detail::doctor_profile doctor(what, interactions, as_of, &topics);
      for (std::size_t row = begin; row < end; ++row) {
        const std::size_t n = used.begin[row + 1] - used.begin[row];
        const std::span<const detail::used_row> own{used.items.data() + used.begin[row], n};
        doctor.compute(row, own, columns);
        const auto whole = [](const detail::used_row& u) { return u.source != detail::no_source; };
        const double seen = static_cast<double>(std::count_if(own.begin(), own.end(), whole)),
                     all = seen + static_cast<double>(used.unusable[row]);
        columns.coverage[row] = all > 0 ? seen / all : 1;
      }
    });
  }
  out.contacts = detail::log_of(what, used, usable.size());

  const std::vector<std::string> names = columns_of(what);
  std::size_t at = 0;
  const auto add_counts = [&](std::vector<std::vector<std::int32_t>>& counts) {
    for (auto& values : counts)
      if (interactions != nullptr)
        out.rows.add(names[at++], std::move(values));
      else
        out.rows.add(names[at++], std::vector<double>(usable.size(), missing));
  };
  const auto add_numbers = [&](std::vector<std::vector<double>>& numbers) {
    for (auto& values : numbers) out.rows.add(names[at++], std::move(values));
  };
  add_counts(columns.contacts);
  for (auto* numbers : {&columns.days_since, &columns.points, &columns.sums}) add_numbers(*numbers);
  add_counts(columns.topic_contacts);
  for (auto* numbers : {&columns.topic_days_since, &columns.trends}) add_numbers(*numbers);
  out.rows.add(names[at], std::move(columns.coverage));
  return out;
} catch (const Error& error) {
  return error;
}

TIERWISE_INLINE result<earned_log> earned_points(const options& what, const table_view& hcps,
                                                 const table_view* interactions, date as_of) try {
  detail::check_options(what, as_of);
  const column_view ids = hcps.require("hcp_id", "hcps").value();
  if (ids.is_numeric() && !ids.is_whole())
    return Error(errc::wrong_type, "ids are text or whole numbers", {.path = {}, .column = "hcp_id"});
  earned_log out;
  out.begin.assign(hcps.rows() + 1, 0);
  if (interactions == nullptr) return out;
  const id_index index(ids);
  std::vector<std::int64_t> row_of = index.match(ids).value();  // a doctor who cannot be used has a negative row
  auto used = detail::read_interactions(what, *interactions, index, row_of, hcps.rows(), as_of);
  if (!used) return used.error();
  detail::doctor_profile doctor(what, interactions, as_of);
  for (std::size_t row = 0; row < hcps.rows(); ++row) {
    const auto& [items, begin] = std::tie(used.value().items, used.value().begin);
    doctor.earn({items.data() + begin[row], begin[row + 1] - begin[row]}, out.items);
    out.begin[row + 1] = out.items.size();
  }
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise::profile
