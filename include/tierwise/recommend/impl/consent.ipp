// Consent: from a table of statements to one bit for each doctor and channel. None means no.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include <tierwise/core/date_column.hpp>
#include <tierwise/core/id_index.hpp>
#include <tierwise/recommend/impl/programs.hpp>
#include <tierwise/recommend/recommend.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend::detail {

/// The columns of the consents, found and type-checked once.
struct consent_columns {
  column_view hcp_id, channel, granted;
  const column_view* purpose;
  std::optional<date_reader> from, until;
};

TIERWISE_INLINE consent_columns find_consent_columns(const table_view& rows) {
  const auto expect = [](bool good, const char* type, const char* column) {
    if (!good)
      throw Error(errc::wrong_type, std::string("table 'consents' needs ") + type, {.path = {}, .column = column});
  };
  consent_columns found{rows.require("hcp_id", "consents").value(),
                        rows.require("channel", "consents").value(),
                        rows.require("granted", "consents").value(),
                        rows.find("purpose"),
                        std::nullopt,
                        std::nullopt};
  expect(found.channel.type() == column_type::category, "text", "channel");
  expect(found.granted.is_numeric() && found.granted.type() != column_type::date, "booleans, or 0 and 1", "granted");
  expect(!found.purpose || found.purpose->type() == column_type::category, "text", "purpose");
  if (const column_view* from = rows.find("from")) found.from = date_reader::of(*from, "from").value();
  if (const column_view* until = rows.find("until")) found.until = date_reader::of(*until, "until").value();
  return found;
}

/// What has been said last by each doctor about each channel.
class consent_book {
 public:
  consent_book(std::size_t doctors, std::size_t channels)
      : doctors_(doctors), since_(doctors * channels, nothing_said) {
    held_.granted.assign(channels, bit_set(doctors));
    held_.withdrawn.assign(channels, bit_set(doctors));
  }

  /// The later statement holds; of two of one day the refusal.
  void state(std::size_t hcp, std::size_t channel, std::int32_t since, bool granted) {
    std::int32_t& held = since_[channel * doctors_ + hcp];
    if (since < held || (since == held && granted)) return;
    held = since;
    set(held_.granted[channel], hcp, granted);
  }

  /// A contact that revokes consent; after all statements. Only a later consent ends it.
  void turn_away(std::size_t hcp, std::size_t channel, std::int32_t on) {
    if (held_.granted[channel].test(hcp) && since_[channel * doctors_ + hcp] > on) return;
    set(held_.granted[channel], hcp, false);
    set(held_.withdrawn[channel], hcp, true);
  }

  [[nodiscard]] std::size_t channels() const noexcept { return held_.granted.size(); }
  [[nodiscard]] consents take() && { return std::move(held_); }

  static constexpr std::int32_t nothing_said = std::numeric_limits<std::int32_t>::min();
  static constexpr std::int32_t since_ever = nothing_said + 1;
  static constexpr std::int32_t for_good = std::numeric_limits<std::int32_t>::max();

 private:
  static void set(bit_set& bits, std::size_t hcp, bool on) noexcept {
    std::uint64_t& word = bits.words()[hcp / 64];
    const std::uint64_t bit = std::uint64_t{1} << (hcp % 64);
    word = on ? word | bit : word & ~bit;
  }

  std::size_t doctors_;
  std::vector<std::int32_t> since_;  // [channel][doctor], days since 1970
  consents held_;
};

class consent_reader {
 public:
  consent_reader(const engine& engine, const table_view& rows, const column_view& hcp_ids, date as_of)
      : columns_(find_consent_columns(rows)), as_of_(as_of) {
    auto matched = id_index(hcp_ids).match(columns_.hcp_id);
    if (!matched) throw Error(matched.error().code(), matched.error().message(), {.path = {}, .column = "hcp_id"});
    hcp_of_ = std::move(matched).value();
    for (const std::string_view name : columns_.channel.names()) {
      std::int32_t at = name.empty() ? said_nothing : unknown;
      for (std::size_t ch = 0; ch < engine.channels.size(); ++ch)
        if (engine.channels[ch].id == name) at = static_cast<std::int32_t>(ch);
      channel_of_.push_back(at);
    }
    if (columns_.purpose == nullptr) return;
    const std::vector<std::string>& others = engine.policy.other_purposes;
    for (const std::string_view name : columns_.purpose->names())
      purpose_of_.push_back(name.empty() || name == engine.policy.consent_purpose           ? about::ours
                            : std::find(others.begin(), others.end(), name) != others.end() ? about::another
                                                                                            : about::nothing_known);
  }

  void read(std::size_t row, consent_book& book, std::vector<bad_row>& rejected) const {
    const auto refuse = [&](errc why, const char* column) {
      rejected.push_back({"consents", static_cast<std::int64_t>(row), column, why});
    };
    const about purpose = purpose_of(row);
    if (purpose == about::another) return;
    const day from = read_day(columns_.from, row, consent_book::since_ever);
    if (from.readable && from.days > as_of_.days) return;

    if (hcp_of_[row] == id_index::ambiguous) return refuse(errc::duplicate_hcp, "hcp_id");
    if (hcp_of_[row] < 0) return refuse(columns_.hcp_id.has(row) ? errc::unknown_hcp : errc::missing_value, "hcp_id");
    const auto hcp = static_cast<std::size_t>(hcp_of_[row]);
    const std::int32_t channel = channel_of(row);
    const double granted = columns_.granted.number(row);
    const bool readable = granted == 0 || granted == 1;
    const day until = read_day(columns_.until, row, consent_book::for_good);

    // The first thing that is wrong with the row is told.
    bool vague = true;  // whom or what it is about is not clear
    if (channel < 0)
      refuse(channel == unknown ? errc::unknown_channel : errc::missing_value, "channel");
    else if (purpose == about::nothing_known)
      refuse(errc::unknown_purpose, "purpose");
    else
      vague = false;
    if (vague && granted == 1) return;  // a consent to who knows what allows nothing

    // From here on we know whose it is. If we cannot tell what was said or when, it counts as no.
    const auto unreadable = [&](errc why, const char* column) {
      if (!vague) refuse(why, column);
      refuse_all(book, hcp, channel, consent_book::for_good);
    };
    if (!readable) return unreadable(columns_.granted.has(row) ? errc::out_of_range : errc::missing_value, "granted");
    if (!from.readable) return unreadable(errc::invalid_date, "from");
    if (!until.readable) return unreadable(errc::invalid_date, "until");
    if (until.days < from.days) return unreadable(errc::out_of_range, "until");
    if (until.days < as_of_.days) return;
    if (granted == 1)
      book.state(hcp, static_cast<std::size_t>(channel), from.days, true);
    else
      refuse_all(book, hcp, channel, from.days);
  }

 private:
  static constexpr std::int32_t said_nothing = -1, unknown = -2;  // in place of a channel
  enum class about : std::uint8_t { ours, another, nothing_known };

  [[nodiscard]] about purpose_of(std::size_t row) const noexcept {
    const std::int32_t code = columns_.purpose ? columns_.purpose->code(row) : -1;
    return code < 0 ? about::ours : purpose_of_[static_cast<std::size_t>(code)];
  }

  [[nodiscard]] std::int32_t channel_of(std::size_t row) const noexcept {
    const std::int32_t code = columns_.channel.code(row);
    return code < 0 ? said_nothing : channel_of_[static_cast<std::size_t>(code)];
  }

  /// A refusal of a channel; where it is not known which, of all.
  static void refuse_all(consent_book& book, std::size_t hcp, std::int32_t channel, std::int32_t since) {
    for (std::size_t ch = 0; ch < book.channels(); ++ch)
      if (channel < 0 || static_cast<std::size_t>(channel) == ch) book.state(hcp, ch, since, false);
  }

  struct day {
    std::int32_t days;
    bool readable;
  };

  /// `open` where the row or the table has no such date.
  static day read_day(const std::optional<date_reader>& dates, std::size_t row, std::int32_t open) {
    if (!dates || dates->is_missing(row)) return {open, true};
    const std::optional<date> on = (*dates)(row);
    return on ? day{on->days, true} : day{open, false};
  }

  consent_columns columns_;
  date as_of_;
  std::vector<std::int64_t> hcp_of_;      // by row
  std::vector<std::int32_t> channel_of_;  // by code
  std::vector<about> purpose_of_;         // by code
};

/// For each channel, which doctors have consented to it on `as_of`, and which have turned away from it since.
TIERWISE_INLINE consents read_consents(const engine& engine, const inputs& given, date as_of,
                                       std::vector<bad_row>& rejected) {
  consent_book book(given.profiles->rows(), engine.channels.size());
  if (given.consents != nullptr) {
    const column_view ids = given.profiles->require("hcp_id", "profiles").value();
    if (ids.type() != column_type::category && !ids.is_whole())
      throw Error(errc::wrong_type, "ids are text or whole numbers", {.path = {}, .column = "hcp_id"});
    const consent_reader reader(engine, *given.consents, ids, as_of);
    for (std::size_t row = 0; row < given.consents->rows(); ++row) reader.read(row, book, rejected);
  }
  if (given.contacts != nullptr)
    for (const profile::withdrawal& w : given.contacts->withdrawals)
      if (w.on <= as_of) book.turn_away(static_cast<std::size_t>(w.hcp), w.channel, w.on.days);
  return std::move(book).take();
}

}  // namespace tierwise
