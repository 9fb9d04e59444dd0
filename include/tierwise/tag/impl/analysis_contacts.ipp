// Whether contacts can have been so: counts of channels in windows, days since the last, shares and trends are all about one list of contacts.
//
// Contacts of a channel in the first w days are a sum of those in the layers of days between the windows, and so are those of all channels: two
// nested families of sets, whose whole solutions are flows in a network (A. Schrijver, Combinatorial Optimization, 2003, ch. 13 and 48).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <tierwise/tag/analysis.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail::analysis {

/// A flow within bounds on each edge, around a network without sources: found by augmenting paths (L. R. Ford and D. R. Fulkerson,
/// Flows in Networks, 1962, ch. II), shortest first.
class bounded_flow {
 public:
  static constexpr std::int64_t unbounded = std::int64_t{1} << 40;

  explicit bounded_flow(std::size_t nodes) : from_(nodes + 2), excess_(nodes) {}

  std::size_t edge(std::size_t from, std::size_t to, std::int64_t least, std::int64_t most) {
    possible_ = possible_ && least <= most;
    const std::size_t id = ends_.size();
    add(from, to, most - least);
    least_.push_back(least);
    excess_[to] += least;
    excess_[from] -= least;
    return id / 2;
  }
  [[nodiscard]] bool solve() {
    if (!possible_) return false;
    const std::size_t source = excess_.size(), sink = source + 1;
    std::int64_t wanted = 0;
    for (std::size_t node = 0; node < excess_.size(); ++node) {
      if (excess_[node] > 0) add(source, node, excess_[node]), wanted += excess_[node];
      if (excess_[node] < 0) add(node, sink, -excess_[node]);
    }
    while (const std::int64_t more = augment(source, sink)) wanted -= more;
    return wanted == 0;
  }
  [[nodiscard]] std::int64_t on(std::size_t edge) const { return least_[edge] + room_[2 * edge + 1]; }

 private:
  void add(std::size_t from, std::size_t to, std::int64_t room) {
    from_[from].push_back(ends_.size());
    ends_.push_back(to);
    room_.push_back(room);
    from_[to].push_back(ends_.size());
    ends_.push_back(from);
    room_.push_back(0);
  }
  std::int64_t augment(std::size_t source, std::size_t sink) {
    constexpr std::size_t unseen = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> by(from_.size(), unseen), queue{source};
    for (std::size_t next = 0; next < queue.size() && by[sink] == unseen; ++next)
      for (const std::size_t e : from_[queue[next]])
        if (room_[e] > 0 && by[ends_[e]] == unseen && ends_[e] != source) {
          by[ends_[e]] = e;
          queue.push_back(ends_[e]);
        }
    if (by[sink] == unseen) return 0;
    std::int64_t most = unbounded;
    for (std::size_t at = sink; at != source; at = ends_[by[at] ^ 1]) most = std::min(most, room_[by[at]]);
    for (std::size_t at = sink; at != source; at = ends_[by[at] ^ 1]) {
      room_[by[at]] -= most;
      room_[by[at] ^ 1] += most;
    }
    return most;
  }

  bool possible_ = true;
  std::vector<std::vector<std::size_t>> from_;
  std::vector<std::size_t> ends_;
  std::vector<std::int64_t> room_, least_, excess_;
};

/// The contacts of one doctor in the cells that were chosen.
class contact_cells {
 public:
  struct chosen {
    const analysed_source* source;
    const cell* in;
  };
  contact_cells(const std::vector<chosen>& what, const std::vector<std::string>& channels, bool all_channels)
      : what_(what) {
    for (const chosen& c : what_)
      if (!c.source->channel.empty() && place_of(c.source->channel) == names_.size())
        names_.push_back(c.source->channel);
    const bool others = !all_channels || std::any_of(channels.begin(), channels.end(), [this](const std::string& name) {
      return place_of(name) == names_.size();
    });
    if (others) names_.emplace_back();
  }

  /// Solves, and then gives values.
  [[nodiscard]] feasible solve() {
    bool any_known = false, any_missing_count = false;
    for (const chosen& c : what_) {
      any_known = any_known || !c.in->missing;
      any_missing_count =
          any_missing_count ||
          (c.in->missing && (c.source->what == reads_what::count || c.source->what == reads_what::coverage));
    }
    if (!any_known) return feasible::yes;  // no table of contacts
    if (any_missing_count) return feasible::no;
    make_layers();
    if (!take_shares()) return feasible::no;
    if (shares_.empty()) return flows() ? feasible::yes : feasible::no;
    if (!flows()) return feasible::no;
    complete_ = true;
    left_ = 1000;
    if (pick_whole(0)) return feasible::yes;
    return complete_ && left_ > 0 ? feasible::no : feasible::unsure;
  }

  /// Of a count or a last(), once solve() said yes; NaN where there is none.
  [[nodiscard]] double value_of(reads_what what, const std::string& channel, std::int32_t window) const {
    if (prefix_.empty()) return missing;
    const std::size_t row = channel.empty() ? names_.size() : place_of(channel);
    if (row > names_.size() || (row < names_.size() && names_[row].empty())) return missing;
    if (what == reads_what::count) return static_cast<double>(prefix_[row][layer(window)]);
    for (std::size_t i = 0; i < days_.size(); ++i)
      if (prefix_[row][i] > 0) return i == 0 ? 0.0 : days_[i - 1];
    return missing;
  }

 private:
  struct bound {
    std::int64_t least = 0, most = bounded_flow::unbounded;
    void at_least(double x) { least = std::max(least, static_cast<std::int64_t>(std::min(x, 1e12))); }
    void at_most(double x) {
      if (x < 1e12) most = std::min(most, static_cast<std::int64_t>(x));
    }
  };

  [[nodiscard]] std::size_t place_of(const std::string& channel) const {
    return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), channel) - names_.begin());
  }
  [[nodiscard]] std::size_t layer(double days) const {
    return static_cast<std::size_t>(std::lower_bound(days_.begin(), days_.end(), days) - days_.begin());
  }
  /// Contacts of a channel, or of all, that are younger than so many days.
  bound& younger(const std::string& channel, double days) {
    const std::size_t row = channel.empty() ? names_.size() : place_of(channel);
    return bounds_[row][layer(days)];
  }

  void make_layers() {
    for (const chosen& c : what_) {
      if (c.source->window > 0) days_.push_back(c.source->window);
      if (c.source->what != reads_what::last || c.in->missing) continue;
      if (c.in->low > 0) days_.push_back(c.in->low);
      if (c.in->high < endless) days_.push_back(c.in->high + 1);
    }
    days_.push_back(endless);
    in_order(days_);
    bounds_.assign(names_.size() + 1, std::vector<bound>(days_.size()));
    for (const chosen& c : what_) {
      const auto of = [&](double days) -> bound& { return younger(c.source->channel, days); };
      switch (c.source->what) {
        case reads_what::count:
          of(c.source->window).at_least(c.in->low);
          of(c.source->window).at_most(c.in->high);
          break;
        case reads_what::last:
          if (c.in->missing) {
            of(endless).at_most(0);
          } else {
            if (c.in->low > 0) of(c.in->low).at_most(0);
            of(c.in->high < endless ? c.in->high + 1 : endless).at_least(1);
          }
          break;
        case reads_what::trend:
          c.in->missing ? of(c.source->window).at_most(0) : of(c.source->window).at_least(1);
          break;
        default: break;
      }
    }
  }

  /// What shares say without dividing; false if they cannot be.
  bool take_shares() {
    struct sum {
      std::int64_t low = 0, high = 0;
      bool open_low = false, open_high = false;
      std::size_t channels = 0;
    };
    std::vector<std::pair<std::int32_t, sum>> sums;
    constexpr double one = static_cast<double>(std::int64_t{1} << 60);
    for (const chosen& c : what_) {
      if (c.source->what != reads_what::share) continue;
      const std::int32_t w = c.source->window;
      bound& all = younger("", w);
      if (c.in->missing) {
        all.at_most(0);
        continue;
      }
      all.at_least(1);
      shares_.push_back(c);
      bound& part = younger(c.source->channel, w);
      if (c.in->high == 0) part.at_most(0);
      if (c.in->low > 0 || c.in->open) part.at_least(1);
      if (c.in->low == 1)
        for (const std::string& other : names_)
          if (other != c.source->channel) bounds_[place_of(other)][layer(w)].at_most(0);
      auto found = std::find_if(sums.begin(), sums.end(), [w](const auto& s) { return s.first == w; });
      if (found == sums.end()) found = sums.insert(found, {w, {}});
      // A quotient that is rounded to a bound may lie a little beyond it; one that lies beyond it after rounding does so before.
      // Halves, quarters and so on are exact: no other quotient of numbers below 2³¹ is rounded to them.
      const auto loose = [&c](double at) { return c.in->open || at * 0x1p20 == std::floor(at * 0x1p20) ? 0 : 1e-15; };
      found->second.low += static_cast<std::int64_t>(std::floor(c.in->low * (1 - loose(c.in->low)) * one));
      found->second.high += static_cast<std::int64_t>(std::ceil(c.in->high * (1 + loose(c.in->high)) * one));
      found->second.open_low |= c.in->open;
      found->second.open_high |= c.in->open;
      ++found->second.channels;
    }
    constexpr std::int64_t whole = std::int64_t{1} << 60;
    const bool no_others = !names_.empty() && !names_.back().empty();
    for (const auto& [w, s] : sums) {
      if (s.low > whole || (s.low == whole && s.open_low)) return false;
      if (no_others && s.channels == names_.size() && (s.high < whole || (s.high == whole && s.open_high)))
        return false;
    }
    return true;
  }

  /// Tries numbers of all contacts in each window that has shares, from few to many.
  bool pick_whole(std::size_t from) {
    std::int32_t window = 0;
    for (std::size_t i = from; i < shares_.size() && window == 0; ++i)
      if (std::find(picked_.begin(), picked_.end(), shares_[i].source->window) == picked_.end())
        window = shares_[i].source->window;
    if (window == 0) return left_-- > 0 && flows();
    picked_.push_back(window);
    const std::vector<std::vector<bound>> kept = bounds_;
    const auto [first, last] = wholes(window);
    const std::int64_t most_wholes = picked_.size() == 1 ? 1200 : 60;
    if (last - first >= most_wholes) complete_ = false;
    bool found = false;
    for (std::int64_t n = first; n <= last && n < first + most_wholes && left_ > 0 && !found; ++n) {
      bounds_ = kept;
      found = pin(window, n) && pick_whole(from);
    }
    if (!found) {
      bounds_ = kept;
      picked_.pop_back();
    }
    return found;
  }

  [[nodiscard]] std::pair<std::int64_t, std::int64_t> wholes(std::int32_t window) {
    const std::size_t from = layer(window);
    const auto most_of = [&](std::size_t row) {
      std::int64_t most = bounded_flow::unbounded;
      for (std::size_t i = from; i < days_.size(); ++i) most = std::min(most, bounds_[row][i].most);
      return most;
    };
    std::int64_t least = 1, most = most_of(names_.size());
    for (std::size_t i = 0; i <= from; ++i) least = std::max(least, bounds_[names_.size()][i].least);
    for (const chosen& c : shares_) {
      if (c.source->window != window || !(c.in->low > 0)) continue;
      const std::int64_t part = most_of(place_of(c.source->channel));
      if (part < bounded_flow::unbounded)
        most = std::min(most, static_cast<std::int64_t>(static_cast<double>(part) / c.in->low * (1 + 1e-12)) + 1);
    }
    return {least, most};
  }

  bool pin(std::int32_t window, std::int64_t n) {
    younger("", window).at_least(static_cast<double>(n));
    younger("", window).at_most(static_cast<double>(n));
    const auto whole = static_cast<double>(n);
    for (const chosen& c : shares_) {
      if (c.source->window != window) continue;
      const auto inside = [&](double part) {
        const double share = part / whole;
        return c.in->open ? share > c.in->low && share < c.in->high : share >= c.in->low && share <= c.in->high;
      };
      double low = std::max(0.0, std::floor(c.in->low * whole) - 1),
             high = std::min(whole, std::ceil(c.in->high * whole) + 1);
      while (low <= high && !inside(low)) ++low;
      while (low <= high && !inside(high)) --high;
      if (low > high) return false;
      younger(c.source->channel, window).at_least(low);
      bound& part = younger(c.source->channel, window);
      part.at_least(low);
      part.at_most(high);
      if (part.least > part.most) return false;
    }
    return true;
  }

  /// Whether one look tells that there is no flow: a shorter window has more, or channels more than all.
  [[nodiscard]] bool cannot_flow() const {
    std::vector<std::int64_t> least(days_.size());
    for (std::size_t row = 0; row <= names_.size(); ++row) {
      std::int64_t so_far = 0;
      for (std::size_t i = 0; i < days_.size(); ++i) {
        so_far = std::max(so_far, bounds_[row][i].least);
        if (row < names_.size()) least[i] += so_far;
        if (so_far > bounds_[row][i].most || (row == names_.size() && least[i] > bounds_[row][i].most)) return true;
      }
    }
    return false;
  }

  bool flows() {
    if (cannot_flow()) return false;
    const std::size_t layers = days_.size(), channels = names_.size();
    const std::size_t hub = (channels + 1) * layers;
    bounded_flow flow(hub + 1);
    std::vector<std::vector<std::size_t>> edges(channels + 1, std::vector<std::size_t>(layers));
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < layers; ++i) {
        const std::size_t node = c * layers + i;
        edges[c][i] = flow.edge(i + 1 < layers ? node + 1 : hub, node, bounds_[c][i].least, bounds_[c][i].most);
        flow.edge(node, channels * layers + i, 0, bounded_flow::unbounded);
      }
    for (std::size_t i = 0; i < layers; ++i)
      edges[channels][i] = flow.edge(channels * layers + i, i + 1 < layers ? channels * layers + i + 1 : hub,
                                     bounds_[channels][i].least, bounds_[channels][i].most);
    if (!flow.solve()) return false;
    prefix_.assign(channels + 1, std::vector<std::int64_t>(layers));
    for (std::size_t c = 0; c <= channels; ++c)
      for (std::size_t i = 0; i < layers; ++i) prefix_[c][i] = flow.on(edges[c][i]);
    return true;
  }

  const std::vector<chosen>& what_;
  std::vector<std::string> names_;  // channels; the last may be "": all others
  std::vector<double> days_;
  std::vector<std::vector<bound>> bounds_;  // [channel, and then all][layer]
  std::vector<chosen> shares_;
  std::vector<std::int32_t> picked_;
  std::vector<std::vector<std::int64_t>> prefix_;
  bool complete_ = true;
  std::int64_t left_ = 0;
};

}  // namespace tierwise
