#include <algorithm>
#include <cstddef>
#include <string>

#include <tierwise/segment/dictionary.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// The next character of UTF-8 text, which is cut off the front; a byte that begins none is U+FFFD.
TIERWISE_INLINE char32_t next_character(std::string_view& text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
  if (length == 0 || length > text.size()) {
    text.remove_prefix(1);
    return U'\uFFFD';
  }
  char32_t out = length == 1 ? first : first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      text.remove_prefix(1);
      return U'\uFFFD';
    }
    out = out << 6 | (byte(i) & 0x3Fu);
  }
  text.remove_prefix(length);
  return out;
}

/// Letters, digits and ideographs alone: lower case, full-width forms as plain ones, one form for each numeral and for 医生.
TIERWISE_INLINE std::u32string plain(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    char32_t c = next_character(text);
    if (c >= U'！' && c <= U'～') c -= U'！' - U'!';  // full-width ASCII
    if (c >= U'A' && c <= U'Z') c += U'a' - U'A';
    switch (c) {
      case U'Ⅲ':
      case U'ⅲ':
      case U'叁': c = U'三'; break;
      case U'Ⅱ':
      case U'ⅱ':
      case U'贰': c = U'二'; break;
      case U'Ⅰ':
      case U'ⅰ':
      case U'壹': c = U'一'; break;
      case U'級': c = U'级'; break;
      case U'醫': c = U'医'; break;
      case U'師': c = U'师'; break;
      default: break;
    }
    const bool letter = (c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9') || (c >= U'一' && c <= U'鿿');
    if (letter) out += c;
  }
  return out;
}

TIERWISE_INLINE void replace_all(std::u32string& text, std::u32string_view from, std::u32string_view to) {
  for (std::size_t at = text.find(from); at != std::u32string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Takes every occurrence of any of `words` out of `text`; whether there was one.
template <std::size_t N>
bool take(std::u32string& text, const std::u32string_view (&words)[N]) {
  bool found = false;
  for (const std::u32string_view word : words)
    for (std::size_t at = text.find(word); at != std::u32string::npos; at = text.find(word)) {
      // Something stays in its place, so that its neighbours do not become a word.
      std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), word.size(), U'|');
      found = true;
    }
  return found;
}

/// The one name whose flag is up; nothing if there are several.
template <std::size_t N>
std::string_view only(const bool (&found)[N], const std::string_view (&names)[N]) noexcept {
  const auto count = std::count(found, found + N, true);
  return count == 1 ? names[std::find(found, found + N, true) - found] : std::string_view();
}

TIERWISE_INLINE std::string_view title_of(std::string_view text) {
  constexpr std::string_view names[] = {"chief_physician", "associate_chief_physician", "attending_physician",
                                        "resident_physician"};
  std::u32string t = plain(text);
  replace_all(t, U"医生", U"医师");
  replace_all(t, U"中医师", U"医师");
  replace_all(t, U"外科医师", U"医师");
  replace_all(t, U"口腔医师", U"医师");
  if (t == U"医师" || t == U"resident") return names[3];
  if (t == U"主治" || t == U"attending") return names[2];
  // The longer first: an associate chief physician contains a chief physician. The academic ones would leave a "chief" behind.
  constexpr std::u32string_view associate[] = {
      U"副主任医师",           U"associatechiefphysician", U"deputychiefphysician", U"vicechiefphysician",
      U"associatechiefdoctor", U"deputychiefdoctor",       U"associatechiefsurgeon"};
  constexpr std::u32string_view attending[] = {U"主治医师", U"attendingphysician", U"attendingdoctor",
                                               U"attendingsurgeon"};
  constexpr std::u32string_view resident[] = {U"住院总医师", U"住院医师", U"residentphysician", U"residentdoctor",
                                              U"chiefresident"};
  constexpr std::u32string_view chief[] = {U"主任医师", U"chiefphysician", U"chiefdoctor", U"chiefsurgeon"};
  const bool is_associate = take(t, associate);
  const bool found[] = {take(t, chief), is_associate, take(t, attending), take(t, resident)};
  return only(found, names);
}

TIERWISE_INLINE std::string_view hospital_level_of(std::string_view text) {
  constexpr std::string_view names[] = {"tier_3_large", "tier_3", "tier_2", "below"};
  std::u32string t = plain(text);
  for (const std::u32string_view word : {std::u32string_view(U"grade"), std::u32string_view(U"class"),
                                         std::u32string_view(U"level"), std::u32string_view(U"hospital")})
    replace_all(t, word, U"tier");
  if (t == U"below") return names[3];
  if (t.ends_with(U"tier3a") || t.ends_with(U"tieriiia")) return names[0];
  constexpr std::u32string_view large[] = {
      U"三级甲等", U"3级甲等",    U"三级甲",     U"3级甲",        U"三级特等",      U"3级特等",
      U"三级特",   U"三甲",       U"3甲",        U"三特",         U"3特",           U"3a级",
      U"三a级",    U"tier3large", U"tier3tiera", U"tieriiitiera", U"tertiarytiera", U"tieratertiary"};
  constexpr std::u32string_view tier_3[] = {U"三级", U"3级",     U"三乙",  U"3乙",     U"三丙",
                                            U"3丙",  U"tieriii", U"tier3", U"tertiary"};
  constexpr std::u32string_view tier_2[] = {U"二级", U"2级", U"二甲",   U"2甲",   U"二乙",     U"2乙",
                                            U"二丙", U"2丙", U"tierii", U"tier2", U"secondary"};
  constexpr std::u32string_view below[] = {U"一级",   U"1级",    U"一甲",   U"1甲",    U"一乙",   U"1乙",
                                           U"一丙",   U"1丙",    U"未定级", U"未评级", U"未定等", U"未评等",
                                           U"无等级", U"未分级", U"无级别", U"社区",   U"卫生院", U"卫生站",
                                           U"卫生室", U"诊所",   U"tieri",  U"tier1",  U"primary"};
  // In this order, as each word is part of the ones before it: tier 3 of tier 3 large, tier I of tier II of tier III.
  const bool is_large = take(t, large), is_3 = take(t, tier_3), is_2 = take(t, tier_2), is_below = take(t, below);
  const bool found[] = {is_large, is_3, is_2, is_below};
  return only(found, names);
}

}  // namespace detail

TIERWISE_INLINE std::string_view name_of(dictionary which) noexcept {
  constexpr std::string_view names[] = {"none", "title", "hospital_level"};
  return names[static_cast<std::size_t>(which)];
}

TIERWISE_INLINE std::string_view canonical(dictionary which, std::string_view text) {
  switch (which) {
    case dictionary::title: return detail::title_of(text);
    case dictionary::hospital_level: return detail::hospital_level_of(text);
    case dictionary::none: break;
  }
  return {};
}

}  // namespace tierwise
