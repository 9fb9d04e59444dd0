// How names and scores are written in sentences.
#ifndef TIERWISE_SEGMENT_IMPL_WORDS_IPP
#define TIERWISE_SEGMENT_IMPL_WORDS_IPP

#include <algorithm>
#include <string>
#include <string_view>

#include <tierwise/segment/policy.hpp>

namespace tierwise::inline TIERWISE_ABI::segment::detail {

/// Chinese for the names of the default policy; other names stay as the policy writes them.
TIERWISE_INLINE std::string chinese(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"high", "高"},
      {"medium", "中"},
      {"low", "低"},
      {"pioneer", "先锋型"},
      {"traditional", "传统型"},
      {"rising star", "新星型"},
      {"ordinary", "普通型"},
      {"title", "职称"},
      {"specialty", "专科"},
      {"territory", "辖区"},
      {"city", "城市"},
      {"hospital_level", "医院等级"},
      {"society_offices", "学会任职"},
      {"choice", "产品选择"},
      {"national_office", "全国学会任职"},
      {"city_office", "市级学会任职"},
      {"trials", "临床试验"},
      {"publications", "论文"},
      {"teaching", "教学"},
      {"patients_per_week", "每周患者数"},
      {"visit", "拜访"},
      {"remote_call", "远程拜访"},
      {"lecture", "讲课"},
      {"video", "视频"},
      {"article", "文章"},
      {"email", "邮件"},
      {"phone", "电话"},
      {"meeting", "会议"},
      {"webinar", "网络会议"},
      {"wechat", "微信"},
  };
  for (const auto& [english, translated] : words)
    if (name == english) return std::string(translated);
  return std::string(name);
}

TIERWISE_INLINE std::string spaced(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

/// Of a score, at most 10,000. One decimal, cut and not rounded: 59.98 must not read as 60.0 when 60 is the next level. Half a step is added because a
/// score such as 71.2 is stored as the nearest multiple of score_step, which may lie just below.
TIERWISE_INLINE std::string score_text(double score) {
  const auto tenths = static_cast<int>((score + score_step / 2) * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

}  // namespace tierwise

#endif
