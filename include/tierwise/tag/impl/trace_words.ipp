// A trace for people, in English and Chinese. Numbers are written without a locale.
#include <charconv>
#include <cmath>
#include <set>
#include <string>

#include <tierwise/tag/trace.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {
namespace detail {

class trace_writer {
 public:
  trace_writer(const trace& what, const registry& tags, language in, std::span<const profile::channel> channels)
      : what_(what), tags_(tags), zh_(in == language::chinese), channels_(channels) {}

  [[nodiscard]] std::string write() {
    out_ = tag_name(tags_.definitions[what_.tag].id) + colon() + verdict(what_.verdict);
    if (what_.said) out_ += said();
    out_ += '\n';
    if (!what_.steps.empty()) step(0, 1);
    if (what_.by_itself) {
      out_ += zh_ ? "若无新的接触，将于 " + format_date(*what_.by_itself) + " 改变\n"
                  : "if nothing happens, this changes on " + format_date(*what_.by_itself) + "\n";
    }
    for (const flip& one : what_.flips) {
      out_ += zh_ ? "若" : "if ";
      for (std::size_t i = 0; i < one.changes.size(); ++i) {
        if (i > 0) out_ += zh_ ? "，且" : " and ";
        out_ += change_text(one.changes[i]);
      }
      out_ += (zh_ ? "，则：" : ", then: ") + verdict(one.becomes) + "\n";
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string colon() const { return zh_ ? "：" : ": "; }
  [[nodiscard]] std::string said() const {
    return zh_ ? "（人工或外部指定，不论规则）" : " (as said of the doctor, whatever the rule says)";
  }
  [[nodiscard]] std::string verdict(truth t) const {
    constexpr const char* english[] = {"no", "yes", "unknown"};
    constexpr const char* chinese[] = {"否", "是", "未知"};
    return (zh_ ? chinese : english)[static_cast<std::size_t>(t)];
  }
  [[nodiscard]] std::string tag_name(const std::string& id) const {
    for (const definition& d : tags_.definitions) {
      const std::string& name = zh_ ? d.name_zh : d.name_en;
      if (d.id == id && !name.empty() && name != id) return zh_ ? name + "（" + id + "）" : name + " (" + id + ")";
    }
    return id;
  }
  [[nodiscard]] std::string channel_name(const std::string& id) const {
    for (const profile::channel& c : channels_) {
      const std::string& name = zh_ ? c.name_zh : c.name_en;
      if (c.id == id && !name.empty()) return name;
    }
    return id;
  }

  [[nodiscard]] std::string reading_text(const reading& from) const {
    using enum reading::kind;
    const std::string days = std::to_string(from.window_days);
    const std::string channel = from.of.empty() ? "" : channel_name(from.of);
    switch (from.what) {
      case column: return from.of;
      case count:
        return zh_ ? "近 " + days + " 天" + channel + "接触次数"
                   : (channel.empty() ? "contacts" : channel + " contacts") + " in " + days + " days";
      case last:
        return zh_ ? "距上次" + channel + "接触天数"
                   : "days since the last " + (channel.empty() ? "" : channel + " ") + "contact";
      case share:
        return zh_ ? "近 " + days + " 天" + channel + "占比" : "share of " + channel + " in " + days + " days";
      case sum: return zh_ ? "近 " + days + " 天 " + from.of + " 合计" : "sum of " + from.of + " in " + days + " days";
      case trend:
        return zh_ ? "近 " + days + " 天" + channel + "接触趋势"
                   : "trend of " + (channel.empty() ? "contacts" : channel) + " over " + days + " days";
      case engagement_trend: return zh_ ? "近 " + days + " 天互动趋势" : "trend of engagement over " + days + " days";
    }
    return {};
  }

  [[nodiscard]] static std::string number_text(double value) {
    if (!std::isfinite(value)) return "?";
    char digits[400];
    const double rounded = std::round(value * 1000) / 1000;  // three decimals are enough for people
    const auto end = std::to_chars(digits, digits + sizeof digits, std::fabs(value) < 1e12 ? rounded + 0.0 : value).ptr;
    return {digits, end};
  }
  [[nodiscard]] std::string value_text(value_type type, double number, const std::string& text) const {
    switch (type) {
      case value_type::boolean: return number != 0 ? (zh_ ? "是" : "true") : (zh_ ? "否" : "false");
      case value_type::text: return quote(text);
      case value_type::date: return format_date(date{static_cast<std::int32_t>(number)});
      case value_type::number:
      case value_type::duration: break;
    }
    return number_text(number);
  }
  [[nodiscard]] std::string read_text(const read_value& value) const {
    std::string out = reading_text(value.from) + colon();
    if (value.known) return out + value_text(value.from.type, value.number, value.text);
    if (value.null) return out + (zh_ ? "无" : "none");
    return out + (zh_ ? "未知" : "unknown");
  }

  [[nodiscard]] std::string change_text(const change& one) const {
    const std::string name =
        one.from.of.empty() && one.from.what == reading::kind::column ? "" : reading_text(one.from);
    const std::string value = value_text(one.from.type, one.number, one.text);
    switch (one.what) {
      case change::kind::is: return name + (zh_ ? "为 " : " were ") + value;
      case change::kind::above: return name + (zh_ ? "大于 " : " were above ") + value;
      case change::kind::below: return name + (zh_ ? "小于 " : " were below ") + value;
      case change::kind::other: return name + (zh_ ? "为其他值" : " were another");
      case change::kind::known: return name + (zh_ ? "为已知" : " were known");
      case change::kind::contacts: {
        const std::string n = number_text(one.number), channel = channel_name(one.name);
        return zh_ ? "当天再有 " + n + " 次" + channel + "接触"
                   : "there were " + n + " more " + channel + (n == "1" ? " contact" : " contacts") + " that day";
      }
      case change::kind::has_tag: return zh_ ? "有标签 " + tag_name(one.name) : "the doctor had " + tag_name(one.name);
      case change::kind::lacks_tag:
        return zh_ ? "没有标签 " + tag_name(one.name) : "the doctor had not " + tag_name(one.name);
    }
    return {};
  }

  void step(std::size_t at, std::size_t depth) {
    const trace_step& one = what_.steps[at];
    out_ += std::string(2 * depth, ' ') + verdict(one.verdict) + (zh_ ? "：" : ": ") +
            (one.tag.empty() ? one.rule : tag_name(one.tag));
    if (one.said) out_ += said();
    for (std::size_t i = 0; i < one.values.size(); ++i)
      out_ += (i > 0 ? (zh_ ? "，" : ", ") : (zh_ ? "  ——  " : "  --  ")) + read_text(one.values[i]);
    const bool again = !one.parts.empty() && !one.tag.empty() && !told_.insert(one.tag).second;
    out_ += again ? (zh_ ? "（见上）\n" : " (as above)\n") : "\n";
    for (const std::size_t part : one.parts)
      if (!again) step(part, depth + 1);
  }

  const trace& what_;
  const registry& tags_;
  bool zh_;
  std::span<const profile::channel> channels_;
  std::set<std::string> told_;
  std::string out_;
};

}  // namespace detail

TIERWISE_INLINE std::string words(const trace& what, const registry& tags, language in,
                                  std::span<const profile::channel> channels) {
  return detail::trace_writer(what, tags, in, channels).write();
}

}  // namespace tierwise
