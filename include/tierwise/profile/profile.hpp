// Attributes and dated contacts in, one row for each doctor as of a date out.
#ifndef TIERWISE_PROFILE_PROFILE_HPP
#define TIERWISE_PROFILE_PROFILE_HPP

#include <string>
#include <vector>

#include <tierwise/core/executor.hpp>
#include <tierwise/core/table.hpp>

namespace tierwise::inline TIERWISE_ABI::profile {

/// How far a contact went, and what that is worth.
struct depth {
  std::string name;        ///< "opened", "attended", …
  double weight = 0;       ///< engagement points of one fresh contact of this depth; may be negative
  bool is_contact = true;  ///< false for what the doctor did alone (unsubscribing): points, but no contact
  bool revokes_consent = false;  ///< from then on the doctor wants no more of the channel, until a later consent

  friend bool operator==(const depth&, const depth&) = default;
};

/// A way to reach a doctor.
struct channel {
  std::string id;                       ///< lower-case identifier; part of column names
  std::string name_en, name_zh;         ///< for people
  double half_life_days = 30;           ///< after this many days a contact is worth half
  std::int32_t daily_limit = 0;         ///< most contacts of one doctor and day that earn points; 0: no limit
  std::vector<depth> depths;            ///< at least one; the first is meant where the table says none

  friend bool operator==(const channel&, const channel&) = default;
};

/// A number carried by contacts (amount, prescriptions), summed over a window.
struct measure {
  std::string column;            ///< numeric column of the interactions
  std::int32_t window_days = 365;

  friend bool operator==(const measure&, const measure&) = default;
};

/// What contacts can be about besides their channel: a company, a product, a therapy area. A contact may be about several.
struct topic {
  std::string id, name_en, name_zh;  ///< the id is part of column names, as a channel's
  std::string column;  ///< text column of the interactions
  std::vector<std::string> values;  ///< texts that make a contact be about it, compared exactly
  char separator = 0;  ///< if not 0, a cell lists several texts with this between them

  friend bool operator==(const topic&, const topic&) = default;
};

/// What to compute. Names of computed columns are listed at `columns_of`.
struct options {
  std::vector<channel> channels;
  std::vector<std::int32_t> windows_days = {30, 90, 365};  ///< contacts are counted in each of these
  std::vector<measure> measures;
  std::vector<topic> topics = {};  ///< at most 64
  std::vector<std::int32_t> trend_windows_days = {};  ///< trends are tested over each of these, of at least 2 days

  friend bool operator==(const options&, const options&) = default;
};

/// Names of the columns that `build` computes, in order:
///   contacts_<w>d, contacts_<channel>_<w>d   int32    contacts in (as_of − w, as_of], for each window w
///   days_since_contact, days_since_<channel> float64  missing if there never was one
///   points, points_<channel>                 float64  Σ weight · quality · 2^(−age/half-life)
///   sum_<column>_<w>d                        float64  sum of a measure in (as_of − w, as_of]
///   contacts_<topic>_<w>d, days_since_<topic>  as those of channels, for contacts about a topic; rows with a fault are about none
///   trend_<w>d, trend_<channel>_<w>d, engagement_trend_<w>d
///                                            float64  whether contacts, or the engagement they earn, become more frequent within
///                                                     (as_of − w, as_of], for each trend window w; missing if there is none. Laplace's test:
///                                                     U = Σ g·(m − age) / √(Σ g² · (w² − 1)/12), m = (w − 1)/2 the mean age of a day of
///                                                     the window, g = 1 for a contact, weight · quality for engagement. Of contacts
///                                                     that come at one rate U has mean 0 and standard deviation 1: above 1.64 one
///                                                     in twenty. (D. R. Cox, P. A. W. Lewis, The Statistical Analysis of Series of
///                                                     Events, 1966, ch. 3; there over continuous time, here over whole days.)
///   contact_coverage                         float64  share of the doctor's contacts up to as_of that could be used; 1 if it
///                                                     has none, missing if there is no table of interactions at all
[[nodiscard]] std::vector<std::string> columns_of(const options& what);

/// In place of a depth that the channel does not have.
inline constexpr std::uint16_t unread_depth = 0xffff;

/// A contact that was used.
struct contact {
  date on;
  std::uint16_t channel = 0;  ///< index into options::channels
  std::uint16_t depth = 0;  ///< index into that channel's depths, or unread_depth
  std::int32_t count = 1;  ///< how many contacts of this kind

  friend bool operator==(const contact&, const contact&) = default;
};

/// A doctor turned away from a channel (depth::revokes_consent).
struct withdrawal {
  std::int64_t hcp = 0;  ///< row of the profile
  std::uint16_t channel = 0;  ///< index into options::channels
  date on;

  friend auto operator<=>(const withdrawal&, const withdrawal&) = default;
};

/// In place of a channel: the row names none, or one that the policy does not know.
inline constexpr std::uint16_t any_channel = 0xffff, other_channel = 0xfffe;

/// A contact that the profile cannot use, as its day or channel cannot be read. It has happened nevertheless: caps and gaps take it to lie
/// wherever it may, so that a bad cell never lifts one.
struct unplaced_contact {
  std::int64_t hcp = 0;  ///< row of the profile
  date on;  ///< the profile's as_of if the day cannot be read: within every window that ends there
  std::uint16_t channel =
      0;  ///< index into options::channels; any_channel: may be of each; other_channel: of none of them
  std::int32_t count = 1;

  friend auto operator<=>(const unplaced_contact&, const unplaced_contact&) = default;
};

/// The used contacts of each doctor (items begin[row] … begin[row + 1]) by date, channel and depth. Only what is a contact
/// (depth::is_contact) is listed.
struct contact_log {
  std::vector<contact> items;
  std::vector<std::size_t> begin;
  std::vector<withdrawal> withdrawals;  ///< by row, channel and date
  std::vector<unplaced_contact> unplaced;  ///< by row, date and channel
  std::vector<std::string> channels;  ///< ids of options::channels, which the numbers above are of

  /// Whether its numbers are of these channels; a log without any is of all.
  [[nodiscard]] bool is_of(const std::vector<channel>& known) const noexcept;
};

/// One row per doctor: the attributes as given (shared, not copied, unless rows had to be rejected) and the computed columns.
struct profile {
  date as_of;
  table rows;  ///< column "hcp_id" first
  std::vector<std::int64_t> source;  ///< for each row, its row in the table of doctors
  contact_log contacts;
  std::vector<bad_row> rejected;  ///< by table, row and column
  std::int64_t contacts_used = 0;  ///< rows of interactions that entered the profile without a fault
  std::int64_t contacts_later = 0;  ///< rows dated after as_of, which were not looked at
};

/// Builds profiles as of a date.
///
/// `hcps` has a category or integer column "hcp_id" and any attributes. `interactions` (may be null) has
///   hcp_id, channel   category
///   date              date, or category as YYYY-MM-DD
///   event_id          optional; integer or category, empty text is missing; of a doctor's rows with one id, one is kept, whatever
///                     the order of rows. Two doctors may have an event of one id: a meeting that both attended
///   depth             optional; category
///   count             optional; how many contacts the row stands for, at least 0
///   quality           optional; factor on the points, 0 to 1
///   columns of topics category; a missing text is about nothing
/// in any order. What is dated after `as_of` is not looked at. Rows with a fault are collected in `rejected`. Where doctor, channel and day
/// can be read nevertheless, the contact still counts (as one, if `count` is at fault) in contacts_…, days_since_… and the log, so that caps and
/// gaps hold; it earns no points, its measures are missing, and it lowers contact_coverage. Where only the doctor can be read, it is an
/// unplaced_contact.
/// Same bytes for any order of interactions and any executor. O(doctors + contacts · log(contacts of a doctor)), and
/// O(contacts · log contacts) where event ids do not rise from row to row.
/// Errors: missing_column, wrong_type for a whole column; invalid_argument if `as_of` is impossible, a weight, half-life or
/// window makes no sense, or a computed column's name is already an attribute's.
[[nodiscard]] result<profile> build(const options& what, const table_view& hcps, const table_view* interactions,
                                    date as_of, executor* threads = nullptr);

/// What one used row of the interactions earned, under the daily limit and faded to the date.
struct earned {
  date on;
  std::uint16_t channel = 0;  ///< index into options::channels
  double points = 0;  ///< never 0; may be negative

  friend bool operator==(const earned&, const earned&) = default;
};

/// By row of the table of doctors: items begin[row] … begin[row + 1], by date, then channel, then worth.
struct earned_log {
  std::vector<earned> items;
  std::vector<std::size_t> begin;
};

/// The single events behind the `points` of `build`, whose sums they are but for rounding: for resampling. Takes what `build`
/// takes, uses the same rows, and does not say which it left out. A doctor who cannot be used has no events. Same bytes for any
/// order of interactions. O(doctors + contacts · log(contacts of a doctor)). Errors: as `build`.
[[nodiscard]] result<earned_log> earned_points(const options& what, const table_view& hcps,
                                               const table_view* interactions, date as_of);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/profile/impl/profile.ipp>
#endif
#endif
